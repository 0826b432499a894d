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
    let friday = statement(1, on(20), Some((0, 0)));
    let monday = statement(2, on(23), Some((0, 0)));
    let thursday = statement(3, on(26), Some((0, 0)));
    assert_eq!(seams(&spec(), &[friday.clone(), monday.clone()]), []);
    let missing = Seam::Missing { from: date(2026, 11, 24), to: date(2026, 11, 25) };
    assert_eq!(seams(&spec(), &[friday.clone(), monday.clone(), thursday.clone()]), [missing]);
    let far = Reach { until: date(2026, 11, 26), unbroken: date(2026, 11, 23) };
    assert_eq!(reach(&spec(), &[friday.clone(), monday.clone(), thursday]), Some(far));
    let near = Reach { until: date(2026, 11, 23), unbroken: date(2026, 11, 23) };
    assert_eq!(reach(&spec(), &[friday, monday.clone()]), Some(near));
    assert_eq!(reach(&spec(), &[]), None);
    let week = statement(4, (date(2026, 11, 19), date(2026, 11, 25)), Some((0, 0)));
    let twice = Seam::Twice { from: date(2026, 11, 19), to: date(2026, 11, 23) };
    assert_eq!(seams(&spec(), &[monday, week]), [twice]);
}

#[test]
fn pages_of_a_day_are_put_in_their_order() {
    let page = |page: &str, seq, balances| AccountStatement {
        page: Some(page.to_owned()),
        seq,
        ..statement(9, on(20), Some(balances))
    };
    let mut row = vec![page("10", 1, (30, 40)), page("2", 2, (20, 30)), page("1", 3, (10, 20))];
    sort(&mut row);
    assert_eq!(found(10, &row), []);
    assert_eq!(seams(&spec(), &row), []);
}
