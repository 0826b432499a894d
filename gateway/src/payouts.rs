//! Paying partners out through the bank's core: preparing what is due, files for the core, its status read
//! back, and what takes a person.
//!
//! | module | thought |
//! |---|---|
//! | [`preparing`] | what is due of a partner's accounts, and what keeps it |
//! | [`sending`] | pain.001 for a day, the same bytes whenever it is asked for |
//! | [`hearing`] | pain.002, taken whole or not at all |
//! | [`proposing`] | what two operators decide |
//! | [`summary`] | what became of a clearing day's money |

pub mod hearing;
pub mod preparing;
pub mod proposing;
pub mod sending;
pub mod summary;

use jiaozi_ledger::id::PayoutId;
use jiaozi_ledger::payout::Payout;
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;

/// Which payouts are listed.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this partner only.
    pub partner: Option<String>,
    /// Prepared for this day only.
    pub date: Option<Date>,
    /// Ended ones too.
    pub all: bool,
    /// At most so many.
    pub limit: i64,
}

/// Payouts, the oldest first; without `all` those of which the outcome is not known, that are contested, or
/// that keep their account from being paid out.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(store: &Store, wanted: &Wanted) -> Result<Vec<Payout>, StoreError> {
    let mut binds = vec![Cell::Int(wanted.limit)];
    let open = "(state in (0, 1, 2) or contested is not null \
        or id in (select held_by from payables where book = $1 and held_by is not null))";
    let mut clause = if wanted.all { "date > 0" } else { open }.to_owned();
    let mut bind = |cell: Cell, column: &str| {
        binds.push(cell);
        clause.push_str(&format!(" and {column} = ${}", binds.len() + 1));
    };
    if let Some(partner) = &wanted.partner {
        bind(Cell::Text(partner.clone()), "partner");
    }
    if let Some(date) = wanted.date {
        bind(Cell::Int(date_to_number(date)), "date");
    }
    store.find(&format!("{clause} order by date, id limit $2"), binds).await
}

/// One payout.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(store: &Store, id: PayoutId) -> Result<Option<Payout>, StoreError> {
    store.first("id = $2", vec![Cell::Id(id.0)]).await
}

/// What waits on an account.
///
/// # Errors
/// When the database cannot be read.
pub async fn payable(store: &Store, account: &str) -> Result<Option<Payable>, StoreError> {
    store.first("account = $2", vec![Cell::Text(account.to_owned())]).await
}
