//! `jiaozi break`: where billers' files or accounts' statements and our books differ.

mod list;
mod own;
mod propose;
mod show;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiaozi_ledger::breaks::Break as Record;
use jiaozi_ledger::id::BreakId;
use jiaozi_ledger::store::Store;

use super::Failure;
use crate::reconciliation::breaks;

/// Breaks: where a biller's file of the day, or the statement of an account, and our books differ, until that is
/// explained.
///
/// A break is resolved by evidence (a corrected file or statement, the next one, a late answer), or by a proposal
/// that a second operator approves with `jiaozi approval approve`.
#[derive(Debug, Args)]
pub(super) struct Break {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Own(own::Own),
    Propose(propose::Propose),
}

impl Break {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::List(list) => list.run(),
            Command::Show(show) => show.run(),
            Command::Own(own) => own.run(),
            Command::Propose(propose) => propose.run(),
        }
    }
}

async fn find(store: &Store, id: BreakId) -> anyhow::Result<Record> {
    let one = breaks::find(store, id).await.context("the books")?;
    one.with_context(|| {
        format!("there is no break {id}; expected one of `jiaozi break list --all`")
    })
}
