//! `jiaozi bench`: how fast this machine is, as one line of JSON.

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::Failure;
use crate::bench::{Terms, pay, post, withhold};

/// Measures how many posts or payments a second this machine commits.
///
/// Without --database in a fresh file, which goes afterwards. Ctrl-C or SIGTERM ends it with exit code
/// 1; what it has started ends with it and what it has made goes.
#[derive(Debug, Args)]
pub(super) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Transactions of two entries, in process.
    Post(Flags),
    /// Signed payments over HTTP against a gateway that the command starts.
    Pay(Flags),
    /// A file of claims, run to its end, against a plain insert of the rows that it leaves.
    Withhold(Withhold),
}

#[derive(Debug, Args)]
struct Flags {
    /// A database that is new or was made by a bench; a fresh file if left out.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// For how long.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// How many clients at the same time: 2 for posts, 64 for payments if left out.
    #[arg(long, value_name = "C", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    clients: Option<u16>,
    /// Posts a commit. Payments are put together by the gateway's writer.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=post::BATCH_MAX as i64))]
    batch: u16,
    /// All of it credits one account.
    #[arg(long)]
    hot: bool,
    /// The most that is done, also before the time is over.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    entries: Option<u32>,
}

#[derive(Debug, Args)]
struct Withhold {
    /// A database that is new or was made by a bench; a fresh file if left out.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The same for the plain insert; without it a fresh file.
    #[arg(long, value_name = "URL")]
    plain: Option<String>,
    /// The lines of the file.
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    lines: u32,
}

impl Withhold {
    fn run(self, runtime: &tokio::runtime::Runtime) -> Result<(), Failure> {
        let Withhold { database, plain, lines } = self;
        let lines = usize::try_from(lines).unwrap_or(usize::MAX);
        let terms = withhold::Terms { database, plain, lines };
        let figures = runtime.block_on(withhold::run(&terms))?;
        print(&figures)?;
        if figures.check && figures.errors == 0 {
            return Ok(());
        }
        let (errors, broken) = (figures.errors, figures.broken);
        Err(anyhow::anyhow!("{errors} lines were not debited; broken: {broken:?}").into())
    }
}

impl Flags {
    fn terms(self, clients: usize) -> Terms {
        Terms {
            database: self.database,
            seconds: self.seconds,
            clients: self.clients.map_or(clients, usize::from),
            batch: usize::from(self.batch),
            hot: self.hot,
            entries: self.entries.and_then(|entries| usize::try_from(entries).ok()),
        }
    }
}

impl Bench {
    pub(super) fn run(self) -> Result<(), Failure> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("runtime")?;
        let figures = match self.what {
            What::Withhold(withhold) => return withhold.run(&runtime),
            What::Post(flags) => runtime.block_on(post::run(&flags.terms(post::CLIENTS))),
            What::Pay(flags) => runtime.block_on(pay::run(&flags.terms(pay::CLIENTS))),
        };
        // A bench that was interrupted may be signing still, for nobody.
        runtime.shutdown_background();
        let figures = figures?;
        print(&figures)?;
        let holds = figures.check && figures.errors == 0;
        if !holds {
            let first = figures.first_error.as_deref().unwrap_or("none");
            let errors = figures.errors;
            return Err(anyhow::anyhow!(
                "{errors} errors, the first: {first}; broken: {:?}",
                figures.broken
            )
            .into());
        }
        Ok(())
    }
}

fn print(figures: &impl serde::Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(figures).context("the figures as JSON")?;
    println!("{line}");
    Ok(())
}
