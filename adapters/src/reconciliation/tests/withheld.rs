//! Debits under mandates are matched as payments are, by their claim.

use std::collections::BTreeMap;

use jiaozi_ledger::breaks::{BreakKind, Cause};
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::statement::LineState;
use jiff::civil::date;

use crate::books::Said;
use crate::reconciliation::compare::Compare;
use crate::reconciliation::judge::{Evidence, Line};
use crate::withholding::tests::town::{SETTLEMENT, Town, biller, claim, limits};

const UNEXPLAINED: &str = "suspense:unexplained:minbei-power";
const CLAIM: &str = "C1/2026-11";

fn compare(town: &mut Town, reference: &str, line: Option<(i64, LineState)>) -> Said {
    let scope = Scope {
        partner: "worker".to_owned(),
        operation: Compare::OPERATION,
        key: town.books.seq.to_string(),
    };
    let line = line.map(|(fen, state)| Line { amount: Fen(fen), state });
    let command = Compare {
        scope,
        biller: biller(),
        reference: reference.to_owned(),
        date: date(2026, 11, 25),
        evidence: Evidence { line, whole: true, repeated: false },
        files: BTreeMap::new(),
    };
    town.books.run(&command)
}

#[test]
fn the_outcomes_of_payments_are_those_of_debits_under_mandates() {
    let mut town = Town::new();
    town.sign("C1", "deposit:1", limits()).done();
    let batch = town.hand_in("a", &[claim(2, "C1", "deposit:1", 12_050)]);
    town.run(batch);
    let figures = |town: &Town| {
        let one = town.books.breaks.values().find(|one| one.reference() == CLAIM).expect("a break");
        (one.kind, one.cause, one.booked.0, one.is_open())
    };
    compare(&mut town, CLAIM, Some((12_050, LineState::Paid))).done();
    assert!(town.books.breaks.is_empty());
    compare(&mut town, CLAIM, None).done();
    assert_eq!(figures(&town), (BreakKind::OnlyOurs, Cause::NotListed, 12_050, true));
    assert_eq!((town.books.balance(SETTLEMENT), town.books.balance(UNEXPLAINED)), (0, 12_050));
    compare(&mut town, CLAIM, Some((12_000, LineState::Paid))).done();
    assert_eq!(figures(&town), (BreakKind::Amount, Cause::OtherAmount, 50, true));
    compare(&mut town, CLAIM, Some((12_050, LineState::Reversed))).done();
    assert_eq!(figures(&town), (BreakKind::Status, Cause::ReversedThere, 0, true));
    compare(&mut town, CLAIM, Some((12_050, LineState::Paid))).done();
    assert!(!figures(&town).3);
    assert_eq!((town.books.balance(SETTLEMENT), town.books.balance(UNEXPLAINED)), (12_050, 0));
    compare(&mut town, "C9/2026-11", Some((500, LineState::Paid))).done();
    assert_eq!(town.books.balance(UNEXPLAINED), -500);
}
