//! Files received, loaded, presented, presented again, and handed over.

use jiaozi_ledger::account::AccountStatus;
use jiaozi_ledger::mandate::{Again, Partial, Word};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::OrderState;
use jiaozi_ledger::withholding::{BatchState, LineOutcome, LineState};
use jiff::civil::date;

use super::town::{SETTLEMENT, Town, batch, claim, limits, mandate, name};

#[test]
fn a_line_debits_the_payer_leaves_an_order_and_counts_in_the_day() {
    let mut town = Town::new();
    town.sign("C1", "deposit:1", limits()).done();
    let id = town.hand_in("a", &[claim(2, "C1", "deposit:1", 12_050)]);
    assert_eq!(town.batch(id).state, BatchState::Validated);
    assert_eq!(town.run(id), [LineOutcome::Done]);
    assert_eq!((town.books.balance("deposit:1"), town.books.balance(SETTLEMENT)), (37_950, 12_050));
    let line = &town.lines(id)[0];
    let order = town.books.order(line.order.expect("an order")).clone();
    assert_eq!(
        (order.state, order.amount, order.scene.as_str()),
        (OrderState::Paid, Fen(12_050), "utility")
    );
    let day = town.books.day(order.clearing_date);
    assert_eq!((day.payments, day.paid, day.fee), (1, Fen(12_050), order.fee));
    let after = town.batch(id);
    assert_eq!((after.state, after.done, after.debited), (BatchState::Done, 1, Fen(12_050)));
    town.hand_over(id).done();
    assert_eq!(town.batch(id).state, BatchState::ResultSent);
}

#[test]
fn every_reason_why_nothing_is_debited_is_an_outcome_of_its_own() {
    let mut town = Town::new();
    town.sign("C1", "deposit:1", limits()).done();
    let suspended = mandate(&town.sign("C2", "deposit:2", limits()).done());
    town.say("mobile-bank", suspended, Word::Suspend).done();
    let revoked = mandate(&town.sign("C3", "deposit:3", limits()).done());
    town.say("mobile-bank", revoked, Word::Revoke).done();
    let mut later = limits();
    later.valid_from = date(2026, 11, 26);
    town.sign("C4", "deposit:4", later).done();
    let mut other_name = claim(6, "C1", "deposit:1", 100);
    other_name.name_index = name("somebody else");
    other_name.period = "2026-10".to_owned();
    let mut other_account = claim(7, "C1", "deposit:2", 100);
    other_account.period = "2026-09".to_owned();
    let mut too_much = claim(8, "C1", "deposit:1", 30_001);
    too_much.period = "2026-08".to_owned();
    let id = town.hand_in(
        "a",
        &[
            claim(2, "C2", "deposit:2", 100),
            claim(3, "C3", "deposit:3", 100),
            claim(4, "C4", "deposit:4", 100),
            claim(5, "C9", "deposit:1", 100),
            other_name,
            other_account,
            too_much,
        ],
    );
    let outcomes = town.run(id);
    let expected = [
        LineOutcome::Suspended,
        LineOutcome::Revoked,
        LineOutcome::Expired,
        LineOutcome::NoMandate,
        LineOutcome::NameMismatch,
        LineOutcome::AccountMismatch,
        LineOutcome::AboveLimit,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!((town.books.balance(SETTLEMENT), town.books.orders.len()), (0, 0));
    assert_eq!(town.batch(id).refused, 7);
}

#[test]
fn accounts_that_are_frozen_or_closed_are_told_apart() {
    let mut town = Town::new();
    for (contract, account) in [("C1", "deposit:1"), ("C2", "deposit:2")] {
        town.sign(contract, account, limits()).done();
    }
    for (code, status) in
        [("deposit:1", AccountStatus::Frozen), ("deposit:2", AccountStatus::Closed)]
    {
        let mut accounts = town.books.accounts.values_mut();
        accounts.find(|account| account.code == code).expect("an account").status = status;
    }
    let claims = [claim(2, "C1", "deposit:1", 100), claim(3, "C2", "deposit:2", 100)];
    let id = town.hand_in("a", &claims);
    assert_eq!(town.run(id), [LineOutcome::AccountFrozen, LineOutcome::AccountClosed]);
}

#[test]
fn the_months_limit_counts_what_was_debited_in_the_month() {
    let mut town = Town::new();
    town.sign("C1", "deposit:1", limits()).done();
    let mut second = claim(3, "C1", "deposit:1", 20_001);
    second.period = "2026-10".to_owned();
    let mut third = claim(4, "C1", "deposit:1", 20_000);
    third.period = "2026-09".to_owned();
    let id = town.hand_in("a", &[claim(2, "C1", "deposit:1", 30_000), second.clone(), third]);
    assert_eq!(town.run(id), [LineOutcome::Done, LineOutcome::AboveLimit, LineOutcome::Done]);
    town.books.clock("2026-12-01T09:00:00+08:00");
    let mut next_month = second;
    next_month.amount = Fen(10);
    let id = town.hand_in("b", &[next_month]);
    assert_eq!(town.run(id), [LineOutcome::Insufficient]);
}

#[test]
fn a_part_is_debited_where_the_mandate_allows_it_and_it_is_enough() {
    let mut town = Town::new();
    let partial = |minimum| {
        let mut limits = limits();
        limits.of_debit = Fen(60_000);
        limits.of_month = None;
        limits.partial = Partial::WhatIsThere { minimum_fen: Fen(minimum) };
        limits
    };
    town.sign("C1", "deposit:1", partial(50_000)).done();
    town.sign("C2", "deposit:2", partial(50_001)).done();
    let claims = [claim(2, "C1", "deposit:1", 60_000), claim(3, "C2", "deposit:2", 60_000)];
    let id = town.hand_in("a", &claims);
    assert_eq!(town.run(id), [LineOutcome::Partial, LineOutcome::Insufficient]);
    assert_eq!((town.books.balance("deposit:1"), town.books.balance("deposit:2")), (0, 50_000));
    assert_eq!((town.batch(id).partial, town.batch(id).debited), (1, Fen(50_000)));
}

#[test]
fn a_claim_is_debited_once_whatever_files_say() {
    let mut town = Town::new();
    let first = mandate(&town.sign("C1", "deposit:1", limits()).done());
    let id = town.hand_in("a", &[claim(2, "C1", "deposit:1", 100)]);
    assert_eq!(town.run(id), [LineOutcome::Done]);
    // Not even under another mandate, from another account.
    town.say("mobile-bank", first, Word::Revoke).done();
    town.sign("C1", "deposit:2", limits()).done();
    let id = town.hand_in("b", &[claim(2, "C1", "deposit:2", 100)]);
    assert_eq!(town.run(id), [LineOutcome::Duplicate]);
    assert_eq!(town.books.balance("deposit:2"), 50_000);
}

#[test]
fn what_failed_for_want_of_money_is_presented_again_on_the_agreed_days_and_no_more_often() {
    let mut town = Town::new();
    let mut terms = limits();
    terms.of_debit = Fen(60_000);
    terms.of_month = None;
    terms.again = Again { days: vec![5, 20], times_max: 2 };
    town.sign("C1", "deposit:1", terms).done();
    let id = town.hand_in("a", &[claim(2, "C1", "deposit:1", 60_000)]);
    assert_eq!(town.run(id), [LineOutcome::Insufficient]);
    assert_eq!((town.batch(id).state, town.batch(id).waiting), (BatchState::Done, 1));
    for (day, next, state) in [
        ("2026-12-05T09:00:00+08:00", Some(date(2026, 12, 20)), LineState::Waiting),
        ("2026-12-20T09:00:00+08:00", None, LineState::Refused),
    ] {
        let line = town.lines(id).remove(0);
        town.present(line).declined("line_not_due");
        town.books.clock(day);
        let line = town.lines(id).remove(0);
        town.present(line).done();
        let line = town.lines(id).remove(0);
        assert_eq!((line.again_on, line.state), (next, state));
    }
    let line = town.lines(id).remove(0);
    assert_eq!(line.tries, 3);
    assert_eq!(line.in_round(1), Some((LineOutcome::Insufficient, Fen::ZERO)));
    town.present(line).declined("line_presented");
    assert_eq!((town.batch(id).waiting, town.batch(id).refused), (0, 1));
}

#[test]
fn money_that_came_meanwhile_is_debited_when_it_is_presented_again() {
    let mut town = Town::new();
    let mut terms = limits();
    terms.of_debit = Fen(60_000);
    terms.of_month = None;
    terms.again = Again { days: vec![5], times_max: 1 };
    town.sign("C1", "deposit:1", terms).done();
    let id = town.hand_in("a", &[claim(2, "C1", "deposit:1", 60_000)]);
    town.run(id);
    town.books.clock("2026-12-05T09:00:00+08:00");
    let mut accounts = town.books.accounts.values_mut();
    accounts.find(|account| account.code == "deposit:1").expect("an account").posted = Fen(60_000);
    let line = town.lines(id).remove(0);
    town.present(line).done();
    let line = town.lines(id).remove(0);
    assert_eq!(line.in_round(0), Some((LineOutcome::Insufficient, Fen::ZERO)));
    assert_eq!(line.in_round(1), Some((LineOutcome::Done, Fen(60_000))));
    assert_eq!((town.batch(id).waiting, town.batch(id).done), (0, 1));
}

#[test]
fn the_same_bytes_are_the_same_batch_and_another_file_does_not_come_under_its_name() {
    let mut town = Town::new();
    let claims = [claim(2, "C1", "deposit:1", 100)];
    let first = batch(&town.receive(Town::file("a", "one.txt", &claims)).done());
    assert_eq!(batch(&town.receive(Town::file("a", "again.txt", &claims)).done()), first);
    assert_eq!(town.books.batches.len(), 1);
    let said = town.receive(Town::file("b", "one.txt", &claims)).declined("file_name_used");
    assert_eq!(batch(&said), first);
}

#[test]
fn a_rejected_file_gives_its_name_back_and_may_be_understood_later() {
    let mut town = Town::new();
    let claims = [claim(2, "C1", "deposit:1", 100)];
    town.reject(Town::file("a", "one.txt", &[])).done();
    let first = town.books.batches.values().next().expect("a batch").id;
    assert_eq!(town.batch(first).state, BatchState::Rejected);
    let other = batch(&town.receive(Town::file("b", "one.txt", &claims)).done());
    assert_ne!(other, first);
    let later = batch(&town.receive(Town::file("a", "two.txt", &claims)).done());
    assert_eq!((later, town.batch(first).state), (first, BatchState::Received));
    // A file that was taken is not rejected any more.
    town.reject(Town::file("a", "two.txt", &[])).done();
    assert_eq!(town.batch(first).state, BatchState::Received);
}

#[test]
fn lines_come_in_their_order_and_none_is_presented_before_all_are_here() {
    let mut town = Town::new();
    town.sign("C1", "deposit:1", limits()).done();
    let claims = [claim(2, "C1", "deposit:1", 100), claim(3, "C2", "deposit:2", 100)];
    let id = batch(&town.receive(Town::file("a", "a", &claims)).done());
    town.load(id, 1, &claims[1..]).declined("lines_out_of_order");
    town.load(id, 0, &claims[..1]).done();
    let line = town.lines(id).remove(0);
    town.present(line).declined("line_not_due");
    town.load(id, 1, &claims).declined("lines_out_of_order");
    town.load(id, 1, &claims[1..]).done();
    assert_eq!(town.run(id), [LineOutcome::Done, LineOutcome::NoMandate]);
}

#[test]
fn what_is_no_lines_fault_stops_the_batch_and_burns_no_line() {
    let mut town = Town::new();
    town.sign("C1", "deposit:1", limits()).done();
    let status = |town: &mut Town, status| {
        let mut accounts = town.books.accounts.values_mut();
        let settlement = accounts.find(|account| account.code == SETTLEMENT).expect("an account");
        settlement.status = status;
    };
    status(&mut town, AccountStatus::Frozen);
    let id = town.hand_in("a", &[claim(2, "C1", "deposit:1", 100), claim(3, "C9", "deposit:1", 1)]);
    let [first, second] = &town.lines(id)[..] else { panic!("two lines") };
    let (first, second) = (first.clone(), second.clone());
    town.present(first.clone()).declined("account_not_active");
    assert_eq!(town.lines(id)[0], first, "the line is as it was");
    town.present(second).done();
    assert_eq!((town.books.balance("deposit:1"), town.books.orders.len()), (50_000, 0));
    status(&mut town, AccountStatus::Active);
    assert_eq!(town.run(id), [LineOutcome::Done, LineOutcome::NoMandate]);
    assert_eq!(town.books.balance("deposit:1"), 49_900);
}
