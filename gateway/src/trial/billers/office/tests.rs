//! What an office says, in every order in which it can be asked.

use jiff::civil::{date, time};

use super::*;

const DUE: i64 = 15_000;

fn office(books_later: bool) -> Office {
    let rules = Rules { cut_off: Some(time(23, 0, 0, 0)), books_later };
    let office = Office::new(rules, date(2026, 11, 2).at(10, 0, 0, 0));
    let customer =
        Customer { number: "1".to_owned(), name: "李".to_owned(), repeats: "C1".to_owned() };
    let bill = |id: &str, amount_fen, late_fee_fen| Bill {
        id: id.to_owned(),
        fee: "水费".to_owned(),
        period: "202610".to_owned(),
        amount_fen,
        late_fee_fen,
    };
    office.bill(customer, vec![bill("a", 9_000, 0), bill("b", 5_900, 100)]);
    office
}

fn order(verb: Verb, reference: &str) -> Order {
    Order {
        verb,
        reference: reference.to_owned(),
        sent_on: None,
        customer: Some("1".to_owned()),
        amount_fen: Some(DUE),
        bills: None,
        repeats: Some("C1".to_owned()),
        echo: Vec::new(),
    }
}

fn say(office: &Office, verb: Verb, reference: &str) -> Outcome {
    office.carry_out(&order(verb, reference), false)
}

fn standing(office: &Office, reference: &str) -> Standing {
    office.truth()[reference].standing
}

fn is_booked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Booked { amount_fen: DUE, .. })
}

#[test]
fn what_is_due_is_paid_once_and_said_again_alike() {
    let office = office(false);
    assert!(
        matches!(say(&office, Verb::Query, "q"), Outcome::Due { bills, .. } if bills.len() == 2)
    );
    let first = say(&office, Verb::Pay, "p");
    assert!(is_booked(&first), "{first:?}");
    assert_eq!(say(&office, Verb::Pay, "p"), first);
    assert_eq!(say(&office, Verb::Query, "q"), Outcome::Refused(Refusal::NothingDue));
    assert_eq!(say(&office, Verb::Pay, "p2"), Outcome::Refused(Refusal::NothingDue));
    let other = Order { amount_fen: Some(1), ..order(Verb::Pay, "p") };
    assert_eq!(office.carry_out(&other, false), Outcome::Refused(Refusal::OtherContent));
    assert_eq!(standing(&office, "p"), Standing::Booked);
    assert_eq!(standing(&office, "p2"), Standing::Refused);
}

#[test]
fn what_is_not_due_is_refused_with_its_reason() {
    let office = office(false);
    let pay = order(Verb::Pay, "p");
    for (reference, order, refusal) in [
        ("a", Order { customer: Some("2".to_owned()), ..pay.clone() }, Refusal::NoSuchCustomer),
        ("b", Order { repeats: Some("C2".to_owned()), ..pay.clone() }, Refusal::NoSuchCustomer),
        ("c", Order { amount_fen: Some(DUE - 1), ..pay.clone() }, Refusal::AmountDiffers),
        ("d", Order { bills: Some(vec!["c".to_owned()]), ..pay.clone() }, Refusal::NothingDue),
    ] {
        let order = Order { reference: reference.to_owned(), ..order };
        assert_eq!(office.carry_out(&order, false), Outcome::Refused(refusal));
        assert_eq!(office.carry_out(&order, false), Outcome::Refused(refusal), "again");
    }
    let ask = say(&office, Verb::Ask, "nobody");
    assert_eq!(ask, Outcome::Refused(Refusal::NoSuchReference));
}

#[test]
fn one_bill_of_two_can_be_paid() {
    let office = office(false);
    let pay = Order {
        bills: Some(vec!["b".to_owned()]),
        amount_fen: Some(6_000),
        ..order(Verb::Pay, "p")
    };
    assert!(matches!(office.carry_out(&pay, false), Outcome::Booked { .. }));
    assert!(
        matches!(say(&office, Verb::Query, "q"), Outcome::Due { bills, .. } if bills.len() == 1)
    );
}

#[test]
fn a_reversal_gives_the_bills_back_however_often_it_comes() {
    let office = office(false);
    say(&office, Verb::Pay, "p");
    for _ in 0..2 {
        assert_eq!(say(&office, Verb::Reverse, "p"), Outcome::Reversed);
    }
    assert!(
        matches!(say(&office, Verb::Query, "q"), Outcome::Due { bills, .. } if bills.len() == 2)
    );
    assert_eq!(say(&office, Verb::Pay, "p"), Outcome::Refused(Refusal::ReversedBefore));
    assert!(is_booked(&say(&office, Verb::Pay, "p2")));
    assert_eq!(standing(&office, "p"), Standing::Reversed);
}

#[test]
fn a_reversal_before_its_original_leaves_a_tombstone() {
    let office = office(false);
    assert_eq!(say(&office, Verb::Reverse, "p"), Outcome::Reversed);
    assert_eq!(say(&office, Verb::Pay, "p"), Outcome::Refused(Refusal::ReversedBefore));
    assert_eq!(standing(&office, "p"), Standing::NeverCame);
    assert!(office.day(date(2026, 11, 2)).is_empty());
}

#[test]
fn a_reversal_of_something_else_or_after_the_cut_is_refused() {
    let office = office(false);
    say(&office, Verb::Pay, "p");
    let other = Order { amount_fen: Some(1), ..order(Verb::Reverse, "p") };
    assert_eq!(office.carry_out(&other, false), Outcome::Refused(Refusal::OtherContent));
    office.set_time(date(2026, 11, 2).at(22, 59, 59, 0));
    assert_eq!(office.clearing_date(), date(2026, 11, 2));
    office.set_time(date(2026, 11, 2).at(23, 0, 0, 0));
    assert_eq!(office.clearing_date(), date(2026, 11, 3));
    assert_eq!(say(&office, Verb::Reverse, "p"), Outcome::Refused(Refusal::TooLate));
    assert_eq!(standing(&office, "p"), Standing::Booked);
    let days = [date(2026, 11, 2), date(2026, 11, 3)].map(|date| office.day(date).len());
    assert_eq!(days, [1, 0]);
}

#[test]
fn a_payment_in_progress_is_booked_when_it_is_asked_for() {
    let office = office(true);
    assert!(matches!(say(&office, Verb::Pay, "p"), Outcome::InProgress { .. }));
    assert!(matches!(
        say(&office, Verb::Ask, "p"),
        Outcome::Stands { standing: Standing::Booked, .. }
    ));
    assert!(is_booked(&say(&office, Verb::Pay, "p")));
}

#[test]
fn a_payment_kept_in_progress_waits_for_a_word() {
    for booked in [true, false] {
        let office = office(false);
        let outcome = office.carry_out(&order(Verb::Pay, "p"), true);
        assert!(matches!(outcome, Outcome::InProgress { .. }));
        assert!(office.day(date(2026, 11, 2)).is_empty());
        assert!(office.finish("p", booked));
        assert!(!office.finish("p", booked), "once");
        assert_eq!(standing(&office, "p") == Standing::Booked, booked);
        assert_eq!(office.day(date(2026, 11, 2))[0].paid, booked);
        let due = matches!(say(&office, Verb::Query, "q"), Outcome::Due { .. });
        assert_eq!(due, !booked);
    }
}

#[test]
fn the_day_on_which_it_was_sent_belongs_to_a_reference() {
    let office = office(false);
    let sent_on = Some(date(2026, 11, 2));
    office.carry_out(&Order { sent_on, ..order(Verb::Pay, "p") }, false);
    let wrong = Some(date(2026, 11, 1));
    let ask = Order { sent_on: wrong, ..order(Verb::Ask, "p") };
    assert_eq!(office.carry_out(&ask, false), Outcome::Refused(Refusal::NoSuchReference));
    let reverse = Order { sent_on: wrong, ..order(Verb::Reverse, "p") };
    assert_eq!(office.carry_out(&reverse, false), Outcome::Refused(Refusal::OtherContent));
}
