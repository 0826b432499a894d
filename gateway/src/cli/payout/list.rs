//! `jiaozi payout list`: payouts with their age.

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::payout::Payout;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde_json::json;

use crate::cli::{Common, Failure, open, print_json, print_table};
use crate::payouts::{self, Wanted};

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// Lists payouts whose outcome is not known, the oldest first, with their age; those that are contested; and
/// rejected ones that keep their account from being paid out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi payout list
  jiaozi payout list --partner yunhe --all --json")]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
    /// Of this partner only.
    #[arg(long, value_name = "CODE")]
    partner: Option<String>,
    /// Prepared for this day only.
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// Also all others that are settled or rejected.
    #[arg(long)]
    all: bool,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    /// For programs: a JSON object on standard output.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let Self { partner, date, all, limit, .. } = self;
            let wanted = Wanted { partner, date, all, limit };
            let found = payouts::list(&gateway.store, &wanted).await.context("the books")?;
            let now = gateway.now().await.context("the books")?;
            if self.json {
                let told = |one: &Payout| {
                    let mut told = json!(one.told());
                    told["age_hours"] = age(one, now).into();
                    told
                };
                print_json(&json!({"payouts": found.iter().map(told).collect::<Vec<_>>()}))?;
            } else {
                print(&found, now);
            }
            Ok(())
        })
    }
}

/// For how many hours its outcome has not been known; nothing once it is.
fn age(payout: &Payout, now: Instant) -> Option<i64> {
    let since = payout.sent_at.unwrap_or(payout.prepared_at);
    payout.state.is_open().then(|| now.0.saturating_sub(since.0) / HOUR)
}

fn print(found: &[Payout], now: Instant) {
    let row = |one: &Payout| {
        vec![
            one.id.to_string(),
            one.partner.clone(),
            one.account.clone(),
            one.date.to_string(),
            one.amount.to_string(),
            one.days.len().to_string(),
            one.state.name().to_owned(),
            age(one, now).map(|hours| format!("{hours} h")).unwrap_or_default(),
            one.status.clone().unwrap_or_default(),
            one.reason.clone().unwrap_or_default(),
            one.contested.clone().unwrap_or_default(),
        ]
    };
    let header = [
        "payout",
        "partner",
        "account",
        "date",
        "amount",
        "days",
        "state",
        "age",
        "core says",
        "reason",
        "contested",
    ];
    print_table(&header, &found.iter().map(row).collect::<Vec<_>>());
}
