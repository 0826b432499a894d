//! `jiaozi break own`: somebody looks after it.

use clap::Args;
use jiaozi_ledger::id::BreakId;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
use crate::reconciliation::breaks;

/// Gives a break an owner. What is unexplained stays unexplained.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi break own BREAK --owner li.wei --operator li.wei --operator-key li.wei.key")]
pub(super) struct Own {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The break.
    #[arg(value_name = "BREAK")]
    id: BreakId,
    /// An operator's code, or a team.
    #[arg(long, value_name = "NAME")]
    owner: String,
}

impl Own {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let key = new_id(&SystemClock).to_string();
            let owned = breaks::own(&gateway, &who, key, self.id, self.owner.clone());
            print_answer(&owned.await.map_err(refused)?)
        })
    }
}
