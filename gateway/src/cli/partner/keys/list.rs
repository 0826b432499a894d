//! `jiaozi partner keys list`: which keys there are, without their secrets.

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use crate::cli::{Common, Failure, open, print_json, print_table};
use crate::keys::{KeyKind, PartnerKey};

/// Lists keys, revoked ones too. Secrets are never shown.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
    /// Only of this partner.
    #[arg(long, value_name = "CODE")]
    partner: Option<String>,
    /// For programs: a JSON array on standard output.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let keys = gateway.keys.list(self.partner.as_deref()).await.context("the keys")?;
            if self.json {
                let all: Vec<Value> = keys.iter().map(shown).collect();
                print_json(&all)?;
                return Ok(());
            }
            let row = |key: &PartnerKey| {
                let revoked = key.revoked_at.map(|at| format!("revoked {at}"));
                vec![
                    key.id.clone(),
                    key.partner.clone(),
                    key.kind.name().to_owned(),
                    key.created_at.to_string(),
                    revoked.unwrap_or_else(|| "in use".to_owned()),
                ]
            };
            let rows: Vec<Vec<String>> = keys.iter().map(row).collect();
            print_table(&["key", "partner", "kind", "since", "state"], &rows);
            Ok(())
        })
    }
}

fn shown(key: &PartnerKey) -> Value {
    let public =
        (!key.kind.is_secret()).then(|| String::from_utf8_lossy(&key.material).into_owned());
    let signs = if key.kind == KeyKind::Webhook { "notices" } else { "requests" };
    json!({
        "key": key.id, "partner": key.partner, "kind": key.kind.name(), "signs": signs,
        "public_key": public, "created_at": key.created_at, "revoked_at": key.revoked_at,
    })
}
