//! `jiaozi break propose`: how a break is to be resolved, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::BreakId;

use super::find;
use crate::cli::Failure;
use crate::cli::ordered_by::refused;
use crate::cli::proposal::Proposal;
use crate::reconciliation::breaks;

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
    proposal: Proposal,
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
}

impl Propose {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.proposal.make(async |gateway, who, key, reason| {
            let one = find(&gateway.store, self.id).await?;
            let wish = match self.done || self.not_done {
                true => breaks::Proposal::Rule(self.done),
                false => breaks::Proposal::Resolve(self.account.clone()),
            };
            breaks::propose(gateway, who, key, &one, wish, reason).await.map_err(refused)
        })
    }
}
