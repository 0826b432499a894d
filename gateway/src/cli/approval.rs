//! `jiaozi approval`: what one operator has proposed and another one decides.

mod approve;
mod list;
mod reject;
mod show;
mod withdraw;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiaozi_ledger::approval::Approval as Record;
use jiaozi_ledger::id::ApprovalId;
use jiaozi_ledger::store::Store;
use serde_json::{Map, Value, json};

use super::Failure;
use crate::operators::approvals;

/// What one operator has proposed and another one decides.
///
/// Proposals are made by the commands that take two people, as `jiaozi account adjust` does. Whoever has
/// proposed cannot approve: the database refuses it too.
#[derive(Debug, Args)]
pub(super) struct Approval {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Approve(approve::Approve),
    Reject(reject::Reject),
    Withdraw(withdraw::Withdraw),
}

impl Approval {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::List(list) => list.run(),
            Command::Show(show) => show.run(),
            Command::Approve(approve) => approve.run(),
            Command::Reject(reject) => reject.run(),
            Command::Withdraw(withdraw) => withdraw.run(),
        }
    }
}

async fn find(store: &Store, id: ApprovalId) -> anyhow::Result<Record> {
    let approval = approvals::find(store, id).await.context("the books")?;
    approval.with_context(|| {
        format!("there is no approval {id}; expected one of `jiaozi approval list --all`")
    })
}

/// An approval with the words of both, which are kept out of the feed but not from those who decide.
fn shown(approval: &Record) -> Map<String, Value> {
    let mut shown = approval.told();
    shown.insert("reason".to_owned(), json!(approval.reason));
    shown.insert("remark".to_owned(), json!(approval.remark));
    shown
}
