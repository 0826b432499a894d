//! `jiaozi approval list`: what waits for somebody.

use anyhow::Context as _;
use clap::Args;
use jiaozi_ledger::approval::{Approval, ApprovalState};
use jiaozi_ledger::id::ApprovalId;
use serde_json::{Map, Value};

use super::shown;
use crate::cli::{Common, Failure, open, print_json, print_table};
use crate::operators::approvals;

/// Lists what is proposed and not done yet, oldest first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi approval list
  jiaozi approval list --all --json")]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
    /// Also what was carried out, rejected or withdrawn.
    #[arg(long)]
    all: bool,
    /// Only those after this one: where the last list ended.
    #[arg(long, value_name = "APPROVAL")]
    after: Option<ApprovalId>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1_000))]
    limit: i64,
    /// For programs: a JSON array on standard output.
    #[arg(long)]
    json: bool,
}

const PENDING: [ApprovalState; 2] = [ApprovalState::Open, ApprovalState::Approved];

impl List {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let store = open::books(&config).await?;
            let states = if self.all { &ApprovalState::ALL[..] } else { &PENDING };
            let found = approvals::list(&store, states, self.after, self.limit).await;
            let found = found.context("the books")?;
            if self.json {
                let all: Vec<Map<String, Value>> = found.iter().map(shown).collect();
                print_json(&all)?;
                return Ok(());
            }
            let row = |approval: &Approval| {
                vec![
                    approval.id.to_string(),
                    approval.content.operation.clone(),
                    approval.state.name().to_owned(),
                    approval.maker.clone(),
                    approval.proposed_at.to_string(),
                    approval.checker.clone().unwrap_or_default(),
                ]
            };
            let rows: Vec<Vec<String>> = found.iter().map(row).collect();
            print_table(&["approval", "operation", "state", "maker", "proposed", "checker"], &rows);
            Ok(())
        })
    }
}
