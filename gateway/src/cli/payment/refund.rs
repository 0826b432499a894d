//! `jiaozi payment refund propose`: money given back to the payer of a biller, for a second operator to
//! approve.

use clap::Args;
use jiaozi_adapters::property::refund::Reason;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::money::Fen;

use crate::cli::Failure;
use crate::cli::ordered_by::refused;
use crate::cli::proposal::Proposal;
use crate::utility::refunds::{self, Wanted};

/// The reasons, as they are written.
const REASONS: &str = "paid_at_desk, paid_twice, wrong_house, wrong_amount, payer_request or other";

/// Proposes that money of a payment to a biller be given back, whole or in part. Nothing happens before a
/// second operator has approved it with `jiaozi approval approve`.
///
/// It is for what the biller takes back no more: until the biller's cut-off the channel cancels the payment.
/// The money comes from what was paid for the biller on the day of the refund, then from the account to which
/// it is settled; what that does not have is refused.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi payment refund propose ORDER --because paid_twice --reason \"their letter of 2 December\"
  jiaozi payment refund propose ORDER --fen 1250 --because wrong_amount --reason \"the meter was misread\"")]
pub(super) struct Propose {
    #[command(flatten)]
    proposal: Proposal,
    /// The payment's `order`.
    #[arg(value_name = "ORDER")]
    order: OrderId,
    /// How much, in fen; all that is left if it is left out.
    #[arg(long, value_name = "FEN", value_parser = clap::value_parser!(i64).range(1..))]
    fen: Option<i64>,
    /// Why, as the payment keeps it: paid_at_desk, paid_twice, wrong_house, wrong_amount, payer_request, other.
    #[arg(long, value_name = "CODE", value_parser = because)]
    because: Reason,
}

fn because(text: &str) -> Result<Reason, String> {
    serde_json::from_value(text.into()).map_err(|_| format!("expected {REASONS}"))
}

impl Propose {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.proposal.make(async |gateway, who, key, reason| {
            let amount = self.fen.map(Fen);
            let wanted = Wanted { order: self.order, amount, because: self.because };
            refunds::propose(gateway, who, key, wanted, reason).await.map_err(refused)
        })
    }
}
