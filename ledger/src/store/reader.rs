//! Reads for doors and workers: records, statements, and the feed. Never part of a decision.

use super::engine::{Query, Unit, records};
use super::journal::Record;
use super::{BOOK, Store, StoreError};
use crate::account::Account;
use crate::id::AccountId;
use crate::posting::Entry;
use crate::row::{Cell, Row};

/// The longest page that a reader returns.
pub const PAGE: i64 = 1_000;

impl Store {
    /// The records that a clause selects: `clause` follows `where book = $1 and`, its own values are
    /// `$2`, `$3`, … It is SQL that both engines accept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find<T: Row>(&self, clause: &str, binds: Vec<Cell>) -> Result<Vec<T>, StoreError> {
        records(self.engine().read(Query::rows::<T>(clause, binds)).await?)
    }

    /// The first record that a clause selects.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn first<T: Row>(
        &self,
        clause: &str,
        binds: Vec<Cell>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.find(&format!("{clause} limit 1"), binds).await?.into_iter().next())
    }

    /// One number that a statement selects.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn number(&self, sql: &str, binds: Vec<Cell>) -> Result<i64, StoreError> {
        Ok(number(self.engine().read(Query::number(sql, binds)).await?))
    }

    /// The account with a code.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn account(&self, code: &str) -> Result<Option<Account>, StoreError> {
        self.first("code = $2", vec![Cell::Text(code.to_owned())]).await
    }

    /// A statement: the entries of an account after its `after`th, oldest first, at most `limit`.
    /// Each keeps the balance after it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn statement(
        &self,
        account: AccountId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let binds = vec![Cell::Id(account.0), Cell::Int(after), Cell::Int(limit.clamp(1, PAGE))];
        self.find("account = $2 and nth > $3 order by nth limit $4", binds).await
    }

    /// The feed after a number, oldest first, at most `limit` records.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn feed(&self, after: i64, limit: i64) -> Result<Vec<Record>, StoreError> {
        let binds = vec![Cell::Int(after), Cell::Int(limit.clamp(1, PAGE))];
        self.find("seq > $2 order by seq limit $3", binds).await
    }

    /// How far a reader of the feed has come.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cursor(&self, reader: &str) -> Result<i64, StoreError> {
        Ok(number(self.engine().read(cursor(reader)).await?))
    }
}

impl dyn Unit + '_ {
    /// How far a reader of the feed has come: it stays there while this transaction holds the head.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cursor(&mut self, reader: &str) -> Result<i64, StoreError> {
        Ok(number(self.read(cursor(reader)).await?))
    }

    /// Moves a reader's cursor, in the same transaction as the reader's own effects.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn move_cursor(&mut self, reader: &str, seq: i64) -> Result<(), StoreError> {
        let sql = "insert into cursors (book, reader, seq) values ($1, $2, $3) \
                   on conflict (book, reader) do update set seq = excluded.seq";
        let binds = vec![Cell::Int(BOOK), Cell::Text(reader.to_owned()), Cell::Int(seq)];
        self.execute(sql.to_owned(), binds).await?;
        Ok(())
    }
}

fn cursor(reader: &str) -> Query {
    let binds = vec![Cell::Int(BOOK), Cell::Text(reader.to_owned())];
    Query::number("select seq from cursors where book = $1 and reader = $2", binds)
}

/// The number that was selected; 0 where there is none.
fn number(rows: Vec<Vec<Cell>>) -> i64 {
    match rows.first().and_then(|row| row.first()) {
        Some(Cell::Int(number)) => *number,
        _ => 0,
    }
}
