//! `jiaozi account fund`: play money for accounts of a sandbox.

use clap::Args;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::money::Fen;

use super::find;
use crate::accounts;
use crate::asked::Asked;
use crate::cli::operator::Operator;
use crate::cli::{Common, Failure, open};
use crate::clock::{SystemClock, new_id};

/// Puts play money on an account. Only in a sandbox: in a live database money comes from outside.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi account fund deposit:1001 --fen 500000")]
pub(super) struct Fund {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    operator: Operator,
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
        let by = self.operator.recorded()?;
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
            let asked = Asked::by(by, key);
            let reply = accounts::fund(&gateway, &asked, &self.code, Fen(self.fen)).await;
            let reply = reply.map_err(anyhow::Error::from)?;
            let body = String::from_utf8_lossy(&reply.answer.body);
            if reply.verdict == Verdict::Declined {
                return Err(anyhow::anyhow!("declined: {body}").into());
            }
            println!("{body}");
            Ok(())
        })
    }
}
