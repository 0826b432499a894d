//! `jiaozi break propose`: how a break is to be resolved, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::BreakId;

use super::find;
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
use crate::reconciliation::breaks::{self, Proposal};

/// Proposes how a break is resolved. Nothing happens before a second operator has approved it with
/// `jiaozi approval approve`.
///
/// With --account what the break has in suspense goes to that account, or comes from it where we owe the
/// partner more. A biller's break with nothing booked needs no account; one of a mirrored account is always
/// resolved by a posting: with nothing booked the mirror is brought to what they say against that account. --done and --not-done rule what became of a
/// payment whose outcome nobody knows.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi break propose BREAK --account deposit:6222000011 --reason \"their letter of 2 December\"
  jiaozi break propose BREAK --not-done --reason \"their desk says that it never came\"")]
pub(super) struct Propose {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The break.
    #[arg(value_name = "BREAK")]
    id: BreakId,
    /// Where the money belongs, by the account's code.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["done", "not_done"])]
    account: Option<String>,
    /// The payment was done.
    #[arg(long, conflicts_with = "not_done")]
    done: bool,
    /// The payment was not done.
    #[arg(long)]
    not_done: bool,
    /// Why, for whoever approves it. No names or numbers of people.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// An idempotency key: the same key again proposes nothing new.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

impl Propose {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let one = find(&gateway.store, self.id).await?;
            let proposal = match self.done || self.not_done {
                true => Proposal::Rule(self.done),
                false => Proposal::Resolve(self.account.clone()),
            };
            let key = self.key.clone().unwrap_or_else(|| new_id(&SystemClock).to_string());
            let reason = self.reason.clone();
            let proposed = breaks::propose(&gateway, &who, key, &one, proposal, reason);
            print_answer(&proposed.await.map_err(refused)?)
        })
    }
}
