//! `jiaozi payout release`: an account paid out again after a rejection, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::PayoutId;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
use crate::payouts::proposing;

/// Proposes that the account of a rejected payout is paid out again, to where it was: somebody has found out
/// why the core has rejected it. Until a second operator has approved it with `jiaozi approval approve`, the
/// account is held. With a corrected specification `jiaozi payout redirect` is the way.
#[derive(Debug, Args)]
pub(super) struct Release {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The rejected payout.
    #[arg(value_name = "PAYOUT")]
    id: PayoutId,
    /// Why, for whoever approves it. No names or numbers of people.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// An idempotency key: the same key again proposes nothing new.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

impl Release {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let key = self.key.clone().unwrap_or_else(|| new_id(&SystemClock).to_string());
            let reason = self.reason.clone();
            let released = proposing::release(&gateway, &who, key, self.id, reason).await;
            print_answer(&released.map_err(refused)?)
        })
    }
}
