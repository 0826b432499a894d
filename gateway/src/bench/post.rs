//! `bench post`: transactions of two entries, in process, a fixed number a commit.
//!
//! Several clients prepare batches of their own, so that one is being decided and another prepared
//! while a third is on its way to the disk; only one at a time is written. A post's latency is its
//! batch's, from the moment at which the client hands it over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as Stopwatch};

use anyhow::Context as _;
use jiaozi_ledger::chart;
use jiaozi_ledger::command::{AccountRef, OpenAccounts, Post};
use jiaozi_ledger::decision::{Command, Scope, Verdict};
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::money::{Currency, Fen, Side};
use jiaozi_ledger::store::Store;
use jiaozi_ledger::store::batch;
use uuid::Uuid;

use super::books::{self, PREFIX};
use super::tally::Tally;
use super::{Figures, Terms};
use crate::clock::{SystemClock, new_id};
use crate::interrupt::Interrupt;
use crate::trial::chance::Chance;
use crate::trial::place::Place;

/// The name of this bench.
pub const NAME: &str = "post";

/// How many clients there are if nobody says: one batch is written while the next is prepared.
pub const CLIENTS: usize = 2;

/// The most posts a commit: what a batch has identifiers for.
pub const BATCH_MAX: usize = 4_096;

/// How many accounts the posts are spread over.
const ACCOUNTS: u32 = 10_000;

/// What each account has at the start: enough for any run.
const FUNDS: Fen = Fen(100_000_000_000);

/// The amounts, in fen, go from 1 to this.
const AMOUNT_MAX: u64 = 50_000;

/// Commands of the preparation a batch.
const PREPARE: usize = 500;

/// Runs the bench.
///
/// # Errors
/// When the database is not one for benches, or cannot be used; or when a signal ends it.
pub async fn run(terms: &Terms) -> anyhow::Result<Figures> {
    let mut interrupt = Interrupt::listen().context("signal handler")?;
    let place = Place::make("bench", terms.database.as_deref())?;
    let store = interrupt.or(books::open(&place.database)).await?;
    let figures = interrupt.or(measured(terms, &store)).await;
    store.close().await?;
    place.remove()?;
    figures
}

async fn measured(terms: &Terms, store: &Store) -> anyhow::Result<Figures> {
    let run = new_id(&SystemClock);
    let accounts: Arc<[AccountId]> = prepare(store, run).await?.into();
    let tally = measure(terms, store, run, &accounts).await?;
    Ok(Figures::of(NAME, terms, tally, store).await?)
}

async fn measure(
    terms: &Terms,
    store: &Store,
    run: Uuid,
    accounts: &Arc<[AccountId]>,
) -> anyhow::Result<Tally> {
    let left = Arc::new(AtomicU64::new(terms.entries.map_or(u64::MAX, |most| most as u64)));
    let start = Stopwatch::now();
    let until = start + Duration::from_secs(terms.seconds);
    let mut clients = tokio::task::JoinSet::new();
    for nth in 0..terms.clients {
        let client = Client {
            store: store.clone(),
            accounts: Arc::clone(accounts),
            run,
            nth,
            batch: terms.batch,
            hot: terms.hot,
            posted: 0,
            random: Chance::from(nth as u64 + 1),
        };
        clients.spawn(client.post(start, until, Arc::clone(&left)));
    }
    let mut all = Tally::new()?;
    while let Some(client) = clients.join_next().await {
        all.add(client??);
    }
    Ok(all)
}

/// Opens the accounts and pays them their money, both only once in a database.
async fn prepare(store: &Store, run: Uuid) -> anyhow::Result<Vec<AccountId>> {
    let codes: Vec<String> =
        (0..ACCOUNTS).map(|nth| chart::deposit(&format!("{PREFIX}-{nth:05}"))).collect();
    let mut opened: Vec<Arc<dyn Command>> = vec![Arc::new(OpenAccounts::new(
        PREFIX,
        vec![chart::CORE_CLEARING.to_owned()],
        Currency::CNY,
    ))];
    for part in codes.chunks(PREPARE) {
        opened.push(Arc::new(OpenAccounts::new(PREFIX, part.to_vec(), Currency::CNY)));
    }
    carry_out(store, &opened).await?;
    let funded: Vec<Arc<dyn Command>> =
        codes.iter().zip(0u32..).map(|(code, nth)| fund(code, run, nth)).collect();
    for part in funded.chunks(PREPARE) {
        carry_out(store, part).await?;
    }
    let mut ids = Vec::with_capacity(codes.len());
    for code in &codes {
        let account = store.account(code).await?;
        ids.push(account.ok_or_else(|| anyhow::anyhow!("{code} was not opened"))?.id);
    }
    Ok(ids)
}

/// Pays an account what it has at the start.
pub(super) fn fund(code: &str, run: Uuid, nth: u32) -> Arc<dyn Command> {
    let lines = vec![
        (AccountRef::Code(chart::CORE_CLEARING.to_owned()), Side::Debit, FUNDS),
        (AccountRef::Code(code.to_owned()), Side::Credit, FUNDS),
    ];
    Arc::new(Post { scope: scope(run, "fund", u64::from(nth)), lines, effective_at: None })
}

/// Runs commands of the preparation; all of them must succeed.
pub(super) async fn carry_out(store: &Store, commands: &[Arc<dyn Command>]) -> anyhow::Result<()> {
    for result in store.run(commands).await {
        if let Some(why) = wrong(&result) {
            anyhow::bail!("the preparation failed: {why}");
        }
    }
    Ok(())
}

fn scope(run: Uuid, who: &str, nth: u64) -> Scope {
    let key = format!("{}-{who}-{nth}", run.simple());
    Scope { partner: PREFIX.to_owned(), operation: "bench.post", key }
}

/// What is wrong with the result of a post; nothing if it was done, now and not before.
fn wrong(result: &batch::Result) -> Option<String> {
    match result {
        Ok(reply) if reply.verdict == Verdict::Declined => {
            Some(String::from_utf8_lossy(&reply.answer.body).into_owned())
        }
        Ok(_) => None,
        Err(failure) => Some(failure.to_string()),
    }
}

/// One client with its own sequence of posts.
struct Client {
    store: Store,
    accounts: Arc<[AccountId]>,
    run: Uuid,
    nth: usize,
    batch: usize,
    hot: bool,
    posted: u64,
    random: Chance,
}

impl Client {
    async fn post(
        mut self,
        start: Stopwatch,
        until: Stopwatch,
        left: Arc<AtomicU64>,
    ) -> anyhow::Result<Tally> {
        let mut tally = Tally::new()?;
        while Stopwatch::now() < until {
            let size = take(&left, self.batch as u64);
            if size == 0 {
                break;
            }
            let commands: Vec<Arc<dyn Command>> = (0..size).map(|_| self.next()).collect();
            let handed_over = Stopwatch::now();
            let results = self.store.run(&commands).await;
            let after = handed_over.elapsed();
            let mut done = 0;
            for result in &results {
                match wrong(result) {
                    Some(why) => tally.failed(|| why),
                    None => done += 1,
                }
            }
            tally.done(done, after);
            tally.elapsed = start.elapsed();
        }
        Ok(tally)
    }

    fn next(&mut self) -> Arc<dyn Command> {
        self.posted += 1;
        let accounts = self.accounts.len() as u64;
        let payee = if self.hot { 0 } else { self.random.below(accounts) };
        // Any but the payee.
        let payer = (payee + 1 + self.random.below(accounts - 1)) % accounts;
        let amount = Fen(i64::try_from(1 + self.random.below(AMOUNT_MAX)).unwrap_or(1));
        let account = |nth: u64| AccountRef::Id(self.accounts[nth as usize]);
        Arc::new(Post {
            scope: scope(self.run, &self.nth.to_string(), self.posted),
            lines: vec![
                (account(payer), Side::Debit, amount),
                (account(payee), Side::Credit, amount),
            ],
            effective_at: None,
        })
    }
}

/// Takes up to `wanted` of what is left.
pub(super) fn take(left: &AtomicU64, wanted: u64) -> u64 {
    let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        Some(left.saturating_sub(wanted))
    });
    taken.unwrap_or(0).min(wanted)
}
