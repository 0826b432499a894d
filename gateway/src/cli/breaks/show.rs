//! `jiaozi break show`: one break, whole.

use clap::Args;
use jiaozi_ledger::id::BreakId;

use super::find;
use crate::cli::{Common, Failure, open, print_json};

/// Shows a break whole, as JSON.
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    common: Common,
    /// The break.
    #[arg(value_name = "BREAK")]
    id: BreakId,
}

impl Show {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let store = open::books(&config).await?;
            print_json(&find(&store, self.id).await?.told())?;
            Ok(())
        })
    }
}
