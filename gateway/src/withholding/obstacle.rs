//! What keeps a partner's files of claims from being run at all, whatever their lines are: then no line is
//! presented, so that none has an outcome that is not its own fault.

use jiaozi_adapters::withholding::claimant::Claimant;
use jiaozi_ledger::account::AccountStatus;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::date_to_number;

const WAITING: &str = "select count(*) from batches b where b.book = $1 and b.partner = $2
    and ((b.state in (2, 3) and b.run_on <= $3) or exists (select 1 from batch_lines l
        where l.book = b.book and l.batch = b.id and l.again_on is not null and l.again_on <= $3))";

/// Why nothing can be debited for a partner now, in words; nothing where it can.
///
/// # Errors
/// When the database cannot be read.
pub async fn of(store: &Store, claimant: &Claimant) -> Result<Option<String>, StoreError> {
    let code = claimant.payee.settlement();
    let status = store.account(&code).await?.map(|account| account.status);
    Ok(match status {
        Some(AccountStatus::Active) => None,
        Some(AccountStatus::Frozen) => Some(format!("{code} is frozen")),
        Some(AccountStatus::Closed) => Some(format!("{code} is closed")),
        None => Some(format!("{code} is not open")),
    })
}

/// How many files of a partner have lines to be presented today.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting(store: &Store, claimant: &Claimant) -> Result<i64, StoreError> {
    let today = claimant.payee.today(store.now().await?);
    let binds = vec![
        Cell::Int(BOOK),
        Cell::Text(claimant.code().to_owned()),
        Cell::Int(date_to_number(today)),
    ];
    store.number(WAITING, binds).await
}
