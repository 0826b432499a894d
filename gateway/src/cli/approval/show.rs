//! `jiaozi approval show`: what is proposed, by whom and why.

use clap::Args;
use jiaozi_ledger::id::ApprovalId;

use super::{find, shown};
use crate::cli::{Common, Failure, open, print_json};

/// Shows an approval whole, as JSON: what would be done, who has proposed it and why.
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    common: Common,
    /// The approval.
    #[arg(value_name = "APPROVAL")]
    approval: ApprovalId,
}

impl Show {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let store = open::books(&config).await?;
            print_json(&shown(&find(&store, self.approval).await?))?;
            Ok(())
        })
    }
}
