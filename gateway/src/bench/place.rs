//! The database of a run.
//!
//! A bench writes millions of rows that mean nothing, and they can never be deleted. So it takes a
//! fresh file that is removed afterwards, or a database that is new or was made by a bench before:
//! a sandbox in whose feed stand only commands of benches and of the accounts that they opened.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, OpenOptions, Store};
use tempfile::TempDir;

use crate::clock::SystemClock;

/// What the code of every partner of a bench begins with.
pub const PREFIX: &str = "bench";

/// Commands of others than benches. The chart's own accounts are opened by `operator`.
const FOREIGN: &str = "select count(*) from journal where book = $1
    and partner not like 'bench%' and not (partner = 'operator' and operation = 'accounts.open')";

/// A database for one run.
#[derive(Debug)]
pub struct Place {
    /// Its address.
    pub url: String,
    /// The folder that goes with it, when the run made it.
    folder: Option<TempDir>,
}

impl Place {
    /// The database that was asked for, or a fresh file.
    ///
    /// # Errors
    /// When no folder can be made.
    pub fn find(asked: Option<&str>) -> anyhow::Result<Place> {
        if let Some(url) = asked {
            return Ok(Place { url: url.to_owned(), folder: None });
        }
        let parent = disk();
        let folder = tempfile::Builder::new()
            .prefix("jiaozi-bench-")
            .tempdir_in(&parent)
            .with_context(|| format!("a folder below {}", parent.display()))?;
        let file = folder.path().join("bench.db");
        Ok(Place { url: format!("sqlite:{}", file.display()), folder: Some(folder) })
    }

    /// Opens the store, if this is a place for benches.
    ///
    /// # Errors
    /// When it is not, with what to do instead, or it cannot be opened.
    pub async fn open(&self) -> anyhow::Result<Store> {
        let options = OpenOptions { create_sandbox: true, allow_weak_durability: false };
        let store = Store::open(&self.url, Arc::new(SystemClock), options).await?;
        Self::only_ours(&store).await?;
        Ok(store)
    }

    /// Makes sure that nobody else's records are here.
    ///
    /// # Errors
    /// When there are, or it cannot be read.
    pub async fn only_ours(store: &Store) -> anyhow::Result<()> {
        let foreign = store.number(FOREIGN, vec![Cell::Int(BOOK)]).await?;
        anyhow::ensure!(
            store.head().await?.sandbox && foreign == 0,
            "this database has other data ({foreign} commands of others): expected a new one, or \
             one that a bench has made; without --database a fresh file is used"
        );
        Ok(())
    }

    /// Closes the store and removes what was made for the run.
    ///
    /// # Errors
    /// When the database refuses to close or the folder stays.
    pub async fn leave(self, store: &Store) -> anyhow::Result<()> {
        store.close().await?;
        match self.folder {
            Some(folder) => folder.close().context("the folder of the bench stays"),
            None => Ok(()),
        }
    }
}

/// A folder on a disk: on many machines the usual one for temporary files is memory, where a commit
/// costs nothing and a bench would flatter.
fn disk() -> PathBuf {
    let lasting = PathBuf::from("/var/tmp");
    match std::env::var_os("TMPDIR") {
        None if lasting.is_dir() => lasting,
        _ => std::env::temp_dir(),
    }
}
