//! The one connection that writes, and whose turn it is. It is in no pool: a pool looks at a connection
//! before it hands it on, on the runtime that serves the requests, and every batch would wait for that.

use super::{StoreError, failed, primary};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The page cache, 256 MB at most: the pages that commits dirty at random stay in it.
const CACHE_KIB: &str = "-262144";

/// How often, and how long each time, opening waits while another process makes the file ready.
const OPEN_PAUSES: u32 = 1_000;
const OPEN_PAUSE: Duration = Duration::from_millis(20);
const SQLITE_BUSY: u32 = 5;

/// Where the connection is while nobody writes.
#[derive(Debug)]
pub(super) struct Seat {
    options: SqliteConnectOptions,
    writer: Arc<Mutex<Writer>>,
}

#[derive(Debug)]
enum Writer {
    /// Ready for the next transaction.
    Ready(SqliteConnection),
    /// It was given up; the next who comes opens another.
    GivenUp,
    /// Nobody writes any more.
    Closed,
}

/// The connection in somebody's hands. Others wait.
pub(super) struct Taken(OwnedMutexGuard<Writer>);

impl Seat {
    /// Opens the connection.
    pub(super) async fn open(options: &SqliteConnectOptions) -> Result<Seat, StoreError> {
        let options =
            options.clone().pragma("temp_store", "memory").pragma("cache_size", CACHE_KIB);
        let writer = Writer::Ready(connect(&options).await?);
        Ok(Seat { options, writer: Arc::new(Mutex::new(writer)) })
    }

    /// Takes the connection when it is free.
    pub(super) async fn take(&self) -> Result<Taken, StoreError> {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        if let Writer::GivenUp = *writer {
            *writer = Writer::Ready(connect(&self.options).await?);
        }
        Ok(Taken(writer))
    }

    /// Closes the connection, after whoever has it.
    pub(super) async fn close(&self) {
        let mut writer = self.writer.lock().await;
        if let Writer::Ready(connection) = std::mem::replace(&mut *writer, Writer::Closed) {
            // What cannot be closed in order is closed by being dropped.
            let _ = connection.close().await;
        }
    }
}

impl Taken {
    /// The connection.
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        match &mut *self.0 {
            Writer::Ready(connection) => Ok(connection),
            Writer::GivenUp | Writer::Closed => {
                Err(StoreError::Unavailable("the database is closed".to_owned()))
            }
        }
    }

    /// Gives the connection up: what it has begun is taken back, and it is not used again.
    pub(super) fn give_up(&mut self) {
        if let Writer::Ready(_) = *self.0 {
            *self.0 = Writer::GivenUp;
        }
    }
}

/// While another process makes the same new file ready, SQLite says at once that it is busy instead of
/// waiting; this waits.
async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    let mut pauses = OPEN_PAUSES;
    loop {
        match options.connect().await {
            Err(sqlx::Error::Database(error))
                if pauses > 0 && primary(error.code().as_deref()) == Some(SQLITE_BUSY) =>
            {
                pauses -= 1;
                tokio::time::sleep(OPEN_PAUSE).await;
            }
            other => return other.map_err(failed),
        }
    }
}
