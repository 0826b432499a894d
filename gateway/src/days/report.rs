//! Reconciliation of a clearing date: every payment and refund against the posting that moved its
//! money, every day against its payments, and what is in suspense. Nothing is netted: a difference
//! upwards does not pay for one downwards.
//!
//! A payment is matched when the partner's settlement account was credited, under the payment's own
//! number, with exactly its amount and discount; a refund when it was debited with what came out of the
//! day. Whatever else was posted to that account on the way is looked up in the feed.

use std::collections::{BTreeMap, BTreeSet};

use jiaozi_adapters::property::company::Company;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::money::Side;
use jiaozi_ledger::order::{Order, OrderState, Refund};
use jiaozi_ledger::posting::Entry;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::journal::Record;
use jiaozi_ledger::time::{Instant, date_to_number};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::DayError;
use crate::gateway::Gateway;

/// Something that does not match, with what is missing or too much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The partner.
    pub partner: String,
    /// What it is: `payment`, `refund`, `posting` or `day`.
    pub kind: &'static str,
    /// Which one.
    pub subject: String,
    /// What it should be, in fen.
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
    /// Payments, cancelled ones left out.
    pub payments: i64,
    /// What was paid for the partner, discounts included, in fen.
    pub gross_fen: i64,
    /// Refunds.
    pub refunds: i64,
    /// What went back to payers and budgets out of the day, in fen.
    pub refunded_fen: i64,
    /// Our fee, in fen.
    pub fee_fen: i64,
    /// What second payees get, by account, in fen.
    pub shares_fen: BTreeMap<String, i64>,
    /// What the partner's own account got, in fen; nothing before the day is closed.
    pub settled_fen: i64,
    /// On which day the settlement takes effect.
    pub settlement_date: Option<Date>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// Payments and refunds that match their postings.
    pub matched: i64,
}

/// The reconciliation of a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The clearing date.
    pub date: Date,
    /// Payments and refunds that match their postings.
    pub matched: i64,
    /// What does not match.
    pub breaks: Vec<Break>,
    /// The absolute amounts of all breaks and of all that is in suspense, in fen.
    pub unexplained_fen: i64,
    /// By partner.
    pub partners: Vec<PartnerDay>,
}

/// Reconciles a date.
///
/// # Errors
/// When the database cannot be read.
pub async fn report(gateway: &Gateway, date: Date) -> Result<Report, DayError> {
    let mut partners = Vec::new();
    let mut breaks = Vec::new();
    for company in gateway.partners.companies() {
        partners.push(reconcile(gateway, company, date, &mut breaks).await?);
    }
    let suspense: Vec<Account> = gateway.store.find("code like 'suspense:%'", vec![]).await?;
    let held = suspense
        .iter()
        .fold(0u64, |sum, account| sum.saturating_add(account.posted.0.unsigned_abs()));
    let differences = breaks
        .iter()
        .fold(held, |sum, one| sum.saturating_add(one.expected_fen.abs_diff(one.found_fen)));
    Ok(Report {
        date,
        matched: partners.iter().map(|partner| partner.matched).sum(),
        breaks,
        unexplained_fen: i64::try_from(differences).unwrap_or(i64::MAX),
        partners,
    })
}

async fn reconcile(
    gateway: &Gateway,
    company: &Company,
    date: Date,
    breaks: &mut Vec<Break>,
) -> Result<PartnerDay, DayError> {
    let of_day = || vec![Cell::Text(company.code.clone()), Cell::Int(date_to_number(date))];
    let orders: Vec<Order> =
        gateway.store.find("partner = $2 and clearing_date = $3 order by id", of_day()).await?;
    let refunds: Vec<Refund> =
        gateway.store.find("partner = $2 and clearing_date = $3 order by id", of_day()).await?;
    let key = vec![Cell::Text(Day::key_of(&company.code, date))];
    let day: Option<Day> = gateway.store.first("day_key = $2", key).await?;
    let mut postings = postings(gateway, company, &orders, &refunds).await?;
    let mut matching = Matching { partner: &company.code, breaks, matched: 0 };
    for order in &orders {
        let found = postings.remove(&order.seq).unwrap_or(0);
        let expected = order.amount.0.saturating_add(order.discount.0);
        let counts = order.state != OrderState::Cancelled;
        matching.compare("payment", order.id.to_string(), expected, found, counts);
    }
    for refund in &refunds {
        let found = postings.remove(&refund.seq).unwrap_or(0);
        let gross = refund.amount.0.saturating_add(refund.discount.0);
        let expected = refund.from_settled.0.saturating_sub(gross);
        matching.compare("refund", refund.id.to_string(), expected, found, true);
    }
    matching.rest(gateway, &orders, date, postings).await?;
    matching.day(day.as_ref(), &orders, &refunds);
    let matched = matching.matched;
    Ok(summary(company, day.as_ref(), matched))
}

/// What was posted to the partner's settlement account while the day's payments were, by the number of
/// the posting: credits above, debits below nothing.
async fn postings(
    gateway: &Gateway,
    company: &Company,
    orders: &[Order],
    refunds: &[Refund],
) -> Result<BTreeMap<i64, i64>, DayError> {
    let seqs =
        || orders.iter().map(|order| order.seq).chain(refunds.iter().map(|refund| refund.seq));
    let account = gateway.store.account(&company.settlement()).await?;
    let (Some(first), Some(last), Some(account)) = (seqs().min(), seqs().max(), account) else {
        return Ok(BTreeMap::new());
    };
    let binds = vec![Cell::Id(account.id.0), Cell::Int(first), Cell::Int(last)];
    let clause = "account = $2 and seq >= $3 and seq <= $4 order by nth";
    let entries: Vec<Entry> = gateway.store.find(clause, binds).await?;
    let mut sums = BTreeMap::new();
    for entry in entries {
        let sum: &mut i64 = sums.entry(entry.seq).or_default();
        *sum = match entry.side {
            Side::Credit => sum.saturating_add(entry.amount.0),
            Side::Debit => sum.saturating_sub(entry.amount.0),
        };
    }
    Ok(sums)
}

struct Matching<'a> {
    partner: &'a str,
    breaks: &'a mut Vec<Break>,
    matched: i64,
}

impl Matching<'_> {
    fn compare(
        &mut self,
        kind: &'static str,
        subject: String,
        expected: i64,
        found: i64,
        counts: bool,
    ) {
        if expected == found {
            self.matched += i64::from(counts);
        } else {
            let what = format!("its posting moves {found} fen, expected {expected}");
            self.add(kind, subject, expected, found, what);
        }
    }

    fn add(
        &mut self,
        kind: &'static str,
        subject: String,
        expected_fen: i64,
        found_fen: i64,
        what: String,
    ) {
        let partner = self.partner.to_owned();
        self.breaks.push(Break { partner, kind, subject, expected_fen, found_fen, what });
    }

    /// Postings that are of no payment or refund of the date: cancels, closings and other dates'.
    async fn rest(
        &mut self,
        gateway: &Gateway,
        orders: &[Order],
        date: Date,
        postings: BTreeMap<i64, i64>,
    ) -> Result<(), DayError> {
        let cancelled: BTreeSet<_> = orders
            .iter()
            .filter(|order| order.state == OrderState::Cancelled)
            .map(|order| order.id.0)
            .collect();
        let own_date = date.to_string();
        for (seq, found) in postings {
            let record: Option<Record> =
                gateway.store.first("seq = $2", vec![Cell::Int(seq)]).await?;
            let known = record.as_ref().is_some_and(|record| {
                let data: Value = serde_json::from_str(&record.data).unwrap_or_default();
                let other_date = data
                    .get("clearing_date")
                    .is_some_and(|date| date.as_str() != Some(own_date.as_str()));
                match record.kind.as_str() {
                    "payment.cancelled" => other_date || cancelled.contains(&record.subject),
                    "payment.posted" | "payment.refunded" => other_date,
                    "day.closed" => true,
                    _ => false,
                }
            });
            if !known {
                let kind = record.map_or_else(String::new, |record| format!(" ({})", record.kind));
                let what = format!("{found} fen were posted{kind} without a payment of this date");
                self.add("posting", seq.to_string(), 0, found, what);
            }
        }
        Ok(())
    }

    /// The day's sums against its payments and refunds.
    fn day(&mut self, day: Option<&Day>, orders: &[Order], refunds: &[Refund]) {
        let live = orders.iter().filter(|order| order.state != OrderState::Cancelled);
        let gross: i64 = live.map(|order| order.amount.0.saturating_add(order.discount.0)).sum();
        let back: i64 = refunds
            .iter()
            .map(|refund| {
                refund
                    .amount
                    .0
                    .saturating_add(refund.discount.0)
                    .saturating_sub(refund.from_settled.0)
            })
            .sum();
        let (of_day, expected) = (day.map_or(0, |day| day.net().0), gross.saturating_sub(back));
        if of_day != expected {
            let subject = day.map_or_else(String::new, |day| day.day_key.clone());
            let what = format!("the day has {of_day} fen, its payments and refunds {expected}");
            self.add("day", subject, expected, of_day, what);
        }
    }
}

fn summary(company: &Company, day: Option<&Day>, matched: i64) -> PartnerDay {
    let fen = |of: fn(&Day) -> i64| day.map_or(0, of);
    PartnerDay {
        partner: company.code.clone(),
        state: match day {
            None => "none",
            Some(day) if day.closed_at.is_some() => "closed",
            Some(_) => "open",
        },
        payments: fen(|day| day.payments),
        gross_fen: fen(|day| day.paid.0.saturating_add(day.discounts.0)),
        refunds: fen(|day| day.refunds),
        refunded_fen: fen(|day| day.refunded.0.saturating_add(day.refunded_discounts.0)),
        fee_fen: fen(|day| day.fee.0),
        shares_fen: day
            .map(|day| day.payees().into_iter().map(|(code, share)| (code, share.0)).collect())
            .unwrap_or_default(),
        settled_fen: fen(|day| day.settled.0),
        settlement_date: day.and_then(|day| day.settlement_date),
        closed_at: day.and_then(|day| day.closed_at),
        matched,
    }
}
