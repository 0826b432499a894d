//! `jiaozi account show`: one account with its balances.

use clap::Args;

use super::{find, list};
use crate::cli::{Common, Failure, open, print_json};

/// Shows an account with its balances and limits, as JSON.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi account show deposit:1001")]
pub(super) struct Show {
    #[command(flatten)]
    common: Common,
    /// The account's code.
    #[arg(value_name = "CODE")]
    code: String,
    /// For programs; it is JSON in any case.
    #[arg(long, hide = true)]
    json: bool,
}

impl Show {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let account = find(&gateway, &self.code).await?;
            print_json(&list::shown(&account))?;
            Ok(())
        })
    }
}
