//! Moves the pages of the write-ahead log into the file beside the writer, not in its way.
//!
//! Left to itself, SQLite lets the commit that makes the log long enough move all of it: once in a while
//! somebody waits for tens of thousands of pages. Here a connection of its own moves them while the
//! writer goes on. What was written meanwhile is little; the writer moves that itself before its next
//! transaction. Then everything is in the file, and the log begins anew.

use super::{StoreError, failed};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// From how many pages on the log is moved into the file: 64 MB. A page that several commits have changed
/// is then moved once.
const LONG: i64 = 16_000;

/// What the writer moves itself: some milliseconds.
const REST: i64 = 1_000;

/// How often the log is gone through at a time.
const PASSES: u32 = 4;

/// Where a long reader or a failure keeps the log from being moved, SQLite goes on by itself from here.
pub(super) const AUTOMATIC: &str = "64000";

/// How often the log's length is asked for at the most, and again after a failure.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// The one that moves, as the writer sees it.
#[derive(Debug)]
pub(super) struct Checkpoints {
    commits: Arc<Notify>,
    rest_is_due: Arc<AtomicBool>,
    /// Ends the mover when it goes, and is answered when it has ended.
    mover: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

impl Checkpoints {
    /// Opens the connection that moves.
    pub(super) async fn start(options: &SqliteConnectOptions) -> Result<Checkpoints, StoreError> {
        let connection = options.connect().await.map_err(failed)?;
        let (commits, rest_is_due) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let (stop, stopped) = oneshot::channel();
        let work = work(connection, Arc::clone(&commits), Arc::clone(&rest_is_due), stopped);
        let mover = Mutex::new(Some((stop, tokio::spawn(work))));
        Ok(Checkpoints { commits, rest_is_due, mover })
    }

    /// Something was committed.
    pub(super) fn committed(&self) {
        self.commits.notify_one();
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
        let mover = self.mover.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, mover)) = mover {
            drop(stop);
            // A panic in it has been told already.
            let _ = mover.await;
        }
    }
}

async fn work(
    mut connection: SqliteConnection,
    commits: Arc<Notify>,
    rest_is_due: Arc<AtomicBool>,
    mut stopped: oneshot::Receiver<()>,
) {
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            () = commits.notified() => {}
        }
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
        tokio::select! {
            _ = &mut stopped => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    // What cannot be closed in order is closed by being dropped.
    let _ = connection.close().await;
}

/// Moves a long log until little is left. Says whether the writer is to move that: not while a reader
/// that began long ago keeps most of the log where it is.
async fn shorten(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if checkpoint(connection, "pragma wal_checkpoint(noop)").await?.pages < LONG {
        return Ok(false);
    }
    for _ in 0..PASSES {
        let moved = checkpoint(connection, "pragma wal_checkpoint(passive)").await?.moved;
        let pages = checkpoint(connection, "pragma wal_checkpoint(noop)").await?.pages;
        if pages.saturating_sub(moved) <= REST {
            return Ok(true);
        }
    }
    Ok(false)
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
