//! How many posts a second the store commits, in process: `post URL [--seconds N] [--batch N] [--hot]`.
//!
//! A post has its own idempotency key and replayable answer, two entries with the balance after, a link
//! of the chain and an event. Prints one line of JSON.

use jiaozi_ledger::account::Account;
use jiaozi_ledger::command::{AccountRef, OpenAccounts, Post};
use jiaozi_ledger::decision::{Command, Scope, Verdict};
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::money::{Currency, Fen, Side};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{OpenOptions, Store, check};
use jiaozi_ledger::time::{Clock, Instant};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const ACCOUNTS: usize = 10_000;

#[derive(Debug)]
struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// What the command line asks for.
struct Asked {
    url: String,
    seconds: u64,
    posts: u64,
    batch: usize,
    hot: bool,
    check: bool,
}

fn asked() -> Result<Asked, String> {
    let mut asked = Asked {
        url: String::new(),
        seconds: 10,
        posts: u64::MAX,
        batch: 1_000,
        hot: false,
        check: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = |name: &str| {
            let value = words.next().and_then(|value| value.parse::<u64>().ok());
            value.ok_or_else(|| format!("{name} needs a number"))
        };
        match word.as_str() {
            "--seconds" => asked.seconds = number("--seconds")?,
            "--posts" => asked.posts = number("--posts")?,
            "--batch" => asked.batch = usize::try_from(number("--batch")?).unwrap_or(1).max(1),
            "--hot" => asked.hot = true,
            "--check" => asked.check = true,
            _ => asked.url = word,
        }
    }
    if asked.url.is_empty() {
        return Err("usage: post URL [--seconds N] [--batch N] [--hot] [--check]".to_owned());
    }
    Ok(asked)
}

/// Opens the accounts and gives every payer money that lasts.
async fn prepare(store: &Store) -> Result<Vec<AccountId>, Box<dyn Error>> {
    let codes = |from: usize| (from..from + 500).map(|nth| format!("deposit:{nth:05}")).collect();
    let mut opened: Vec<Arc<dyn Command>> =
        vec![Arc::new(OpenAccounts::new("bench", vec!["core:clearing".to_owned()], Currency::CNY))];
    for from in (0..2 * ACCOUNTS).step_by(500) {
        opened.push(Arc::new(OpenAccounts::new("bench", codes(from), Currency::CNY)));
    }
    for part in opened.chunks(8) {
        for result in store.run(part).await {
            result?;
        }
    }
    let mut ids = Vec::with_capacity(2 * ACCOUNTS);
    let mut after = String::new();
    while ids.len() < 2 * ACCOUNTS {
        let clause = "code > $2 and code like 'deposit:%' order by code limit 1000";
        let page: Vec<Account> = store.find(clause, vec![Cell::Text(after)]).await?;
        after = page.last().ok_or("an account is missing")?.code.clone();
        ids.extend(page.into_iter().map(|account| account.id));
    }
    let funding: Vec<Arc<dyn Command>> = ids[..ACCOUNTS]
        .iter()
        .map(|id| {
            let core = AccountRef::Code("core:clearing".to_owned());
            post(&format!("fund-{id}"), core, AccountRef::Id(*id), 1_000_000_000)
        })
        .collect();
    for part in funding.chunks(1_000) {
        for result in store.run(part).await {
            result?;
        }
    }
    Ok(ids)
}

fn post(key: &str, from: AccountRef, to: AccountRef, amount: i64) -> Arc<dyn Command> {
    Arc::new(Post {
        scope: Scope { partner: "bench".to_owned(), operation: "post", key: key.to_owned() },
        lines: vec![(from, Side::Debit, Fen(amount)), (to, Side::Credit, Fen(amount))],
        effective_at: None,
    })
}

/// The batches, made beside the run: doors make commands on other threads too.
fn batches(
    asked: &Asked,
    ids: Vec<AccountId>,
    first: u64,
) -> tokio::sync::mpsc::Receiver<Vec<Arc<dyn Command>>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    let (batch, hot) = (asked.batch, asked.hot);
    tokio::task::spawn_blocking(move || {
        let mut random = 0x9E37_79B9_7F4A_7C15u64 ^ first;
        let mut draw = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random % below as u64).unwrap_or(0)
        };
        for nth in 0u64.. {
            let commands = (0..batch)
                .map(|place| {
                    let payer = ids[draw(ACCOUNTS)];
                    let payee = ids[ACCOUNTS + if hot { 0 } else { draw(ACCOUNTS) }];
                    let key = format!("{first:x}-{nth}-{place}");
                    post(&key, AccountRef::Id(payer), AccountRef::Id(payee), 1 + draw(900) as i64)
                })
                .collect();
            if sender.blocking_send(commands).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The processor time that this process has used (Linux; elsewhere nothing), in microseconds. Steadier
/// than the rate on a machine that others use too.
fn cpu_micros() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10_000
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let asked = asked()?;
    let store = Store::open(&asked.url, Arc::new(RealClock), OpenOptions::default()).await?;
    let ids = prepare(&store).await?;
    let first = u64::try_from(RealClock.now().0)?;
    let mut batches = batches(&asked, ids, first);
    let mut took = Vec::new();
    let (mut done, mut errors) = (0u64, 0u64);
    let (start, cpu) = (std::time::Instant::now(), cpu_micros());
    while start.elapsed() < Duration::from_secs(asked.seconds) && done < asked.posts {
        let Some(commands) = batches.recv().await else { break };
        let begin = std::time::Instant::now();
        for result in store.run(&commands).await {
            match result {
                Ok(reply) if reply.verdict == Verdict::Done => done += 1,
                _ => errors += 1,
            }
        }
        took.push(begin.elapsed());
    }
    let (seconds, cpu) = (start.elapsed(), cpu_micros() - cpu);
    took.sort();
    let at = |percent: usize| {
        let place = took.len().saturating_sub(1) * percent / 100;
        took.get(place).map_or(0, |took| took.as_micros())
    };
    let rate = u128::from(done) * 1_000_000 / seconds.as_micros().max(1);
    let durability = store.durability().await?;
    let mut line = serde_json::json!({
        "rate_per_second": rate, "batch": asked.batch, "hot": asked.hot, "posts": done,
        "cpu_us_per_post": cpu / done.max(1),
        "errors": errors, "commit_p50_us": at(50), "commit_p99_us": at(99), "durability": durability,
    });
    if asked.check {
        let begin = std::time::Instant::now();
        let (invariants, totals) = check::check(&store).await?;
        line["check_ms"] = serde_json::json!(begin.elapsed().as_millis());
        line["entries"] = serde_json::json!(totals.entries);
        line["check_holds"] = serde_json::json!(invariants.iter().all(|one| one.holds));
    }
    println!("{line}");
    Ok(())
}
