//! `jiaozi payout release`: an account paid out again after a rejection, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::PayoutId;

use crate::cli::Failure;
use crate::cli::ordered_by::refused;
use crate::cli::proposal::Proposal;
use crate::payouts::proposing;

/// Proposes that the account of a rejected payout is paid out again, to where it was: somebody has found out
/// why the core has rejected it. Until a second operator has approved it with `jiaozi approval approve`, the
/// account is held. With a corrected specification `jiaozi payout redirect` is the way.
#[derive(Debug, Args)]
pub(super) struct Release {
    #[command(flatten)]
    proposal: Proposal,
    /// The rejected payout.
    #[arg(value_name = "PAYOUT")]
    id: PayoutId,
}

impl Release {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.proposal.make(async |gateway, who, key, reason| {
            proposing::release(gateway, who, key, self.id, reason).await.map_err(refused)
        })
    }
}
