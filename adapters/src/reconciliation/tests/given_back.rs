//! Payments that were given back meet the biller's files.

use jiaozi_ledger::breaks::{BreakKind, Cause, Resolution};
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::instruction::{News, Said as Heard};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::statement::LineState;
use jiff::civil::date;

use crate::reconciliation::judge::{Evidence, Line};
use crate::utility::tests::town::Town;

const ABSENT: Evidence = Evidence { line: None, whole: true, repeated: false };

fn told(state: LineState) -> Evidence {
    Evidence { line: Some(Line { amount: Fen(10_000), state }), ..ABSENT }
}

/// A payment of a day that is closed, and another one on the day after.
fn done() -> (Town, OrderId, String) {
    let mut town = Town::new();
    let order = town.pay("0012", 10_000, "li").order();
    town.hear(order, News::Answered(Heard::Done)).done();
    town.clock("2026-11-20T18:00:00+08:00");
    town.close(date(2026, 11, 20)).done();
    let other = town.pay("0013", 5_000, "wang").order();
    town.hear(other, News::Answered(Heard::Done)).done();
    let reference = town.reference(order);
    (town, order, reference)
}

#[test]
fn what_was_given_back_whole_is_paid_or_reversed_in_their_file() {
    let (mut town, order, reference) = done();
    town.refund(order, 4_000).done();
    town.compare(&reference, told(LineState::Paid)).done();
    assert!(town.breaks.is_empty());
    town.compare(&reference, told(LineState::Reversed)).done();
    let one = town.the_break();
    assert_eq!((one.kind, one.cause), (BreakKind::Status, Cause::ReversedThere));
    assert_eq!(one.gap, Fen(6_000), "what was given back is not to be taken again");
    town.refund(order, 6_000).declined("payment_has_break");
    town.compare(&reference, told(LineState::Paid)).done();
    town.refund(order, 6_000).done();
    town.compare(&reference, told(LineState::Reversed)).done();
    assert_eq!(town.the_break().resolution, Some(Resolution::Evidence));
    town.check();
}

#[test]
fn what_was_given_back_and_they_never_had_is_not_taken_from_the_partner_again() {
    let (mut town, order, reference) = done();
    town.refund(order, 4_000).done();
    town.compare(&reference, ABSENT).done();
    let one = town.the_break();
    assert_eq!((one.kind, one.gap, one.booked), (BreakKind::OnlyOurs, Fen(6_000), Fen(6_000)));
    town.check();
    let (mut town, order, reference) = done();
    town.refund(order, 10_000).done();
    town.compare(&reference, ABSENT).done();
    town.compare(&reference, told(LineState::NotPaid)).done();
    assert!(town.breaks.is_empty());
    town.check();
}

#[test]
fn what_is_in_suspense_is_not_given_back() {
    let (mut town, order, reference) = done();
    town.compare(&reference, ABSENT).done();
    assert_eq!(town.the_break().booked, Fen(10_000));
    let declined = town.refund(order, 10_000);
    assert_eq!(declined.body["order"], serde_json::json!(order));
    declined.declined("payment_has_break");
    town.compare(&reference, told(LineState::Paid)).done();
    town.refund(order, 10_000).done();
    town.check();
}
