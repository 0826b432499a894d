//! The days that are over and not closed yet: one after the other without a gap, empty ones too. After a
//! standstill of more than a month (a sandbox whose time was moved, mostly) the empty days before the
//! last [`EMPTY_DAYS`] are left out; a day on which something happened never is.

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::journal::Record;
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::date_to_number;
use jiff::ToSpan as _;
use jiff::civil::Date;

/// How far back empty days are closed.
const EMPTY_DAYS: i64 = 31;

/// The days that are over and not closed, the earliest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn due(store: &Store, payee: &Payee, open: Date) -> Result<Vec<Date>, StoreError> {
    let partner = || Cell::Text(payee.code.clone());
    let clause = "partner = $2 and closed_at is null and date < $3 order by date";
    let binds = vec![partner(), Cell::Int(date_to_number(open))];
    let unclosed: Vec<Day> = store.find(clause, binds).await?;
    let clause = "partner = $2 and closed_at is not null order by date desc";
    let last: Option<Day> = store.first(clause, vec![partner()]).await?;
    let first = match last {
        Some(day) => day.date.tomorrow().unwrap_or(Date::MAX),
        None => known_since(store, payee).await?.unwrap_or(open),
    };
    let first = first.max(open.saturating_sub(EMPTY_DAYS.days()));
    let mut dates: Vec<Date> = unclosed.iter().map(|day| day.date).collect();
    let following = std::iter::successors(Some(first), |date| date.tomorrow().ok());
    dates.extend(following.take_while(|date| *date < open));
    dates.sort();
    dates.dedup();
    Ok(dates)
}

/// The clearing date on which the partner's accounts were opened.
async fn known_since(store: &Store, payee: &Payee) -> Result<Option<Date>, StoreError> {
    let binds = vec![Cell::Text(payee.code.clone())];
    let first: Option<Record> = store.first("partner = $2 order by seq", binds).await?;
    Ok(first.and_then(|record| payee.clearing_date(record.at)))
}
