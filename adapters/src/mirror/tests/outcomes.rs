//! The table of outcomes, row by row.

use jiaozi_ledger::breaks::{BreakKind, Cause};
use jiaozi_ledger::mirror::item::{Item, ItemState};
use jiaozi_ledger::money::Fen;
use jiff::civil::{Date, date};

use super::{ours, pair, spec, theirs};
use crate::mirror::chain::Reach;
use crate::mirror::judge::judge;
use crate::mirror::pair::sole;
use crate::spec::mirror::{Booked, MirrorSpec};

const DAY: Date = date(2026, 11, 20);

/// What items come to: key, kind, cause, unexplained, booked.
fn told(
    items: &[Item],
    until: Date,
    spec: &MirrorSpec,
) -> Vec<(String, BreakKind, Cause, i64, i64)> {
    let all: Vec<&Item> = items.iter().collect();
    judge(&all, Reach { until, unbroken: until }, spec)
        .into_iter()
        .map(|(key, one)| {
            (key, one.found.kind, one.found.cause, one.found.gap.0, one.found.booked.0)
        })
        .collect()
}

#[test]
fn what_only_we_have_is_in_transit_until_its_days_are_over() {
    let items = [ours(1, "A", DAY, -500)];
    let key = "core/A/entry-1".to_owned();
    assert_eq!(told(&items, date(2026, 11, 19), &spec()), [], "not expected there yet");
    for until in [DAY, date(2026, 11, 22)] {
        let expected = [(key.clone(), BreakKind::OnlyOurs, Cause::InTransit, 0, 0)];
        assert_eq!(told(&items, until, &spec()), expected);
    }
    // We have paid, and they have it still: the mirror gets it back.
    let expected = [(key.clone(), BreakKind::OnlyOurs, Cause::NotListed, 500, 500)];
    assert_eq!(told(&items, date(2026, 11, 23), &spec()), expected);
    let mut nothing = spec();
    nothing.book.only_ours = Booked::Nothing;
    let expected = [(key, BreakKind::OnlyOurs, Cause::NotListed, 500, 0)];
    assert_eq!(told(&items, date(2026, 11, 23), &nothing), expected);
}

#[test]
fn what_may_be_in_a_statement_that_is_missing_stays_in_transit() {
    let items = [ours(1, "A", DAY, -500)];
    let reach = Reach { until: date(2026, 11, 30), unbroken: date(2026, 11, 22) };
    let found = judge(&items.iter().collect::<Vec<_>>(), reach, &spec());
    let cause = found.values().map(|one| one.found.cause).collect::<Vec<_>>();
    assert_eq!(cause, [Cause::InTransit]);
}

#[test]
fn a_line_of_nothing_is_no_break() {
    assert_eq!(told(&[theirs(1, "A", DAY, 0), theirs(2, "", DAY, 0)], DAY, &spec()), []);
}

#[test]
fn what_they_have_not_booked_differs_in_its_status() {
    let told_of = Item { state: ItemState::NotBooked, ..theirs(2, "A", DAY, -500) };
    let items = [ours(1, "A", DAY, -500), told_of];
    let found = told(&items, date(2026, 11, 23), &spec());
    let expected = ("core/A/entry-1".to_owned(), BreakKind::Status, Cause::NotBookedThere, 500, 0);
    assert_eq!(found, [expected]);
}

#[test]
fn what_only_they_have_says_what_may_be_the_cause() {
    let charge = Item { kind: Some("NCHG".to_owned()), ..theirs(1, "", DAY, -15) };
    let returned = Item { returned: true, ..theirs(2, "B", DAY, 700) };
    for (item, cause) in [
        (charge, Cause::Charges),
        (returned, Cause::Returned),
        (theirs(3, "", DAY, 90), Cause::NoReference),
        (theirs(4, "C", DAY, 90), Cause::UnknownReference),
    ] {
        let found = told(std::slice::from_ref(&item), DAY, &spec());
        let gap = item.amount.0.abs();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].1, found[0].2, found[0].3, found[0].4),
            (BreakKind::OnlyTheirs, cause, gap, item.amount.0)
        );
    }
}

#[test]
fn the_same_twice_is_a_duplicate_and_the_way_back_a_return() {
    let (mut paid, mut booked) = (ours(1, "A", DAY, -500), theirs(2, "A", DAY, -500));
    pair(&mut paid, &mut booked);
    let twice = theirs(3, "A", DAY, -500);
    let found = told(&[paid.clone(), booked.clone(), twice], DAY, &spec());
    let key = "core/A/2026-11-20-out-2".to_owned();
    assert_eq!(found, [(key, BreakKind::OnlyTheirs, Cause::Duplicate, 500, 0)]);
    let back = theirs(3, "A", date(2026, 11, 21), 500);
    let found = told(&[paid, booked, back], date(2026, 11, 21), &spec());
    let key = "core/A/2026-11-21-in-1".to_owned();
    assert_eq!(found, [(key, BreakKind::OnlyTheirs, Cause::Returned, 500, 500)]);
}

#[test]
fn one_each_of_a_reference_with_two_amounts_differs_in_the_amount() {
    for (mine, other, fees, cause) in [
        (1_000, 990, Some(10), Cause::Charges),
        (1_000, 990, None, Cause::OtherAmount),
        (1_000, 100_000, None, Cause::AmountUnit),
    ] {
        let there = Item { fees: fees.map(Fen), ..theirs(2, "A", DAY, other) };
        let found = told(&[ours(1, "A", DAY, mine), there], DAY, &spec());
        let gap = (mine - other).abs();
        let expected = ("core/A/entry-1".to_owned(), BreakKind::Amount, cause, gap, other - mine);
        assert_eq!(found, [expected]);
    }
    // Of several nobody can say which belongs to which.
    let items = [ours(1, "A", DAY, 100), theirs(2, "A", DAY, 70), theirs(3, "A", DAY, 20)];
    let kinds: Vec<BreakKind> = told(&items, DAY, &spec()).iter().map(|one| one.1).collect();
    assert_eq!(kinds, [BreakKind::OnlyTheirs, BreakKind::OnlyTheirs, BreakKind::OnlyOurs]);
}

#[test]
fn a_charge_or_a_return_under_the_reference_of_a_payment_is_not_the_payment() {
    let paid = ours(1, "E", DAY, -1_000);
    let charge = Item { kind: Some("NCHG".to_owned()), ..theirs(2, "E", DAY, -5) };
    let returned = Item { returned: true, ..theirs(2, "E", DAY, -5) };
    for (there, cause) in [(charge.clone(), Cause::Charges), (returned, Cause::Returned)] {
        let found = told(&[paid.clone(), there], DAY, &spec());
        let found: Vec<_> = found.into_iter().map(|one| (one.1, one.2, one.3, one.4)).collect();
        let expected =
            [(BreakKind::OnlyTheirs, cause, 5, -5), (BreakKind::OnlyOurs, Cause::InTransit, 0, 0)];
        assert_eq!(found, expected);
    }
    // Beside it the payment is still held against the one that is.
    let found = told(&[paid, charge, theirs(3, "E", DAY, -990)], DAY, &spec());
    let found: Vec<_> = found.into_iter().map(|one| (one.1, one.2, one.3)).collect();
    let expected =
        [(BreakKind::OnlyTheirs, Cause::Charges, 5), (BreakKind::Amount, Cause::OtherAmount, 10)];
    assert_eq!(found, expected);
}

#[test]
fn an_amount_is_enough_only_if_one_of_each_side_can_be_meant() {
    let there = theirs(9, "", DAY, 700);
    let near = ours(1, "A", date(2026, 11, 17), 700);
    let far = ours(2, "B", date(2026, 11, 16), 700);
    let other = ours(3, "C", DAY, 701);
    let found = |ours: &[Item], rivals: &[Item]| {
        sole(&there, ours, rivals, &spec()).map(|one| one.reference_key.clone())
    };
    let one = [near.clone(), far, other];
    assert_eq!(found(&one, std::slice::from_ref(&there)), Some("core/A".to_owned()));
    assert_eq!(found(&[near.clone(), ours(4, "D", DAY, 700)], &[]), None, "two of ours");
    let rival = theirs(8, "", date(2026, 11, 18), 700);
    assert_eq!(found(&one, &[there.clone(), rival]), None, "two of theirs");
    let elsewhere = theirs(8, "", date(2026, 11, 25), 700);
    assert_eq!(found(&one, &[elsewhere]), Some("core/A".to_owned()));
    let named = theirs(9, "Z", DAY, 700);
    assert!(sole(&named, &one, &[], &spec()).is_none(), "a reference is never overruled");
    let charge = Item { kind: Some("NCHG".to_owned()), ..there.clone() };
    assert!(sole(&charge, &one, &[], &spec()).is_none(), "a charge is nothing that we have posted");
    let taken_back = Item { returned: true, ..there };
    assert!(sole(&taken_back, &one, &[], &spec()).is_none(), "nor is what takes another back");
}
