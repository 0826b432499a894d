//! What the store's tests share: a clock that only moves when told, fresh databases, commands, and the
//! macro that runs a test on both engines.
#![allow(dead_code, unused_macros, reason = "each test binary uses its own part")]

pub mod commands;
pub mod proxy;
pub mod server;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::decision::{Command, Verdict};
use jiaozi_ledger::money::Currency;
use jiaozi_ledger::store::{OpenOptions, Store, batch, check};
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
    let clock = TestClock::new();
    let store = open(&sqlite_url(&folder), &clock).await;
    (store, clock, folder)
}

/// The address of a SQLite file in a folder.
pub fn sqlite_url(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("jiaozi.db").display())
}

/// A store on a database.
pub async fn open(url: &str, clock: &Arc<TestClock>) -> Store {
    Store::open(url, clock.clone(), OpenOptions::default()).await.expect("opens")
}

/// A store on a new database of the server that `JIAOZI_TEST_PG` names, if it names one.
pub async fn postgres() -> Option<(Store, Arc<TestClock>)> {
    let url = new_postgres_database().await?;
    let clock = TestClock::new();
    let store = open(&url, &clock).await;
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

/// The standard clearing account and two funded customers, `deposit:a` with 10,000 fen and `deposit:b`
/// with 5,000.
pub async fn funded(store: &Store) {
    let codes = ["core:clearing", "deposit:a", "deposit:b"].map(str::to_owned).to_vec();
    let opened: Arc<dyn Command> =
        Arc::new(jiaozi_ledger::command::OpenAccounts::new("test", codes, Currency::CNY));
    assert_eq!(one(store, opened).await.expect("opened").verdict, Verdict::Done);
    let funds = [
        commands::post("fund-a", "core:clearing", "deposit:a", 10_000),
        commands::post("fund-b", "core:clearing", "deposit:b", 5_000),
    ];
    for result in store.run(&funds).await {
        assert_eq!(result.expect("funded").verdict, Verdict::Done);
    }
}

/// Runs one command on its own.
pub async fn one(store: &Store, command: Arc<dyn Command>) -> batch::Result {
    store.run(&[command]).await.pop().expect("one answer")
}

/// An account that exists.
pub async fn account(store: &Store, code: &str) -> Account {
    store.account(code).await.expect("readable").expect("exists")
}

/// Every invariant holds.
pub async fn all_hold(store: &Store) -> check::Totals {
    let (invariants, totals) = check::check(store, &mut |_| {}).await.expect("checked");
    for invariant in invariants {
        assert!(invariant.holds, "{} ({}): {}", invariant.name, invariant.says, invariant.found);
    }
    totals
}

/// The names of the invariants that do not hold.
pub async fn broken(store: &Store) -> Vec<&'static str> {
    let (invariants, _) = check::check(store, &mut |_| {}).await.expect("checked");
    invariants.iter().filter(|one| !one.holds).map(|one| one.name).collect()
}

/// The feed from its beginning.
pub async fn feed(store: &Store) -> Vec<jiaozi_ledger::store::journal::Record> {
    let mut all: Vec<jiaozi_ledger::store::journal::Record> = Vec::new();
    loop {
        let page = store.feed(all.len() as i64, 1_000).await.expect("read");
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Changes the database behind the store's back, with SQL that both engines accept.
pub async fn tamper(store: &Store, sql: &str) -> u64 {
    let (mut unit, _) = store.engine().begin().await.expect("begins");
    let rows = unit.execute(sql.to_owned(), vec![]).await.expect(sql);
    unit.commit().await.expect("commits");
    rows
}

/// Runs each test on a new SQLite file and, where there is a server, on a new PostgreSQL database.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                let (store, clock, _folder) = super::support::sqlite().await;
                super::$test(store, clock).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                let Some((store, clock)) = super::support::postgres().await else { return };
                super::$test(store, clock).await;
            })*
        }
    };
}
