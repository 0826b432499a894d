//! `jiaozi account list`: accounts with their balances.

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::row::Cell;
use serde_json::{Value, json};

use crate::cli::{Common, Failure, open, print_json, print_table};

/// Lists accounts by code.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi account list
  jiaozi account list --prefix deposit: --after deposit:1001 --limit 50")]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
    /// Only codes that begin so.
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
    /// Only codes after this one: where the last list ended.
    #[arg(long, value_name = "CODE", default_value = "")]
    after: String,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1_000))]
    limit: i64,
    /// For programs: a JSON array on standard output.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let store = open::books(&config).await?;
            // The byte after the last of any code: codes are ASCII.
            let from = self.after.clone().max(self.prefix.clone());
            let binds = vec![
                Cell::Text(from),
                Cell::Text(self.after.clone()),
                Cell::Text(format!("{}\u{7f}", self.prefix)),
                Cell::Int(self.limit),
            ];
            let clause = "code >= $2 and code > $3 and code < $4 order by code limit $5";
            let accounts: Vec<Account> = store.find(clause, binds).await.context("the books")?;
            if self.json {
                let all: Vec<Value> = accounts.iter().map(shown).collect();
                print_json(&all)?;
                return Ok(());
            }
            let row = |account: &Account| {
                vec![
                    account.code.clone(),
                    account.posted.to_string(),
                    account.pending.to_string(),
                    account.available().to_string(),
                ]
            };
            let rows: Vec<Vec<String>> = accounts.iter().map(row).collect();
            print_table(&["account", "posted", "pending", "available"], &rows);
            Ok(())
        })
    }
}

/// An account for programs.
pub(super) fn shown(account: &Account) -> Value {
    json!({
        "account": account.id, "code": account.code, "side": account.side,
        "currency": account.currency, "status": account.status, "balances": account.balances(),
        "entries": account.entries, "floor_fen": account.floor, "ceiling_fen": account.ceiling,
    })
}
