//! The same commands on both engines, drawn at random: every answer, the chain's head and every row are
//! the same byte for byte, and they are what a model of a few lines says.
//!
//! A seed makes a whole run; the message of a failure names it. `JIAOZI_TEST_FULL` makes runs longer.
#![cfg(feature = "store")]

mod support;
mod twins {
    pub mod model;
    pub mod script;
}

use jiaozi_ledger::account::Account;
use jiaozi_ledger::approval::Approval;
use jiaozi_ledger::bill::{Bill, BillPayment, BillVersion};
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::Command;
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::id::Seeds;
use jiaozi_ledger::operator::Operator;
use jiaozi_ledger::order::{Order, Refund};
use jiaozi_ledger::posting::{Debt, Entry};
use jiaozi_ledger::row::Row;
use jiaozi_ledger::store::Store;
use jiaozi_ledger::store::batch::Result;
use jiaozi_ledger::store::journal::Record;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use support::{TestClock, all_hold, postgres, sqlite};
use twins::script::Script;

/// Seeds that follow one another, so that two stores name things alike.
#[derive(Debug, Default)]
struct Counted(AtomicU64);

impl Seeds for Counted {
    fn draw(&self) -> Option<u64> {
        Some(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// A store with its clock.
struct Twin {
    store: Store,
    clock: Arc<TestClock>,
}

impl Twin {
    fn new((store, clock): (Store, Arc<TestClock>)) -> Twin {
        Twin { store: store.with_seeds(Arc::new(Counted::default())), clock }
    }

    async fn run(&self, seconds: i64, batch: &[Arc<dyn Command>]) -> Vec<Result> {
        self.clock.advance_seconds(seconds);
        self.store.run(batch).await
    }

    /// Every row of every table of the books, in the order of their keys.
    async fn dump(&self) -> Vec<String> {
        let mut rows = Vec::new();
        macro_rules! dump {
            ($($table:ty),*) => {$(
                let order = format!("order by {}", <$table>::TABLE.key.join(", "));
                let all: Vec<$table> = self.store.find(&order, vec![]).await.expect("read");
                rows.extend(all.iter().map(|row| format!("{}: {row:?}", <$table>::TABLE.name)));
            )*};
        }
        dump!(
            Account,
            Hold,
            Debt,
            Bill,
            BillVersion,
            BillPayment,
            Order,
            Refund,
            Day,
            Entry,
            Record,
            Operator,
            Approval
        );
        rows
    }
}

fn is_full() -> bool {
    std::env::var_os("JIAOZI_TEST_FULL").is_some()
}

async fn run(seed: u64) {
    let (store, clock, _folder) = sqlite().await;
    let one = Twin::new((store, clock));
    let other = postgres().await.map(Twin::new);
    let mut script = Script::new(seed);
    let batches = if is_full() { 400 } else { 40 };
    for number in 0..batches {
        let (seconds, batch) = script.batch();
        let results = one.run(seconds, &batch).await;
        if let Some(other) = &other {
            let theirs = other.run(seconds, &batch).await;
            for ((command, ours), theirs) in batch.iter().zip(&results).zip(&theirs) {
                assert_eq!(ours, theirs, "seed {seed}, batch {number}, {command:?}");
            }
            let heads = (one.store.head().await, other.store.head().await);
            assert_eq!(heads.0, heads.1, "seed {seed}, batch {number}");
            all_hold(&other.store).await;
        }
        script.learn(&results, &format!("seed {seed}, batch {number}"));
        all_hold(&one.store).await;
    }
    for (code, posted, pending) in script.balances() {
        let account = support::account(&one.store, &code).await;
        assert_eq!((account.posted.0, account.pending.0), (posted, pending), "seed {seed}, {code}");
    }
    script.met_everything();
    if let Some(other) = &other {
        let (ours, theirs) = (one.dump().await, other.dump().await);
        assert!(ours.len() > 100);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "seed {seed}");
        }
        assert_eq!(ours.len(), theirs.len(), "seed {seed}");
    }
}

#[tokio::test]
async fn both_engines_and_the_model_agree_on_run_1() {
    run(1).await;
}

#[tokio::test]
async fn both_engines_and_the_model_agree_on_run_2() {
    run(2).await;
}

#[tokio::test]
async fn both_engines_and_the_model_agree_on_a_run_that_nobody_has_seen() {
    let mut seed = [0u8; 8];
    getrandom::fill(&mut seed).expect("randomness");
    run(u64::from_be_bytes(seed)).await;
}
