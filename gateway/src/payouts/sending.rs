//! Files for the core. A payout is put into a file by a command; the file is made of the records alone, so
//! whoever was interrupted gets the same bytes again, and the core never hears of a payout under two names.

use std::sync::Arc;

use jiaozi_adapters::iso20022::initiation::{Initiation, Transfer, write};
use jiaozi_adapters::iso20022::xml::Unwritable;
use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_adapters::settlement::payout::send::{PAYOUTS_MAX, Send};
use jiaozi_adapters::spec::payout::Destination;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::id::PayoutId;
use jiaozi_ledger::money::Currency;
use jiaozi_ledger::operator::Role;
use jiaozi_ledger::payout::file::PayoutFile;
use jiaozi_ledger::payout::{Payout, PayoutState};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::date_to_number;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::files::content_hash::ContentHash;
use crate::gateway::Gateway;
use crate::operators::{OrderError, Who, detail};

/// Payouts that are in no file.
const FREE: &str = "state = 0 and file is null";

/// Those whose account no other payout holds, and which owes nothing: the command refuses a file with one of
/// the others.
const NOT_HELD: &str = "account not in \
    (select p.account from payables p where p.book = $1 and p.holds <> '[]') and account not in \
    (select a.code from accounts a where a.book = $1 and a.posted_fen < coalesce(a.floor_fen, 0) \
     and a.code in (select q.account from payables q where q.book = $1))";

/// How many days before it is to pay the core may be told: the longest holiday.
const AHEAD_MAX: i64 = 10;

/// The zone of the bank's days.
const ZONE: &str = "Asia/Shanghai";

/// The day that it is for the bank.
///
/// # Errors
/// When the database cannot be read, or the zone is not known.
pub async fn today(gateway: &Gateway) -> Result<Date, SendError> {
    let zone = TimeZone::get(ZONE)?;
    Ok(gateway.now().await?.date_in(&zone))
}

/// A file for the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its record.
    pub file: PayoutFile,
    /// How many files the day has.
    pub files: i64,
    /// Whether it was made now.
    pub new: bool,
    /// Files of any day of which the core has said nothing, this one aside: whoever was cut off while one was
    /// written has never handed it over.
    pub unheard: Vec<String>,
    /// Payouts that are in no file yet, for one holds only so many.
    pub waiting: i64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Written {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        format!("payouts-{}-{}.xml", self.file.date, self.file.number)
    }

    /// What people are told of it.
    #[must_use]
    pub fn said(&self) -> String {
        let PayoutFile { payouts, sum, number, .. } = &self.file;
        let how = if self.new { "made" } else { "again, the same" };
        let more = match self.waiting {
            0 => String::new(),
            waiting => format!("; {waiting} more wait for the next file: export again"),
        };
        let unheard = match self.unheard.as_slice() {
            [] => String::new(),
            files => format!(
                "; the core has said nothing yet of {}: if one was never handed over, write it again with --date and --number",
                files.join(", ")
            ),
        };
        format!(
            "{}: {how}; file {number} of {}, {payouts} payouts, {sum}, message {}, SHA-256 {}{more}{unheard}",
            self.name(),
            self.files,
            self.file.message(),
            ContentHash::of(&self.bytes),
        )
    }
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The configuration does not say who pays.
    #[error(
        "who pays is not set: expected payouts.name and payouts.account (or payouts.iban) in the configuration"
    )]
    NoDebtor,
    /// Nothing is prepared, and the day has no file.
    #[error(
        "no payout can be sent on {date}, and that day has no file; expected `jiaozi payout prepare` before, a working day of the partners, and accounts that no payout holds (`jiaozi payout list`)"
    )]
    Nothing {
        /// The day.
        date: Date,
    },
    /// A new file for a day that is past, or far off.
    #[error("no file is made for {date}; expected a day from {today} to {last}")]
    FarOff {
        /// The day that was given.
        date: Date,
        /// Today.
        today: Date,
        /// The last day that is taken.
        last: Date,
    },
    /// The zone of the bank is not known here.
    #[error("the zone of the bank: {0}")]
    Zone(#[from] jiff::Error),
    /// Two operators have ruled that something of the file was not paid: it may be in another one by now.
    #[error(
        "file {file} is not written again: two operators have ruled that payout {payout} of it was not paid, and the core would pay it; expected a file of which no payout is ruled. If this one was never handed over, let them rule on its other payouts too (`jiaozi payout propose`)"
    )]
    Ruled {
        /// The file.
        file: String,
        /// The payout.
        payout: PayoutId,
    },
    /// The day has no such file.
    #[error("{date} has no file {number}; expected 1 to {files}")]
    NoSuchFile {
        /// The day.
        date: Date,
        /// The number that was given.
        number: i64,
        /// How many it has.
        files: i64,
    },
    /// The books declined it.
    #[error("the payouts are not sent: {0}")]
    Declined(String),
    /// A record does not read.
    #[error("file {file}: {what} does not read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// What it is.
        what: &'static str,
        /// Why.
        error: serde_json::Error,
    },
    /// A record does not fit into the standard.
    #[error(transparent)]
    Write(#[from] Unwritable),
    /// The order was not taken.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The file of a day. With a number, that one again; without, payouts that are in no file are put into a
/// new one first, and if there are none it is the last one again.
///
/// # Errors
/// When there is no file, or none can be made.
pub async fn export(
    gateway: &Gateway,
    debtor: Option<&Destination>,
    date: Date,
    number: Option<i64>,
    who: &Who,
) -> Result<Written, SendError> {
    let files = of_day(gateway, date).await?;
    let count = i64::try_from(files.len()).unwrap_or(i64::MAX);
    if let Some(number) = number {
        let file = files.into_iter().find(|file| file.number == number);
        let file = file.ok_or(SendError::NoSuchFile { date, number, files: count })?;
        return written(gateway, file, count, false).await;
    }
    if let Some(file) = send(gateway, debtor, date, count + 1, who).await? {
        return written(gateway, file, count + 1, true).await;
    }
    let last = files.into_iter().next_back().ok_or(SendError::Nothing { date })?;
    written(gateway, last, count, false).await
}

async fn of_day(gateway: &Gateway, date: Date) -> Result<Vec<PayoutFile>, StoreError> {
    let binds = vec![Cell::Int(date_to_number(date))];
    gateway.store.find("date = $2 order by number", binds).await
}

/// Puts what waits into a file; nothing where nothing waits.
async fn send(
    gateway: &Gateway,
    debtor: Option<&Destination>,
    date: Date,
    number: i64,
    who: &Who,
) -> Result<Option<PayoutFile>, SendError> {
    let most = i64::try_from(PAYOUTS_MAX).unwrap_or(i64::MAX);
    let (free, mut binds) = free_on(gateway, date);
    binds.push(Cell::Int(most));
    let clause = format!("{free} order by date, id limit ${}", binds.len() + 1);
    let waiting: Vec<Payout> = gateway.store.find(&clause, binds).await?;
    let Some(first) = waiting.first() else { return Ok(None) };
    let today = today(gateway).await?;
    let last = today.saturating_add(AHEAD_MAX.days());
    if date < today || date > last {
        return Err(SendError::FarOff { date, today, last });
    }
    let debtor = debtor.ok_or(SendError::NoDebtor)?.kept();
    // What is in another currency is in the next file.
    let of_file = waiting.iter().filter(|one| one.currency == first.currency);
    let payouts = of_file.map(|one| one.id).collect();
    let key = format!("{date}/{number}/{}", gateway.now().await?.0);
    let scope = who.scope(Send::OPERATION, key);
    let reply =
        who.order(gateway, Role::Maker, Send { scope, date, number, debtor, payouts }).await?;
    if reply.verdict == Verdict::Declined {
        return Err(SendError::Declined(detail(&reply)));
    }
    let key = Cell::Text(PayoutFile::key_of(date, number));
    Ok(gateway.store.first("file_key = $2", vec![key]).await?)
}

/// Payouts that can be put into a file of a day, as a clause and what it binds from `$2` on: the core is told to
/// pay on a working day of whoever is paid, and others wait for theirs.
fn free_on(gateway: &Gateway, date: Date) -> (String, Vec<Cell>) {
    let rests = |payee: &&Arc<Payee>| !payee.calendar.is_working_day(date).unwrap_or(false);
    let resting: Vec<Cell> = gateway
        .partners
        .payees()
        .filter(rests)
        .map(|payee| Cell::Text(payee.code.clone()))
        .collect();
    let places: Vec<String> = (3..resting.len() + 3).map(|place| format!("${place}")).collect();
    let works = match places.as_slice() {
        [] => String::new(),
        places => format!(" and partner not in ({})", places.join(", ")),
    };
    let mut binds = vec![Cell::Int(date_to_number(date))];
    binds.extend(resting);
    (format!("{FREE} and date <= $2 and {NOT_HELD}{works}"), binds)
}

async fn written(
    gateway: &Gateway,
    file: PayoutFile,
    files: i64,
    new: bool,
) -> Result<Written, SendError> {
    let unreadable = |what: &'static str| {
        let file = file.file_key.clone();
        move |error| SendError::Unreadable { file, what, error }
    };
    let payouts: Vec<Payout> =
        gateway.store.find("file = $2 order by id", vec![Cell::Id(file.id.0)]).await?;
    let ruled = |one: &&Payout| one.state == PayoutState::Rejected && one.approval.is_some();
    if let Some(ruled) = payouts.iter().find(ruled) {
        return Err(SendError::Ruled { file: file.file_key.clone(), payout: ruled.id });
    }
    let debtor = Destination::of_kept(&file.debtor).map_err(unreadable("who pays"))?;
    let mut transactions = Vec::new();
    for payout in &payouts {
        let creditor = Destination::of_kept(&payout.destination);
        transactions.push(Transfer {
            end_to_end: payout.end_to_end(),
            amount: payout.amount.0,
            creditor: creditor.map_err(unreadable("where a payout goes"))?,
            remittance: payout.remittance.clone(),
        });
    }
    let bytes = write(&Initiation {
        message: file.message(),
        payment: file.payment(),
        created: file.made_at.timestamp(),
        date: file.date,
        debtor,
        currency: payouts.first().map_or(Currency::CNY, |one| one.currency),
        transactions,
    })?;
    let (free, mut binds) = free_on(gateway, file.date);
    binds.insert(0, Cell::Int(BOOK));
    let sql = format!("select count(*) from payouts where book = $1 and {free}");
    let waiting = gateway.store.number(&sql, binds).await?;
    let unheard = unheard(gateway, &file).await?;
    Ok(Written { file, files, new, unheard, waiting, bytes })
}

/// Files of which the core has said nothing, but for this one.
async fn unheard(gateway: &Gateway, but: &PayoutFile) -> Result<Vec<String>, StoreError> {
    let clause = "id <> $2 and id in (select p.file from payouts p where p.book = $1 and p.state = 1 \
        and p.status is null and p.contested is null) order by date, number";
    let files: Vec<PayoutFile> = gateway.store.find(clause, vec![Cell::Id(but.id.0)]).await?;
    Ok(files.into_iter().map(|file| format!("file {} of {}", file.number, file.date)).collect())
}
