//! Numbers for our references at partners: never drawn twice, whatever ends in between. A process takes
//! them in blocks; what is left of a block when it ends is lost, and nobody misses it.

use std::collections::HashMap;
use std::ops::Range;

use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use jiaozi_ledger::store::engine::records;
use jiaozi_ledger::store::{Store, StoreError};
use tokio::sync::Mutex;

/// How many are taken at a time.
const BLOCK: i64 = 1_000;

/// The number that the next block of a name begins with.
#[derive(Clone, Debug)]
struct Numbers {
    name: String,
    next: i64,
}

impl Row for Numbers {
    const TABLE: Table = Table {
        name: "numbers",
        key: &["name"],
        columns: &[fixed("name", Kind::Text), changing("next", Kind::Int)],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::Text(self.name.clone()), Cell::Int(self.next)]
    }

    fn from_cells(cells: &mut Cells) -> Result<Numbers, Corrupt> {
        Ok(Numbers { name: cells.text()?, next: cells.int()? })
    }
}

/// Draws numbers.
#[derive(Debug)]
pub struct References {
    store: Store,
    blocks: Mutex<HashMap<String, Range<i64>>>,
}

impl References {
    /// Draws from the numbers of a store.
    #[must_use]
    pub fn new(store: Store) -> References {
        References { store, blocks: Mutex::default() }
    }

    /// The next number at a partner, from 1.
    ///
    /// # Errors
    /// When no block can be taken.
    pub async fn next(&self, partner: &str) -> Result<u64, StoreError> {
        let mut blocks = self.blocks.lock().await;
        let block = blocks.entry(partner.to_owned()).or_default();
        if block.is_empty() {
            *block = self.take(partner).await?;
        }
        let number = block.next().unwrap_or_default();
        Ok(u64::try_from(number).unwrap_or_default())
    }

    /// The number that the next block at a partner begins with.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn peek(&self, partner: &str) -> Result<u64, StoreError> {
        let name = vec![Cell::Text(partner.to_owned())];
        let known: Option<Numbers> = self.store.first("name = $2", name).await?;
        Ok(known.map_or(1, |numbers| u64::try_from(numbers.next).unwrap_or_default()))
    }

    /// Leaves so many numbers out. Blocks that processes have taken stay theirs. Says with which number the
    /// next block begins then.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn skip(&self, partner: &str, by: u32) -> Result<u64, StoreError> {
        let skipped = self.advance(partner, i64::from(by)).await?;
        Ok(u64::try_from(skipped.end).unwrap_or_default())
    }

    async fn take(&self, partner: &str) -> Result<Range<i64>, StoreError> {
        self.advance(partner, BLOCK).await
    }

    async fn advance(&self, partner: &str, by: i64) -> Result<Range<i64>, StoreError> {
        let (mut unit, _) = self.store.engine().begin().await?;
        let name = vec![Cell::Text(partner.to_owned())];
        let known = unit.select_in(&Numbers::TABLE, "name", name).await?;
        let known: Vec<Numbers> = records(known)?;
        let first = known.first().map_or(1, |numbers| numbers.next);
        let next = Numbers { name: partner.to_owned(), next: first.saturating_add(by) };
        unit.write(&Numbers::TABLE, vec![next.cells()], true).await?;
        unit.commit().await?;
        Ok(first..next.next)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiaozi_ledger::store::OpenOptions;

    use super::*;
    use crate::clock::SystemClock;

    #[tokio::test]
    async fn two_processes_never_draw_the_same_number() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("books.db").display());
        let open = || Store::open(&url, Arc::new(SystemClock), OpenOptions::default());
        let (one, two) = (open().await.expect("books"), open().await.expect("books"));
        let (one, two) = (References::new(one), References::new(two));
        let mut drawn = std::collections::BTreeSet::new();
        for _ in 0..1_500 {
            assert!(drawn.insert(one.next("water").await.expect("a number")));
            assert!(drawn.insert(two.next("water").await.expect("a number")));
        }
        assert_eq!(one.next("gas").await.expect("a number"), 1, "each partner has its own");
    }
}
