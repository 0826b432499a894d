//! `jiaozi operator revoke`: nothing is taken from an operator any more.

use clap::Args;
use jiaozi_ledger::operator::{RevokeOperator, Role};

use super::code;
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};

/// Revokes an operator: whatever they order from then on is refused. It cannot be taken back, and
/// nobody revokes themselves.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi operator revoke li.wei --operator chen.yu --operator-key chen.yu.key")]
pub(super) struct Revoke {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The operator's code.
    #[arg(value_name = "CODE", value_parser = code)]
    code: String,
}

impl Revoke {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let key = new_id(&SystemClock).to_string();
            let scope = who.scope(RevokeOperator::OPERATION, key);
            let command = RevokeOperator { scope, code: self.code.clone() };
            let reply = who.order(&gateway, Role::Administrator, command).await;
            print_answer(&reply.map_err(refused)?)
        })
    }
}
