//! `jiaozi account statement`: what happened on an account.

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::money::Side;
use serde_json::{Value, json};

use super::find;
use crate::accounts;
use crate::cli::{Common, Failure, open, print_json, print_table};

/// Shows an account's entries, oldest first, each with the balance after it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi account statement deposit:1001 --after 200 --limit 100")]
pub(super) struct Statement {
    #[command(flatten)]
    common: Common,
    /// The account's code.
    #[arg(value_name = "CODE")]
    code: String,
    /// Only entries after this number.
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: i64,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1_000))]
    limit: i64,
    /// For programs: a JSON array on standard output.
    #[arg(long)]
    json: bool,
}

impl Statement {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let account = find(&gateway, &self.code).await?;
            let lines = accounts::statement(&gateway, &account, self.after, self.limit).await;
            let lines = lines.context("the statement")?;
            if self.json {
                let all: Vec<Value> = lines
                    .iter()
                    .map(|line| {
                        let entry = &line.entry;
                        json!({
                            "nth": entry.nth, "seq": entry.seq, "at": line.at, "kind": line.kind,
                            "subject": line.subject, "side": entry.side,
                            "amount_fen": entry.amount, "balance_after_fen": entry.balance_after,
                        })
                    })
                    .collect();
                print_json(&all)?;
                return Ok(());
            }
            let rows: Vec<Vec<String>> = lines
                .iter()
                .map(|line| {
                    let amount = line.entry.amount.to_string();
                    let (debit, credit) = match line.entry.side {
                        Side::Debit => (amount, String::new()),
                        Side::Credit => (String::new(), amount),
                    };
                    let balance = line.entry.balance_after.to_string();
                    vec![
                        line.entry.nth.to_string(),
                        line.at.to_string(),
                        line.kind.clone(),
                        debit,
                        credit,
                        balance,
                    ]
                })
                .collect();
            print_table(&["nth", "at", "what", "debit", "credit", "balance"], &rows);
            Ok(())
        })
    }
}
