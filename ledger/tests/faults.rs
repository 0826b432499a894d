//! What happens to callers when the database fails around them: nobody is told anything untrue.
#![cfg(feature = "store")]

#[macro_use]
mod support;

use jiaozi_ledger::decision::{Command, Verdict};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::store::batch::{Failure, Result};
use jiaozi_ledger::store::writer::Writer;
use jiaozi_ledger::store::{Store, StoreError};
use std::sync::Arc;
use support::commands::post;
use support::proxy::{Cut, Proxy};
use support::server::Server;
use support::{TestClock, account, all_hold, feed, funded, one, open};
use tokio::sync::watch;

/// A store behind a wire that can be cut, and one beside it that cannot.
async fn behind_a_wire() -> Option<(Store, Store, Proxy)> {
    let url = support::new_postgres_database().await?;
    let (before, name) = url.rsplit_once('/').expect("an address");
    let (_, server) = before.rsplit_once('@').expect("an address");
    let proxy = Proxy::to(server.to_owned()).await;
    let wired = format!("postgres://jiaozi@127.0.0.1:{}/{name}", proxy.port());
    let clock = TestClock::new();
    let (beside, store) = (open(&url, &clock).await, open(&wired, &clock).await);
    funded(&beside).await;
    Some((store, beside, proxy))
}

fn three(key: &str) -> Vec<Arc<dyn Command>> {
    (1..=3).map(|nth| post(&format!("{key}-{nth}"), "deposit:a", "deposit:b", nth)).collect()
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_answered_as_done() {
    let Some((store, beside, proxy)) = behind_a_wire().await else { return };
    proxy.cut(Cut::BeforeAnswer);
    let results = store.run(&three("p")).await;
    assert!(proxy.was_cut());
    for result in &results {
        let reply = result.as_ref().expect("read back");
        assert_eq!((reply.verdict, reply.replayed), (Verdict::Done, false));
    }
    assert_eq!(account(&beside, "deposit:a").await.posted, Fen(9_994));
    for (result, again) in results.into_iter().zip(store.run(&three("p")).await) {
        let (first, again) = (result.expect("done"), again.expect("replayed"));
        assert!(again.replayed);
        assert_eq!((first.answer, first.seq), (again.answer, again.seq));
    }
    assert_eq!(account(&beside, "deposit:a").await.posted, Fen(9_994));
    all_hold(&beside).await;
}

#[tokio::test]
async fn a_commit_that_does_not_arrive_fails_and_leaves_nothing() {
    let Some((store, beside, proxy)) = behind_a_wire().await else { return };
    let before = feed(&beside).await.len();
    proxy.cut(Cut::BeforeCommit);
    let results = store.run(&three("p")).await;
    assert!(proxy.was_cut());
    for result in results {
        assert!(matches!(result, Err(Failure::Store(StoreError::Unavailable(_)))), "{result:?}");
    }
    assert_eq!(feed(&beside).await.len(), before);
    for again in store.run(&three("p")).await {
        assert!(!again.expect("done now").replayed);
    }
    assert_eq!(account(&beside, "deposit:a").await.posted, Fen(9_994));
    all_hold(&beside).await;
}

#[tokio::test]
async fn whether_a_commit_arrived_or_not_the_answer_is_what_the_book_says() {
    let Some((store, beside, proxy)) = behind_a_wire().await else { return };
    for round in 0..40 {
        proxy.cut(Cut::AfterCommit);
        let key = format!("r{round}");
        let results = store.run(&three(&key)).await;
        assert!(proxy.was_cut());
        let recorded: Vec<bool> = {
            let feed = feed(&beside).await;
            three(&key)
                .iter()
                .map(|command| feed.iter().any(|one| one.scope == command.scope().fingerprint()))
                .collect()
        };
        for (result, recorded) in results.iter().zip(recorded) {
            assert_eq!(result.is_ok(), recorded, "{result:?}");
        }
        for again in store.run(&three(&key)).await {
            assert_eq!(again.expect("done or replayed").verdict, Verdict::Done);
        }
    }
    assert_eq!(account(&beside, "deposit:a").await.posted, Fen(10_000 - 40 * 6));
    all_hold(&beside).await;
}

#[tokio::test]
async fn answers_that_were_there_before_stay_true_when_a_commit_is_lost() {
    let Some((store, beside, proxy)) = behind_a_wire().await else { return };
    let first = one(&beside, post("old", "deposit:a", "deposit:b", 5)).await.expect("done");
    let batch = [
        post("old", "deposit:a", "deposit:b", 5),
        post("old", "deposit:a", "deposit:b", 6),
        post("new", "deposit:a", "deposit:b", 7),
        post("new", "deposit:a", "deposit:b", 7),
    ];
    proxy.cut(Cut::BeforeAnswer);
    let results = store.run(&batch).await;
    assert!(proxy.was_cut());
    let old = results[0].as_ref().expect("replayed");
    assert!(old.replayed && old.answer == first.answer);
    assert_eq!(results[1], Err(Failure::Conflict));
    let (new, repeated) = (results[2].as_ref().expect("done"), results[3].as_ref().expect("done"));
    assert_eq!((new.replayed, repeated.replayed, new.seq), (false, true, repeated.seq));
    all_hold(&beside).await;
}

/// Submits one payment until it is answered; waits for the server whenever it is not there.
async fn insist(writer: Writer, key: String, mut up: watch::Receiver<bool>) -> (String, i64) {
    for _ in 0..5 {
        match writer.submit(post(&key, "deposit:a", "deposit:b", 1)).await {
            Ok(reply) => return (key, reply.seq),
            Err(Failure::Store(StoreError::Unavailable(_)) | Failure::OutcomeUnknown(_)) => {
                up.wait_for(|up| *up).await.expect("the server comes back");
            }
            Err(other) => panic!("{key}: {other}"),
        }
    }
    panic!("{key} was not answered although the server is back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_fails_and_comes_back_has_every_answered_payment_once() {
    let Some(server) = Server::start() else { return };
    let store = open(&server.url(), &TestClock::new()).await;
    funded(&store).await;
    let (writer, task) = Writer::start(store.clone()).expect("a thread");
    let (up, is_up) = watch::channel(true);
    let server = Arc::new(server);
    let mut callers = tokio::task::JoinSet::new();
    for nth in 0..600 {
        callers.spawn(insist(writer.clone(), format!("p{nth}"), is_up.clone()));
    }
    let mut answered = Vec::new();
    for round in 0..3 {
        // While payments are on their way, some answered and some not, the server fails.
        for _ in 0..50 {
            answered.push(callers.join_next().await.expect("callers").expect("answered"));
        }
        up.send_replace(false);
        let failing = Arc::clone(&server);
        let blocking = tokio::task::spawn_blocking(move || {
            failing.stop_immediately();
            failing.start_again();
        });
        blocking.await.expect("stopped and started");
        up.send_replace(true);
        for nth in 0..200 {
            let key = format!("again-{round}-{nth}");
            callers.spawn(insist(writer.clone(), key, is_up.clone()));
        }
    }
    while let Some(one) = callers.join_next().await {
        answered.push(one.expect("answered"));
    }
    drop(writer);
    task.await;
    assert_eq!(answered.len(), 1_200);
    let feed = feed(&store).await;
    for (key, seq) in answered {
        let mine: Vec<i64> =
            feed.iter().filter(|one| one.idempotency_key == key).map(|one| one.seq).collect();
        assert_eq!(mine, [seq], "{key}");
    }
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(10_000 - 1_200));
    all_hold(&store).await;
}

/// Four stores on one database, as four processes would have them, each with its writer and callers.
async fn many_write_at_once(url: String) {
    let clock = TestClock::new();
    // Opened at the same time too: one of them creates the book.
    let opening = (0..4).map(|_| {
        let (url, clock) = (url.clone(), Arc::clone(&clock));
        tokio::spawn(async move { open(&url, &clock).await })
    });
    let mut stores = Vec::new();
    for one in opening.collect::<Vec<_>>() {
        stores.push(one.await.expect("opened"));
    }
    funded(&stores[0]).await;
    let mut callers = tokio::task::JoinSet::new();
    for (nth, store) in stores.iter().enumerate() {
        let (writer, _) = Writer::start(store.clone()).expect("a thread");
        for call in 0..100 {
            let writer = writer.clone();
            // Half of the keys are used by all stores: one effect all the same.
            let key =
                if call % 2 == 0 { format!("own-{nth}-{call}") } else { format!("all-{call}") };
            callers.spawn(async move {
                writer.submit(post(&key, "deposit:a", "deposit:b", 3)).await.expect("answered")
            });
        }
    }
    let mut effects = 0;
    while let Some(reply) = callers.join_next().await {
        let reply = reply.expect("ran");
        assert_eq!(reply.verdict, Verdict::Done);
        effects += i64::from(!reply.replayed);
    }
    assert_eq!(effects, 4 * 50 + 50);
    let account = account(&stores[1], "deposit:a").await;
    assert_eq!((account.posted, account.entries), (Fen(10_000 - 250 * 3), 251));
    let feed = feed(&stores[2]).await;
    assert_eq!(feed.len(), 253);
    assert!(feed.iter().zip(1..).all(|(record, seq)| record.seq == seq), "no gap");
    all_hold(&stores[3]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_stores_write_one_sqlite_file() {
    let folder = tempfile::tempdir().expect("a folder");
    many_write_at_once(support::sqlite_url(&folder)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_stores_write_one_postgresql_book() {
    let Some(url) = support::new_postgres_database().await else { return };
    many_write_at_once(url).await;
}

/// Bounds the file that the writer may grow, as a full disk would.
async fn bound_pages(store: &Store, pages: i64) {
    let (mut unit, _) = store.engine().begin().await.expect("begins");
    let pragma = format!("pragma max_page_count = {pages}");
    unit.execute(pragma, vec![]).await.expect("bounded");
    unit.rollback().await.expect("nothing was written");
}

#[tokio::test]
async fn a_full_disk_is_said_plainly_and_nothing_is_half_done() {
    let (store, _clock, _folder) = support::sqlite().await;
    funded(&store).await;
    // As many pages as there are now: what does not fit into them is not written.
    let pages = store.number("select page_count from pragma_page_count", vec![]).await;
    bound_pages(&store, pages.expect("read")).await;
    let mut paid = 0;
    let full: Vec<Result> = loop {
        let batch: Vec<_> = (0..8)
            .map(|nth| post(&format!("p{paid}-{nth}"), "deposit:a", "deposit:b", 1))
            .collect();
        let results = store.run(&batch).await;
        if results.iter().any(Result::is_err) {
            break results;
        }
        paid += 8;
    };
    for result in full {
        let failure = result.expect_err("the whole batch fails");
        assert!(matches!(failure, Failure::Store(StoreError::Unavailable(_))), "{failure}");
        assert!(failure.to_string().contains("full"), "{failure}");
    }
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(10_000 - paid));
    all_hold(&store).await;
    bound_pages(&store, 1_000_000).await;
    let again = one(&store, post(&format!("p{paid}-0"), "deposit:a", "deposit:b", 1)).await;
    assert!(!again.expect("there is room again").replayed);
    all_hold(&store).await;
}
