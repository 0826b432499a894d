//! `jiaozi payout prepare`: what is due, prepared by hand.

use std::sync::Arc;

use clap::Args;
use jiaozi_adapters::settlement::payee::Payee;
use jiff::civil::Date;
use serde_json::json;

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::{Common, Failure, open, print_json, print_table};
use crate::days;
use crate::payouts::preparing::{self, Outcome, PrepareError};

/// Prepares what is due to be paid out, as the workers of a running server do by themselves, and says what
/// keeps the rest: the minimum, a holiday, a rejection, a changed account.
///
/// Fees of partners that are settled gross are collected before, once their month is over.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi payout prepare
  jiaozi payout prepare --partner yunhe --date 2026-11-30 --json")]
pub(super) struct Prepare {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// Of this partner only.
    #[arg(long, value_name = "CODE")]
    partner: Option<String>,
    /// What was due on this day; today if none is given.
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// For programs: a JSON object on standard output.
    #[arg(long)]
    json: bool,
}

impl Prepare {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let payees: Vec<Arc<Payee>> = match &self.partner {
                Some(partner) => {
                    let payee = days::payee(&gateway, partner).map_err(anyhow::Error::from)?;
                    if payee.payout.is_none() {
                        let what = format!(
                            "{partner} is not paid out; expected [payout] in its specification"
                        );
                        return Err(anyhow::anyhow!(what).into());
                    }
                    vec![Arc::clone(payee)]
                }
                None => {
                    let paid = |payee: &&Arc<Payee>| payee.payout.is_some();
                    gateway.partners.payees().filter(paid).cloned().collect()
                }
            };
            let mut outcomes = Vec::new();
            for payee in &payees {
                let done = preparing::partner(&gateway, payee, self.date, &who).await;
                outcomes.extend(done.map_err(|error| match error {
                    PrepareError::Order(error) => refused(error),
                    other => other.into(),
                })?);
            }
            if self.json {
                print_json(&json!({"outcomes": outcomes}))?;
            } else {
                print(&outcomes);
            }
            Ok(())
        })
    }
}

fn print(outcomes: &[Outcome]) {
    let row = |one: &Outcome| {
        let payout = one.payout.as_ref();
        let text = |name: &str| {
            let value = payout.map(|payout| &payout[name]);
            value.map(|value| value.as_str().map_or(value.to_string(), str::to_owned))
        };
        vec![
            one.partner.clone(),
            one.account.clone(),
            one.date.to_string(),
            text("amount_fen").unwrap_or_default(),
            text("payout").unwrap_or_default(),
            one.fees_fen.to_string(),
            one.why.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = outcomes.iter().map(row).collect();
    print_table(&["partner", "account", "date", "fen", "payout", "fees", "waits"], &rows);
}
