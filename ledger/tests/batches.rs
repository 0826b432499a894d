//! What one bad command may do to its batch: nothing.
#![cfg(feature = "store")]

#[macro_use]
mod support;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::decision::{Changes, Command, Digest, Scope, Verdict};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::money::{Currency, Fen, Side};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::store::batch::{Failure, Result};
use jiaozi_ledger::store::{OpenOptions, Store, StoreError};
use jiaozi_ledger::time::{Clock, Instant};
use std::sync::Arc;
use support::commands::{Scripted, code, post, post_between, scope};
use support::{TestClock, account, all_hold, feed, funded, one, tamper};

/// Nine payments with `offender` among them.
fn nine_and(offender: Arc<dyn Command>) -> Vec<Arc<dyn Command>> {
    let mut batch: Vec<_> =
        (0..9).map(|nth| post(&format!("good-{nth}"), "deposit:a", "deposit:b", 10)).collect();
    batch.insert(4, offender);
    batch
}

/// Runs the offender among nine payments: it fails, they are carried out, and nothing of it is left.
async fn fails_alone(store: &Store, offender: Arc<dyn Command>) -> Failure {
    funded(store).await;
    let before = feed(store).await.len();
    let mut results = store.run(&nine_and(offender)).await;
    let failure = results.remove(4).expect_err("the offender fails");
    for result in results {
        assert_eq!(result.expect("a neighbour is carried out").verdict, Verdict::Done);
    }
    assert_eq!(feed(store).await.len(), before + 9);
    assert_eq!(account(store, "deposit:a").await.posted, Fen(10_000 - 90));
    all_hold(store).await;
    failure
}

fn is_refused(failure: &Failure) -> bool {
    matches!(failure, Failure::Store(StoreError::Refused(_)))
}

async fn a_second_account_with_the_same_code_fails_alone(store: Store, _clock: Arc<TestClock>) {
    let offender = Scripted::doing("offender", vec![], |facts| {
        let id: AccountId = facts.moment().ids.id(0);
        let account = Account::open(id, "deposit:b", Side::Credit, Currency::CNY);
        Changes { accounts: vec![account], ..Changes::default() }
    });
    assert!(is_refused(&fails_alone(&store, offender).await));
}

async fn a_row_under_an_identifier_that_is_taken_overwrites_nothing(
    store: Store,
    _clock: Arc<TestClock>,
) {
    funded(&store).await;
    let taken = account(&store, "core:clearing").await;
    let id = taken.id;
    let offender = Scripted::doing("offender", vec![], move |_| {
        let account = Account::open(id, "deposit:stranger", Side::Credit, Currency::CNY);
        Changes { accounts: vec![account], ..Changes::default() }
    });
    assert!(is_refused(&fails_alone(&store, offender).await));
    assert_eq!(account(&store, "core:clearing").await, taken);
}

async fn a_text_with_a_nul_character_fails_alone(store: Store, _clock: Arc<TestClock>) {
    let key = Arc::new(jiaozi_ledger::command::Post {
        scope: Scope { partner: "te\0st".to_owned(), ..scope("offender") },
        lines: vec![
            (code("deposit:a"), Side::Debit, Fen(1)),
            (code("deposit:b"), Side::Credit, Fen(1)),
        ],
        effective_at: None,
    });
    assert!(is_refused(&fails_alone(&store, key).await));
    let lookup = post("another", "deposit:a", "deposit:b\0", 1);
    assert!(is_refused(&one(&store, lookup).await.expect_err("refused")));
}

async fn a_decision_that_panics_fails_alone(store: Store, _clock: Arc<TestClock>) {
    let offender = Scripted::deciding("offender", vec![], |_| panic!("a defect, on purpose"));
    let failure = fails_alone(&store, offender).await;
    assert_eq!(failure, Failure::Defect("the decision panicked".to_owned()));
}

/// Panics when it is asked what it needs.
#[derive(Debug)]
struct PanicsEarly(Scope);

impl Command for PanicsEarly {
    fn scope(&self) -> &Scope {
        &self.0
    }

    fn body_digest(&self) -> Digest {
        [0; 32]
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        panic!("a defect, on purpose")
    }

    fn decide(&self, _facts: &Facts) -> jiaozi_ledger::decision::Decision {
        support::commands::done(Changes::default())
    }
}

async fn a_command_that_panics_before_it_decides_fails_alone(store: Store, _clock: Arc<TestClock>) {
    let failure = fails_alone(&store, Arc::new(PanicsEarly(scope("offender")))).await;
    assert_eq!(failure, Failure::Defect("the command panicked".to_owned()));
}

async fn a_decision_that_the_books_refuse_fails_alone(store: Store, _clock: Arc<TestClock>) {
    let needs = vec![Account::by_code("deposit:a"), Account::by_code("deposit:b")];
    let offender = Scripted::doing("offender", needs, |facts| {
        let id = |code| facts.account(code).expect("loaded").id;
        let draft = Draft::new().debit(id("deposit:a"), Fen(2)).credit(id("deposit:b"), Fen(1));
        Changes { draft: Some(draft), ..Changes::default() }
    });
    assert!(matches!(fails_alone(&store, offender).await, Failure::Defect(_)));
}

async fn a_row_that_does_not_read_fails_only_who_needs_it(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let opened = jiaozi_ledger::command::OpenAccounts::new(
        "test",
        vec!["deposit:c".to_owned()],
        Currency::CNY,
    );
    one(&store, Arc::new(opened)).await.expect("opened");
    assert_eq!(tamper(&store, "update accounts set status = 9 where code = 'deposit:c'").await, 1);
    let mut results = store.run(&nine_and(post("offender", "deposit:a", "deposit:c", 1))).await;
    let failure = results.remove(4).expect_err("the offender fails");
    assert!(matches!(failure, Failure::Store(StoreError::Corrupt(_))), "{failure:?}");
    assert!(results.iter().all(Result::is_ok), "the neighbours are carried out");
}

async fn a_key_twice_in_one_batch_has_one_effect(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let batch = [
        post("k", "deposit:a", "deposit:b", 7),
        post("k", "deposit:a", "deposit:b", 7),
        post("k", "deposit:a", "deposit:b", 8),
    ];
    let mut results = store.run(&batch).await.into_iter();
    let first = results.next().expect("three").expect("paid");
    let second = results.next().expect("three").expect("replayed");
    assert!(second.replayed && !first.replayed);
    assert_eq!((&first.answer, first.seq), (&second.answer, second.seq));
    assert_eq!(results.next(), Some(Err(Failure::Conflict)));
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(9_993));
    all_hold(&store).await;
}

async fn a_batch_may_be_larger_than_identifiers_have_places_for(
    store: Store,
    _clock: Arc<TestClock>,
) {
    funded(&store).await;
    let batch: Vec<Arc<dyn Command>> = (0..5_000)
        .map(|nth| support::commands::place_hold(&format!("h{nth}"), "deposit:a", 1, 0))
        .collect();
    for result in store.run(&batch).await {
        assert_eq!(result.expect("held").verdict, Verdict::Done);
    }
    assert_eq!(account(&store, "deposit:a").await.pending, Fen(5_000));
    all_hold(&store).await;
}

async fn a_command_that_was_declined_leaves_every_balance_as_it_was(
    store: Store,
    _clock: Arc<TestClock>,
) {
    funded(&store).await;
    let accounts = || store.find::<Account>("order by id", vec![]);
    let before = accounts().await.expect("read");
    let declined = one(&store, post("p", "deposit:a", "deposit:b", 10_001)).await;
    assert_eq!(declined.expect("answered").verdict, Verdict::Declined);
    assert_eq!(accounts().await.expect("read"), before);
    all_hold(&store).await;
}

async fn time_moves_only_in_a_sandbox(store: Store, clock: Arc<TestClock>) {
    let moved = store.move_time(clock.now().plus_seconds(60)).await;
    assert!(matches!(moved, Err(StoreError::NotSandbox(_))), "{moved:?}");
    assert_eq!(store.now().await, Ok(clock.now()));
}

on_both_engines! {
    a_second_account_with_the_same_code_fails_alone,
    a_row_under_an_identifier_that_is_taken_overwrites_nothing,
    a_text_with_a_nul_character_fails_alone,
    a_decision_that_panics_fails_alone,
    a_command_that_panics_before_it_decides_fails_alone,
    a_decision_that_the_books_refuse_fails_alone,
    a_row_that_does_not_read_fails_only_who_needs_it,
    a_key_twice_in_one_batch_has_one_effect,
    a_batch_may_be_larger_than_identifiers_have_places_for,
    a_command_that_was_declined_leaves_every_balance_as_it_was,
    time_moves_only_in_a_sandbox,
}

#[tokio::test]
async fn a_sandbox_moves_forward_and_never_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = TestClock::new();
    let sandbox = OpenOptions { create_sandbox: true, ..OpenOptions::default() };
    let url = support::sqlite_url(&folder);
    let store = Store::open(&url, clock.clone(), sandbox).await.expect("opens");
    let later = clock.now().plus_seconds(86_400);
    assert_eq!(store.move_time(later).await, Ok(later));
    funded(&store).await;
    let paid = one(&store, post("p", "deposit:a", "deposit:b", 1)).await.expect("paid");
    assert_eq!(paid.at, later);
    assert_eq!(store.move_time(clock.now()).await, Ok(later));
    // Opened again, also without the wish for a sandbox, it still is one.
    let again = support::open(&url, &clock).await;
    assert_eq!(again.now().await, Ok(later));
    assert!(again.head().await.expect("read").sandbox);
    assert_eq!(Instant(later.0 + 1), again.move_time(Instant(later.0 + 1)).await.expect("moves"));
}

#[tokio::test]
async fn a_text_too_large_for_an_index_of_postgresql_fails_alone() {
    let Some((store, _clock)) = support::postgres().await else { return };
    // Not compressible, so that it is as long in the index as it looks.
    let mut random = [0u8; 6_000];
    getrandom::fill(&mut random).expect("randomness");
    let long = hex::encode(random);
    let offender = Scripted::doing("offender", vec![], move |facts| {
        let id: AccountId = facts.moment().ids.id(0);
        let account = Account::open(id, &long, Side::Credit, Currency::CNY);
        Changes { accounts: vec![account], ..Changes::default() }
    });
    assert!(is_refused(&fails_alone(&store, offender).await));
}

#[tokio::test]
async fn what_the_database_cannot_do_now_is_told_apart_from_what_it_refuses() {
    let Some((store, _clock)) = support::postgres().await else { return };
    let unavailable = ["40001", "40P01", "53100", "53200", "55P03", "57014", "25P03", "58030"];
    let refused = ["22001", "22003", "22021", "23502", "23505", "23514", "54000"];
    for code in unavailable.into_iter().chain(refused) {
        let (mut unit, _) = store.engine().begin().await.expect("begins");
        let raise = format!("do $$ begin raise exception using errcode = '{code}'; end $$");
        let error = unit.execute(raise, vec![]).await.expect_err("raised");
        let _ = unit.rollback().await;
        let as_refused = matches!(error, StoreError::Refused(_));
        assert_eq!(as_refused, refused.contains(&code), "{code}: {error}");
    }
    let both = post_between("p", code("deposit:a"), code("deposit:b"), 1);
    assert!(one(&store, both).await.is_ok(), "the writer goes on");
}
