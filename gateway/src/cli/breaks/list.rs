//! `jiaozi break list`: what differs, and what is unexplained.

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::time::Instant;
use serde_json::json;

use crate::cli::{Common, Failure, open, print_json, print_table};
use crate::reconciliation::breaks::{self, Wanted};
use crate::reconciliation::unexplained::{Unexplained, unexplained};

/// A day, in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Lists breaks, the longest open first, and what is unexplained by partner and age.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi break list
  jiaozi break list --partner minbei-power --all --json")]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
    /// Of this partner or mirrored account only.
    #[arg(long, value_name = "CODE")]
    partner: Option<String>,
    /// Also those that are resolved.
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
            let wanted = Wanted { partner: self.partner.clone(), all: self.all, limit: self.limit };
            let found = breaks::list(&gateway.store, &wanted).await.context("the books")?;
            let unexplained = unexplained(&gateway).await.context("the books")?;
            if self.json {
                let all: Vec<_> = found.iter().map(Break::told).collect();
                print_json(&json!({
                    "breaks": all, "unexplained_fen": unexplained.unexplained_fen,
                    "partners": unexplained.partners,
                }))?;
            } else {
                print(&found, &unexplained, gateway.now().await.context("the books")?);
            }
            Ok(())
        })
    }
}

fn print(found: &[Break], unexplained: &Unexplained, now: Instant) {
    let age = |since: Instant| (now.0.saturating_sub(since.0)).max(0) / DAY;
    let row = |one: &Break| {
        vec![
            one.id.to_string(),
            one.partner.clone(),
            one.clearing_date.to_string(),
            one.reference().to_owned(),
            one.kind.name().to_owned(),
            one.ours.to_string(),
            one.theirs.to_string(),
            one.gap.to_string(),
            format!("{} days", age(one.since)),
            one.cause.name().to_owned(),
            one.owner.clone().unwrap_or_default(),
            one.resolution.map_or("open", |resolution| resolution.name()).to_owned(),
        ]
    };
    let header = [
        "break",
        "partner",
        "date",
        "reference",
        "kind",
        "ours",
        "theirs",
        "unexplained",
        "age",
        "cause",
        "owner",
        "state",
    ];
    print_table(&header, &found.iter().map(row).collect::<Vec<_>>());
    let fen = |fen: i64| Fen(fen).to_string();
    let rows: Vec<Vec<String>> = unexplained
        .partners
        .iter()
        .map(|(partner, of)| {
            let ages = of.ages;
            let sums =
                [ages.today_fen, ages.days_1_to_3_fen, ages.days_4_to_10_fen, ages.older_fen];
            let mut row = vec![partner.clone(), of.items.to_string(), fen(of.unexplained_fen)];
            row.extend(sums.map(fen));
            row
        })
        .collect();
    if !rows.is_empty() {
        println!();
        let header = ["partner", "items", "unexplained", "today", "1-3 days", "4-10 days", "older"];
        print_table(&header, &rows);
    }
    eprintln!("{} unexplained", fen(unexplained.unexplained_fen));
}
