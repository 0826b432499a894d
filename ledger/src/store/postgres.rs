//! PostgreSQL: any number of processes share a book. The only module that knows it.
//!
//! A writing transaction begins by locking the book's head row (`for update`); the lock is what makes
//! everything read after it current. Rows go in as arrays through `unnest`, so one statement text
//! serves any number of rows.

use super::engine::{Answer, Durability, Engine, Head, Query, Unit, columns, kinds};
use super::{BOOK, SchemaState, StoreError};
use crate::row::{Cell, Column, Kind, Table};
use futures_util::StreamExt;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Postgres, Row as _, Transaction};
use std::str::FromStr;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How long a caller waits for a connection while the server does not take any.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// After how long without use a connection is asked whether it still stands.
const RESTED: Duration = Duration::from_millis(500);

/// The most connections that write: one that holds the head and one that waits for it.
const WRITERS: u32 = 2;

/// Which migrations the database has.
const APPLIED: &str = "select version from _sqlx_migrations where success order by version";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/postgres");

/// An open PostgreSQL database.
#[derive(Debug)]
pub(super) struct PostgresEngine {
    writer: PgPool,
    readers: PgPool,
}

impl PostgresEngine {
    /// Connects and brings the schema up to date.
    pub(super) async fn open(url: &str) -> Result<PostgresEngine, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Address(error.to_string()))?
            .application_name("jiaozi")
            .statement_cache_capacity(256);
        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .test_before_acquire(false)
                // A server that was started again has dropped the connections that rested meanwhile.
                // Asking each time would cost every batch a round trip.
                .before_acquire(|connection, about| {
                    Box::pin(async move {
                        if about.idle_for > RESTED {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
        };
        let writer = pool(WRITERS).connect_with(options.clone()).await.map_err(failed)?;
        MIGRATIONS.run(&writer).await.map_err(|error| StoreError::Schema(error.to_string()))?;
        let readers = pool(6).connect_with(options).await.map_err(failed)?;
        Ok(PostgresEngine { writer, readers })
    }

    async fn lock_head(&self) -> Result<(Transaction<'static, Postgres>, Vec<PgRow>), sqlx::Error> {
        let mut transaction = self.writer.begin().await?;
        let sql = format!("{} for update", super::HEAD_SQL);
        let rows = prepare(sql, vec![Cell::Int(BOOK)]).fetch_all(&mut *transaction).await?;
        Ok((transaction, rows))
    }
}

/// The migrations that a database has and those that this program knows. Nothing is made or changed.
pub(super) async fn schema_state(url: &str) -> Result<SchemaState, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Address(error.to_string()))?
        .application_name("jiaozi");
    let connecting = tokio::time::timeout(ACQUIRE_TIMEOUT, options.connect());
    let late = |_| StoreError::Unavailable("the server does not answer".to_owned());
    let mut connection = connecting.await.map_err(late)?.map_err(failed)?;
    let listed = "select to_regclass('_sqlx_migrations') is not null";
    let listed: bool =
        sqlx::query_scalar(listed).fetch_one(&mut connection).await.map_err(failed)?;
    let applied = match listed {
        false => Vec::new(),
        true => sqlx::query_scalar(APPLIED).fetch_all(&mut connection).await.map_err(failed)?,
    };
    connection.close().await.map_err(failed)?;
    Ok(SchemaState { applied, known: MIGRATIONS.iter().map(|one| one.version).collect() })
}

fn begun(
    (transaction, rows): (Transaction<'static, Postgres>, Vec<PgRow>),
) -> Result<(Box<dyn Unit>, Head), StoreError> {
    let head = super::read_head(read_rows(&rows, &super::HEAD_KINDS)?)?;
    Ok((Box::new(PostgresUnit { transaction }), head))
}

/// An error of PostgreSQL's as the store tells it: data exceptions (class 22), constraints (23) and
/// values too large for an index (54) are the statement's fault, everything else the engine's.
fn failed(error: sqlx::Error) -> StoreError {
    let refused = match &error {
        sqlx::Error::Database(database) => database
            .code()
            .is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class))),
        sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => true,
        _ => false,
    };
    if refused {
        StoreError::Refused(error.to_string())
    } else {
        StoreError::Unavailable(error.to_string())
    }
}

/// Whether the connection itself is gone: its socket, or the server says that it ends it (57P01 to
/// 57P03).
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(database) => {
            database.code().is_some_and(|code| code.starts_with("57P"))
        }
        _ => false,
    }
}

type Statement = sqlx::query::Query<'static, Postgres, PgArguments>;

fn bind(statement: Statement, cell: Cell) -> Statement {
    match cell {
        Cell::Null => statement.bind(None::<i64>),
        Cell::Int(value) => statement.bind(value),
        Cell::Text(value) => statement.bind(value),
        Cell::Bytes(value) => statement.bind(value),
        Cell::Id(value) => statement.bind(value),
    }
}

fn prepare(sql: String, binds: Vec<Cell>) -> Statement {
    binds.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind)
}

/// One column of some rows as an array.
fn bind_array(statement: Statement, kind: Kind, column: Vec<Cell>) -> Statement {
    match kind {
        Kind::Int => statement.bind(
            column
                .into_iter()
                .map(|cell| if let Cell::Int(value) = cell { Some(value) } else { None })
                .collect::<Vec<Option<i64>>>(),
        ),
        Kind::Text => statement.bind(
            column
                .into_iter()
                .map(|cell| if let Cell::Text(value) = cell { Some(value) } else { None })
                .collect::<Vec<Option<String>>>(),
        ),
        Kind::Bytes => statement.bind(
            column
                .into_iter()
                .map(|cell| if let Cell::Bytes(value) = cell { Some(value) } else { None })
                .collect::<Vec<Option<Vec<u8>>>>(),
        ),
        Kind::Id => statement.bind(
            column
                .into_iter()
                .map(|cell| if let Cell::Id(value) = cell { Some(value) } else { None })
                .collect::<Vec<Option<Uuid>>>(),
        ),
    }
}

/// Some rows, one array a column.
fn bind_rows<R: IntoIterator<Item = Cell>>(
    statement: Statement,
    columns: &[&Column],
    rows: impl IntoIterator<Item = R>,
    count: usize,
) -> Statement {
    let mut arrays: Vec<Vec<Cell>> = columns.iter().map(|_| Vec::with_capacity(count)).collect();
    for row in rows {
        for (array, cell) in arrays.iter_mut().zip(row) {
            array.push(cell);
        }
    }
    columns
        .iter()
        .zip(arrays)
        .fold(statement, |statement, (column, array)| bind_array(statement, column.kind, array))
}

fn array_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint[]",
        Kind::Text => "text[]",
        Kind::Bytes => "bytea[]",
        Kind::Id => "uuid[]",
    }
}

fn read_row(row: &PgRow, kinds: &[Kind]) -> Result<Vec<Cell>, StoreError> {
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

fn read_rows(rows: &[PgRow], kinds: &[Kind]) -> Result<Vec<Vec<Cell>>, StoreError> {
    rows.iter().map(|row| read_row(row, kinds)).collect()
}

impl Engine for PostgresEngine {
    fn create_book(&self, row: Vec<Cell>) -> Answer<'_, ()> {
        Box::pin(async move {
            prepare(super::CREATE_BOOK.to_owned(), row)
                .execute(&self.writer)
                .await
                .map_err(failed)?;
            Ok(())
        })
    }

    fn begin(&self) -> Answer<'_, (Box<dyn Unit>, Head)> {
        Box::pin(async move {
            // A connection that turns out to be gone is replaced: nothing was written yet.
            for _ in 0..WRITERS {
                match self.lock_head().await {
                    Err(error) if is_lost(&error) => {
                        tracing::debug!(%error, "a connection is gone");
                    }
                    locked => return begun(locked.map_err(failed)?),
                }
            }
            begun(self.lock_head().await.map_err(failed)?)
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
            let mut settings = Vec::new();
            for name in ["fsync", "synchronous_commit", "full_page_writes"] {
                let value: String =
                    sqlx::query_scalar(AssertSqlSafe(format!("select current_setting('{name}')")))
                        .fetch_one(&self.writer)
                        .await
                        .map_err(failed)?;
                settings.push((name.to_owned(), value));
            }
            let full = settings.iter().all(|(_, value)| value != "off" && value != "local");
            Ok(Durability { engine: "postgresql", full, settings })
        })
    }

    fn schema(&self) -> Answer<'_, Vec<(String, String, bool)>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "select table_name::text, column_name::text, (case is_nullable when 'NO' then 1 else 0 end)::bigint \
                 from information_schema.columns \
                 where table_schema = current_schema() and table_name not like '\\_sqlx%' order by 1, 2",
            )
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
            super::read_schema(read_rows(&rows, &[Kind::Text, Kind::Text, Kind::Int])?)
        })
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.readers.close().await;
            self.writer.close().await;
            Ok(())
        })
    }
}

struct PostgresUnit {
    transaction: Transaction<'static, Postgres>,
}

impl Unit for PostgresUnit {
    fn read(&mut self, query: Query) -> Answer<'_, Vec<Vec<Cell>>> {
        Box::pin(async move {
            let rows = prepare(query.sql, query.binds)
                .fetch_all(&mut *self.transaction)
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
        Box::pin(async move {
            let kind =
                if matches!(values.first(), Some(Cell::Id(_))) { Kind::Id } else { Kind::Text };
            let sql = format!(
                "select {} from {} where book = $1 and {column} = any($2)",
                columns(table),
                table.name
            );
            let rows = bind_array(sqlx::query(AssertSqlSafe(sql)).bind(BOOK), kind, values)
                .fetch_all(&mut *self.transaction)
                .await
                .map_err(failed)?;
            read_rows(&rows, &kinds(table))
        })
    }

    fn write<'a>(
        &'a mut self,
        table: &'a Table,
        rows: Vec<Vec<Cell>>,
        replace: bool,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            if rows.is_empty() {
                return Ok(());
            }
            let count = rows.len();
            let columns: Vec<&Column> = table.columns.iter().collect();
            let statement = sqlx::query(AssertSqlSafe(write_sql(table, replace))).bind(BOOK);
            bind_rows(statement, &columns, rows, count)
                .execute(&mut *self.transaction)
                .await
                .map_err(failed)?;
            Ok(())
        })
    }

    fn update<'a>(&'a mut self, table: &'a Table, rows: Vec<Vec<Cell>>) -> Answer<'a, ()> {
        Box::pin(async move {
            if rows.is_empty() {
                return Ok(());
            }
            let (expected, sql) = (rows.len(), update_sql(table));
            let rows = rows.into_iter().map(|row| table.updated(row));
            let columns: Vec<&Column> = table.update_columns().collect();
            let statement = sqlx::query(AssertSqlSafe(sql)).bind(BOOK);
            let done = bind_rows(statement, &columns, rows, expected)
                .execute(&mut *self.transaction)
                .await
                .map_err(failed)?;
            super::all_there(table, expected, done.rows_affected())
        })
    }

    fn execute(&mut self, sql: String, binds: Vec<Cell>) -> Answer<'_, u64> {
        Box::pin(async move {
            let done = prepare(sql, binds).execute(&mut *self.transaction).await.map_err(failed)?;
            Ok(done.rows_affected())
        })
    }

    fn move_head(&mut self, head: Head) -> Answer<'_, ()> {
        let (sql, binds) = super::move_head_statement(head);
        Box::pin(async move { self.execute(sql, binds).await.map(|_| ()) })
    }

    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move { self.transaction.commit().await.map_err(failed) })
    }

    fn rollback(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move { self.transaction.rollback().await.map_err(failed) })
    }
}

fn write_sql(table: &Table, replace: bool) -> String {
    let arrays: Vec<String> = table
        .columns
        .iter()
        .zip(2..)
        .map(|(column, place)| format!("${place}::{}", array_type(column.kind)))
        .collect();
    let end = if replace { super::on_conflict(table) } else { String::new() };
    format!(
        "insert into {} (book, {}) select $1, * from unnest({}){end}",
        table.name,
        columns(table),
        arrays.join(", ")
    )
}

fn update_sql(table: &Table) -> String {
    let columns: Vec<&Column> = table.update_columns().collect();
    let arrays: Vec<String> = columns
        .iter()
        .zip(2..)
        .map(|(column, place)| format!("${place}::{}", array_type(column.kind)))
        .collect();
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let (keys, changing) = names.split_at(table.key.len());
    let sets: Vec<String> = changing.iter().map(|name| format!("{name} = v.{name}")).collect();
    let matches: Vec<String> = keys.iter().map(|name| format!("t.{name} = v.{name}")).collect();
    format!(
        "update {} as t set {} from unnest({}) as v({}) where t.book = $1 and {}",
        table.name,
        sets.join(", "),
        arrays.join(", "),
        names.join(", "),
        matches.join(" and ")
    )
}
