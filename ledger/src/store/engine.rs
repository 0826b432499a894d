//! What the store asks of a database engine. One module per engine implements it; nothing else knows
//! which one is there.

use crate::row::{Cell, Cells, Kind, Row, Table};
use crate::store::StoreError;
use crate::time::Instant;
use std::pin::Pin;
use tokio::sync::mpsc;

/// A boxed future of a store's answer. One per step of a batch, not per row.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A read: SQL that both engines accept, with `$n` placeholders, its values, and the kinds of the
/// columns that come back.
#[derive(Clone, Debug)]
pub struct Query {
    /// The statement.
    pub sql: String,
    /// The values of `$1`, `$2`, …
    pub binds: Vec<Cell>,
    /// The kinds of the columns, in order.
    pub kinds: Vec<Kind>,
}

impl Query {
    /// Rows of a table, with `book` as `$1` and the clause's own values from `$2` on.
    pub fn rows<T: Row>(clause: &str, binds: Vec<Cell>) -> Query {
        let table = T::TABLE;
        let mut all = vec![Cell::Int(super::BOOK)];
        all.extend(binds);
        let and = if clause.trim_start().starts_with("order by") || clause.is_empty() {
            ""
        } else {
            "and "
        };
        Query {
            sql: format!(
                "select {} from {} where book = $1 {and}{clause}",
                columns(&table),
                table.name
            ),
            binds: all,
            kinds: kinds(&table),
        }
    }

    /// One number.
    pub fn number(sql: &str, binds: Vec<Cell>) -> Query {
        Query { sql: sql.to_owned(), binds, kinds: vec![Kind::Int] }
    }
}

/// The columns of a table, as they are selected.
pub(crate) fn columns(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    names.join(", ")
}

/// The kinds of a table's columns.
pub(crate) fn kinds(table: &Table) -> Vec<Kind> {
    table.columns.iter().map(|column| column.kind).collect()
}

/// The head of a book: what proves whether anybody has written since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last command in the feed; 0 before the first.
    pub seq: i64,
    /// The hash of the chain up to it.
    pub hash: [u8; 32],
    /// The accounting time of the last command.
    pub at: Instant,
    /// By how much the sandbox's time is ahead of the clock, in microseconds.
    pub clock_offset: i64,
    /// Whether the database was created as a sandbox.
    pub sandbox: bool,
}

/// How safe a commit is in this engine as it is set up.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Durability {
    /// The engine's name.
    pub engine: &'static str,
    /// Each setting that matters, with its value.
    pub settings: Vec<(String, String)>,
    /// Whether a commit that was answered survives a loss of power.
    pub full: bool,
}

/// A database engine.
pub trait Engine: Send + Sync + std::fmt::Debug {
    /// Writes the row of a new book.
    fn create_book(&self, row: Vec<Cell>) -> Answer<'_, ()>;

    /// Begins a writing transaction and locks the book's head row; on a fresh connection where a
    /// resting one turns out to be gone.
    fn begin(&self) -> Answer<'_, (Box<dyn Unit>, Head)>;

    /// Reads outside any writing transaction.
    fn read(&self, query: Query) -> Answer<'_, Vec<Vec<Cell>>>;

    /// Reads many rows one after another; the channel ends after the last or the first error.
    fn stream(&self, query: Query) -> mpsc::Receiver<Result<Vec<Cell>, StoreError>>;

    /// Reads the settings back that decide whether a commit is durable.
    fn durability(&self) -> Answer<'_, Durability>;

    /// The columns of every table: (table, column, kind or type as the engine names it, not null).
    fn schema(&self) -> Answer<'_, Vec<(String, String, bool)>>;

    /// Closes all connections.
    fn close(&self) -> Answer<'_, ()>;
}

/// One writing transaction that holds the book's head.
pub trait Unit: Send {
    /// Reads inside the transaction.
    fn read(&mut self, query: Query) -> Answer<'_, Vec<Vec<Cell>>>;

    /// The rows of a table whose column has one of these values; all of one kind. The column leads an
    /// index after `book` that is not partial, or only leaves out nulls: each value is one search.
    fn select_in<'a>(
        &'a mut self,
        table: &'a Table,
        column: &'a str,
        values: Vec<Cell>,
    ) -> Answer<'a, Vec<Vec<Cell>>>;

    /// Writes rows. New ones only, unless `replace`: then a row with the same key takes the columns
    /// that may change. Where it is known which rows are there, [`Unit::update`] costs less.
    fn write<'a>(
        &'a mut self,
        table: &'a Table,
        rows: Vec<Vec<Cell>>,
        replace: bool,
    ) -> Answer<'a, ()>;

    /// Writes the columns that may change of rows that are there. A row that is not there after all
    /// makes the whole call fail.
    fn update<'a>(&'a mut self, table: &'a Table, rows: Vec<Vec<Cell>>) -> Answer<'a, ()>;

    /// Runs a statement that both engines accept; the number of rows it changed.
    fn execute(&mut self, sql: String, binds: Vec<Cell>) -> Answer<'_, u64>;

    /// Moves the head.
    fn move_head(&mut self, head: Head) -> Answer<'_, ()>;

    /// Commits. An error means that the outcome is not known.
    fn commit(self: Box<Self>) -> Answer<'static, ()>;

    /// Takes everything back.
    fn rollback(self: Box<Self>) -> Answer<'static, ()>;
}

/// Reads rows into records.
///
/// # Errors
/// When the engine cannot be read, or a row is not what it should be.
pub fn records<T: Row>(rows: Vec<Vec<Cell>>) -> Result<Vec<T>, StoreError> {
    rows.into_iter()
        .map(|row| T::from_cells(&mut Cells::new(T::TABLE, row)).map_err(StoreError::from))
        .collect()
}
