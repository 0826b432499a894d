//! `jiaozi account fund`: play money for accounts of a sandbox.

use clap::Args;
use jiaozi_ledger::decision::digest_of;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::operator::Role;

use super::find;
use crate::accounts;
use crate::asked::Asked;
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};

/// Puts play money on an account. Only in a sandbox: in a live database money comes from outside.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi account fund deposit:1001 --fen 500000")]
pub(super) struct Fund {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The account's code.
    #[arg(value_name = "CODE")]
    code: String,
    /// How much, in fen.
    #[arg(long, value_name = "FEN", value_parser = clap::value_parser!(i64).range(1..))]
    fen: i64,
    /// An idempotency key: the same key again has no second effect.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

impl Fund {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            if !gateway.sandbox {
                return Err(anyhow::anyhow!(
                    "this database is live: money comes from outside; expected a sandbox (`jiaozi sandbox create`)"
                )
                .into());
            }
            find(&gateway, &self.code).await?;
            let key = self.key.clone().unwrap_or_else(|| new_id(&SystemClock).to_string());
            let content = digest_of(&[&self.code, &self.fen.to_string()]);
            let order = who.order_work(&gateway, Role::Maker, "account.fund", &key, content).await;
            order.map_err(refused)?;
            let asked = Asked::by(who.actor(), key);
            let reply = accounts::fund(&gateway, &asked, &self.code, Fen(self.fen)).await;
            print_answer(&reply.map_err(anyhow::Error::from)?)
        })
    }
}
