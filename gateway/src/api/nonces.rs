//! Remembers nonces: each counts once with its key until its signature could no longer be fresh, in
//! every process of the installation.
//!
//! Those that wait are written together, so that many requests share one commit.

use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::gather::{Bounds, Gather};
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::Instant;

/// Inserts one, unless it is there.
const INSERT: &str = "insert into nonces (book, key_id, nonce, expires_at) values ($1, $2, $3, $4) \
                      on conflict (book, key_id, nonce) do nothing";
/// Forgets those whose signatures are refused as too old anyway.
const FORGET: &str = "delete from nonces where book = $1 and expires_at < $2";

#[derive(Debug)]
struct Seen {
    key_id: String,
    nonce: String,
    expires_at: Instant,
    now: Instant,
}

/// Remembers nonces. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Nonces {
    seen: Gather<Seen, Result<bool, StoreError>>,
}

impl Nonces {
    /// Starts to remember. Ends when the last clone is gone.
    #[must_use]
    pub fn start(store: Store) -> Nonces {
        let remember = move |batch: Vec<Seen>| {
            let store = store.clone();
            async move {
                match write(&store, &batch).await {
                    Ok(fresh) => fresh.into_iter().map(Ok).collect(),
                    Err(error) => batch.iter().map(|_| Err(error.clone())).collect(),
                }
            }
        };
        let (seen, _) = Gather::start(Bounds::default(), remember);
        Nonces { seen }
    }

    /// Remembers a nonce. Says whether it was new.
    ///
    /// # Errors
    /// When the store cannot be written, or too many wait; then nothing is remembered.
    pub async fn remember(
        &self,
        key_id: &str,
        nonce: &str,
        expires_at: Instant,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let seen = Seen { key_id: key_id.to_owned(), nonce: nonce.to_owned(), expires_at, now };
        let answer = self.seen.ask(seen).await;
        answer.map_err(|busy| StoreError::Unavailable(busy.to_string()))?
    }
}

async fn write(store: &Store, batch: &[Seen]) -> Result<Vec<bool>, StoreError> {
    let (mut unit, _) = store.engine().begin().await?;
    let mut fresh = Vec::with_capacity(batch.len());
    if let Some(first) = batch.first() {
        let binds = vec![Cell::Int(BOOK), Cell::Int(first.now.0)];
        unit.execute(FORGET.to_owned(), binds).await?;
    }
    for seen in batch {
        let binds = vec![
            Cell::Int(BOOK),
            Cell::Text(seen.key_id.clone()),
            Cell::Text(seen.nonce.clone()),
            Cell::Int(seen.expires_at.0),
        ];
        fresh.push(unit.execute(INSERT.to_owned(), binds).await? == 1);
    }
    unit.commit().await?;
    Ok(fresh)
}
