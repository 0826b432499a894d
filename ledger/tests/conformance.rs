//! One suite for both engines: whatever the books promise, they promise on SQLite and on PostgreSQL,
//! with the same replies.
//!
//! SQLite always runs, on a real file. PostgreSQL runs where `JIAOZI_TEST_PG` names a server
//! (`scripts/with-postgres` starts one), each test in a database of its own.
#![cfg(feature = "store")]

#[macro_use]
mod support;

use jiaozi_ledger::command::{AccountRef, HoldStep};
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::store::Store;
use jiaozi_ledger::store::batch::Failure;
use jiaozi_ledger::store::writer::Writer;
use std::sync::Arc;
use support::commands::{change_hold, code, hold_of, place_hold, post, post_between};
use support::{TestClock, account, all_hold, funded, one};

async fn a_payment_moves_money_and_is_replayed_byte_for_byte(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let first = one(&store, post("p1", "deposit:a", "deposit:b", 300)).await.expect("paid");
    let again = one(&store, post("p1", "deposit:a", "deposit:b", 300)).await.expect("replayed");
    assert!(again.replayed && !first.replayed);
    assert_eq!((first.answer, first.seq), (again.answer, again.seq));
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(9_700));
    let other = one(&store, post("p1", "deposit:a", "deposit:b", 301)).await;
    assert_eq!(other, Err(Failure::Conflict));
    all_hold(&store).await;
}

async fn a_payment_without_funds_is_declined_and_stays_declined(
    store: Store,
    _clock: Arc<TestClock>,
) {
    funded(&store).await;
    let declined =
        one(&store, post("p1", "deposit:b", "deposit:a", 5_001)).await.expect("answered");
    assert_eq!((declined.verdict, declined.answer.status), (Verdict::Declined, 422));
    one(&store, post("more", "core:clearing", "deposit:b", 1_000)).await.expect("funded");
    let again = one(&store, post("p1", "deposit:b", "deposit:a", 5_001)).await.expect("answered");
    assert_eq!(again.answer, declined.answer);
    assert_eq!(account(&store, "deposit:b").await.posted, Fen(6_000));
    all_hold(&store).await;
}

async fn each_command_of_a_batch_sees_the_one_before(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let batch: Vec<_> =
        (0..5).map(|nth| post(&format!("p{nth}"), "deposit:b", "deposit:a", 1_500)).collect();
    let verdicts: Vec<_> = store
        .run(&batch)
        .await
        .into_iter()
        .map(|result| result.expect("answered").verdict)
        .collect();
    use Verdict::{Declined, Done};
    assert_eq!(verdicts, [Done, Done, Done, Declined, Declined]);
    all_hold(&store).await;
}

async fn a_hold_is_captured_in_parts_above_voided_and_expired(store: Store, clock: Arc<TestClock>) {
    funded(&store).await;
    let (place, change) = (
        |key: &str, amount, tolerance| place_hold(key, "deposit:a", amount, tolerance),
        change_hold,
    );
    let capture =
        |amount, last| HoldStep::Capture { amount: Fen(amount), to: code("deposit:b"), last };
    let placed = |reply| hold_of(&reply);
    let first = placed(one(&store, place("h1", 4_000, 100)).await.expect("held"));
    assert_eq!(account(&store, "deposit:a").await.available(), Fen(6_000));
    let too_much = one(&store, place("h2", 6_001, 0)).await.expect("answered");
    assert_eq!(too_much.verdict, Verdict::Declined);
    one(&store, change("c1", first, capture(1_000, false))).await.expect("captured");
    one(&store, change("c2", first, capture(3_100, true))).await.expect("captured above");
    let closed = one(&store, change("c3", first, HoldStep::Void)).await.expect("answered");
    assert_eq!(closed.verdict, Verdict::Declined);
    assert_eq!(account(&store, "deposit:a").await.balances().posted, Fen(5_900));

    let second = placed(one(&store, place("h3", 500, 0)).await.expect("held"));
    let early = one(&store, change("e1", second, HoldStep::Expire)).await.expect("answered");
    assert_eq!(early.verdict, Verdict::Declined);
    clock.advance_seconds(60);
    let late = one(&store, change("e2", second, HoldStep::Expire)).await.expect("expired");
    assert_eq!(late.verdict, Verdict::Done);
    let holds: Vec<Hold> = store.find("closed = 1 order by id", vec![]).await.expect("read");
    assert_eq!(holds.len(), 2);
    assert_eq!(account(&store, "deposit:a").await.pending, Fen::ZERO);
    all_hold(&store).await;
}

async fn a_statement_keeps_the_balance_after_each_entry(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    for nth in 1..=10 {
        one(&store, post(&format!("p{nth}"), "deposit:a", "deposit:b", nth)).await.expect("paid");
    }
    let id = account(&store, "deposit:a").await.id;
    let page = store.statement(id, 1, 4).await.expect("read");
    let after: Vec<i64> = page.iter().map(|entry| entry.balance_after.0).collect();
    assert_eq!(after, [9_999, 9_997, 9_994, 9_990]);
    let rest = store.statement(id, page[3].nth, 100).await.expect("read");
    assert_eq!(rest.last().map(|entry| entry.balance_after), Some(Fen(10_000 - 55)));
}

async fn many_callers_at_once_are_answered_each_once(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let (writer, task) = Writer::start(store.clone()).expect("a thread");
    let mut callers = tokio::task::JoinSet::new();
    for nth in 0..400 {
        let writer = writer.clone();
        callers.spawn(async move {
            writer.submit(post(&format!("p{nth}"), "deposit:a", "deposit:b", 30)).await
        });
    }
    let mut done = 0;
    while let Some(result) = callers.join_next().await {
        let reply = result.expect("ran").expect("answered");
        done += i64::from(reply.verdict == Verdict::Done);
    }
    assert_eq!(done, 10_000 / 30);
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(10_000 % 30));
    drop(writer);
    task.await;
    let feed = store.feed(0, 1_000).await.expect("read");
    assert!(feed.iter().zip(1..).all(|(record, seq)| record.seq == seq), "no gap");
    all_hold(&store).await;
}

async fn an_account_is_found_by_code_while_another_command_names_it_by_identifier(
    store: Store,
    _clock: Arc<TestClock>,
) {
    funded(&store).await;
    let id = AccountRef::Id(account(&store, "deposit:a").await.id);
    let batch = [
        post_between("p1", id.clone(), code("deposit:b"), 1),
        post_between("p2", code("deposit:a"), code("deposit:b"), 1),
        post_between("p3", id, code("deposit:b"), 1),
    ];
    for result in store.run(&batch).await {
        assert_eq!(result.expect("answered").verdict, Verdict::Done);
    }
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(9_997));
    all_hold(&store).await;
}

on_both_engines! {
    a_payment_moves_money_and_is_replayed_byte_for_byte,
    a_payment_without_funds_is_declined_and_stays_declined,
    each_command_of_a_batch_sees_the_one_before,
    a_hold_is_captured_in_parts_above_voided_and_expired,
    a_statement_keeps_the_balance_after_each_entry,
    many_callers_at_once_are_answered_each_once,
    an_account_is_found_by_code_while_another_command_names_it_by_identifier,
}
