//! A biller's file taken: read and proved, put on record with all its lines, and its day compared, with
//! the days beside it, for which it decides too.
//!
//! | step | what a second run of the same file does |
//! |---|---|
//! | read to its end, totals proved | the same; a file that is refused has no effect |
//! | the file put on record, under its hash | is answered with what was recorded |
//! | its lines, some a command | is answered with what was recorded |
//! | the days compared | finds everything as it should be |

use std::sync::Arc;

use jiaozi_adapters::reconciliation::take::{TakeLines, TakeStatement, TakenLine};
use jiaozi_adapters::spec::statement::Statement as Format;
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::id::StatementId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::progress::{Progress, Watcher};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Failure;
use jiff::civil::Date;
use serde::Serialize;
use tokio::sync::mpsc;

use super::comparing::compare;
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
    // A file decides for its own day and, of what lies at a cut-off, for the days beside it.
    for date in [date.yesterday().ok(), Some(date), date.tomorrow().ok()].into_iter().flatten() {
        compare(gateway, biller, date).await?;
    }
    let day = biller_day(gateway, biller, date).await?;
    let superseded = day.file.as_ref().is_some_and(|file| file.number != number);
    Ok(Taken { statement, number, repeated: reply.replayed, superseded, day })
}

fn known<'g>(
    gateway: &'g Gateway,
    partner: &str,
) -> Result<(&'g Arc<Biller>, Arc<Format>), TakeError> {
    let format = |code: &str| gateway.partners.spec(code)?.biller()?.statement.clone();
    let refuse = |what| TakeError::Partner {
        partner: partner.to_owned(),
        what,
        known: gateway
            .partners
            .billers()
            .map(|biller| biller.payee.code.as_str())
            .filter(|code| format(code).is_some())
            .collect::<Vec<_>>()
            .join(", "),
    };
    let biller =
        gateway.partners.biller(partner).ok_or_else(|| refuse("there is no such biller"))?;
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
