//! The benches: how many posts and payments a second this machine commits, with everything on.
//!
//! Nothing is switched off to be faster: each commit reaches the disk before it is answered, each
//! command has its idempotency record, its entries with their balances, its link of the chain and its
//! event, and afterwards the invariants are checked over all of it. What a run needs (accounts, money,
//! bills, quotes, signatures) is made before the clock starts.
//!
//! # Layout
//!
//! - [`books`]: the database of a run, and why it is never one with other data
//! - [`tally`]: what clients counted, together
//! - [`post`]: transactions in process, so many a commit
//! - [`pay`]: signed payments over HTTP against a gateway of its own
//! - [`withhold`]: a file of claims, against a plain insert of the same rows

pub mod books;
pub mod pay;
pub mod post;
pub mod tally;
pub mod withhold;

use std::collections::BTreeMap;

use jiaozi_ledger::store::{Store, StoreError, check};
use serde::Serialize;

use self::tally::Tally;

/// What is asked of a bench.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The database; a fresh file that is removed afterwards if it is left out.
    pub database: Option<String>,
    /// For how long.
    pub seconds: u64,
    /// How many clients at the same time.
    pub clients: usize,
    /// Posts a commit. Payments meet in the writer, so there it is not ours to choose.
    pub batch: usize,
    /// Whether all of it credits one account.
    pub hot: bool,
    /// The most that is done; a run ends when it is done or the time is over.
    pub entries: Option<usize>,
}

/// What came of a bench: the line that is printed.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// `post` or `pay`.
    pub bench: &'static str,
    /// Done without error, a second.
    pub rate_per_second: u64,
    /// Half of the answers came within this.
    pub p50_ms: f64,
    /// All but one in a hundred came within this.
    pub p99_ms: f64,
    /// What was not answered as it should have been.
    pub errors: u64,
    /// The first of the errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_error: Option<String>,
    /// Whether every invariant holds afterwards.
    pub check: bool,
    /// The invariants that do not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<String>,
    /// How many were done.
    pub done: u64,
    /// From the first to the last of them.
    pub seconds: f64,
    /// The engine.
    pub engine: &'static str,
    /// The settings that decide whether a commit is durable, as the database told them.
    pub durability: BTreeMap<String, String>,
    /// How many clients there were.
    pub clients: usize,
    /// Posts a commit, where the bench decides that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// Whether one account was credited with everything.
    pub hot: bool,
}

impl Figures {
    /// Puts the figures together: reads the durability settings back and checks the invariants.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of(
        bench: &'static str,
        terms: &Terms,
        tally: Tally,
        store: &Store,
    ) -> Result<Figures, StoreError> {
        let durability = store.durability().await?;
        let (invariants, _) = check::check(store, &mut |_| {}).await?;
        let broken: Vec<String> = invariants
            .iter()
            .filter(|invariant| !invariant.holds)
            .map(|invariant| format!("{}: {}", invariant.name, invariant.found))
            .collect();
        Ok(Figures {
            bench,
            rate_per_second: tally.rate_per_second(),
            p50_ms: tally.quantile_ms(0.50),
            p99_ms: tally.quantile_ms(0.99),
            errors: tally.errors,
            first_error: tally.first_error.clone(),
            check: broken.is_empty(),
            broken,
            done: tally.done,
            seconds: tally.elapsed.as_secs_f64(),
            engine: durability.engine,
            durability: durability.settings.into_iter().collect(),
            clients: terms.clients,
            batch: (bench == post::NAME).then_some(terms.batch),
            hot: terms.hot,
        })
    }
}
