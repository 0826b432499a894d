//! `jiaozi payout redirect`: an account paid out to somewhere else, for a second operator to approve.

use anyhow::Context as _;
use clap::Args;
use jiff::civil::Date;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_answer};
use crate::clock::{SystemClock, new_id};
use crate::days;
use crate::payouts::proposing;

/// Proposes that a partner's account is paid out to where its specification says now. Until a second operator
/// has approved it with `jiaozi approval approve`, and its day has come, the money waits.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi payout redirect --partner yunhe --from 2026-12-01 --reason \"their letter of 20 November\"")]
pub(super) struct Redirect {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// By whose specification.
    #[arg(long, value_name = "CODE")]
    partner: String,
    /// The account of the books; the partner's own if none is given.
    #[arg(long, value_name = "CODE")]
    account: Option<String>,
    /// From which day on; today if none is given.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Why, for whoever approves it. No names or numbers of people.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// An idempotency key: the same key again proposes nothing new.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

impl Redirect {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let payee = days::payee(&gateway, &self.partner).map_err(anyhow::Error::from)?;
            let account = self.account.as_deref().unwrap_or(payee.settled());
            let now = gateway.now().await.context("the books")?;
            let from = self.from.unwrap_or_else(|| payee.today(now));
            let key = self.key.clone().unwrap_or_else(|| new_id(&SystemClock).to_string());
            let reason = self.reason.clone();
            let proposed =
                proposing::redirect(&gateway, &who, key, payee, account, from, reason).await;
            print_answer(&proposed.map_err(refused)?)
        })
    }
}
