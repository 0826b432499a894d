//! `jiaozi payout`: what is paid out to partners through the bank's core.

mod list;
mod prepare;
mod propose;
mod redirect;
mod release;
mod show;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiaozi_ledger::id::PayoutId;
use jiaozi_ledger::payout::Payout as Record;
use jiaozi_ledger::store::Store;

use super::Failure;
use crate::payouts;

/// Payouts: what was settled to partners, paid to their accounts at the bank's core.
///
/// They are prepared by themselves when the settlement date of a day has come, told to the core with `jiaozi
/// file export payouts`, and what the core says is read with `jiaozi file import payout-status`.
#[derive(Debug, Args)]
pub(super) struct Payout {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Prepare(prepare::Prepare),
    Release(release::Release),
    Propose(propose::Propose),
    Redirect(redirect::Redirect),
}

impl Payout {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::List(list) => list.run(),
            Command::Show(show) => show.run(),
            Command::Prepare(prepare) => prepare.run(),
            Command::Release(release) => release.run(),
            Command::Propose(propose) => propose.run(),
            Command::Redirect(redirect) => redirect.run(),
        }
    }
}

async fn find(store: &Store, id: PayoutId) -> anyhow::Result<Record> {
    let one = payouts::find(store, id).await.context("the books")?;
    one.with_context(|| {
        format!("there is no payout {id}; expected one of `jiaozi payout list --all`")
    })
}
