//! `jiaozi account open`: accounts of the chart that are not there yet.

use clap::Args;
use jiaozi_ledger::command::OpenAccounts;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::money::Currency;

use crate::cli::operator::Operator;
use crate::cli::{Common, Failure, open};

/// Opens accounts, as in deposit:1001 or budget:spring. Those that are there stay as they are.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi account open deposit:1001 deposit:1002")]
pub(super) struct Open {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    operator: Operator,
    /// The codes: deposit:NAME, settlement:NAME, payee:NAME or budget:NAME.
    #[arg(value_name = "CODE", required = true)]
    codes: Vec<String>,
}

impl Open {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let by = self.operator.recorded()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let command = OpenAccounts::new(&by, self.codes.clone(), Currency::CNY);
            let reply = gateway.submit(command).await.map_err(anyhow::Error::from)?;
            let body = String::from_utf8_lossy(&reply.answer.body);
            if reply.verdict == Verdict::Declined {
                return Err(anyhow::anyhow!("declined: {body}").into());
            }
            println!("{body}");
            Ok(())
        })
    }
}
