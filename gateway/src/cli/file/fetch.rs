//! `jiaozi file fetch`: the file of a day asked for now.

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use serde_json::json;

use crate::cli::{Common, Failure, open, print_json};
use crate::config::Config;
use crate::fetching::record::{self, Heard, Outcome};
use crate::fetching::{FetchError, Fetcher};
use crate::gateway::Gateway;
use crate::telemetry::Metrics;
use crate::utility::billers::Billers;

/// Asks for the file of a day now, as the specification says, also beside a running server.
///
/// The workers do so by themselves when it is due. What comes is taken as `jiaozi file import statement` takes
/// it: the same file again changes nothing, another one of the same day is a correction. Of a partner whose
/// files are put into its inbox, what lies there is taken.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi file fetch statement --partner huaran-gas --date 2026-11-20
  jiaozi file fetch statement --partner core-bank --date 2026-11-20 --json

Exit code: 0 when a file of the day was taken, now or before; 1 otherwise.")]
pub(super) struct Fetch {
    #[command(flatten)]
    common: Common,
    /// What the file holds.
    #[arg(value_enum)]
    kind: Kind,
    /// Whose file: the code of a biller, the core or a mirrored account.
    #[arg(long, value_name = "CODE")]
    partner: String,
    /// Of which day, as in 2026-11-20.
    #[arg(long, value_name = "DATE")]
    date: Date,
    /// For programs: one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A biller's file of the day, or the statement of an account.
    Statement,
}

impl Fetch {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let Kind::Statement = self.kind;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let fetched = fetch(&gateway, &config, &self.partner, self.date).await;
            gateway.store.close().await.context("the database")?;
            let heard = fetched?;
            if self.json {
                print_json(&json!({
                    "partner": self.partner,
                    "date": self.date,
                    "outcome": heard.outcome,
                    "says": heard.says,
                }))?;
            } else {
                eprintln!(
                    "{} {}: {}: {}",
                    self.partner,
                    self.date,
                    heard.outcome.name(),
                    heard.says
                );
            }
            match heard.outcome {
                Outcome::Taken | Outcome::Same => Ok(()),
                _ => Err(Failure::Said),
            }
        })
    }
}

async fn fetch(
    gateway: &Gateway,
    config: &Config,
    partner: &str,
    date: Date,
) -> Result<Heard, anyhow::Error> {
    let all = Fetcher::all(gateway, &config.mailboxes.folder);
    let known = || all.iter().map(|one| one.errand.code.as_str()).collect::<Vec<_>>().join(", ");
    let fetcher = all.iter().find(|one| one.errand.code == partner).ok_or_else(|| {
        anyhow!("partner {partner}: its specification does not say how its files come; expected one of {}", known())
    })?;
    let metrics = Metrics::new("jiaozi").context("metrics")?;
    let billers = Billers::open(gateway, &config.outbound, &metrics.meter()).context("outbound")?;
    let now = gateway.now().await.context("the books")?;
    if !fetcher.errand.is_over(date, now) {
        return Err(anyhow!("{date} is not over, expected a day before"));
    }
    let claimed = record::claim(&gateway.store, partner, date, now).await.context("the books")?;
    let claimed = claimed.ok_or_else(|| anyhow!("another process is fetching it; try again"))?;
    let heard = match lying(fetcher, date) {
        Some(file) => fetcher.take(gateway, &claimed, &file).await,
        None => fetcher.fetch(gateway, &billers, &claimed).await,
    };
    heard.map_err(|error: FetchError| anyhow::Error::from(error).context(partner.to_owned()))
}

/// What lies in the inbox of a day. Whoever asks for it now says that it is written to its end.
fn lying(fetcher: &Fetcher, date: Date) -> Option<crate::mailbox::Arrived> {
    let looks = [fetcher.mailbox.look(), fetcher.mailbox.look()];
    let [_, Ok(files)] = looks else { return None };
    files.into_iter().find(|file| fetcher.errand.day_of(&file.name) == Some(date))
}
