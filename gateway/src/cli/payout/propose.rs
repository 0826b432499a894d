//! `jiaozi payout propose`: what became of a payout, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::PayoutId;

use super::find;
use crate::cli::Failure;
use crate::cli::ordered_by::refused;
use crate::cli::proposal::Proposal;
use crate::payouts::proposing;

/// Proposes what became of a payout of which the core says nothing, or two things, or whose money came back by
/// the statement of its account (`--not-paid`). Nothing happens before a
/// second operator has approved it with `jiaozi approval approve`; then its money is out of the books, or
/// back on its account.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi payout propose PAYOUT --not-paid --reason \"the core's desk says that it never came\"")]
pub(super) struct Propose {
    #[command(flatten)]
    proposal: Proposal,
    /// The payout.
    #[arg(value_name = "PAYOUT")]
    id: PayoutId,
    /// The core has paid it.
    #[arg(long, conflicts_with = "not_paid", required_unless_present = "not_paid")]
    paid: bool,
    /// The core has not paid it, and will not.
    #[arg(long)]
    not_paid: bool,
}

impl Propose {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.proposal.make(async |gateway, who, key, reason| {
            let one = find(&gateway.store, self.id).await?;
            proposing::propose(gateway, who, key, &one, self.paid, reason).await.map_err(refused)
        })
    }
}
