//! `jiaozi core propose`: what became of a debit at the core, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::DrawId;

use crate::cli::Failure;
use crate::cli::ordered_by::refused;
use crate::cli::proposal::Proposal;
use crate::draws::ruling;

/// Proposes what became of a debit at the core of which nobody knows, or that was given back by hand.
/// Nothing happens before a second operator has approved it with `jiaozi approval approve`.
///
/// --not-done says that the customer has the money: it was never taken, or was given back by hand after the
/// core's day. --done says that the core has taken it.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi core propose DRAW --not-done --reason \"given back at the counter, voucher 20261120-7\"")]
pub(super) struct Propose {
    #[command(flatten)]
    proposal: Proposal,
    /// The draw.
    #[arg(value_name = "DRAW")]
    id: DrawId,
    /// The core has taken the money.
    #[arg(long, conflicts_with = "not_done", required_unless_present = "not_done")]
    done: bool,
    /// The customer has the money.
    #[arg(long)]
    not_done: bool,
}

impl Propose {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.proposal.make(async |gateway, who, key, reason| {
            let done = self.done && !self.not_done;
            ruling::propose(gateway, who, key, self.id, done, reason).await.map_err(refused)
        })
    }
}
