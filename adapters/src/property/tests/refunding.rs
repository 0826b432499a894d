//! Money going back.

use jiaozi_ledger::bill::BillState;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::OrderState;
use jiff::civil::date;

use super::town::{Town, company_with, line, parking};
use crate::property::publishing::Line;
use crate::property::refund::Reason;

fn late(import_id: &str) -> Line {
    Line { due: date(2026, 11, 10), ..line(import_id, "1") }
}

/// Li has paid 201 yuan of management fee with late fee, and 300 of parking.
fn paid() -> (Town, OrderId) {
    let mut town = Town::new();
    town.import(vec![late("a"), parking("p", "1")]);
    let quote = town.quoted("1");
    let order = town.pay(&quote, "li").done().order();
    (town, order)
}

#[test]
fn a_full_refund_on_the_same_day_takes_the_days_money() {
    let (mut town, order) = paid();
    let said = town.refund(order, None, Reason::WrongHouse).done();
    assert_eq!(said.status, 201);
    assert_eq!((said.fen("amount_fen"), said.fen("from_settled_fen")), (50_100, 0));
    assert_eq!(said.body["balance"]["posted_fen"], 1_000_000);
    assert_eq!(town.order(order).state, OrderState::Refunded);
    assert_eq!(town.stands("a"), (BillState::Published, 0));
    assert_eq!(town.quoted("1").total, Fen(50_100), "the late fee is owed again");
    town.refund(order, None, Reason::WrongHouse).declined("refunded");
    town.check();
    // Nothing is left of the day, so nothing is left to charge a fee to.
    town.days_pass(1);
    let closed = town.close(date(2026, 11, 20)).done();
    assert_eq!((closed.fen("fee_fen"), closed.fen("fee_waived_fen")), (0, 150));
    town.check();
}

#[test]
fn parts_are_given_back_until_nothing_is_left() {
    let (mut town, order) = paid();
    town.refund(order, Some(50_101), Reason::WrongAmount).declined("refund_out_of_range");
    town.refund(order, Some(0), Reason::WrongAmount).declined("refund_out_of_range");
    let said = town.refund(order, Some(10_001), Reason::WrongAmount).done();
    assert_eq!(said.body["order_state"], "part_refunded");
    town.check();
    let lines = &town.order(order).lines;
    let back = |nth: usize| lines[nth].refunded_principal.0 + lines[nth].refunded_late_fee.0;
    // 10,001 by 20,100 : 30,000.
    assert_eq!((back(0), back(1)), (4_012, 5_989));
    town.refund_of(order, None, Some(&["p"]), Reason::WrongAmount).done();
    assert_eq!(town.stands("p"), (BillState::Published, 0));
    town.refund_of(order, None, Some(&["p"]), Reason::WrongAmount).declined("refunded");
    town.refund_of(order, None, Some(&["x"]), Reason::WrongAmount).declined("bill_not_in_order");
    town.cancel(order).declined("refunded");
    let last = town.refund(order, None, Reason::WrongAmount).done();
    assert_eq!(last.fen("amount_fen"), 50_100 - 10_001 - (30_000 - 5_989));
    assert_eq!(last.body["order_state"], "refunded");
    assert_eq!(town.balance("deposit:li"), 1_000_000);
    town.check();
}

#[test]
fn a_bill_that_was_paid_at_the_desk_too_is_not_payable_again() {
    let (mut town, order) = paid();
    town.refund_of(order, None, Some(&["a"]), Reason::PaidAtDesk).done();
    assert_eq!(town.stands("a"), (BillState::PaidAtDesk, 0));
    assert_eq!(town.stands("p"), (BillState::Paid, 30_000));
    assert_eq!(town.ask("1", None, None).expect_err("settled").code, "nothing_due");
    town.check();
}

#[test]
fn after_the_close_the_company_pays_what_the_open_day_cannot() {
    let (mut town, order) = paid();
    town.days_pass(1);
    town.close(date(2026, 11, 20)).done();
    let settled = town.balance("settlement:yunhe");
    assert_eq!(settled, 19_281);
    town.refund(order, None, Reason::PaidTwice).declined("partner_funds_insufficient");
    assert_eq!(town.stands("a"), (BillState::Paid, 20_000));
    let said = town.refund_of(order, Some(5_000), Some(&["a"]), Reason::PaidTwice).done();
    assert_eq!(said.fen("from_settled_fen"), 5_000);
    assert_eq!(town.balance("settlement:yunhe"), settled - 5_000);
    town.check();
    // Someone else pays 100 yuan of management fee on the open day: that much comes from it.
    town.import(vec![Line { amount: Fen(10_000), ..line("c", "2") }, parking("q", "2")]);
    let quote = town.quoted("2");
    town.pay(&quote, "wang").done();
    let said = town.refund_of(order, None, Some(&["a"]), Reason::PaidTwice).done();
    assert_eq!((said.fen("amount_fen"), said.fen("from_settled_fen")), (15_100, 5_100));
    let day = town.day(town.today());
    assert_eq!((day.refunds, day.refunded, day.net()), (2, Fen(10_000), Fen(30_000)));
    assert_eq!(day.items.get("management"), None);
    assert_eq!(day.items["parking"], 30_000, "the parking operator's money is not touched");
    town.check();
}

#[test]
fn a_cancellation_that_would_leave_the_day_below_nothing_is_a_refund_instead() {
    let (mut town, order) = paid();
    town.days_pass(1);
    town.close(date(2026, 11, 20)).done();
    town.import(vec![Line { amount: Fen(10_000), ..line("c", "2") }]);
    let quote = town.quoted("2");
    let second = town.pay(&quote, "wang").done().order();
    town.refund_of(order, Some(8_000), Some(&["a"]), Reason::PaidTwice).done();
    town.cancel(second).declined("day_funds_used");
    town.refund(second, None, Reason::PaidTwice).done();
    town.check();
}

#[test]
fn refunds_that_add_up_to_the_whole_return_the_whole_discount() {
    let mut town = Town::new();
    town.import(vec![Line { amount: Fen(20_013), ..line("a", "1") }]);
    let quote = town.ask("1", None, Some("year")).expect("a plan");
    let order = town.pay(&quote, "li").done();
    let id = order.order();
    let mut left = order.fen("amount_fen");
    for amount in [1, 7_777, 100_000, 3] {
        town.refund(id, Some(amount), Reason::PayerRequest).done();
        left -= amount;
        town.check();
    }
    assert_eq!(town.refund(id, None, Reason::PayerRequest).done().fen("amount_fen"), left);
    assert_eq!(town.balance("budget:yunhe"), 100_000);
    assert_eq!(town.balance("deposit:li"), 1_000_000);
    assert_eq!(town.stands("advance:1:management:2026-11"), (BillState::Withdrawn, 0));
    town.check();
}

#[test]
fn a_month_paid_ahead_is_given_back_by_the_import_id_that_it_got() {
    let mut town = Town::new();
    town.import(vec![line("a", "1")]);
    let quote = town.ask("1", Some(&[]), Some("year")).expect("a plan");
    let order = town.pay(&quote, "li").done().order();
    let month = Line { period: "2026-11".to_owned(), ..line("m", "1") };
    assert_eq!(town.import(vec![month.clone(), month]).results(), ["new_version", "unchanged"]);
    let said = town.refund_of(order, None, Some(&["m"]), Reason::PaidAtDesk).done();
    assert_eq!((said.fen("amount_fen"), said.fen("discount_fen")), (19_000, 1_000));
    assert_eq!(town.stands("m"), (BillState::PaidAtDesk, 0));
    town.check();
}

#[test]
fn a_refund_of_a_part_brings_back_no_late_fee_that_stays_paid() {
    let mut town = Town::new();
    town.import(vec![late("a")]);
    let quote = town.quoted("1");
    let order = town.pay(&quote, "li").done().order();
    town.refund(order, Some(10_050), Reason::WrongAmount).done();
    // Half of the late fee went back, half stays, and the days stay paid.
    assert_eq!(town.stands("a"), (BillState::Partial, 10_000));
    assert_eq!(town.quoted("1").lines[0].late_fee, Fen::ZERO);
    town.days_pass(2);
    assert_eq!(town.quoted("1").lines[0].late_fee, Fen(10));
}

#[test]
fn the_company_says_whether_and_how_long_money_goes_back() {
    let (mut town, order) = paid();
    town.days_pass(91);
    town.refund(order, None, Reason::PayerRequest).declined("refund_too_late");
    let whole_only =
        ("within_days = 90\npartial = \"allowed\"", "within_days = 90\npartial = \"refused\"");
    town.company = std::sync::Arc::new(company_with(whole_only.0, whole_only.1));
    town.days_pass(-91);
    town.refund(order, Some(1), Reason::PayerRequest).declined("partial_refund_refused");
    town.refund_of(order, None, Some(&["a"]), Reason::Other).declined("partial_refund_refused");
    let (from, to) = ("[refund]\nwithin_days = 90\npartial = \"allowed\"", "");
    town.company = std::sync::Arc::new(company_with(from, to));
    town.refund(order, None, Reason::PayerRequest).declined("refund_not_offered");
    town.check();
}

#[test]
fn a_cancelled_order_is_not_refunded() {
    let (mut town, order) = paid();
    town.cancel(order).done();
    town.refund(order, None, Reason::Other).declined("already_cancelled");
}
