//! `jiaozi payout show`: one payout with the days that it pays.

use anyhow::Context as _;
use clap::Args;
use jiaozi_adapters::spec::payout::Destination;
use jiaozi_ledger::id::PayoutId;
use serde_json::json;

use super::find;
use crate::cli::{Common, Failure, open, print_json};
use crate::payouts::payable;

/// Shows a payout: the clearing days that it pays, where it goes, its file, what the core said.
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    common: Common,
    /// The payout.
    #[arg(value_name = "PAYOUT")]
    id: PayoutId,
}

impl Show {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let one = find(&gateway.store, self.id).await?;
            let list = payable(&gateway.store, &one.account).await.context("the books")?;
            let mut told = json!(one.told());
            let to = Destination::of_kept(&one.destination).context("where it goes")?;
            told["to"] = json!({
                "name": to.name, "number": to.shown(), "bic": to.bic,
                "clearing_member": to.clearing_member,
            });
            told["remittance"] = one.remittance.clone().into();
            told["holds_its_account"] =
                list.is_some_and(|list| list.holds.contains(&one.id)).into();
            Ok(print_json(&told)?)
        })
    }
}
