//! `jiaozi approval reject`: the second person does not agree.

use clap::Args;
use jiaozi_ledger::id::ApprovalId;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
use crate::operators::approvals;

/// Rejects what somebody else has proposed. It can be proposed again, as another approval.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi approval reject APPROVAL --reason \"the slip is of another month\" \\
      --operator wang.fang --operator-key wang.fang.key")]
pub(super) struct Reject {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The approval.
    #[arg(value_name = "APPROVAL")]
    approval: ApprovalId,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Reject {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let key = new_id(&SystemClock).to_string();
            let why = self.reason.clone();
            let rejected = approvals::reject(&gateway, &who, key, self.approval, why);
            print_answer(&rejected.await.map_err(refused)?)
        })
    }
}
