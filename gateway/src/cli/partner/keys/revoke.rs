//! `jiaozi partner keys revoke`: a key that is refused from now on.

use clap::Args;

use super::note;
use crate::cli::operator::Operator;
use crate::cli::{Common, Failure, open};

/// Revokes a key: every process refuses it within five seconds. It cannot be taken back.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi partner keys revoke yunhe-2025-1")]
pub(super) struct Revoke {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    operator: Operator,
    /// The key's identifier.
    #[arg(value_name = "KEYID")]
    id: String,
}

impl Revoke {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let by = self.operator.recorded()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let revoke = async {
                gateway.keys.revoke(&self.id, gateway.now().await?).await?;
                let key = gateway.keys.find(&self.id).await?;
                let (of, kind) =
                    key.map_or((String::new(), None), |key| (key.partner.clone(), Some(key.kind)));
                note(&gateway, "partner_key.revoked", &of, &self.id, kind, &by).await
            };
            revoke.await?;
            eprintln!("{} is revoked", self.id);
            Ok(())
        })
    }
}
