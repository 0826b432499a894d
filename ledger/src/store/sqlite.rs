//! SQLite: one file, WAL, `synchronous=FULL`. The only module that knows it.
//!
//! One connection writes, others read. A writing transaction begins with `BEGIN IMMEDIATE`, which is
//! the lock on the head row: a deferred transaction that reads first and writes then fails at once
//! when another process has written in between.

mod checkpoint;
mod json_rows;
mod seat;
#[cfg(test)]
mod tests;

use super::engine::{Answer, Durability, Engine, Head, Query, Unit, columns};
use super::{BOOK, SchemaState, StoreError};
use crate::row::{Cell, Column, Kind, Table};
use checkpoint::Checkpoints;
use futures_util::StreamExt;
use seat::{Seat, Taken};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, Sqlite};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Rows a statement: few sizes, so that the prepared statements are used again. The largest stays
/// far below SQLite's 32,766 variables a statement for the widest table.
const CHUNKS: [usize; 5] = [256, 64, 16, 4, 1];

/// A reader's page cache: 8 MB.
const READER_CACHE_KIB: &str = "-8192";

/// How long a writer waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Which migrations the database has.
const APPLIED: &str = "select version from _sqlx_migrations where success order by version";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/sqlite");

/// An open SQLite database.
#[derive(Debug)]
pub(super) struct SqliteEngine {
    writer: Seat,
    readers: SqlitePool,
    checkpoints: Arc<Checkpoints>,
}

impl SqliteEngine {
    /// Opens or creates the file and brings its schema up to date.
    pub(super) async fn open(url: &str) -> Result<SqliteEngine, StoreError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| StoreError::Address(error.to_string()))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .statement_cache_capacity(256)
            .pragma("wal_autocheckpoint", checkpoint::AUTOMATIC);
        if let Some(folder) = options.get_filename().parent()
            && !folder.as_os_str().is_empty()
        {
            std::fs::create_dir_all(folder).map_err(|error| {
                StoreError::Unavailable(format!(
                    "cannot make the folder {}: {error}",
                    folder.display()
                ))
            })?;
        }
        let writer = Seat::open(&options).await?;
        let mut taken = writer.take().await?;
        let mut migrated = MIGRATIONS.run_direct(None, taken.connection()?, false).await;
        // Another process may bring the same new file up to date at the same moment and be first with
        // any of the migrations; the next run then begins behind it.
        for _ in MIGRATIONS.iter() {
            if migrated.is_ok() {
                break;
            }
            migrated = MIGRATIONS.run_direct(None, taken.connection()?, false).await;
        }
        migrated.map_err(|error| StoreError::Schema(error.to_string()))?;
        drop(taken);
        let checkpoints = Arc::new(Checkpoints::start(&options).await?);
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .test_before_acquire(false)
            // What a check sorts goes to a file when it is large.
            .connect_with(options.read_only(true).pragma("cache_size", READER_CACHE_KIB))
            .await
            .map_err(failed)?;
        Ok(SqliteEngine { writer, readers, checkpoints })
    }
}

/// The migrations that a file has and those that this program knows. Nothing is made or changed.
pub(super) async fn schema_state(url: &str) -> Result<SchemaState, StoreError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| StoreError::Address(error.to_string()))?
        .create_if_missing(false)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.connect().await.map_err(failed)?;
    let listed = "select count(*) from sqlite_master where name = '_sqlx_migrations'";
    let listed: i64 =
        sqlx::query_scalar(listed).fetch_one(&mut connection).await.map_err(failed)?;
    let applied = match listed {
        0 => Vec::new(),
        _ => sqlx::query_scalar(APPLIED).fetch_all(&mut connection).await.map_err(failed)?,
    };
    connection.close().await.map_err(failed)?;
    Ok(SchemaState { applied, known: MIGRATIONS.iter().map(|one| one.version).collect() })
}

/// An error of SQLite's as the store tells it: a constraint or a bad value is the statement's fault,
/// everything else the engine's.
fn failed(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) if is_statements_fault(database.code().as_deref()) => {
            StoreError::Refused(error.to_string())
        }
        sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            StoreError::Refused(error.to_string())
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// SQLITE_ERROR (1), TOOBIG (18), CONSTRAINT (19), MISMATCH (20) and RANGE (25), in any extended form.
fn is_statements_fault(code: Option<&str>) -> bool {
    matches!(primary(code), Some(1 | 18 | 19 | 20 | 25))
}

/// The primary result code of an extended one.
fn primary(code: Option<&str>) -> Option<u32> {
    code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xFF)
}

type Statement = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

fn bind(statement: Statement, cell: Cell) -> Statement {
    match cell {
        Cell::Null => statement.bind(None::<i64>),
        Cell::Int(value) => statement.bind(value),
        Cell::Text(value) => statement.bind(value),
        Cell::Bytes(value) => statement.bind(value),
        Cell::Id(value) => statement.bind(value),
    }
}

/// Text with a NUL character is refused, as PostgreSQL does: to SQLite it would end there.
fn without_nul<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Result<(), StoreError> {
    for cell in cells {
        if let Cell::Text(text) = cell
            && text.contains('\0')
        {
            return Err(StoreError::Refused("a text with a NUL character".to_owned()));
        }
    }
    Ok(())
}

fn prepare(sql: String, binds: impl IntoIterator<Item = Cell>) -> Statement {
    binds.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind)
}

fn read_row(row: &SqliteRow, kinds: &[Kind]) -> Result<Vec<Cell>, StoreError> {
    let mut cells = Vec::with_capacity(kinds.len());
    for (place, kind) in kinds.iter().enumerate() {
        let cell = match kind {
            Kind::Int => row.try_get::<Option<i64>, _>(place).map(|value| value.map(Cell::Int)),
            Kind::Text => {
                row.try_get::<Option<String>, _>(place).map(|value| value.map(Cell::Text))
            }
            Kind::Bytes => {
                row.try_get::<Option<Vec<u8>>, _>(place).map(|value| value.map(Cell::Bytes))
            }
            Kind::Id => row.try_get::<Option<Uuid>, _>(place).map(|value| value.map(Cell::Id)),
        };
        cells.push(cell.map_err(failed)?.unwrap_or(Cell::Null));
    }
    Ok(cells)
}

fn read_rows(rows: &[SqliteRow], kinds: &[Kind]) -> Result<Vec<Vec<Cell>>, StoreError> {
    rows.iter().map(|row| read_row(row, kinds)).collect()
}

impl Engine for SqliteEngine {
    fn create_book(&self, row: Vec<Cell>) -> Answer<'_, ()> {
        Box::pin(async move {
            prepare(super::CREATE_BOOK.to_owned(), row)
                .execute(self.writer.take().await?.connection()?)
                .await
                .map_err(failed)?;
            Ok(())
        })
    }

    fn begin(&self) -> Answer<'_, (Box<dyn Unit>, Head)> {
        Box::pin(async move {
            let mut writer = self.writer.take().await?;
            self.checkpoints.move_rest(writer.connection()?).await;
            let checkpoints = Arc::clone(&self.checkpoints);
            let mut unit = Box::new(SqliteUnit { writer, open: true, checkpoints });
            unit.say("begin immediate").await?;
            let query = head_query();
            let head = super::read_head(unit.read(query).await?)?;
            let unit: Box<dyn Unit> = unit;
            Ok((unit, head))
        })
    }

    fn read(&self, query: Query) -> Answer<'_, Vec<Vec<Cell>>> {
        Box::pin(async move {
            let rows =
                prepare(query.sql, query.binds).fetch_all(&self.readers).await.map_err(failed)?;
            read_rows(&rows, &query.kinds)
        })
    }

    fn stream(&self, query: Query) -> mpsc::Receiver<Result<Vec<Cell>, StoreError>> {
        let (sender, receiver) = mpsc::channel(1024);
        let pool = self.readers.clone();
        tokio::spawn(async move {
            let mut rows = prepare(query.sql, query.binds).fetch(&pool);
            while let Some(row) = rows.next().await {
                let cells = row.map_err(failed).and_then(|row| read_row(&row, &query.kinds));
                if sender.send(cells).await.is_err() {
                    return;
                }
            }
        });
        receiver
    }

    fn durability(&self) -> Answer<'_, Durability> {
        Box::pin(async move {
            let mut writer = self.writer.take().await?;
            let mode: String = sqlx::query_scalar("pragma journal_mode")
                .fetch_one(writer.connection()?)
                .await
                .map_err(failed)?;
            let synchronous: i64 = sqlx::query_scalar("pragma synchronous")
                .fetch_one(writer.connection()?)
                .await
                .map_err(failed)?;
            Ok(Durability {
                engine: "sqlite",
                full: mode == "wal" && synchronous >= 2,
                settings: vec![
                    ("journal_mode".to_owned(), mode),
                    ("synchronous".to_owned(), synchronous.to_string()),
                ],
            })
        })
    }

    fn schema(&self) -> Answer<'_, Vec<(String, String, bool)>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "select m.name, c.name, c.\"notnull\" from sqlite_master m join pragma_table_info(m.name) c \
                 where m.type = 'table' and m.name not like 'sqlite%' and m.name not like '\\_sqlx%' escape '\\' order by 1, 2",
            )
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
            let cells = read_rows(&rows, &[Kind::Text, Kind::Text, Kind::Int])?;
            super::read_schema(cells)
        })
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.checkpoints.close().await;
            self.readers.close().await;
            self.writer.close().await;
            Ok(())
        })
    }
}

fn head_query() -> Query {
    Query {
        sql: super::HEAD_SQL.to_owned(),
        binds: vec![Cell::Int(BOOK)],
        kinds: super::HEAD_KINDS.to_vec(),
    }
}

/// A transaction of the writing connection's. SQLite takes a transaction back by itself when the disk
/// fails or is full, so a connection on which an end has failed, or was never said, is not used again:
/// closing it takes back what is left.
struct SqliteUnit {
    writer: Taken,
    open: bool,
    checkpoints: Arc<Checkpoints>,
}

impl SqliteUnit {
    async fn say(&mut self, statement: &'static str) -> Result<(), StoreError> {
        sqlx::query(statement).execute(self.writer.connection()?).await.map_err(failed)?;
        Ok(())
    }
}

impl Drop for SqliteUnit {
    fn drop(&mut self) {
        if self.open {
            self.writer.give_up();
        }
    }
}

impl Unit for SqliteUnit {
    fn read(&mut self, query: Query) -> Answer<'_, Vec<Vec<Cell>>> {
        Box::pin(async move {
            let rows = prepare(query.sql, query.binds)
                .fetch_all(self.writer.connection()?)
                .await
                .map_err(failed)?;
            read_rows(&rows, &query.kinds)
        })
    }

    fn select_in<'a>(
        &'a mut self,
        table: &'a Table,
        column: &'a str,
        values: Vec<Cell>,
    ) -> Answer<'a, Vec<Vec<Cell>>> {
        let checked = without_nul(&values);
        let by_id = matches!(values.first(), Some(Cell::Id(_)));
        let mut list: Vec<String> = values
            .into_iter()
            .filter_map(|value| match value {
                Cell::Id(id) => Some(id.simple().to_string()),
                Cell::Text(text) => Some(text),
                _ => None,
            })
            .collect();
        list.sort_unstable();
        list.dedup();
        let sql = select_sql(table, column, by_id);
        Box::pin(async move {
            checked?;
            let rows: String = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(serde_json::to_string(&list).unwrap_or_default())
                .fetch_one(self.writer.connection()?)
                .await
                .map_err(failed)?;
            json_rows::read(table, &rows)
        })
    }

    fn write<'a>(
        &'a mut self,
        table: &'a Table,
        rows: Vec<Vec<Cell>>,
        replace: bool,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            without_nul(rows.iter().flatten())?;
            let mut rows = rows.into_iter();
            while rows.len() > 0 {
                let size = CHUNKS.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
                let binds = rows.by_ref().take(size).flatten();
                prepare(write_sql(table, size, replace), binds)
                    .execute(self.writer.connection()?)
                    .await
                    .map_err(failed)?;
            }
            Ok(())
        })
    }

    fn update<'a>(&'a mut self, table: &'a Table, rows: Vec<Vec<Cell>>) -> Answer<'a, ()> {
        Box::pin(async move {
            without_nul(rows.iter().flatten())?;
            let mut rows = rows.into_iter();
            while rows.len() > 0 {
                let size = CHUNKS.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
                let binds = rows.by_ref().take(size).flat_map(|row| table.updated(row));
                let done = prepare(update_sql(table, size), binds)
                    .execute(self.writer.connection()?)
                    .await
                    .map_err(failed)?;
                super::all_there(table, size, done.rows_affected())?;
            }
            Ok(())
        })
    }

    fn execute(&mut self, sql: String, binds: Vec<Cell>) -> Answer<'_, u64> {
        Box::pin(async move {
            without_nul(&binds)?;
            let done =
                prepare(sql, binds).execute(self.writer.connection()?).await.map_err(failed)?;
            Ok(done.rows_affected())
        })
    }

    fn move_head(&mut self, head: Head) -> Answer<'_, ()> {
        let (sql, binds) = super::move_head_statement(head);
        Box::pin(async move { self.execute(sql, binds).await.map(|_| ()) })
    }

    fn commit(mut self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            self.say("commit").await?;
            self.open = false;
            self.checkpoints.committed();
            Ok(())
        })
    }

    fn rollback(mut self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            // Where it fails, closing the connection does it.
            self.open = self.say("rollback").await.is_err();
            Ok(())
        })
    }
}

/// All rows come back as one value: a row of the driver's costs more than the row itself. The cross
/// join is an order to SQLite: one search of the index a value, in the values' order. It does not know
/// how many rows a book has, and takes ten: told that nearly all rows are of the book and nearly none has
/// the value, it searches by the value and does not walk through the book for each.
fn select_sql(table: &Table, column: &str, by_id: bool) -> String {
    let value = if by_id { "unhex(j.value)" } else { "j.value" };
    let cells: Vec<String> = table.columns.iter().map(as_json).collect();
    format!(
        "select json_group_array(json_array({})) from json_each($1) as j cross join {} as t \
         where likelihood(t.book = {BOOK}, 1.0) and likelihood(t.{column} = {value}, 0.000001)",
        cells.join(", "),
        table.name
    )
}

/// A statement that fails leaves what it has done so far: then the whole transaction is taken back, so
/// SQLite need not keep a copy of every page that the statement touches (`or fail`).
fn write_sql(table: &Table, rows: usize, replace: bool) -> String {
    let one = format!("({BOOK}, {})", places(table.columns.len()));
    let values = vec![one.as_str(); rows].join(", ");
    let end = if replace { super::on_conflict(table) } else { String::new() };
    format!("insert or fail into {} (book, {}) values {values}{end}", table.name, columns(table))
}

fn update_sql(table: &Table, rows: usize) -> String {
    let columns: Vec<&str> = table.update_columns().map(|column| column.name).collect();
    let (keys, changing) = columns.split_at(table.key.len());
    // The first column of `v` is the book: were it a constant, SQLite might take it for a reason to
    // walk through the whole book.
    let sets: Vec<String> = changing
        .iter()
        .zip(keys.len() + 2..)
        .map(|(column, place)| format!("{column} = v.column{place}"))
        .collect();
    let matches: Vec<String> = keys
        .iter()
        .zip(2..)
        .map(|(column, place)| format!("t.{column} = v.column{place}"))
        .collect();
    let one = format!("({BOOK}, {})", places(columns.len()));
    format!(
        "update or fail {} as t set {} from (values {}) as v where t.book = v.column1 and {}",
        table.name,
        sets.join(", "),
        vec![one.as_str(); rows].join(", "),
        matches.join(" and ")
    )
}

fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// A column as it goes into a JSON array; see [`json_rows`].
fn as_json(column: &Column) -> String {
    let name = column.name;
    match column.kind {
        Kind::Int | Kind::Text => format!("t.{name}"),
        Kind::Bytes | Kind::Id => format!("iif(t.{name} is null, null, hex(t.{name}))"),
    }
}
