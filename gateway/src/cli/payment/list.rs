//! `jiaozi payment list`: payments to billers of which nobody knows what became, the oldest first.

use anyhow::Context as _;
use clap::Args;
use jiaozi_adapters::utility::answer::at_biller;
use jiaozi_ledger::instruction::Instruction;
use serde_json::json;

use crate::cli::{Common, Failure, open, print_json, print_table};
use crate::utility::unknown;

/// Lists payments to billers of which nobody knows what became, the oldest first: what was asked last, and
/// whether anybody is asked again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi payment list
  jiaozi payment list --json")]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    /// For programs: a JSON array on standard output.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let found = unknown::list(&gateway.store, self.limit).await.context("the books")?;
            if self.json {
                let shown = |one: &Instruction| {
                    let mut value = at_biller(one);
                    value["order"] = json!(one.order);
                    value["partner"] = json!(one.partner);
                    value["amount_fen"] = json!(one.amount);
                    value["at"] = json!(one.at);
                    value["clearing_date"] = json!(one.clearing_date);
                    value
                };
                print_json(&found.iter().map(shown).collect::<Vec<_>>())?;
                return Ok(());
            }
            let row = |one: &Instruction| {
                let word = |value| json!(value).as_str().unwrap_or_default().to_owned();
                vec![
                    one.order.to_string(),
                    one.partner.clone(),
                    one.reference().to_owned(),
                    one.at.to_string(),
                    one.amount.to_string(),
                    word(json!(one.state)),
                    one.next_asked_at().map_or_else(|| "nobody".to_owned(), |at| at.to_string()),
                    one.reason.clone().unwrap_or_default(),
                ]
            };
            let header =
                ["order", "partner", "reference", "at", "amount", "state", "asked again", "why"];
            print_table(&header, &found.iter().map(row).collect::<Vec<_>>());
            Ok(())
        })
    }
}
