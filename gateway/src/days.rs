//! The partners' clearing days: closing one, the file that tells the partner about it, and the report
//! in which books, orders and days are compared.
//!
//! A closed day never changes, and neither does what its file is made of: its payments and refunds with
//! what was settled for each, and the form that the specification had. So the file can be made again at
//! any time, bit for bit; it is compared with the day's own sums each time, and a difference is an error
//! that is reported, never repaired.
//!
//! | module | thought |
//! |---|---|
//! | [`lines`] | the day's payments and refunds as lines, in the order in which they were posted |
//! | [`compare`] | the lines against the day's sums, before a file is made of them |
//! | [`keep`] | the file in its folder |
//! | [`due`] | the days that are over and not closed yet |
//! | [`report`] | reconciliation of a date over all partners |
//! | [`reconcile`] | that of one partner: our orders against our ledger |

mod compare;
mod due;
pub mod keep;
mod lines;
mod reconcile;
mod report;

use std::sync::Arc;

use jiaozi_adapters::settlement::close::CloseDay;
use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_adapters::spec::calendar::CalendarError;
use jiaozi_adapters::spec::day_file::{Day as DayOfFile, DayForm, SumOverflow};
use jiaozi_adapters::spec::identity::Zone;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::operator::Role;
use jiaozi_ledger::progress::Watcher;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::journal::Record;
use jiff::civil::Date;
use serde::Deserialize;

pub use self::due::due;
pub use self::report::{Break, PartnerDay, Report, agrees, report};

use crate::files::day_writer::{WriteError, WrittenFile, write};
use crate::gateway::Gateway;
use crate::operators::{OrderError, Who};

/// Why a day was not closed, or its file not made.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    /// There is no such payee.
    #[error("there is no partner {partner} with days; expected one of {known}")]
    UnknownPartner {
        /// The code that was given.
        partner: String,
        /// Those that there are.
        known: String,
    },
    /// Payments may still get this date.
    #[error("{partner}: the day {date} is not over; expected a date before {first_open}")]
    NotOver {
        /// The partner.
        partner: String,
        /// The date that was given.
        date: Date,
        /// The date that payments get now.
        first_open: Date,
    },
    /// The day was never closed.
    #[error("{partner}: the day {date} is not closed, so it has no file yet")]
    NotClosed {
        /// The partner.
        partner: String,
        /// The date.
        date: Date,
    },
    /// The partner's specification has no file for its days.
    #[error(
        "{partner}: it gets no file of its days; expected a partner whose specification has [day_file]"
    )]
    NoFile {
        /// The partner.
        partner: String,
    },
    /// The calendar does not say when the day is settled.
    #[error("{partner}: the day {date} has no settlement date: {error}")]
    Calendar {
        /// The partner.
        partner: String,
        /// The date.
        date: Date,
        /// What is missing.
        error: CalendarError,
    },
    /// The books declined it.
    #[error("{partner}: the day {date} is left open: {answer}")]
    Declined {
        /// The partner.
        partner: String,
        /// The date.
        date: Date,
        /// Their answer.
        answer: String,
    },
    /// The day's payments and refunds do not add up to the day.
    #[error(
        "{partner}: the day {date} does not add up: {what} is {day} in the day, but {lines} in its payments and refunds"
    )]
    Differs {
        /// The partner.
        partner: String,
        /// The date.
        date: Date,
        /// Which sum.
        what: &'static str,
        /// What the day says.
        day: i64,
        /// What its lines sum to.
        lines: i64,
    },
    /// Our orders of a biller's day and our ledger do not say the same.
    #[error("{partner}: the day {date} does not agree with the ledger in {found} places: {first}")]
    Disagrees {
        /// The partner.
        partner: String,
        /// The date.
        date: Date,
        /// How many differences.
        found: i64,
        /// The first of them, in words.
        first: String,
    },
    /// What was recorded does not read.
    #[error("{partner}: what is recorded of the day {date} does not read: {what}")]
    Unreadable {
        /// The partner.
        partner: String,
        /// The date.
        date: Date,
        /// What it is.
        what: String,
    },
    /// A sum that does not fit.
    #[error(transparent)]
    Overflow(#[from] SumOverflow),
    /// A value that the partner's format cannot hold.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The folder of the files.
    #[error(transparent)]
    Keep(#[from] keep::KeepError),
    /// The order to close it was not taken.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A day that is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The day.
    pub day: Day,
    /// What the gateway waived of its fee because nothing was left to take it from.
    pub fee_waived: Fen,
    /// The hash of the chain up to the record that closed it, hex.
    pub head: String,
    /// Whether it had been closed before.
    pub already: bool,
}

/// A payee by its code.
///
/// # Errors
/// When there is none.
pub fn payee<'g>(gateway: &'g Gateway, partner: &str) -> Result<&'g Arc<Payee>, DayError> {
    gateway.partners.payee(partner).ok_or_else(|| {
        let known: Vec<&str> = gateway.partners.payees().map(|payee| payee.code.as_str()).collect();
        DayError::UnknownPartner { partner: partner.to_owned(), known: known.join(", ") }
    })
}

/// The clearing date that a payment of now would get.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_date(gateway: &Gateway, payee: &Payee) -> Result<Date, DayError> {
    let now = gateway.now().await?;
    // Nothing only at the end of the calendar, in the year 9999.
    Ok(payee.clearing_date(now).unwrap_or(Date::MAX))
}

/// Closes a partner's day; harmless for one that is closed. What can be known beforehand is refused
/// here, so that a day that is asked for too early leaves no decline in the books.
///
/// # Errors
/// When the day is not over or not settled by any calendar, the books decline, or the store fails.
pub async fn close(
    gateway: &Gateway,
    partner: &str,
    date: Date,
    who: &Who,
) -> Result<Closed, DayError> {
    let payee = payee(gateway, partner)?;
    if let Some(closed) = closed(gateway, partner, date).await? {
        return Ok(closed);
    }
    let first_open = open_date(gateway, payee).await?;
    if date >= first_open {
        return Err(DayError::NotOver { partner: partner.to_owned(), date, first_open });
    }
    payee.settlement_date(date).map_err(|error| DayError::Calendar {
        partner: partner.to_owned(),
        date,
        error,
    })?;
    // A decline is kept under its key for ever, so another attempt has another key. Whoever comes
    // second finds the day closed.
    let now = gateway.now().await?;
    let key = format!("{partner}/{date}/{}", now.0);
    let scope = who.scope(CloseDay::OPERATION, key);
    let command = CloseDay { scope, payee: Arc::clone(payee), date };
    let reply = who.order(gateway, Role::Maker, command).await?;
    let Some(closed) = closed(gateway, partner, date).await? else {
        let answer = String::from_utf8_lossy(&reply.answer.body).into_owned();
        return Err(DayError::Declined { partner: partner.to_owned(), date, answer });
    };
    let already = reply.verdict == Verdict::Declined || reply.replayed;
    Ok(Closed { already, ..closed })
}

/// A day that is closed already, with the record that closed it.
///
/// # Errors
/// When the database cannot be read, or what it holds does not read.
pub async fn closed(
    gateway: &Gateway,
    partner: &str,
    date: Date,
) -> Result<Option<Closed>, DayError> {
    #[derive(Deserialize)]
    struct Answer {
        fee_waived_fen: Fen,
    }
    let key = vec![Cell::Text(Day::key_of(partner, date))];
    let day = gateway.store.first::<Day>("day_key = $2", key).await?;
    let Some((day, seq)) = day.and_then(|day| day.seq.map(|seq| (day, seq))) else {
        return Ok(None);
    };
    let record = gateway.store.first::<Record>("seq = $2", vec![Cell::Int(seq)]).await?;
    let unreadable =
        |what: String| DayError::Unreadable { partner: partner.to_owned(), date, what };
    let record = record.ok_or_else(|| unreadable(format!("record {seq} is missing")))?;
    let answer: Answer = serde_json::from_slice(&record.answer)
        .map_err(|error| unreadable(format!("record {seq}: {error}")))?;
    let head = hex::encode(record.hash);
    Ok(Some(Closed { day, fee_waived: answer.fee_waived_fen, head, already: true }))
}

/// The file of a closed day, made from the books: the same bytes whenever it is asked for. The watcher
/// hears of payments and refunds.
///
/// # Errors
/// When the day is not closed, does not add up, or cannot be written in the partner's format.
pub async fn file(
    gateway: &Gateway,
    partner: &str,
    date: Date,
    watcher: Watcher<'_>,
) -> Result<WrittenFile, DayError> {
    let payee = payee(gateway, partner)?;
    let Some(closed) = closed(gateway, partner, date).await? else {
        return Err(DayError::NotClosed { partner: partner.to_owned(), date });
    };
    let Some(current) = &payee.day_file else {
        return Err(DayError::NoFile { partner: partner.to_owned() });
    };
    let content = lines::of(gateway, payee, &closed, watcher).await?;
    compare::compare(&closed, &content)?;
    let unreadable =
        |what: String| DayError::Unreadable { partner: partner.to_owned(), date, what };
    let form = closed.day.form.as_deref().unwrap_or_default();
    let kept: DayForm = serde_json::from_str(form)
        .map_err(|error| unreadable(format!("the form of its file: {error}")))?;
    let day = DayOfFile { date, number: 0, head: closed.head, lines: content.lines };
    match written(&kept, &day) {
        // The form that it was closed with never held the day, so there is no file to differ from: a
        // corrected specification gives the first one.
        Err(DayError::Write(_)) => {
            let (zone, file) = (Zone::of(payee.zone.clone()), current.clone());
            written(&DayForm { zone, file }, &day)
        }
        other => other,
    }
}

fn written(form: &DayForm, day: &DayOfFile) -> Result<WrittenFile, DayError> {
    let table = form.file.table(day, form.zone.time_zone())?;
    Ok(write(&form.file, &table)?)
}
