//! `jiaozi payout redirect`: an account paid out to somewhere else, for a second operator to approve.

use anyhow::Context as _;
use clap::Args;
use jiff::civil::Date;

use crate::cli::Failure;
use crate::cli::ordered_by::refused;
use crate::cli::proposal::Proposal;
use crate::days;
use crate::payouts::proposing;

/// Proposes that a partner's account is paid out to where its specification says now. Until a second operator
/// has approved it with `jiaozi approval approve`, and its day has come, the money waits.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi payout redirect --partner yunhe --from 2026-12-01 --reason \"their letter of 20 November\"")]
pub(super) struct Redirect {
    #[command(flatten)]
    proposal: Proposal,
    /// By whose specification.
    #[arg(long, value_name = "CODE")]
    partner: String,
    /// The account of the books; the partner's own if none is given.
    #[arg(long, value_name = "CODE")]
    account: Option<String>,
    /// From which day on; today if none is given.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
}

impl Redirect {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.proposal.make(async |gateway, who, key, reason| {
            let payee = days::payee(gateway, &self.partner).map_err(anyhow::Error::from)?;
            let account = self.account.as_deref().unwrap_or(payee.settled());
            let now = gateway.now().await.context("the books")?;
            let from = self.from.unwrap_or_else(|| payee.today(now));
            let proposed = proposing::redirect(gateway, who, key, payee, account, from, reason);
            proposed.await.map_err(refused)
        })
    }
}
