//! `jiaozi operator change`: other roles, or another key.

use std::path::PathBuf;

use clap::Args;
use jiaozi_ledger::operator::{ChangeOperator, Role as Named};

use super::{Role, code, public_key, roles};
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};

/// Gives an operator other roles, another key, or both. It counts for whatever is ordered from then on.
/// Nobody changes themselves.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi operator change li.wei --role maker,checker --operator chen.yu --operator-key chen.yu.key")]
pub(super) struct Change {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The operator's code.
    #[arg(value_name = "CODE", value_parser = code)]
    code: String,
    /// What the operator may order from now on, in place of what it was; several with commas.
    #[arg(
        long,
        value_name = "ROLE",
        value_enum,
        value_delimiter = ',',
        required_unless_present = "public_key"
    )]
    role: Vec<Role>,
    /// A PEM file with the operator's new public key.
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

impl Change {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        let public_key = self.public_key.as_deref().map(public_key).transpose()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let key = new_id(&SystemClock).to_string();
            let command = ChangeOperator {
                scope: who.scope(ChangeOperator::OPERATION, key),
                code: self.code.clone(),
                roles: (!self.role.is_empty()).then(|| roles(&self.role)),
                public_key,
            };
            let reply = who.order(&gateway, Named::Administrator, command).await;
            print_answer(&reply.map_err(refused)?)
        })
    }
}
