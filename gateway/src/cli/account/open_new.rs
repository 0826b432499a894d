//! `jiaozi account open`: accounts of the chart that are not there yet.

use clap::Args;
use jiaozi_ledger::command::OpenAccounts;
use jiaozi_ledger::money::Currency;
use jiaozi_ledger::operator::Role;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};

/// Opens accounts, as in deposit:1001 or budget:spring. Those that are there stay as they are.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi account open deposit:1001 deposit:1002")]
pub(super) struct Open {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The codes: deposit:NAME, settlement:NAME, payee:NAME or budget:NAME.
    #[arg(value_name = "CODE", required = true)]
    codes: Vec<String>,
}

impl Open {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let command = OpenAccounts::new(&who.actor(), self.codes.clone(), Currency::CNY);
            let reply = who.order(&gateway, Role::Maker, command).await.map_err(refused)?;
            print_answer(&reply)
        })
    }
}
