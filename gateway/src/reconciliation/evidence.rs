//! What the files on record say of a reference. Of a date only the last complete file counts.

use jiaozi_adapters::reconciliation::judge::Line;
use jiaozi_adapters::spec::statement::{EmptyDay, Withheld};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::Order;
use jiaozi_ledger::row::{Cell, Cells, Kind, Table};
use jiaozi_ledger::statement::{LineState, Statement};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::{date_from_number, date_to_number};
use jiff::civil::Date;

use crate::gateway::Gateway;

const LINES: &str = "select s.date, s.number, l.amount_fen, l.state from statement_lines l
    join statements s on s.book = l.book and s.id = l.statement
    where l.book = $1 and l.reference_key = $2 and s.completed_at is not null
    and not exists (select 1 from statements t where t.book = s.book and t.day_key = s.day_key
        and t.completed_at is not null and t.number > s.number)
    order by s.date";

const ROWS: Table = Table { name: "statement_lines", key: &[], columns: &[] };

/// The last complete file of a partner's date.
///
/// # Errors
/// When the database cannot be read.
pub async fn current(
    store: &Store,
    partner: &str,
    date: Date,
) -> Result<Option<Statement>, StoreError> {
    let clause = "day_key = $2 and completed_at is not null order by number desc";
    store.first(clause, vec![Cell::Text(format!("{partner}/{date}"))]).await
}

/// Whether a biller sends a file of a day on which nothing was paid.
#[must_use]
pub fn empty_day(gateway: &Gateway, partner: &str) -> EmptyDay {
    let terms = gateway.partners.spec(partner).and_then(|spec| spec.called());
    let statement = terms.and_then(|terms| terms.statement.as_ref());
    statement.map_or(EmptyDay::HasFile, |statement| statement.empty_day)
}

/// Whether a biller's file of the day has debits under mandates.
#[must_use]
pub fn lists_withheld(gateway: &Gateway, partner: &str) -> bool {
    let terms = gateway.partners.spec(partner).and_then(|spec| spec.called());
    let statement = terms.and_then(|terms| terms.statement.as_ref());
    statement.is_some_and(|statement| statement.withheld == Some(Withheld::Listed))
}

/// Whether there is evidence of a date, whatever it says: its file, or, where a biller sends none of a day
/// on which nothing was paid, the file of a later date.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_there(
    store: &Store,
    partner: &str,
    date: Date,
    empty_day: EmptyDay,
) -> Result<bool, StoreError> {
    let clause = match empty_day {
        EmptyDay::HasFile => "partner = $2 and date = $3 and completed_at is not null",
        EmptyDay::HasNone => "partner = $2 and date >= $3 and completed_at is not null",
    };
    let binds = vec![Cell::Text(partner.to_owned()), Cell::Int(date_to_number(date))];
    Ok(store.first::<Statement>(clause, binds).await?.is_some())
}

/// The last date before one of which there is a file; where there is none, that of the first payment.
///
/// # Errors
/// When the database cannot be read.
pub async fn before(store: &Store, partner: &str, date: Date) -> Result<Option<Date>, StoreError> {
    let clause = "partner = $2 and date < $3 and completed_at is not null order by date desc";
    let binds = vec![Cell::Text(partner.to_owned()), Cell::Int(date_to_number(date))];
    if let Some(file) = store.first::<Statement>(clause, binds).await? {
        return Ok(Some(file.date));
    }
    let clause = "partner = $2 order by clearing_date";
    let partner = vec![Cell::Text(partner.to_owned())];
    let first: Option<Order> = store.first(clause, partner).await?;
    Ok(first.map(|first| first.clearing_date).filter(|first| *first < date))
}

/// A line with the file that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The date of the file.
    pub date: Date,
    /// Its number among those of the date.
    pub number: i64,
    /// What it says.
    pub line: Line,
}

/// What the files say of a reference, by date.
///
/// # Errors
/// When the database cannot be read.
pub async fn lines(store: &Store, reference_key: &str) -> Result<Vec<Listed>, StoreError> {
    let query = Query {
        sql: LINES.to_owned(),
        binds: vec![Cell::Int(BOOK), Cell::Text(reference_key.to_owned())],
        kinds: vec![Kind::Int, Kind::Int, Kind::Int, Kind::Int],
    };
    let mut lines = Vec::new();
    for row in store.engine().read(query).await? {
        let mut cells = Cells::new(ROWS, row);
        let (date, number) = (cells.int_as(date_from_number)?, cells.int()?);
        let amount = Fen(cells.int()?);
        let line = Line { amount, state: cells.int_as(LineState::from_code)? };
        lines.push(Listed { date, number, line });
    }
    Ok(lines)
}

/// Which of the lines is that of a payment of a clearing date: a paid one before others, that of its own
/// day before that of the next, and then the nearest.
#[must_use]
pub fn own(lines: &[Listed], date: Date) -> Option<usize> {
    let rank = |Listed { date: of, line, .. }: &Listed| {
        let days = date.until(*of).map_or(i32::MAX, |span| span.get_days());
        let distance = if days < 0 { days.saturating_abs().saturating_mul(2) } else { days };
        (line.state != LineState::Paid, distance)
    };
    (0..lines.len()).min_by_key(|place| lines.get(*place).map(rank))
}
