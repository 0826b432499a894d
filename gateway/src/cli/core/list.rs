//! `jiaozi core list`: draws that are not at an end, the oldest first.

use anyhow::Context as _;
use clap::Args;
use jiaozi_adapters::draw::answer::at_core;
use serde_json::json;

use crate::cli::{Common, Failure, open, print_json, print_table};
use crate::draws::payments::Drawn;
use crate::draws::ruling::open_draws;

/// Lists draws that are not at an end, the oldest first: what the core was asked, what it has said, and
/// where the money is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi core list
  jiaozi core list --json")]
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
            let found = open_draws(&gateway, self.limit).await.context("the books")?;
            if self.json {
                let shown = |one: &Drawn| {
                    let mut value = at_core(&one.draw, &one.instruction);
                    value["order"] = json!(one.draw.order);
                    value["amount_fen"] = json!(one.draw.amount);
                    value["at"] = json!(one.draw.at);
                    value["clearing_date"] = json!(one.draw.clearing_date);
                    value
                };
                print_json(&found.iter().map(shown).collect::<Vec<_>>())?;
                return Ok(());
            }
            let now = gateway.now().await.context("the books")?;
            let row = |one: &Drawn| {
                let Drawn { draw, instruction } = one;
                let word = |value| json!(value).as_str().unwrap_or_default().to_owned();
                vec![
                    draw.id.to_string(),
                    draw.at.to_string(),
                    format!("{} s", (now.0 - draw.at.0) / 1_000_000),
                    draw.amount.to_string(),
                    word(json!(draw.state)),
                    word(json!(instruction.state)),
                    instruction.reference().to_owned(),
                    draw.reason.clone().or(instruction.reason.clone()).unwrap_or_default(),
                ]
            };
            let header = ["draw", "at", "age", "amount", "state", "core says", "reference", "why"];
            print_table(&header, &found.iter().map(row).collect::<Vec<_>>());
            Ok(())
        })
    }
}
