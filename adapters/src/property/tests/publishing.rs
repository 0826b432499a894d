//! Bills coming in.

use jiaozi_ledger::bill::BillState;
use jiaozi_ledger::money::Fen;
use jiff::civil::date;

use super::town::{Town, line};
use crate::property::publishing::Line;
use crate::property::withdraw::Step;
use crate::spec::import::Action;

#[test]
fn the_same_lines_again_change_nothing() {
    let mut town = Town::new();
    let lines = || vec![line("a", "1-101"), line("b", "1-102")];
    assert_eq!(town.import(lines()).done().results(), ["new", "new"]);
    assert_eq!(town.import(lines()).done().results(), ["unchanged", "unchanged"]);
    assert_eq!(town.bills.len(), 2);
    assert_eq!(town.versions.len(), 2);
}

#[test]
fn a_bad_line_does_not_stop_the_good_ones() {
    let mut town = Town::new();
    let said = town.import(vec![
        line("a", "1-101"),
        Line { item: "water".to_owned(), ..line("b", "1-101") },
        Line { site: "south".to_owned(), ..line("c", "1-101") },
        Line { amount: Fen(-1), ..line("d", "1-101") },
        Line { period: "2026-13".to_owned(), ..line("e", "1-101") },
        Line { action: Action::Withdraw, ..line("f", "1-101") },
        line("advance:x", "1-101"),
        line("g", "1-101"),
    ]);
    let codes: Vec<&str> = said.body["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| line["code"].as_str().unwrap_or("-"))
        .collect();
    let expected = [
        "-",
        "unknown_item",
        "unknown_community",
        "amount_out_of_range",
        "period_malformed",
        "unknown_bill",
        "import_id_reserved",
        "-",
    ];
    assert_eq!(codes, expected);
    assert_eq!(said.body["counts"]["refused"], 6);
    assert_eq!(town.bills.len(), 2);
}

#[test]
fn two_lines_of_one_bill_act_one_after_the_other() {
    let mut town = Town::new();
    let said = town.import(vec![
        line("a", "1-101"),
        Line { amount: Fen(21_000), ..line("a", "1-101") },
        Line { action: Action::Withdraw, ..line("a", "1-101") },
        Line { action: Action::Withdraw, ..line("a", "1-101") },
        line("a", "1-101"),
    ]);
    assert_eq!(said.results(), ["new", "new_version", "withdrawn", "unchanged", "new_version"]);
    let bill = town.bill("a");
    assert_eq!((bill.state, bill.amount, bill.version), (BillState::Published, Fen(20_000), 4));
    assert_eq!(town.versions.len(), 4);
}

#[test]
fn what_is_paid_is_not_changed_and_the_refusal_names_the_order() {
    let mut town = Town::new();
    town.import(vec![line("a", "1-101")]);
    let quote = town.quoted("1-101");
    let order = town.pay(&quote, "li").done().order();
    let said = town.import(vec![
        line("a", "1-101"),
        Line { amount: Fen(25_000), ..line("a", "1-101") },
        Line { amount: Fen(15_000), ..line("a", "1-101") },
        Line { action: Action::Withdraw, ..line("a", "1-101") },
        Line { action: Action::PaidAtDesk, ..line("a", "1-101") },
    ]);
    assert_eq!(said.results(), ["unchanged", "refused", "refused", "refused", "refused"]);
    for refused in &said.body["lines"].as_array().expect("lines")[1..] {
        let why = refused["why"].as_str().expect("a reason");
        assert!(why.contains(&format!("already paid by order {order}")), "{why}");
    }
    let said = town.step("a", Step::Withdraw).declined("bill_already_paid");
    assert_eq!(said.order(), order);
    town.check();
}

#[test]
fn a_part_paid_bill_takes_a_new_amount_but_not_below_what_is_paid() {
    let mut town = Town::new();
    town.import(vec![line("a", "1-101")]);
    let part = town.ask("1-101", Some(&[("a", Some(12_000))]), None).expect("a part");
    town.pay(&part, "li").done();
    let change = |amount| vec![Line { amount: Fen(amount), ..line("a", "1-101") }];
    assert_eq!(town.import(change(11_999)).body["lines"][0]["code"], "below_paid");
    assert_eq!(town.import(change(18_000)).results(), ["new_version"]);
    assert_eq!(town.stands("a"), (BillState::Partial, 12_000));
    assert_eq!(town.import(change(12_000)).results(), ["new_version"]);
    assert_eq!(town.stands("a"), (BillState::Paid, 12_000));
    town.check();
}

#[test]
fn a_bill_does_not_move_to_another_house() {
    let mut town = Town::new();
    town.import(vec![line("a", "1-101")]);
    let said = town.import(vec![line("a", "1-102")]);
    assert_eq!(said.body["lines"][0]["code"], "house_changed");
}

#[test]
fn one_bill_is_withdrawn_by_its_import_id() {
    let mut town = Town::new();
    town.import(vec![line("a", "1-101")]);
    town.step("b", Step::Withdraw).declined("unknown_bill");
    assert_eq!(town.step("a", Step::Withdraw).done().body["result"], "withdrawn");
    assert_eq!(town.step("a", Step::Withdraw).done().body["result"], "unchanged");
    town.step("a", Step::PaidAtDesk).declined("bill_withdrawn");
}

#[test]
fn a_new_due_date_moves_the_late_fee() {
    let mut town = Town::new();
    town.import(vec![Line { due: date(2026, 11, 10), ..line("a", "1-101") }]);
    assert_eq!(town.quoted("1-101").lines[0].late_fee, Fen(100));
    town.import(vec![line("a", "1-101")]);
    assert_eq!(town.quoted("1-101").lines[0].late_fee, Fen(0));
}
