//! What the store's tests share: a clock that only moves when told, and fresh databases.
#![allow(dead_code, reason = "each test binary uses its own part")]

use jiaozi_ledger::store::{OpenOptions, Store};
use jiaozi_ledger::time::{Clock, Instant};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that shows 2026-11-22T02:00:00Z.
    pub fn new() -> Arc<TestClock> {
        Arc::new(TestClock(AtomicI64::new(1_795_312_800_000_000)))
    }

    /// Moves the clock.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

/// A store on a new SQLite file; the folder goes with the value.
pub async fn sqlite() -> (Store, Arc<TestClock>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("jiaozi.db").display());
    let clock = TestClock::new();
    let store = Store::open(&url, clock.clone(), OpenOptions::default()).await.expect("opens");
    (store, clock, folder)
}

/// A store on a new database of the server that `JIAOZI_TEST_PG` names, if it names one.
pub async fn postgres() -> Option<(Store, Arc<TestClock>)> {
    let url = new_postgres_database().await?;
    let clock = TestClock::new();
    let store = Store::open(&url, clock.clone(), OpenOptions::default()).await.expect("opens");
    Some((store, clock))
}

/// The address of a new database of the server that `JIAOZI_TEST_PG` names, if it names one.
pub async fn new_postgres_database() -> Option<String> {
    use sqlx::Connection;
    let server = std::env::var("JIAOZI_TEST_PG").ok()?;
    let mut random = [0u8; 8];
    getrandom::fill(&mut random).expect("randomness");
    let name = format!("t_{}", hex::encode(random));
    let mut connection = sqlx::PgConnection::connect(&server).await.expect("the server answers");
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
        .execute(&mut connection)
        .await
        .expect("creates");
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    Some(format!("{base}/{name}"))
}
