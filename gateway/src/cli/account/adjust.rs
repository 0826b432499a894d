//! `jiaozi account adjust`: a correction by hand, proposed by one operator for another to approve.

use clap::Args;
use jiaozi_ledger::command::Adjustment;
use jiaozi_ledger::money::Fen;

use super::find;
use crate::cli::Failure;
use crate::cli::ordered_by::refused;
use crate::cli::proposal::Proposal;
use crate::operators::approvals;

/// Proposes to move money from one account to another. Nothing is posted before a second operator has
/// approved it (`jiaozi approval approve`).
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi account adjust --debit settlement:yunhe --credit suspense:unexplained --fen 1200 \\
      --reason \"paid twice at the desk, slip 4711\" --operator li.wei --operator-key li.wei.key")]
pub(super) struct Adjust {
    #[command(flatten)]
    proposal: Proposal,
    /// The account debited, by its code.
    #[arg(long, value_name = "CODE")]
    debit: String,
    /// The account credited, by its code.
    #[arg(long, value_name = "CODE")]
    credit: String,
    /// How much, in fen.
    #[arg(long, value_name = "FEN", value_parser = clap::value_parser!(i64).range(1..))]
    fen: i64,
}

impl Adjust {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.proposal.make(async |gateway, who, key, reason| {
            let debit = find(gateway, &self.debit).await?.id;
            let credit = find(gateway, &self.credit).await?.id;
            let content = Adjustment { debit, credit, amount: Fen(self.fen) }.content();
            approvals::propose(gateway, who, key, content, reason).await.map_err(refused)
        })
    }
}
