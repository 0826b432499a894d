//! `jiaozi core propose`: what became of a debit at the core, for a second operator to approve.

use clap::Args;
use jiaozi_ledger::id::DrawId;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
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
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The draw.
    #[arg(value_name = "DRAW")]
    id: DrawId,
    /// The core has taken the money.
    #[arg(long, conflicts_with = "not_done", required_unless_present = "not_done")]
    done: bool,
    /// The customer has the money.
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
            let reason = self.reason.clone();
            let done = self.done && !self.not_done;
            let proposed = ruling::propose(&gateway, &who, key, self.id, done, reason);
            print_answer(&proposed.await.map_err(refused)?)
        })
    }
}
