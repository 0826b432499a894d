//! `jiaozi partner keys revoke`: a key that is refused from now on.

use clap::Args;
use jiaozi_ledger::decision::digest;
use jiaozi_ledger::operator::Role;

use super::note;
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open};

/// Revokes a key: every process refuses it within five seconds. It cannot be taken back.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jiaozi partner keys revoke yunhe-2025-1")]
pub(super) struct Revoke {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// The key's identifier.
    #[arg(value_name = "KEYID")]
    id: String,
}

impl Revoke {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let (role, operation) = (Role::Administrator, "partner_key.revoke");
            let content = digest(self.id.as_bytes());
            let order = who.order_work(&gateway, role, operation, &self.id, content).await;
            order.map_err(refused)?;
            let revoke = async {
                gateway.keys.revoke(&self.id, gateway.now().await?).await?;
                let key = gateway.keys.find(&self.id).await?;
                let (of, kind) =
                    key.map_or((String::new(), None), |key| (key.partner.clone(), Some(key.kind)));
                note(&gateway, "partner_key.revoked", &of, &self.id, kind, &who).await
            };
            revoke.await?;
            eprintln!("{} is revoked", self.id);
            Ok(())
        })
    }
}
