//! A biller's file taken: read and proved, put on record with all its lines, and its day compared, with
//! the days beside it, for which it decides too.
//!
//! | step | what a second run of the same file does |
//! |---|---|
//! | read to its end, totals proved | the same; a file that is refused has no effect |
//! | the file put on record, under its hash | is answered with what was recorded |
//! | its lines, some a command | is answered with what was recorded |
//! | the days compared | finds everything as it should be |

use std::collections::BTreeSet;
use std::sync::Arc;

use jiaozi_adapters::reconciliation::take::{TakeLines, TakeStatement, TakenLine};
use jiaozi_adapters::spec::statement::{EmptyDay, Statement as Format};
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::id::StatementId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::progress::{Progress, Watcher};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::statement::Statement;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Failure;
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;
use serde::Serialize;
use tokio::sync::mpsc;

use super::comparing::compare;
use super::evidence;
use super::settling::SettleError;
use super::summary::{BillerDay, biller_day};
use crate::files::FileError;
use crate::files::content::Content;
use crate::files::limits::Limits;
use crate::files::statement::{Proved, Refusal, day_of, lines, prove_file};
use crate::gateway::Gateway;
use crate::imports::submit;

/// Lines of one command.
const CHUNK_LINES: usize = 1_000;

/// Chunks that are read ahead of the books.
const AHEAD: usize = 4;

/// A file to be taken.
#[derive(Debug, Clone)]
pub struct Source {
    /// Whose file it is: a biller's code.
    pub partner: String,
    /// Of which clearing date; as its name says, if it is left out.
    pub date: Option<Date>,
    /// Its name.
    pub name: String,
    /// Its content.
    pub content: Content,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// The file.
    pub statement: StatementId,
    /// 0 for the first of its date, then the corrections.
    pub number: i64,
    /// Whether it was taken before.
    pub repeated: bool,
    /// Whether a later one of the same date counts instead.
    pub superseded: bool,
    /// What its day came to.
    pub day: BillerDay,
}

/// Why a file was not taken, or its day not compared to the end.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// There is no such biller, or it sends no such files.
    #[error("partner {partner}: {what}; expected one of {known}")]
    Partner {
        /// The code that was given.
        partner: String,
        /// What is the matter.
        what: &'static str,
        /// Those that do.
        known: String,
    },
    /// The file is refused as a whole.
    #[error("the file is refused: {0}; nothing of it was taken")]
    Refused(#[from] Refusal),
    /// Its clearing date is not over yet.
    #[error(
        "the file is refused: it is of {date}, expected a clearing date before {open}, for that one is not over; nothing of it was taken"
    )]
    NotOver {
        /// The date.
        date: Date,
        /// The date that payments get now.
        open: Date,
    },
    /// It was taken as the file of another date.
    #[error(
        "the file is refused: it has the very bytes of {other}, expected the file of {date}; nothing of it was taken"
    )]
    OfAnotherDate {
        /// The date for which it came now.
        date: Date,
        /// The date for which it was taken.
        other: Date,
    },
    /// The reading was given up by the runtime.
    #[error("reading the file was given up: {0}")]
    GivenUp(#[from] tokio::task::JoinError),
    /// A part could not be handed in; import it again to go on.
    #[error("stopped: {0}; import the file again to go on")]
    Stopped(#[from] Failure),
    /// A part was declined.
    #[error("declined with {0}")]
    Declined(String),
    /// What the books answered does not read.
    #[error("a recorded answer does not read: {0}")]
    Answer(#[from] serde_json::Error),
    /// The days were not compared to the end; import it again to go on.
    #[error("the day is not compared to the end: {0}; import the file again to go on")]
    Settle(#[from] SettleError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes a file. The watcher hears of lines.
///
/// # Errors
/// When the file is refused, or the books cannot be written. What was done before that stands, and the
/// same file goes on from there.
pub async fn take(
    gateway: &Gateway,
    source: Source,
    watcher: Watcher<'_>,
) -> Result<Taken, TakeError> {
    let (biller, format) = known(gateway, &source.partner)?;
    let date = day_of(&format, &source.name, source.date)?;
    let now = gateway.now().await?;
    if let Some(open) = biller.payee.clearing_date(now).filter(|open| date >= *open) {
        return Err(TakeError::NotOver { date, open });
    }
    let (content, shape) = (source.content.clone(), Arc::clone(&format));
    let proved = tokio::task::spawn_blocking(move || {
        let bytes = content.open().map_err(FileError::Read)?;
        prove_file(bytes, &shape, date, &Limits::default())
    });
    let proved = proved.await??;
    let hash = proved.content_hash.to_string();
    if let Some(other) = taken_for_another(gateway, &source.partner, date, &hash).await? {
        return Err(TakeError::OfAnotherDate { date, other });
    }
    let begin = TakeStatement {
        scope: TakeStatement::scope_of(&source.partner, date, &hash),
        partner: source.partner.clone(),
        date,
        content_hash: hash,
        name: source.name.clone(),
        lines: proved.lines,
        sum: Fen(proved.sum_fen),
    };
    let reply = submit(gateway, Arc::new(begin)).await?;
    let told: serde_json::Value = serde_json::from_slice(&reply.answer.body)?;
    let statement: StatementId = serde_json::from_value(told["statement"].clone())?;
    let number = told["number"].as_i64().unwrap_or_default();
    put_lines(gateway, &source, format, statement, &proved, watcher).await?;
    for date in decided(gateway, &source.partner, date).await? {
        compare(gateway, biller, date).await?;
    }
    let day = biller_day(gateway, biller, date).await?;
    let superseded = day.file.as_ref().is_some_and(|file| file.number != number);
    Ok(Taken { statement, number, repeated: reply.replayed, superseded, day })
}

/// The dates for which a file decides: its own and, of what lies at a cut-off, those beside it; and where an
/// empty day has no file, the days since the file before it.
async fn decided(
    gateway: &Gateway,
    partner: &str,
    date: Date,
) -> Result<BTreeSet<Date>, StoreError> {
    let mut dates: BTreeSet<Date> = BTreeSet::from([date]);
    dates.extend([date.yesterday().ok(), date.tomorrow().ok()].into_iter().flatten());
    if evidence::empty_day(gateway, partner) == EmptyDay::HasNone
        && let Some(before) = evidence::before(&gateway.store, partner, date).await?
    {
        let days = std::iter::successors(Some(before), |day| day.tomorrow().ok());
        dates.extend(days.take_while(|day| *day < date));
    }
    Ok(dates)
}

/// For which other date a file with lines has come before: yesterday's under today's name would make every
/// payment of yesterday one too many.
async fn taken_for_another(
    gateway: &Gateway,
    partner: &str,
    date: Date,
    hash: &str,
) -> Result<Option<Date>, StoreError> {
    let text = |text: &str| Cell::Text(text.to_owned());
    // A file that was handed in under a wrong date is given free by the right one of that date.
    let clause = "partner = $2 and content_hash = $3 and date <> $4 and lines > 0
        and not exists (select 1 from statements t where t.book = statements.book
            and t.day_key = statements.day_key and t.completed_at is not null
            and t.number > statements.number) order by date";
    let binds = vec![text(partner), text(hash), Cell::Int(date_to_number(date))];
    let other: Option<Statement> = gateway.store.first(clause, binds).await?;
    Ok(other.map(|other| other.date))
}

fn known<'g>(
    gateway: &'g Gateway,
    partner: &str,
) -> Result<(&'g Arc<Biller>, Arc<Format>), TakeError> {
    let format = |code: &str| gateway.partners.spec(code)?.called()?.statement.clone();
    let refuse = |what| TakeError::Partner {
        partner: partner.to_owned(),
        what,
        known: gateway
            .partners
            .all_called()
            .map(|biller| biller.payee.code.as_str())
            .filter(|code| format(code).is_some())
            .collect::<Vec<_>>()
            .join(", "),
    };
    let biller =
        gateway.partners.called(partner).ok_or_else(|| refuse("there is no such biller"))?;
    let format = format(partner).ok_or_else(|| refuse("it sends no file of its days"))?;
    Ok((biller, Arc::new(format)))
}

/// Puts the lines of a file on record, some at a time, while the next are read. The last ones wait until
/// the file was read to its end and is still the one that was proved.
async fn put_lines(
    gateway: &Gateway,
    source: &Source,
    format: Arc<Format>,
    statement: StatementId,
    proved: &Proved,
    watcher: Watcher<'_>,
) -> Result<(), TakeError> {
    let (hand_over, mut chunks) = mpsc::channel::<Vec<TakenLine>>(AHEAD);
    let (content, hash) = (source.content.clone(), proved.content_hash);
    let reading = tokio::task::spawn_blocking(move || -> Result<(), Refusal> {
        let mut chunk = Vec::with_capacity(CHUNK_LINES);
        let nobody = |_| FileError::Read(std::io::Error::other("nobody takes the lines any more"));
        let bytes = content.open().map_err(FileError::Read)?;
        let read = lines(bytes, &format, &Limits::default(), &mut |line, of| {
            if chunk.len() == CHUNK_LINES {
                hand_over.blocking_send(std::mem::take(&mut chunk)).map_err(nobody)?;
            }
            chunk.push(TakenLine { line: i64::from(line), of });
            Ok(())
        })?;
        if read != hash {
            return Err(Refusal::Changed);
        }
        match chunk.is_empty() {
            true => Ok(()),
            false => Ok(hand_over.blocking_send(chunk).map_err(nobody)?),
        }
    });
    let (mut part, mut done) = (0, 0);
    while let Some(lines) = chunks.recv().await {
        done += lines.len() as u64;
        let command = TakeLines {
            scope: TakeLines::scope_of(&source.partner, statement, part),
            partner: source.partner.clone(),
            statement,
            lines,
        };
        let reply = submit(gateway, Arc::new(command)).await?;
        if reply.verdict == Verdict::Declined {
            return Err(TakeError::Declined(String::from_utf8_lossy(&reply.answer.body).into()));
        }
        part += 1;
        watcher(Progress { done, of: proved.lines.unsigned_abs() });
    }
    reading.await?.map_err(TakeError::Refused)
}
