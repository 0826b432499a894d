//! The store: where the books are kept, and the one writer through which everything goes.
//!
//! # The phases of a batch ("decide inside the batch")
//!
//! | phase | what happens | round trips |
//! |---|---|---|
//! | begin | a writing transaction locks the book's head row | 1 |
//! | recognise | the batch's idempotency scopes are looked up together | 1 |
//! | load | facts for the whole batch, in rounds: facts lead to other facts | at most 4 × tables |
//! | decide | one command after another, each over the facts as the one before left them | 0 |
//! | write | new and changed rows, one statement a table; events numbered, chain extended | tables |
//! | commit | then, and only then, everyone is answered | 1 |
//!
//! Nothing that leaves the machine happens in between, and no other lock is taken.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`engine`] | what is asked of a database; [`sqlite`] and [`postgres`] answer it |
//! | [`journal`] | the row that every command leaves |
//! | [`batch`] | the phases above |
//! | [`writer`] | the queue in front of them |
//! | [`gather`] | such queues: what waits is handled together |
//! | [`reader`] | reads for doors, statements, the feed |
//! | [`check`] | the invariants |

pub mod batch;
pub mod check;
pub mod engine;
pub mod gather;
pub mod journal;
mod postgres;
pub mod reader;
mod sqlite;
pub mod writer;

use crate::decision::Command;
use crate::id::{RandomSeeds, Seeds};
use crate::row::{Cell, Corrupt, Kind, Table};
use crate::time::{Clock, Instant};
use engine::{Durability, Engine, Head, Query};
use std::sync::Arc;

/// The book. Every database has exactly one for now; it leads the key of every table that grows.
pub const BOOK: i64 = 1;

/// Why the store cannot do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The address names no database.
    #[error("{0:?} is no database address: expected sqlite:PATH or postgres://USER@HOST/NAME")]
    Address(String),
    /// The database cannot be reached or cannot write now.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database refused a statement: what was written breaks one of its constraints.
    #[error("the database refused: {0}")]
    Refused(String),
    /// The schema could not be brought up to date.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Schema(String),
    /// A stored row is not what it should be.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// The settings of the database would lose an answered commit with the power.
    #[error("the database is set up so that a loss of power could lose an answered commit: {0}")]
    NotDurable(String),
    /// The database was not created as a sandbox.
    #[error("this database was not created as a sandbox: {0}")]
    NotSandbox(String),
}

/// How a database is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenOptions {
    /// Whether a database that is created now becomes a sandbox: a mark that cannot be removed.
    pub create_sandbox: bool,
    /// Whether settings that could lose an answered commit are accepted.
    pub allow_weak_durability: bool,
}

/// The migrations of a database, by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaState {
    /// Those that the database has.
    pub applied: Vec<i64>,
    /// Those that this program knows.
    pub known: Vec<i64>,
}

/// An open database with its book.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Arc<dyn Engine>,
    clock: Arc<dyn Clock>,
    seeds: Arc<dyn Seeds>,
}

impl Store {
    /// Opens a database by its address, brings its schema up to date, and creates its book when it
    /// has none.
    ///
    /// # Errors
    /// When the address is not one, the database cannot be reached or updated, or its settings are
    /// weaker than `options` allow.
    pub async fn open(
        url: &str,
        clock: Arc<dyn Clock>,
        options: OpenOptions,
    ) -> Result<Store, StoreError> {
        let engine: Arc<dyn Engine> = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Arc::new(sqlite::SqliteEngine::open(url).await?),
            Some("postgres" | "postgresql") => Arc::new(postgres::PostgresEngine::open(url).await?),
            _ => return Err(StoreError::Address(url.to_owned())),
        };
        let store = Store { engine, clock, seeds: Arc::new(RandomSeeds) };
        let durability = store.durability().await?;
        if !durability.full && !options.allow_weak_durability {
            let settings: Vec<String> = durability
                .settings
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            return Err(StoreError::NotDurable(settings.join(", ")));
        }
        store.create_book(options.create_sandbox).await?;
        Ok(store)
    }

    /// What a database has of the schema, without opening it: nothing is made or brought up to date.
    ///
    /// # Errors
    /// When the address is not one, there is no such database, or it cannot be reached.
    pub async fn schema_state(url: &str) -> Result<SchemaState, StoreError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => sqlite::schema_state(url).await,
            Some("postgres" | "postgresql") => postgres::schema_state(url).await,
            _ => Err(StoreError::Address(url.to_owned())),
        }
    }

    /// The same store with identifiers from other seeds, for tests that compare runs byte for byte.
    #[must_use]
    pub fn with_seeds(self, seeds: Arc<dyn Seeds>) -> Store {
        Store { seeds, ..self }
    }

    fn draw_seed(&self) -> Result<u64, StoreError> {
        let none = || StoreError::Unavailable("no random bytes for identifiers".to_owned());
        self.seeds.draw().ok_or_else(none)
    }

    async fn create_book(&self, sandbox: bool) -> Result<(), StoreError> {
        if !self.engine.read(head_query()).await?.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let head = books_row(
            Head { seq: 0, hash: crate::chain::GENESIS, at: now, clock_offset: 0, sandbox },
            now,
        );
        match self.engine.create_book(head).await {
            // Another process was quicker: its book is the book.
            Err(StoreError::Refused(_)) => Ok(()),
            other => other,
        }
    }

    /// The settings that decide whether a commit is durable, read back from the database.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn durability(&self) -> Result<Durability, StoreError> {
        self.engine.durability().await
    }

    /// The book's head as it is now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn head(&self) -> Result<Head, StoreError> {
        read_head(self.engine.read(head_query()).await?)
    }

    /// The time as this database sees it: the clock, moved by the sandbox's offset.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn now(&self) -> Result<Instant, StoreError> {
        let head = self.head().await?;
        Ok(Instant(self.clock.now().0.saturating_add(head.clock_offset)))
    }

    /// Moves a sandbox's time forward to an instant. Time never goes back.
    ///
    /// # Errors
    /// When the database is no sandbox or cannot be written.
    pub async fn move_time(&self, to: Instant) -> Result<Instant, StoreError> {
        let (mut unit, head) = self.engine.begin().await?;
        if !head.sandbox {
            unit.rollback().await?;
            return Err(StoreError::NotSandbox("its time cannot be moved".to_owned()));
        }
        let clock_offset = to.0.saturating_sub(self.clock.now().0).max(head.clock_offset);
        unit.move_head(Head { clock_offset, ..head }).await?;
        unit.commit().await?;
        self.now().await
    }

    /// The engine, for readers and for workers that keep records of their own.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The clock that this store was given.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Decides and commits some commands in one transaction, and answers them in their order. The
    /// writer uses this with what is waiting; a bench or an import may use it directly.
    pub async fn run(&self, commands: &[Arc<dyn Command>]) -> Vec<batch::Result> {
        batch::run(self, commands).await
    }

    /// The tables with their columns and whether they may be empty, for the test that keeps both
    /// engines' schemas alike.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn schema(&self) -> Result<Vec<(String, String, bool)>, StoreError> {
        self.engine.schema().await
    }

    /// Closes all connections.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.engine.close().await
    }
}

const HEAD_SQL: &str = "select seq, hash, at, clock_offset, sandbox from books where book = $1";
const HEAD_KINDS: [Kind; 5] = [Kind::Int, Kind::Bytes, Kind::Int, Kind::Int, Kind::Int];

fn head_query() -> Query {
    Query { sql: HEAD_SQL.to_owned(), binds: vec![Cell::Int(BOOK)], kinds: HEAD_KINDS.to_vec() }
}

fn books_row(head: Head, created_at: Instant) -> Vec<Cell> {
    vec![
        Cell::Int(BOOK),
        Cell::Int(head.seq),
        Cell::Bytes(head.hash.to_vec()),
        Cell::Int(head.at.0),
        Cell::Int(head.clock_offset),
        Cell::Int(i64::from(head.sandbox)),
        Cell::Int(created_at.0),
    ]
}

const CREATE_BOOK: &str = "insert into books (book, seq, hash, at, clock_offset, sandbox, created_at) \
                           values ($1, $2, $3, $4, $5, $6, $7)";

fn read_head(mut rows: Vec<Vec<Cell>>) -> Result<Head, StoreError> {
    let row = rows.pop().unwrap_or_default();
    match <[Cell; 5]>::try_from(row) {
        Ok(
            [
                Cell::Int(seq),
                Cell::Bytes(hash),
                Cell::Int(at),
                Cell::Int(clock_offset),
                Cell::Int(sandbox),
            ],
        ) => {
            let hash = hash.try_into().map_err(|_| no_head())?;
            Ok(Head { seq, hash, at: Instant(at), clock_offset, sandbox: sandbox != 0 })
        }
        _ => Err(no_head()),
    }
}

fn no_head() -> StoreError {
    StoreError::Corrupt(Corrupt { table: "books", column: "head".to_owned() })
}

fn move_head_statement(head: Head) -> (String, Vec<Cell>) {
    let sql = "update books set seq = $2, hash = $3, at = $4, clock_offset = $5 where book = $1";
    let binds = vec![
        Cell::Int(BOOK),
        Cell::Int(head.seq),
        Cell::Bytes(head.hash.to_vec()),
        Cell::Int(head.at.0),
        Cell::Int(head.clock_offset),
    ];
    (sql.to_owned(), binds)
}

/// What happens to a row whose key is already there: its changing columns take the new values.
fn on_conflict(table: &Table) -> String {
    let sets: Vec<String> = table
        .columns
        .iter()
        .filter(|column| !column.fixed)
        .map(|column| format!("{0} = excluded.{0}", column.name))
        .collect();
    let action = if sets.is_empty() {
        "nothing".to_owned()
    } else {
        format!("update set {}", sets.join(", "))
    };
    format!(" on conflict (book, {}) do {action}", table.key.join(", "))
}

/// Whether an update has met as many rows as it was for.
fn all_there(table: &Table, expected: usize, found: u64) -> Result<(), StoreError> {
    if usize::try_from(found) == Ok(expected) {
        return Ok(());
    }
    let column = format!("{} ({found} of {expected} rows)", table.key.join(", "));
    Err(StoreError::Corrupt(Corrupt { table: table.name, column }))
}

fn read_schema(rows: Vec<Vec<Cell>>) -> Result<Vec<(String, String, bool)>, StoreError> {
    rows.into_iter()
        .map(|row| match <[Cell; 3]>::try_from(row) {
            Ok([Cell::Text(table), Cell::Text(column), Cell::Int(not_null)]) => {
                Ok((table, column, not_null != 0))
            }
            _ => Err(no_head()),
        })
        .collect()
}
