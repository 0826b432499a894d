//! `jiaozi file export`: what the books have of a partner or an account, as CSV, and the file of a
//! closed day. One file for each of the tables, in the same shape: the columns, then the rows, page by
//! page.

mod batches;
mod bills;
mod payments;
mod statement;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use jiaozi_adapters::spec::payout::Destination;
use jiaozi_ledger::id::BatchId;
use jiaozi_ledger::progress::Watcher;
use jiaozi_ledger::row::{Cell, Row};
use jiff::civil::Date;
use serde_json::Value;
use tempfile::NamedTempFile;
use uuid::Uuid;

use super::{filed, payouts};
use crate::cli::ordered_by::OrderedBy;
use crate::cli::progress::Bar;
use crate::cli::{Common, Failure, open};
use crate::days;
use crate::gateway::Gateway;
use crate::operators::Who;
use crate::withholding::{batches as batches_of_claims, intake, result};

/// Records read at once.
const PAGE: i64 = 1_000;

/// Where the rows go.
type Csv<'a> = csv::Writer<&'a mut (dyn Write + Send)>;

/// Exports a partner's bills, payments or imports or an account's statement as CSV (UTF-8, amounts in
/// fen), the file of a closed day in the partner's own format, or payouts for the bank's core.
///
/// Rosters are not exported: who lives where leaves the gateway only as `jiaozi people leads --unmask`
/// gives it, which records who asked and why. Batches are the imports that were finished, found by going
/// through the feed. With --lines each line of a bill file has a row of its own; of rosters, and of
/// lines that could not be read, no results are kept.
///
/// Payouts are an ISO 20022 pain.001 of a day: those that are in no file yet are put into a new one, which is
/// an operator's order; if there are none, the day's last file is written again, the same bytes. --number
/// writes an earlier one again, and files of any day of which the core has said nothing are named.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi file export bills --partner yunhe --out bills.csv
  jiaozi file export payments --partner yunhe --from 2026-11-01 --to 2026-11-30
  jiaozi file export batches --partner yunhe --lines --out imports.csv
  jiaozi file export statement --account settlement:yunhe --out statement.csv
  jiaozi file export day --partner huating --date 2026-11-30 --out day.xlsx
  jiaozi file export result --partner minbei-power --batch 0190… --out result.txt
  jiaozi file export payouts --date 2026-11-30 --out payouts.xml")]
pub(super) struct Export {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// What to export.
    #[arg(value_enum)]
    what: What,
    /// Whose; of a statement the account says it.
    #[arg(long, value_name = "CODE", required_if_eq_any = [("what", "bills"), ("what", "payments"), ("what", "batches"), ("what", "day"), ("what", "result"), ("what", "instructions")])]
    partner: Option<String>,
    /// statement: the account's code.
    #[arg(
        long,
        value_name = "CODE",
        required_if_eq("what", "statement"),
        conflicts_with = "partner"
    )]
    account: Option<String>,
    /// day, instructions: the clearing date; payouts: the day on which the core is to pay, today if none is given.
    #[arg(long, value_name = "DATE", required_if_eq_any = [("what", "day"), ("what", "instructions")])]
    date: Option<Date>,
    /// payments: from this clearing date on.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// payments: up to this clearing date.
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// result: the batch.
    #[arg(long, value_name = "BATCH", required_if_eq("what", "result"))]
    batch: Option<BatchId>,
    /// result: 0 is the first time that its lines were presented, 1 the first time again.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=31))]
    round: i64,
    /// payouts, instructions: this file of the day again, from 1.
    #[arg(long, value_name = "N", required_if_eq("what", "instructions"), value_parser = clap::value_parser!(i64).range(1..))]
    number: Option<i64>,
    /// batches: every line with its result, as far as it is kept.
    #[arg(long)]
    lines: bool,
    /// A new file; without it standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Every bill as it stands.
    Bills,
    /// Every payment, one line a bill.
    Payments,
    /// Every import that was finished and every file of claims: when, by whom, how far, what came of it.
    Batches,
    /// Every entry of an account, with the balance after it.
    Statement,
    /// The file of a closed day.
    Day,
    /// The file with the results of a batch of claims, in the partner's own format.
    Result,
    /// A file of payouts for the bank's core (ISO 20022 pain.001).
    Payouts,
    /// A file in which a partner was told of payments or of reversals, again.
    Instructions,
}

impl What {
    /// What its progress counts.
    fn things(self) -> &'static str {
        match self {
            What::Bills => "bills",
            What::Payments => "payments",
            What::Batches => "imports",
            What::Statement => "entries",
            What::Day => "payments and refunds",
            What::Result => "lines",
            What::Payouts => "payouts",
            What::Instructions => "instructions",
        }
    }
}

impl Export {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        let numbered = matches!(self.what, What::Payouts | What::Instructions);
        if self.number.is_some() && !numbered {
            let said = "--number applies to payouts and instructions only";
            return Err(anyhow::anyhow!(said).into());
        }
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            // The core is told by files too, and is nobody's payee.
            let of_payee = !matches!(self.what, What::Instructions);
            if let Some(partner) = self.partner.as_ref().filter(|_| of_payee) {
                days::payee(&gateway, partner).map_err(anyhow::Error::from)?;
            }
            let mut out = Out::to(self.out.as_deref())?;
            let bar = match &self.out {
                Some(_) => Bar::of(self.what.things()),
                None => Bar::beside_output(self.what.things()),
            };
            let by = (&who, config.payouts.debtor());
            let said = self.write(&gateway, by, out.writer(), &mut bar.watcher()).await?;
            out.finish()?;
            drop(bar);
            if let Some(said) = said {
                eprintln!("{said}");
            }
            Ok(())
        })
    }

    /// Writes what was asked for, and says what people should know besides. Payouts are put into a file by
    /// somebody, and paid by somebody.
    async fn write(
        &self,
        gateway: &Gateway,
        (who, debtor): (&Who, Option<Destination>),
        out: &mut (dyn Write + Send),
        watcher: Watcher<'_>,
    ) -> anyhow::Result<Option<String>> {
        let partner = || self.partner.as_deref().context("expected --partner");
        match self.what {
            What::Bills => bills::write(gateway, partner()?, out, watcher).await,
            What::Payments => {
                let days = [self.from.unwrap_or(Date::MIN), self.to.unwrap_or(Date::MAX)];
                payments::write(gateway, partner()?, days, out, watcher).await
            }
            What::Batches if self.lines => {
                batches::write_lines(gateway, partner()?, out, watcher).await
            }
            What::Batches => batches::write(gateway, partner()?, out, watcher).await,
            What::Statement => {
                let account = self.account.as_deref().context("expected --account")?;
                statement::write(gateway, account, out, watcher).await
            }
            What::Day => {
                let date = self.date.context("expected --date")?;
                let file = days::file(gateway, partner()?, date, watcher).await?;
                out.write_all(&file.bytes).context("writing")?;
                Ok(Some(format!("{}, SHA-256 {}", file.name, file.content_hash)))
            }
            What::Payouts => {
                let days = (self.date, self.number);
                Ok(Some(payouts::write(gateway, debtor, days, who, out).await?))
            }
            What::Instructions => {
                let date = self.date.context("expected --date")?;
                let number = self.number.context("expected --number")?;
                Ok(Some(filed::write(gateway, partner()?, (date, number), out).await?))
            }
            What::Result => {
                let (partner, id) = (partner()?, self.batch.context("expected --batch")?);
                let claimant = intake::claimant(gateway, partner)?;
                let batch = batches_of_claims::by_id(gateway, partner, id).await?;
                let batch = batch.with_context(|| format!("{partner} has no batch {id}"))?;
                let round = self.round;
                let name = result::write(gateway, &claimant, &batch, round, out, watcher).await?;
                Ok(Some(name))
            }
        }
    }
}

/// Where an export goes. A file has its name only when it is whole.
enum Out {
    Standard(std::io::Stdout),
    File { draft: BufWriter<NamedTempFile>, path: PathBuf },
}

impl Out {
    fn to(path: Option<&Path>) -> anyhow::Result<Out> {
        let Some(path) = path else { return Ok(Out::Standard(std::io::stdout())) };
        let place = || format!("{}: expected a place for a new file", path.display());
        anyhow::ensure!(!path.exists(), "{}; there is one", place());
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let draft = NamedTempFile::new_in(folder).with_context(place)?;
        Ok(Out::File { draft: BufWriter::new(draft), path: path.to_owned() })
    }

    fn writer(&mut self) -> &mut (dyn Write + Send) {
        match self {
            Out::Standard(output) => output,
            Out::File { draft, .. } => draft,
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Out::Standard(mut output) => output.flush().context("writing"),
            Out::File { draft, path } => {
                let draft = draft.into_inner().context("writing")?;
                draft.persist_noclobber(&path).with_context(|| {
                    format!("{}: expected a place for a new file", path.display())
                })?;
                Ok(())
            }
        }
    }
}

/// The records of a partner after an identifier, as far as a clause of their own selects them.
async fn page<T: Row>(
    gateway: &Gateway,
    partner: &str,
    within: &str,
    own: Vec<Cell>,
    after: Uuid,
) -> anyhow::Result<Vec<T>> {
    let clause = format!("partner = $2 and {within}id > $3 order by id limit $4");
    let mut binds = vec![Cell::Text(partner.to_owned()), Cell::Id(after), Cell::Int(PAGE)];
    binds.extend(own);
    gateway.store.find(&clause, binds).await.context("the books")
}

/// The name of a state as programs know it.
fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
