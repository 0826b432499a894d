//! `jiaozi account`: accounts of the books, opened and read.

mod adjust;
mod fund;
mod list;
mod open_new;
mod show;
mod statement;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiaozi_ledger::account::Account as Record;

use super::Failure;
use crate::gateway::Gateway;

/// Accounts of the books.
#[derive(Debug, Args)]
pub(super) struct Account {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Open(open_new::Open),
    List(list::List),
    Show(show::Show),
    Statement(statement::Statement),
    Fund(fund::Fund),
    Adjust(adjust::Adjust),
}

impl Account {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Open(open) => open.run(),
            Command::List(list) => list.run(),
            Command::Show(show) => show.run(),
            Command::Statement(statement) => statement.run(),
            Command::Fund(fund) => fund.run(),
            Command::Adjust(adjust) => adjust.run(),
        }
    }
}

pub(super) async fn find(gateway: &Gateway, code: &str) -> anyhow::Result<Record> {
    let account = gateway.store.account(code).await.context("the books")?;
    account.with_context(|| {
        format!(
            "there is no account {code}; expected a code as in deposit:1001 (`jiaozi account list`)"
        )
    })
}
