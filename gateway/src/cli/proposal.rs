//! What every command has that proposes something for a second operator to approve.

use clap::Args;
use jiaozi_ledger::store::batch::Reply;

use super::ordered_by::OrderedBy;
use super::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
use crate::gateway::Gateway;
use crate::operators::Who;

#[derive(Debug, Args)]
pub(super) struct Proposal {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// Why, for whoever approves it. No names or numbers of people.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// An idempotency key: the same key again proposes nothing new.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

impl Proposal {
    /// Opens the gateway, lets something be proposed there under the key and for the reason, and prints the
    /// answer.
    pub(super) fn make(
        &self,
        propose: impl AsyncFnOnce(&Gateway, &Who, String, String) -> anyhow::Result<Reply>,
    ) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let key = self.key.clone().unwrap_or_else(|| new_id(&SystemClock).to_string());
            print_answer(&propose(&gateway, &who, key, self.reason.clone()).await?)
        })
    }
}
