//! `jiaozi day report`: a clearing date reconciled over all partners.

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::breaks::BreakKind;
use jiaozi_ledger::money::Fen;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::cli::progress::Bar;
use crate::cli::{Common, Failure, open, print_json, print_table};
use crate::days;
use crate::fetching::standing::Standing;
use crate::mirror::summary::AccountDay;
use crate::payouts::summary::PaidDay;
use crate::reconciliation::summary::BillerDay;

/// The zone whose yesterday is reported where no date is given.
const ZONE: &str = "Asia/Shanghai";

/// The kinds of breaks in the order in which they are shown.
const KINDS: [BreakKind; 5] = [
    BreakKind::OnlyOurs,
    BreakKind::OnlyTheirs,
    BreakKind::Amount,
    BreakKind::Status,
    BreakKind::Unknown,
];

/// Reconciles a clearing date over all partners: our orders against our ledger, for billers our books
/// against their files, and for accounts that mirror one elsewhere against that one's statements.
///
/// Every payment, cancel, refund and closing is laid beside its entries on every account: the payer, the
/// partner's settlement, its own account, second payees, budgets, fee income; and every day beside its
/// payments and refunds. What differs is named with its account and counts in full, up or down. Without
/// --date it is yesterday's. Exit code 1 if anything does not match.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi day report
  jiaozi day report --date 2026-11-30 --json")]
pub(super) struct Report {
    #[command(flatten)]
    common: Common,
    /// The clearing date, as in 2026-11-30.
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// For programs: a JSON object on standard output.
    #[arg(long)]
    json: bool,
}

impl Report {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let date = match self.date {
                Some(date) => date,
                None => {
                    let now = gateway.now().await.context("the books")?;
                    let zone = TimeZone::get(ZONE).context("the zone of the report")?;
                    now.date_in(&zone).saturating_sub(1.day())
                }
            };
            let bar = Bar::of("payments and refunds");
            let report = days::report(&gateway, date, &mut bar.watcher()).await;
            drop(bar);
            let report = report.context("the report")?;
            if self.json {
                print_json(&report)?;
            } else {
                print(&report);
            }
            let differs = report.billers.iter().any(|biller| !biller.breaks.is_empty())
                || report.accounts.iter().any(AccountDay::differs);
            if report.breaks_found == 0 && !differs { Ok(()) } else { Err(Failure::Said) }
        })
    }
}

fn print(report: &days::Report) {
    let fen = |fen: i64| Fen(fen).to_string();
    let rows: Vec<Vec<String>> = report
        .partners
        .iter()
        .map(|partner| {
            let shares: i64 = partner.shares_fen.values().sum();
            vec![
                partner.partner.clone(),
                partner.state.to_owned(),
                partner.payments.to_string(),
                fen(partner.gross_fen),
                partner.refunds.to_string(),
                fen(partner.refunded_fen),
                fen(partner.fee_fen),
                fen(shares),
                fen(partner.settled_fen),
            ]
        })
        .collect();
    let header =
        ["partner", "day", "payments", "gross", "refunds", "refunded", "fee", "shares", "settled"];
    print_table(&header, &rows);
    billers(report);
    payouts(report);
    accounts(report);
    fetched(report);
    for one in &report.breaks {
        println!("BREAK {} {} {}: {}", one.partner, one.kind, one.subject, one.what);
    }
    let unnamed = report.breaks_found - i64::try_from(report.breaks.len()).unwrap_or(i64::MAX);
    if unnamed > 0 {
        println!("BREAK and {unnamed} more");
    }
    eprintln!(
        "{}: {} matched, {} breaks, {} unexplained",
        report.date,
        report.matched,
        report.breaks_found,
        fen(report.unexplained_fen),
    );
}

/// What became of the date's money: waiting, carried over, or in a payout.
fn payouts(report: &days::Report) {
    let row = |one: &PaidDay| {
        vec![
            one.partner.clone(),
            one.account.clone(),
            one.settled_fen.to_string(),
            one.state.to_owned(),
            one.payout.map(|payout| payout.to_string()).unwrap_or_default(),
            one.payout_date.map(|date| date.to_string()).unwrap_or_default(),
            one.contested.clone().or(one.status.clone()).unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = report.payouts.iter().map(row).collect();
    if !rows.is_empty() {
        println!();
        let header = ["partner", "account", "settled", "state", "payout", "paid on", "core says"];
        print_table(&header, &rows);
    }
}

/// Billers whose files have come, or are missing for payments that there are.
fn billers(report: &days::Report) {
    let fen = |fen: i64| Fen(fen).to_string();
    let row = |day: &BillerDay| {
        let count = |kind: BreakKind| day.breaks.get(kind.name()).copied().unwrap_or(0).to_string();
        let file = day.file.as_ref().map_or("none yet".to_owned(), |file| file.name.clone());
        let mut row = vec![day.partner.clone(), file, day.matched.to_string()];
        row.extend(KINDS.map(count));
        let ages = report.unexplained.get(&day.partner).map(|of| of.ages).unwrap_or_default();
        row.push(fen(day.unexplained_fen));
        let buckets = [ages.today_fen, ages.days_1_to_3_fen, ages.days_4_to_10_fen, ages.older_fen];
        row.extend(buckets.map(fen));
        row
    };
    let rows: Vec<Vec<String>> = report.billers.iter().map(row).collect();
    if rows.is_empty() {
        return;
    }
    println!();
    let header = [
        "biller",
        "file",
        "matched",
        "only ours",
        "only theirs",
        "amount",
        "status",
        "unknown",
        "unexplained",
        "all: today",
        "1-3 days",
        "4-10 days",
        "older",
    ];
    print_table(&header, &rows);
    for one in report.billers.iter().flat_map(|day| &day.held_up) {
        let (sum, reason) = (one.amount, &one.reason);
        println!(
            "{}: payment {} of {sum} waits, the books do not take {reason}",
            one.partner, one.order
        );
    }
    for day in report.billers.iter().filter(|day| day.withheld.payments > 0) {
        let (debits, sum) = (day.withheld.payments, fen(day.withheld.fen));
        let by = match day.withheld.listed {
            true => "in its file of the day",
            false => "settled by the result file alone",
        };
        println!("{}: {debits} debits under mandates, {sum}, {by}", day.partner);
    }
}

/// Files that come by themselves.
fn fetched(report: &days::Report) {
    if report.fetched.is_empty() {
        return;
    }
    let row = |one: &Standing| {
        let state = match (one.here, one.late_since) {
            (true, _) => "here".to_owned(),
            (false, Some(since)) => format!("late since {since}"),
            (false, None) => "not yet".to_owned(),
        };
        vec![one.code.clone(), state, one.tries.to_string(), one.last()]
    };
    println!();
    let rows: Vec<Vec<String>> = report.fetched.iter().map(row).collect();
    print_table(&["fetched from", "file", "tries", "heard last"], &rows);
}

/// Accounts that mirror one elsewhere.
fn accounts(report: &days::Report) {
    if report.accounts.is_empty() {
        return;
    }
    let fen = |fen: i64| Fen(fen).to_string();
    let kinds = [
        BreakKind::OnlyOurs,
        BreakKind::OnlyTheirs,
        BreakKind::Amount,
        BreakKind::Status,
        BreakKind::Balance,
    ];
    let row = |day: &AccountDay| {
        let count = |kind: BreakKind| day.breaks.get(kind.name()).copied().unwrap_or(0).to_string();
        let names: Vec<&str> = day.statements.iter().map(|one| one.name.as_str()).collect();
        let file = if names.is_empty() { "none".to_owned() } else { names.join(" ") };
        let mut row = vec![day.account.clone(), file, day.matched.to_string()];
        row.extend(kinds.map(count));
        row.extend([day.in_transit.to_string(), fen(day.unexplained_fen)]);
        let ages = report.unexplained.get(&day.account).map(|of| of.ages).unwrap_or_default();
        let buckets = [ages.today_fen, ages.days_1_to_3_fen, ages.days_4_to_10_fen, ages.older_fen];
        row.extend(buckets.map(fen));
        row
    };
    println!();
    let header = [
        "account",
        "statement",
        "matched",
        "only ours",
        "only theirs",
        "amount",
        "status",
        "balance",
        "in transit",
        "unexplained",
        "all: today",
        "1-3 days",
        "4-10 days",
        "older",
    ];
    print_table(&header, &report.accounts.iter().map(row).collect::<Vec<_>>());
    for day in &report.accounts {
        for seam in &day.seams {
            println!("{}: {seam}", day.account);
        }
        if let Some(balances) = &day.balances {
            println!("{} {balances}", day.account);
        }
    }
}
