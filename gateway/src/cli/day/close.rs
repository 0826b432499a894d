//! `jiaozi day close`: settles a partner's clearing day and writes its file.

use clap::Args;
use jiaozi_adapters::settlement::payee::Payee;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::progress::Bar;
use crate::cli::{Common, Failure, open, print_json};
use crate::config::Config;
use crate::days::{self, Closed, DayError, keep};
use crate::gateway::Gateway;
use crate::operators::Who;

/// Closes clearing days: settles them and writes their files. A biller's day has no file; it is compared
/// with the ledger instead, as `jiaozi day report` does. Exit code 1 if it does not agree.
///
/// The server closes days by itself after their cut-off; this is for closing one by hand and for
/// making its file again, which gives the same bytes. Without --date it is the last day that is over.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi day close --partner yunhe
  jiaozi day close --all --date 2026-11-30 --operator li.wei")]
pub(super) struct Close {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// Whose day.
    #[arg(long, value_name = "CODE", required_unless_present = "all", conflicts_with = "all")]
    partner: Option<String>,
    /// Every partner's day.
    #[arg(long)]
    all: bool,
    /// The clearing date, as in 2026-11-30.
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// For programs: a JSON array on standard output.
    #[arg(long)]
    json: bool,
}

impl Close {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let payees: Vec<&Payee> = match &self.partner {
                Some(code) => vec![days::payee(&gateway, code).map_err(anyhow::Error::from)?],
                None => gateway.partners.payees().map(AsRef::as_ref).collect(),
            };
            let (mut done, mut failed) = (Vec::new(), false);
            for payee in payees {
                match self.one(&config, &gateway, payee, &who).await {
                    Ok(value) => done.push(value),
                    Err(error) => {
                        let error = match error {
                            DayError::Order(order) => refused(order),
                            other => other.into(),
                        };
                        eprintln!("error: {error:#}");
                        done.push(json!({"partner": payee.code, "error": error.to_string()}));
                        failed = true;
                    }
                }
            }
            if self.json {
                print_json(&done)?;
            }
            if failed { Err(Failure::Said) } else { Ok(()) }
        })
    }

    async fn one(
        &self,
        config: &Config,
        gateway: &Gateway,
        payee: &Payee,
        who: &Who,
    ) -> Result<Value, DayError> {
        let date = match self.date {
            Some(date) => date,
            None => {
                let open = days::open_date(gateway, payee).await?;
                open.yesterday().unwrap_or(Date::MIN)
            }
        };
        let Closed { day, head, already, .. } =
            days::close(gateway, &payee.code, date, who).await?;
        let kept = match &payee.day_file {
            Some(_) => {
                let bar = Bar::of("payments and refunds");
                let file = days::file(gateway, &payee.code, date, &mut bar.watcher()).await?;
                drop(bar);
                Some((keep::keep(&config.days.folder, &payee.code, date, &file)?, file))
            }
            None => None,
        };
        if let Some(biller) = gateway.partners.biller(&payee.code) {
            let bar = Bar::of("payments and refunds");
            days::agrees(gateway, biller, date, &mut bar.watcher()).await?;
        }
        let was = if already { "was closed" } else { "is closed" };
        eprintln!(
            "{}: {date} {was}: {} payments, {} paid, {} settled on {}",
            payee.code,
            day.payments,
            day.net(),
            day.settled,
            day.settlement_date.map_or_else(String::new, |date| date.to_string()),
        );
        if let (Some((path, _)), false) = (&kept, self.json) {
            println!("{}", path.display());
        }
        Ok(json!({
            "partner": payee.code, "date": date, "already": already, "payments": day.payments,
            "refunds": day.refunds, "net_fen": day.net(), "fee_fen": day.fee,
            "settled_fen": day.settled, "settlement_date": day.settlement_date, "head": head,
            "file": kept.as_ref().map(|(path, _)| path),
            "sha256": kept.as_ref().map(|(_, file)| file.content_hash.to_string()),
        }))
    }
}
