//! `jiaozi operator add`: one more who may order something.

use std::path::PathBuf;

use clap::Args;
use jiaozi_ledger::operator::{AddOperator, Role as Named};

use super::{Role, code, public_key, roles};
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};

/// Adds an operator with the public half of a key that they have made (`jiaozi operator key`).
///
/// The first one of a database is an administrator who signs with the new key themselves; that it was so
/// stays on record.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi operator key --out chen.yu.key > chen.yu.pub
  jiaozi operator add chen.yu --first --role administrator --public-key chen.yu.pub \\
      --operator chen.yu --operator-key chen.yu.key
  jiaozi operator add li.wei --role maker --public-key li.wei.pub \\
      --operator chen.yu --operator-key chen.yu.key")]
pub(super) struct Add {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The new operator's code, never used before.
    #[arg(value_name = "CODE", value_parser = code)]
    code: String,
    /// What the operator may order; several with commas.
    #[arg(long, value_name = "ROLE", value_enum, value_delimiter = ',', required = true)]
    role: Vec<Role>,
    /// A PEM file with the operator's public key, Ed25519 or P-256.
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    /// This is the first operator of the database: an administrator, who signs for themselves.
    #[arg(long)]
    first: bool,
}

impl Add {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        let public_key = public_key(&self.public_key)?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let key = new_id(&SystemClock).to_string();
            let command = AddOperator {
                scope: who.scope(AddOperator::OPERATION, key),
                code: self.code.clone(),
                roles: roles(&self.role),
                public_key,
                first: self.first,
            };
            let reply = if self.first {
                who.order_first(&gateway, command).await
            } else {
                who.order(&gateway, Named::Administrator, command).await
            };
            print_answer(&reply.map_err(refused)?)
        })
    }
}
