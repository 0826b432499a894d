//! Balances from one statement to the next.

use jiaozi_ledger::breaks::Cause;
use jiaozi_ledger::id::{AccountId, AccountStatementId, MirrorId};
use jiaozi_ledger::mirror::Mirror;
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::time::Instant;
use jiff::civil::{Date, date};

use super::{id, spec};
use crate::mirror::chain::{Reach, Seam, links, reach, seams, sort};

pub(super) fn statement(
    number: u8,
    days: (Date, Date),
    balances: Option<(i64, i64)>,
) -> AccountStatement {
    AccountStatement {
        id: AccountStatementId(id(u128::from(number))),
        statement_key: format!("core/{number}/0/{}", days.1),
        mirror: "core".to_owned(),
        from: days.0,
        date: days.1,
        number: Some(number.to_string()),
        page: None,
        content_hash: number.to_string(),
        name: "s.sta".to_owned(),
        opening: balances.map(|(opening, _)| Fen(opening)),
        closing: balances.map(|(_, closing)| Fen(closing)),
        lines: 0,
        taken: 0,
        received_at: Instant(0),
        completed_at: Some(Instant(0)),
        replaced_by: None,
        seq: i64::from(number),
    }
}

fn on(day: i8) -> (Date, Date) {
    (date(2026, 11, day), date(2026, 11, day))
}

pub(super) fn mirror(base: i64) -> Mirror {
    let (id, account) = (MirrorId(id(1)), AccountId(id(2)));
    Mirror {
        id,
        code: "core".to_owned(),
        account,
        base_nth: 0,
        base: Fen(base),
        taken: 0,
        evidence: 1,
        compared: 1,
        compared_taken: 0,
        seq: 1,
    }
}

/// The breaks of a row of statements: reference, cause, ours, theirs.
fn found(base: i64, statements: &[AccountStatement]) -> Vec<(String, Cause, i64, i64)> {
    links(&spec(), &mirror(base), statements)
        .into_iter()
        .filter_map(|link| {
            let found = link.difference?.found;
            let reference = link.reference_key.trim_start_matches("core/").to_owned();
            Some((reference, found.cause, found.ours.0, found.theirs.0))
        })
        .collect()
}

#[test]
fn every_statement_opens_with_what_the_one_before_closed_with() {
    let row = [
        statement(1, on(19), Some((100, 150))),
        // A bill that says no balance is no link.
        statement(2, on(20), None),
        statement(3, on(20), Some((150, 90))),
    ];
    assert_eq!(found(100, &row), []);
    assert_eq!(found(70, &row), [("opening".to_owned(), Cause::OpeningDiffers, 70, 100)]);
    let hole = [row[0].clone(), statement(4, on(24), Some((160, 160)))];
    let expected = ("statement 2026-11-24 4".to_owned(), Cause::StatementMissing, 150, 160);
    assert_eq!(found(100, &hole), [expected]);
    let month = (date(2026, 11, 18), date(2026, 11, 30));
    let twice = [row[0].clone(), statement(5, month, Some((100, 160)))];
    let expected = ("statement 2026-11-30 5".to_owned(), Cause::StatementOverlap, 150, 100);
    assert_eq!(found(100, &twice), [expected]);
}

#[test]
fn days_that_no_statement_tells_are_named_and_rest_days_are_not_missed() {
    let friday = statement(1, (date(2026, 11, 2), date(2026, 11, 20)), Some((0, 0)));
    let monday = statement(2, on(23), Some((0, 0)));
    let thursday = statement(3, on(26), Some((0, 0)));
    assert_eq!(seams(&spec(), &[friday.clone(), monday.clone()]), []);
    let missing = Seam::Missing { from: date(2026, 11, 24), to: date(2026, 11, 25) };
    assert_eq!(seams(&spec(), &[friday.clone(), monday.clone(), thursday.clone()]), [missing]);
    let far = Reach { until: date(2026, 11, 26), unbroken: date(2026, 11, 23) };
    assert_eq!(reach(&spec(), &[friday.clone(), monday.clone(), thursday]), Some(far));
    let near = Reach { until: date(2026, 11, 23), unbroken: date(2026, 11, 23) };
    assert_eq!(reach(&spec(), &[friday.clone(), monday.clone()]), Some(near));
    assert_eq!(reach(&spec(), &[]), None);
    let week = statement(4, (date(2026, 11, 19), date(2026, 11, 25)), Some((0, 0)));
    let twice = Seam::Twice { from: date(2026, 11, 19), to: date(2026, 11, 23) };
    assert_eq!(seams(&spec(), &[friday, monday, week]), [twice]);
}

#[test]
fn pages_of_a_day_are_put_in_their_order() {
    let page = |page: &str, seq, balances| AccountStatement {
        page: Some(page.to_owned()),
        seq,
        ..statement(9, (date(2026, 11, 2), date(2026, 11, 20)), Some(balances))
    };
    let mut row = vec![page("10", 1, (30, 40)), page("2", 2, (20, 30)), page("1", 3, (10, 20))];
    sort(&mut row);
    assert_eq!(found(10, &row), []);
    assert_eq!(seams(&spec(), &row), []);
}

/// A part of the 20th without a number.
fn part(id: u8, seq: i64, balances: (i64, i64)) -> AccountStatement {
    AccountStatement { number: None, seq, ..statement(id, on(20), Some(balances)) }
}

#[test]
fn parts_of_a_day_without_numbers_are_put_in_the_order_of_their_balances() {
    let before = statement(1, on(19), Some((10, 20)));
    let next = statement(2, on(21), Some((50, 60)));
    let parts =
        [part(3, 9, (20, 30)), part(4, 8, (30, 30)), part(5, 7, (30, 40)), part(6, 6, (40, 50))];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let parts = order.map(|nth| parts[nth].clone());
        let mut row = parts.to_vec();
        row.extend([next.clone(), before.clone()]);
        sort(&mut row);
        assert_eq!(found(10, &row), [], "{order:?}");
        // Of one that is the first there is nothing before to begin with.
        let mut alone = parts.to_vec();
        sort(&mut alone);
        assert_eq!(found(20, &alone), [], "{order:?}");
    }
}

#[test]
fn two_breaks_of_a_day_are_two_breaks() {
    let row = [
        statement(1, on(19), Some((10, 20))),
        part(2, 2, (70, 80)),
        part(3, 3, (80, 90)),
        part(4, 4, (95, 99)),
    ];
    let keys: Vec<(String, bool)> = links(&spec(), &mirror(10), &row[1..])
        .into_iter()
        .map(|link| (link.break_key, link.difference.is_some()))
        .collect();
    let expected = [
        ("core/balance/opening".to_owned(), true),
        ("core/balance/statement 2026-11-20 (2)".to_owned(), false),
        ("core/balance/statement 2026-11-20 (3)".to_owned(), true),
    ];
    assert_eq!(keys, expected);
    let expected = [
        ("statement 2026-11-20".to_owned(), Cause::StatementMissing, 20, 70),
        ("statement 2026-11-20 (3)".to_owned(), Cause::StatementOverlap, 90, 95),
    ];
    assert_eq!(found(10, &row), expected);
}

#[test]
fn what_is_before_the_first_statement_is_missing_too() {
    let later = statement(1, on(10), Some((0, 0)));
    let missing = Seam::Missing { from: date(2026, 11, 2), to: date(2026, 11, 9) };
    assert_eq!(seams(&spec(), std::slice::from_ref(&later)), [missing]);
    let none = Reach { until: date(2026, 11, 10), unbroken: date(2026, 11, 1) };
    assert_eq!(reach(&spec(), std::slice::from_ref(&later)), Some(none));
    let first = statement(2, (date(2026, 11, 3), date(2026, 11, 9)), Some((0, 0)));
    assert_eq!(
        seams(&spec(), &[first, later]),
        [Seam::Missing { from: date(2026, 11, 2), to: date(2026, 11, 2) }]
    );
}
