//! The books of a run.
//!
//! A bench writes millions of rows that mean nothing, and they can never be deleted. So it takes a
//! fresh file that is removed afterwards, or a database that is new or was made by a bench before:
//! a sandbox in whose feed stand only commands of benches and of the accounts that they opened.

use std::sync::Arc;

use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, OpenOptions, Store};

use crate::clock::SystemClock;

/// What the code of every partner of a bench begins with.
pub const PREFIX: &str = "bench";

/// Commands of others than benches. The chart's own accounts are opened by `operator`, and `worker`
/// closes the days of those who pay.
const FOREIGN: &str = "select count(*) from journal where book = $1
    and partner not like 'bench%' and partner <> 'worker'
    and not (partner = 'operator' and operation = 'accounts.open')";

/// Opens the books at an address, if they are for benches.
///
/// # Errors
/// When they are not, with what to do instead, or cannot be opened.
pub async fn open(url: &str) -> anyhow::Result<Store> {
    let options = OpenOptions { create_sandbox: true, allow_weak_durability: false };
    let store = Store::open(url, Arc::new(SystemClock), options).await?;
    let foreign = store.number(FOREIGN, vec![Cell::Int(BOOK)]).await?;
    anyhow::ensure!(
        store.head().await?.sandbox && foreign == 0,
        "this database has other data ({foreign} commands of others): expected a new one, or one \
         that a bench has made; without --database a fresh file is used"
    );
    Ok(store)
}
