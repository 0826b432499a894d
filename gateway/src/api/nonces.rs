//! Remembers nonces: each counts once with its key until its signature could no longer be fresh, in
//! every process of the installation.
//!
//! Those that wait are written together, so that many requests share one commit.

use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// The most that are written in one transaction.
const BATCH: usize = 256;
/// How many may wait.
const QUEUE_LENGTH: usize = 4_096;

/// Inserts one, unless it is there.
const INSERT: &str = "insert into nonces (book, key_id, nonce, expires_at) values ($1, $2, $3, $4) \
                      on conflict (book, key_id, nonce) do nothing";
/// Forgets those whose signatures are refused as too old anyway.
const FORGET: &str = "delete from nonces where book = $1 and expires_at < $2";

#[derive(Debug)]
struct Waiting {
    key_id: String,
    nonce: String,
    expires_at: Instant,
    now: Instant,
    fresh: oneshot::Sender<Result<bool, StoreError>>,
}

/// The queue's end at which requests put their nonces. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Nonces {
    queue: mpsc::Sender<Waiting>,
}

impl Nonces {
    /// Starts to remember. Ends when the last clone is gone.
    #[must_use]
    pub fn start(store: Store) -> Nonces {
        let (queue, waiting) = mpsc::channel(QUEUE_LENGTH);
        tokio::spawn(work(store, waiting));
        Nonces { queue }
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
        let (fresh, answered) = oneshot::channel();
        let waiting =
            Waiting { key_id: key_id.to_owned(), nonce: nonce.to_owned(), expires_at, now, fresh };
        let busy = || StoreError::Unavailable("too many nonces are waiting".to_owned());
        self.queue.try_send(waiting).map_err(|_| busy())?;
        answered.await.map_err(|_| busy())?
    }
}

async fn work(store: Store, mut queue: mpsc::Receiver<Waiting>) {
    while let Some(first) = queue.recv().await {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            let Ok(next) = queue.try_recv() else { break };
            batch.push(next);
        }
        match write(&store, &batch).await {
            Ok(fresh) => {
                for (waiting, fresh) in batch.into_iter().zip(fresh) {
                    // Who has left does not need to know.
                    let _ = waiting.fresh.send(Ok(fresh));
                }
            }
            Err(error) => {
                for waiting in batch {
                    let _ = waiting.fresh.send(Err(error.clone()));
                }
            }
        }
    }
}

async fn write(store: &Store, batch: &[Waiting]) -> Result<Vec<bool>, StoreError> {
    let (mut unit, _) = store.engine().begin().await?;
    let mut fresh = Vec::with_capacity(batch.len());
    if let Some(first) = batch.first() {
        let binds = vec![Cell::Int(BOOK), Cell::Int(first.now.0)];
        unit.execute(FORGET.to_owned(), binds).await?;
    }
    for waiting in batch {
        let binds = vec![
            Cell::Int(BOOK),
            Cell::Text(waiting.key_id.clone()),
            Cell::Text(waiting.nonce.clone()),
            Cell::Int(waiting.expires_at.0),
        ];
        fresh.push(unit.execute(INSERT.to_owned(), binds).await? == 1);
    }
    unit.commit().await?;
    Ok(fresh)
}
