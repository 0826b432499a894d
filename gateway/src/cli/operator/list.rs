//! `jiaozi operator list`: who there is.

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::operator::Operator;
use serde_json::Value;

use crate::cli::{Common, Failure, open, print_json, print_table};

/// Lists operators, revoked ones too.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi operator list --json")]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
    /// For programs: a JSON array on standard output.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let store = open::books(&config).await?;
            let all: Vec<Operator> =
                store.find("order by code", vec![]).await.context("the books")?;
            if self.json {
                let all: Vec<Value> = all.iter().map(shown).collect();
                print_json(&all)?;
                return Ok(());
            }
            let row = |operator: &Operator| {
                let roles: Vec<&str> = operator.roles.iter().map(|role| role.name()).collect();
                let revoked = operator.revoked_at.map(|at| format!("revoked {at}"));
                vec![
                    operator.code.clone(),
                    roles.join(","),
                    operator.key_name(),
                    operator.since.to_string(),
                    revoked.unwrap_or_else(|| "active".to_owned()),
                ]
            };
            let rows: Vec<Vec<String>> = all.iter().map(row).collect();
            print_table(&["operator", "roles", "key", "since", "state"], &rows);
            Ok(())
        })
    }
}

/// An operator for programs.
fn shown(operator: &Operator) -> Value {
    let mut shown = operator.told();
    shown["key"] = operator.key_name().into();
    shown["seq"] = operator.seq.into();
    shown
}
