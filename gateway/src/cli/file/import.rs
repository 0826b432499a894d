//! `jiaozi file import`: a bill or roster file, or a file of claims, line by line.

use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use clap::{Args, ValueEnum};
use jiaozi_ledger::decision::digest;
use jiaozi_ledger::operator::Role;
use jiff::civil::Date;

use super::claims;
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::progress::Bar;
use crate::cli::{Common, Failure, open, print_json};
use crate::files::limits::Limits;
use crate::imports::{self, Report, Source};
use crate::operators::Who;

/// Imports a partner's bill or roster file or its file of claims, also beside a running server.
///
/// Every line has a result: lines that cannot be taken are named with their number, column and what
/// was expected, and the others stand. A file whose own totals are wrong is refused as a whole. The
/// same file again changes nothing and gives the same answer; an interrupted import is simply started
/// again.
///
/// A roster is the word on who lives where as of a day. A house about which a newer roster has spoken is
/// left as it is: rows of an older one that say something else are counted as outdated. The same roster
/// again as of another day is another word.
///
/// A file of claims (withholding) is proved as a whole and debits nothing if anything in it is wrong. If its
/// day has come, it is run to its end; otherwise the workers run it on its day.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi file import bills --partner yunhe bills-2026-11.csv
  jiaozi file import bills --partner huating --format quarterly bills-2026Q4.xlsx --json
  jiaozi file import roster --partner yunhe roster.csv
  jiaozi file import roster --partner yunhe --as-of 2026-09-30 roster-q3.csv
  jiaozi file import withholding --partner minbei-power DK202611.txt --json

Exit code: 0 when the file was taken in, also if some lines were refused (1 with --strict);
1 when it was refused as a whole or could not be finished.")]
pub(super) struct Import {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    ordered_by: OrderedBy,
    /// What the file holds.
    #[arg(value_enum)]
    kind: Kind,
    /// Whose file it is.
    #[arg(long, value_name = "CODE")]
    partner: String,
    /// The format of the partner's specification; without it the first one.
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// roster: the last day of which it tells; without it the day on which it first comes.
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Exit code 1 also if a line was refused.
    #[arg(long)]
    strict: bool,
    /// For programs: one JSON object with every line on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// What is due.
    Bills,
    /// Who lives where.
    Roster,
    /// What is claimed under mandates.
    Withholding,
}

impl Kind {
    /// What is imported line by line, whatever becomes of other lines; nothing for claims.
    fn of_lines(self) -> Option<imports::Kind> {
        match self {
            Kind::Bills => Some(imports::Kind::Bills),
            Kind::Roster => Some(imports::Kind::Roster),
            Kind::Withholding => None,
        }
    }
}

impl Import {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        let Some(kind) = self.kind.of_lines() else {
            let (partner, file) = (self.partner.as_str(), self.file.as_path());
            let alien = self.format.is_some() || self.as_of.is_some();
            if alien {
                let said = "a file of claims has one format, and holds as of no day";
                return Err(anyhow::anyhow!(said).into());
            }
            let asked = claims::Asked { partner, file, strict: self.strict, json: self.json };
            return asked.run(&config, &who);
        };
        let source = self.source(&who, kind)?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let (operation, content) = ("file.import", digest(&source.bytes));
            let as_of = self.as_of.map(|as_of| format!("/{as_of}")).unwrap_or_default();
            let kind = source.kind.as_str();
            let key = format!("{}/{kind}/{}{as_of}", self.partner, hex::encode(content));
            let order = who.order_work(&gateway, Role::Maker, operation, &key, content).await;
            order.map_err(refused)?;
            let bar = Bar::of("lines");
            let report = imports::import(&gateway, source, &mut bar.watcher()).await;
            drop(bar);
            let report = report.with_context(|| self.file.display().to_string())?;
            if self.json {
                print_json(&report)?;
            } else {
                print(&report);
            }
            let refused = report.refused().next().is_some();
            if self.strict && refused { Err(Failure::Said) } else { Ok(()) }
        })
    }

    fn source(&self, who: &Who, kind: imports::Kind) -> anyhow::Result<Source> {
        let place = || self.file.display().to_string();
        let most = Limits::default().file_bytes_max;
        let length = std::fs::metadata(&self.file).with_context(place)?.len();
        anyhow::ensure!(
            length <= most,
            "{}: {length} bytes; expected at most {most}",
            self.file.display()
        );
        let bytes = std::fs::read(&self.file).with_context(place)?;
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        Ok(Source {
            partner: self.partner.clone(),
            kind,
            format: self.format.clone(),
            name: name.to_string_lossy().into_owned(),
            by: who.actor(),
            as_of: self.as_of,
            bytes: Bytes::from(bytes),
        })
    }
}

fn print(report: &Report) {
    for result in report.refused() {
        match &result.why {
            // What is wrong with a cell begins with its line already.
            Some(why) if result.column.is_some() && result.found.is_some() => println!("{why}"),
            Some(why) => {
                let column = result.column.as_deref().map(|column| format!(", column {column}"));
                let id = result.import_id.as_deref().map(|id| format!(" ({id})"));
                let (column, id) = (column.unwrap_or_default(), id.unwrap_or_default());
                println!("line {}{column}{id}: {why}", result.line);
            }
            None => println!("line {}: refused", result.line),
        }
    }
    let summary = &report.summary;
    let counts: Vec<String> =
        summary.counts.iter().map(|(result, lines)| format!("{lines} {result}")).collect();
    let as_of = summary.as_of.map(|as_of| format!("; as of {as_of}")).unwrap_or_default();
    let again = if report.repeated { "; it was imported before, nothing changed" } else { "" };
    eprintln!(
        "{}: {} lines, {} fen: {}{as_of}{again}",
        summary.name,
        summary.lines,
        summary.sum_fen,
        counts.join(", "),
    );
}
