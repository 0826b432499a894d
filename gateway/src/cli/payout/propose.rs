//! `jiaozi payout propose`: what became of a payout, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::PayoutId;

use super::find;
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
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
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The payout.
    #[arg(value_name = "PAYOUT")]
    id: PayoutId,
    /// The core has paid it.
    #[arg(long, conflicts_with = "not_paid", required_unless_present = "not_paid")]
    paid: bool,
    /// The core has not paid it, and will not.
    #[arg(long)]
    not_paid: bool,
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
            let key = self.key.clone().unwrap_or_else(|| new_id(&SystemClock).to_string());
            let reason = self.reason.clone();
            let proposed = proposing::propose(&gateway, &who, key, &one, self.paid, reason);
            print_answer(&proposed.await.map_err(refused)?)
        })
    }
}
