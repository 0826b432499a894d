//! `jiaozi payment propose`: what became of a payment to a biller, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::OrderId;

use crate::cli::Failure;
use crate::cli::ordered_by::refused;
use crate::cli::proposal::Proposal;
use crate::utility::unknown;

/// Proposes what became of a payment of which nobody knows it. Nothing happens before a second operator has
/// approved it with `jiaozi approval approve`.
///
/// It is the last word where neither an answer nor the biller's files say it: ask the biller first. --done
/// says that the biller has booked it, and settles it; --not-done that it has not and will not, and gives the
/// money back to the payer.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi payment propose ORDER --not-done --reason \"their desk, 2 December, ticket 4711\"")]
pub(super) struct Propose {
    #[command(flatten)]
    proposal: Proposal,
    /// The payment's `order`.
    #[arg(value_name = "ORDER")]
    order: OrderId,
    /// The biller has booked it.
    #[arg(long, conflicts_with = "not_done", required_unless_present = "not_done")]
    done: bool,
    /// The biller has not booked it, and will not.
    #[arg(long)]
    not_done: bool,
}

impl Propose {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.proposal.make(async |gateway, who, key, reason| {
            let done = self.done && !self.not_done;
            unknown::propose(gateway, who, key, self.order, done, reason).await.map_err(refused)
        })
    }
}
