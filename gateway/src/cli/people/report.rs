//! `jiaozi people report`: how far the bank has come in a partner's communities.

use anyhow::Context as _;
use clap::Args;
use jiaozi_acquisition::report::{Rate, ReportQuery, community_report};
use jiaozi_ledger::money::Fen;

use crate::cli::{Common, Failure, open, print_json};
use crate::days;

/// Reports how far the bank has come with a partner: households reached, residents known, bills
/// collected. No personal data.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi people report --partner yunhe
  jiaozi people report --partner huating --site huating-one --period 2026-11 --json")]
pub(super) struct Report {
    #[command(flatten)]
    common: Common,
    /// The partner.
    #[arg(long, value_name = "CODE")]
    partner: String,
    /// Only this community.
    #[arg(long, value_name = "CODE")]
    site: Option<String>,
    /// Only this month, as in 2026-11.
    #[arg(long, value_name = "MONTH")]
    period: Option<String>,
    /// For programs: a JSON object on standard output.
    #[arg(long)]
    json: bool,
}

impl Report {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let payee = days::payee(&gateway, &self.partner).map_err(anyhow::Error::from)?;
            let query = ReportQuery {
                partner: self.partner.clone(),
                site: self.site.clone(),
                month: self.period.clone(),
                zone: payee.zone.clone(),
            };
            let report = community_report(&gateway.store, &query).await.context("the report")?;
            if self.json {
                print_json(&report)?;
                return Ok(());
            }
            println!("households reached     {}", rate(report.households_reached));
            println!("houses not on a roster {}", report.houses_not_on_roster);
            println!("residents known        {}", rate(report.residents_known));
            println!("payers                 {}", report.payers);
            println!("payments               {} of {}", report.payments, Fen(report.paid_fen));
            println!("bills collected        {}", rate(report.bills_collected));
            println!("amounts collected      {}", amounts(report.fen_collected));
            println!("  through us           {}", amounts(report.fen_collected_through_us));
            Ok(())
        })
    }
}

fn rate(rate: Rate) -> String {
    format!("{} of {}{}", rate.numerator, rate.denominator, share(rate))
}

fn amounts(rate: Rate) -> String {
    format!("{} of {}{}", Fen(rate.numerator), Fen(rate.denominator), share(rate))
}

/// Basis points as a percentage: a hundredth of a percent is written like a fen.
fn share(rate: Rate) -> String {
    rate.basis_points.map_or_else(String::new, |points| format!(" ({} %)", Fen(points)))
}
