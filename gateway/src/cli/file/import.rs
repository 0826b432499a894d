//! `jiaozi file import`: a bill or roster file, line by line; a file of claims, a biller's file of the day
//! or statements of an account, as a whole; what the bank's core says of payouts.

use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use clap::{Args, ValueEnum};
use jiaozi_ledger::decision::digest;
use jiaozi_ledger::operator::Role;
use jiff::civil::Date;

use super::claims;
use super::filed;
use super::payouts;
use super::statement;
use crate::cli::ordered_by::{OrderedBy, refused};
use crate::cli::progress::Bar;
use crate::cli::{Common, Failure, open, print_json};
use crate::files::content::Content;
use crate::files::limits::Limits;
use crate::gateway::Gateway;
use crate::imports::{self, Report, Source};
use crate::mirror::summary::AccountDay;
use crate::operators::Who;

/// Imports a partner's file, of whatever kind, also beside a running server.
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
///
/// A biller's file of the day is taken as a whole or not at all. Its day is compared with the books at
/// once, and those before and after it; what differs is a break (`jiaozi break list`). Another file of the
/// same day is a correction of it.
///
/// A bank's or a wallet's statement is taken in the same way: which account it is of, and in which format, is
/// found out, unless --partner names the account. It is laid beside our account that mirrors it.
///
/// A payout status is an ISO 20022 pain.002 of the bank's core about a file of payouts. It is understood and
/// held against that file as a whole first; what it then says of each payout is taken once, however often it
/// comes. References that are none of the file's are named, and what contradicts is contested.
///
/// A file of results is what a partner that is told by files says of them. It is taken whole or not at all, as
/// from its inbox; what cannot be followed (a reference of nobody, another amount, a code that is not known) is
/// named and changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi file import bills --partner yunhe bills-2026-11.csv
  jiaozi file import bills --partner huating --format quarterly bills-2026Q4.xlsx --json
  jiaozi file import roster --partner yunhe roster.csv
  jiaozi file import roster --partner yunhe --as-of 2026-09-30 roster-q3.csv
  jiaozi file import withholding --partner minbei-power DK202611.txt --json
  jiaozi file import statement --partner minbei-power DZ_DL_100208_20261120.txt
  jiaozi file import payout-status pain002-20261130.xml --json
  jiaozi file import results --partner minrong-core-files status-20261120-1.xml
  jiaozi file import statement camt053-20261120.xml

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
    /// Whose file it is. A statement of an account needs none; a payout status is the core's.
    #[arg(long, value_name = "CODE", required_if_eq_any([("kind", "bills"), ("kind", "roster"), ("kind", "withholding"), ("kind", "results")]))]
    partner: Option<String>,
    /// The format of the partner's specification; without it the first one.
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// roster: the last day of which it tells; without it the day on which it first comes.
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// statement: the clearing date, or the last day; without it that of the file's name or of what it says.
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Exit code 1 also if a line was refused, a day has breaks, or a status names what we do not know or
    /// contradicts.
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
    /// A biller's file of the day, or statements of an account.
    Statement,
    /// What the bank's core says of a file of payouts (ISO 20022 pain.002).
    PayoutStatus,
    /// What a partner that is told by files says of payments and reversals.
    Results,
}

impl Kind {
    /// What is imported line by line, whatever becomes of other lines; nothing for what is taken whole.
    fn of_lines(self) -> Option<imports::Kind> {
        match self {
            Kind::Bills => Some(imports::Kind::Bills),
            Kind::Roster => Some(imports::Kind::Roster),
            Kind::Withholding | Kind::Statement | Kind::PayoutStatus | Kind::Results => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Bills => imports::Kind::Bills.as_str(),
            Kind::Roster => imports::Kind::Roster.as_str(),
            Kind::Withholding => "withholding",
            Kind::Statement => "statement",
            Kind::PayoutStatus => "payout-status",
            Kind::Results => "results",
        }
    }
}

impl Import {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        if matches!(self.kind, Kind::Withholding) {
            let (partner, file) = (self.partner(), self.file.as_path());
            let alien = self.format.is_some() || self.as_of.is_some() || self.date.is_some();
            if alien {
                let said = "a file of claims has one format, and holds as of no day";
                return Err(anyhow::anyhow!(said).into());
            }
            let asked = claims::Asked { partner, file, strict: self.strict, json: self.json };
            return asked.run(&config, &who);
        }
        let status = matches!(self.kind, Kind::PayoutStatus);
        let alien = [self.partner.is_some(), self.format.is_some(), self.as_of.is_some()];
        if status && (alien.contains(&true) || self.date.is_some()) {
            let said = "a payout status says itself what it is about; expected the file alone";
            return Err(anyhow::anyhow!(said).into());
        }
        let results = matches!(self.kind, Kind::Results);
        if results && (alien[1..].contains(&true) || self.date.is_some()) {
            let said =
                "a file of results says itself what it is about; expected --partner and the file";
            return Err(anyhow::anyhow!(said).into());
        }
        let place = || self.file.display().to_string();
        let content = Content::of_file(&self.file, &Limits::default()).with_context(place)?;
        // Lines that stand for themselves and what the core says are read from memory, the other files
        // twice from the disk.
        let (bytes, hash) = if status || results || self.kind.of_lines().is_some() {
            let bytes = Bytes::from(std::fs::read(&self.file).with_context(place)?);
            let hash = digest(&bytes);
            (bytes, hash)
        } else {
            (Bytes::new(), *content.hash().with_context(place)?.as_bytes())
        };
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            let operation = "file.import";
            let days = [self.as_of, self.date].into_iter().flatten();
            let days: String = days.map(|day| format!("/{day}")).collect();
            let kind = self.kind.name();
            let key = format!("{}/{kind}/{}{days}", self.partner(), hex::encode(hash));
            let order = who.order_work(&gateway, Role::Maker, operation, &key, hash).await;
            order.map_err(refused)?;
            match self.kind.of_lines() {
                _ if status => self.status(&gateway, &who, &bytes).await,
                _ if results => self.results(&gateway, &bytes).await,
                Some(kind) => self.lines(&gateway, self.source(kind, &who, bytes)?).await,
                None => self.statement(&gateway, content).await,
            }
        })
    }

    async fn lines(&self, gateway: &Gateway, source: Source) -> Result<(), Failure> {
        let bar = Bar::of("lines");
        let report = imports::import(gateway, source, &mut bar.watcher()).await;
        drop(bar);
        let report = report.with_context(|| self.file.display().to_string())?;
        if self.json {
            print_json(&report)?;
        } else {
            print(&report);
        }
        let refused = report.refused().next().is_some();
        if self.strict && refused { Err(Failure::Said) } else { Ok(()) }
    }

    /// Whose file it is; nothing where that is found out.
    fn partner(&self) -> &str {
        self.partner.as_deref().unwrap_or_default()
    }

    async fn statement(&self, gateway: &Gateway, content: Content) -> Result<(), Failure> {
        let other = self.format.is_some() || self.as_of.is_some();
        if other {
            let what = "--format and --as-of do not apply to a statement; expected --date or none";
            return Err(anyhow::anyhow!(what).into());
        }
        let name = self.name();
        let of_biller =
            self.partner.as_deref().filter(|code| gateway.partners.spec(code).is_some());
        let Some(partner) = of_biller else {
            let (account, date) = (self.partner.clone(), self.date);
            let taken = statement::of_account(gateway, account, date, name, content).await?;
            if self.json {
                print_json(&taken)?;
            } else {
                statement::print_accounts(&taken);
            }
            let differs = taken.accounts.iter().any(AccountDay::differs);
            return if self.strict && differs { Err(Failure::Said) } else { Ok(()) };
        };
        let taken = statement::import(gateway, partner, self.date, name, content).await?;
        if self.json {
            print_json(&taken)?;
        } else {
            statement::print(&taken);
        }
        let breaks = !taken.day.breaks.is_empty();
        if self.strict && breaks { Err(Failure::Said) } else { Ok(()) }
    }

    async fn status(&self, gateway: &Gateway, who: &Who, bytes: &Bytes) -> Result<(), Failure> {
        let heard = payouts::hear(gateway, who, &self.name(), bytes).await?;
        if self.json {
            print_json(&heard)?;
        } else {
            payouts::print(&heard);
        }
        if self.strict && heard.is_strange() { Err(Failure::Said) } else { Ok(()) }
    }

    async fn results(&self, gateway: &Gateway, bytes: &Bytes) -> Result<(), Failure> {
        let taken = filed::take(gateway, self.partner(), &self.name(), bytes).await?;
        if self.json {
            print_json(&taken)?;
        } else {
            filed::print(&taken);
        }
        if self.strict && !taken.strange.is_empty() { Err(Failure::Said) } else { Ok(()) }
    }

    fn name(&self) -> String {
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        name.to_string_lossy().into_owned()
    }

    fn source(&self, kind: imports::Kind, who: &Who, bytes: Bytes) -> anyhow::Result<Source> {
        anyhow::ensure!(
            self.date.is_none(),
            "--date applies to a statement only; expected --as-of for a roster"
        );
        Ok(Source {
            partner: self.partner().to_owned(),
            kind,
            format: self.format.clone(),
            name: self.name(),
            by: who.actor(),
            as_of: self.as_of,
            bytes,
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
