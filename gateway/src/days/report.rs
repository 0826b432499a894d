//! Reconciliation of a clearing date over all partners: what matches, what does not, and what is
//! unexplained. Nothing is netted: a difference upwards does not pay for one downwards.

use std::collections::BTreeMap;

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::progress::{Pace, Watcher};
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::Serialize;

use super::{DayError, reconcile};
use crate::fetching::errand::Errand;
use crate::fetching::standing::{Standing, of_day};
use crate::gateway::Gateway;
use crate::mirror::summary::{AccountDay, account_day};
use crate::payouts::summary::{PaidDay, paid_day};
use crate::reconciliation::summary::{BillerDay, biller_day};
use crate::reconciliation::unexplained::{OfPartner, unexplained};

/// How many breaks are named. All are counted, and all are in the unexplained amount.
const NAMED: usize = 10_000;

/// Something that does not match, with what is missing or too much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The partner.
    pub partner: String,
    /// What it is: `payment`, `cancel`, `refund`, `break`, `closing`, `posting` or `day`.
    pub kind: &'static str,
    /// Which one: the payment, the refund, the break, the day, or the number of a posting in the feed.
    pub subject: String,
    /// The account whose entry differs; nothing where a sum of the day does.
    pub account: Option<String>,
    /// What it should be, in fen; of an entry, credits are above nothing and debits below.
    pub expected_fen: i64,
    /// What it is, in fen.
    pub found_fen: i64,
    /// In words.
    pub what: String,
}

/// One partner's part of a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartnerDay {
    /// The partner.
    pub partner: String,
    /// `closed`, `open`, or `none` where nothing happened yet.
    pub state: &'static str,
    /// Payments, cancelled ones left out; of a biller, those that count on the day.
    pub payments: i64,
    /// What was paid for the partner, discounts included, in fen.
    pub gross_fen: i64,
    /// Refunds.
    pub refunds: i64,
    /// What went back to payers and budgets out of the day, in fen.
    pub refunded_fen: i64,
    /// Our fee, in fen, collected apart or not.
    pub fee_fen: i64,
    /// What second payees get, by account, in fen.
    pub shares_fen: BTreeMap<String, i64>,
    /// What the partner's own account got, in fen; nothing before the day is closed.
    pub settled_fen: i64,
    /// On which day the settlement takes effect.
    pub settlement_date: Option<Date>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// Payments and refunds of the date whose every entry is as it should be.
    pub matched: i64,
}

/// The reconciliation of a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The clearing date.
    pub date: Date,
    /// Payments and refunds whose every entry is as it should be.
    pub matched: i64,
    /// What does not match: the first ten thousand of it.
    pub breaks: Vec<Break>,
    /// How much does not match in all.
    pub breaks_found: i64,
    /// The absolute amounts of all breaks, unknown outcomes and the rest of suspense, in fen.
    pub unexplained_fen: i64,
    /// By partner.
    pub partners: Vec<PartnerDay>,
    /// By biller: our books against its file.
    pub billers: Vec<BillerDay>,
    /// What became of the date's money, by account that a partner's specification pays out.
    pub payouts: Vec<PaidDay>,
    /// By account that mirrors one elsewhere: our books against its statements, up to the date.
    pub accounts: Vec<AccountDay>,
    /// By whose files of the date come by themselves: whether it is here, and what was heard.
    pub fetched: Vec<Standing>,
    /// What is unexplained of partners by age, whatever the date.
    pub unexplained: BTreeMap<String, OfPartner>,
}

/// What does not match, of all partners.
#[derive(Debug, Default)]
pub(super) struct Findings {
    named: Vec<Break>,
    found: i64,
    fen: u64,
}

impl Findings {
    pub(super) fn add(&mut self, one: Break) {
        self.found += 1;
        self.fen = self.fen.saturating_add(one.expected_fen.abs_diff(one.found_fen));
        if self.named.len() < NAMED {
            self.named.push(one);
        }
    }
}

/// Reconciles a date. The watcher hears of payments and refunds.
///
/// # Errors
/// When the database cannot be read.
pub async fn report(
    gateway: &Gateway,
    date: Date,
    watcher: Watcher<'_>,
) -> Result<Report, DayError> {
    let mut pace = Pace::new(watcher);
    let mut partners = Vec::new();
    let mut findings = Findings::default();
    for company in gateway.partners.companies() {
        let (day, matched) =
            reconcile::day(gateway, company, date, &mut findings, &mut pace).await?;
        partners.push(summary(&company.payee, day.as_ref(), matched));
    }
    for biller in gateway.partners.billers() {
        let (day, matched) =
            reconcile::biller::day(gateway, biller, date, &mut findings, &mut pace).await?;
        partners.push(summary(&biller.payee, day.as_ref(), matched));
    }
    let mut billers = Vec::new();
    for biller in gateway.partners.billers().chain(&gateway.core) {
        billers.push(biller_day(gateway, biller, date).await?);
    }
    let mut payouts = Vec::new();
    for payee in gateway.partners.payees() {
        payouts.extend(paid_day(gateway, payee, date).await?);
    }
    let mut accounts = Vec::new();
    for mirror in gateway.partners.mirrors() {
        accounts.push(account_day(gateway, mirror, date).await?);
    }
    let (errands, now) = (Errand::all(&gateway.partners), gateway.now().await?);
    let fetched = of_day(&gateway.store, &errands, date, now).await?;
    let open = unexplained(gateway).await?;
    let unexplained = findings.fen.saturating_add(open.unexplained_fen.unsigned_abs());
    Ok(Report {
        date,
        matched: partners.iter().map(|partner| partner.matched).sum(),
        breaks: findings.named,
        breaks_found: findings.found,
        unexplained_fen: i64::try_from(unexplained).unwrap_or(i64::MAX),
        partners,
        billers,
        payouts,
        accounts,
        fetched,
        unexplained: open.partners,
    })
}

/// Makes sure that our orders of a biller's date agree with our ledger. The watcher hears of payments.
///
/// # Errors
/// They do not, or the database cannot be read.
pub async fn agrees(
    gateway: &Gateway,
    biller: &Biller,
    date: Date,
    watcher: Watcher<'_>,
) -> Result<(), DayError> {
    let (mut pace, mut findings) = (Pace::new(watcher), Findings::default());
    reconcile::biller::day(gateway, biller, date, &mut findings, &mut pace).await?;
    let Some(first) = findings.named.into_iter().next() else { return Ok(()) };
    Err(DayError::Disagrees {
        partner: biller.payee.code.clone(),
        date,
        found: findings.found,
        first: format!("{} {}: {}", first.kind, first.subject, first.what),
    })
}

fn summary(payee: &Payee, day: Option<&Day>, matched: i64) -> PartnerDay {
    let fen = |of: fn(&Day) -> i64| day.map_or(0, of);
    PartnerDay {
        partner: payee.code.clone(),
        state: match day {
            None => "none",
            Some(day) if day.closed_at.is_some() => "closed",
            Some(_) => "open",
        },
        payments: fen(|day| day.payments),
        gross_fen: fen(|day| day.paid.0.saturating_add(day.discounts.0)),
        refunds: fen(|day| day.refunds),
        refunded_fen: fen(|day| day.refunded.0.saturating_add(day.refunded_discounts.0)),
        fee_fen: fen(|day| day.fee.0.saturating_add(day.fee_apart.0)),
        shares_fen: day
            .map(|day| day.payees().into_iter().map(|(code, share)| (code, share.0)).collect())
            .unwrap_or_default(),
        settled_fen: fen(|day| day.settled.0),
        settlement_date: day.and_then(|day| day.settlement_date),
        closed_at: day.and_then(|day| day.closed_at),
        matched,
    }
}
