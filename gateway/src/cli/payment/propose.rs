//! `jiaozi payment propose`: what became of a payment to a biller, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::OrderId;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
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
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The payment's `order`.
    #[arg(value_name = "ORDER")]
    order: OrderId,
    /// The biller has booked it.
    #[arg(long, conflicts_with = "not_done", required_unless_present = "not_done")]
    done: bool,
    /// The biller has not booked it, and will not.
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
            let key = self.key.clone().unwrap_or_else(|| new_id(&SystemClock).to_string());
            let done = self.done && !self.not_done;
            let reason = self.reason.clone();
            let proposed = unknown::propose(&gateway, &who, key, self.order, done, reason);
            print_answer(&proposed.await.map_err(refused)?)
        })
    }
}
