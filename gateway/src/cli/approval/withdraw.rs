//! `jiaozi approval withdraw`: the maker takes a proposal back.

use clap::Args;
use jiaozi_ledger::id::ApprovalId;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
use crate::operators::approvals;

/// Takes back what you have proposed, as long as it is not carried out.
#[derive(Debug, Args)]
pub(super) struct Withdraw {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The approval.
    #[arg(value_name = "APPROVAL")]
    approval: ApprovalId,
}

impl Withdraw {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let key = new_id(&SystemClock).to_string();
            let withdrawn = approvals::withdraw(&gateway, &who, key, self.approval);
            print_answer(&withdrawn.await.map_err(refused)?)
        })
    }
}
