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
    let holding: Vec<Payable> = match wanted.all {
        true => Vec::new(),
        false => store.find("holds <> '[]' order by id", vec![]).await?,
    };
    let mut open = "state in (0, 1, 2) or contested is not null".to_owned();
    for held in holding.iter().flat_map(|list| &list.holds) {
        binds.push(Cell::Id(held.0));
        open.push_str(&format!(" or id = ${}", binds.len() + 1));
    }
    let mut clause = if wanted.all { "date > 0".to_owned() } else { format!("({open})") };
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

/// The payouts that keep an account from being paid out.
///
/// # Errors
/// When the database cannot be read.
pub async fn holding(store: &Store, list: &Payable) -> Result<Vec<Payout>, StoreError> {
    let mut found = Vec::new();
    for held in &list.holds {
        found.extend(find(store, *held).await?);
    }
    Ok(found)
}

/// What waits on an account.
///
/// # Errors
/// When the database cannot be read.
pub async fn payable(store: &Store, account: &str) -> Result<Option<Payable>, StoreError> {
    store.first("account = $2", vec![Cell::Text(account.to_owned())]).await
}
