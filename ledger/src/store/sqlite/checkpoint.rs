//! Moves the pages of the write-ahead log into the file beside the writer, not in its way.
//!
//! Left to itself, SQLite lets the commit that makes the log long enough move all of it: once in a while
//! somebody waits for tens of thousands of pages. Here a connection of its own moves them while the
//! writer goes on. What was written meanwhile is little; the writer moves that itself before its next
//! transaction. Then everything is in the file, and the log begins anew.

use super::{StoreError, failed};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// From how many pages on the log is moved into the file: 64 MB. A page that several commits have changed
/// is then moved once.
const LONG: i64 = 16_000;

/// What the writer moves itself: some milliseconds.
const REST: i64 = 1_000;

/// How often the log is gone through before the writer ends it, whatever is left.
const PASSES: u32 = 4;

/// Where a long reader or a failure keeps the log from being moved, SQLite goes on by itself from here.
pub(super) const AUTOMATIC: &str = "64000";

/// How often the log's length is asked for at the most, and again after a failure.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// The one that moves, as the writer sees it.
#[derive(Debug)]
pub(super) struct Checkpoints {
    commits: Mutex<Option<mpsc::Sender<()>>>,
    rest_is_due: Arc<AtomicBool>,
    mover: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpoints {
    /// Opens the connection that moves.
    pub(super) async fn start(options: &SqliteConnectOptions) -> Result<Checkpoints, StoreError> {
        let connection = options.connect().await.map_err(failed)?;
        let (commits, committed) = mpsc::channel(1);
        let rest_is_due = Arc::new(AtomicBool::new(false));
        let mover = tokio::spawn(work(connection, committed, Arc::clone(&rest_is_due)));
        Ok(Checkpoints {
            commits: Mutex::new(Some(commits)),
            rest_is_due,
            mover: Mutex::new(Some(mover)),
        })
    }

    /// Something was committed.
    pub(super) fn committed(&self) {
        if let Some(commits) = &*self.commits.lock().unwrap_or_else(PoisonError::into_inner) {
            // A full channel says the same already.
            let _ = commits.try_send(());
        }
    }

    /// Moves what is left, on the writer's connection, if it is time. What it cannot move now is moved
    /// later.
    pub(super) async fn move_rest(&self, connection: &mut SqliteConnection) {
        if self.rest_is_due.swap(false, Ordering::Relaxed)
            && let Err(error) = checkpoint(connection, "pragma wal_checkpoint(passive)").await
        {
            tracing::warn!(%error, "the rest of the log was not moved into the file");
        }
    }

    /// Ends, and closes the connection.
    pub(super) async fn close(&self) {
        drop(self.commits.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mover = self.mover.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mover) = mover {
            // It ends by itself; a panic in it has been told already.
            let _ = mover.await;
        }
    }
}

async fn work(
    mut connection: SqliteConnection,
    mut committed: mpsc::Receiver<()>,
    rest_is_due: Arc<AtomicBool>,
) {
    while committed.recv().await.is_some() {
        let pause = match shorten(&mut connection).await {
            Ok(rest) => {
                if rest {
                    rest_is_due.store(true, Ordering::Relaxed);
                }
                PAUSE
            }
            Err(error) => {
                tracing::warn!(%error, "the log was not moved into the file");
                PAUSE_AFTER_FAILURE
            }
        };
        tokio::time::sleep(pause).await;
    }
    // What cannot be closed in order is closed by being dropped.
    let _ = connection.close().await;
}

/// Moves a long log until little is left. Says whether the writer is to move that.
async fn shorten(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let mut log = checkpoint(connection, "pragma wal_checkpoint(noop)").await?;
    if log.pages < LONG {
        return Ok(false);
    }
    for _ in 0..PASSES {
        log = checkpoint(connection, "pragma wal_checkpoint(passive)").await?;
        let now = checkpoint(connection, "pragma wal_checkpoint(noop)").await?;
        if now.pages.saturating_sub(log.moved) <= REST {
            break;
        }
    }
    Ok(true)
}

/// The log after a checkpoint: its pages, and how many of them are in the file.
struct Log {
    pages: i64,
    moved: i64,
}

async fn checkpoint(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<Log, sqlx::Error> {
    let row = sqlx::query(statement).fetch_one(connection).await?;
    Ok(Log { pages: row.try_get(1)?, moved: row.try_get(2)? })
}
