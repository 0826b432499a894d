//! `jiaozi approval approve`: the second person agrees.

use clap::Args;
use jiaozi_ledger::id::ApprovalId;

use super::find;
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
use crate::operators::approvals;

/// Approves what somebody else has proposed. A correction of accounts is posted in the same commit;
/// `jiaozi approval show` says what it is.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi approval approve APPROVAL --operator wang.fang --operator-key wang.fang.key")]
pub(super) struct Approve {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The approval.
    #[arg(value_name = "APPROVAL")]
    approval: ApprovalId,
    /// What there is to say about it.
    #[arg(long, value_name = "TEXT")]
    remark: Option<String>,
}

impl Approve {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let approval = find(&gateway.store, self.approval).await?;
            let key = new_id(&SystemClock).to_string();
            let remark = self.remark.clone();
            let approved = approvals::approve(&gateway, &who, key, &approval, remark);
            print_answer(&approved.await.map_err(refused)?)
        })
    }
}
