//! Taking a payment back at the biller.

use jiaozi_ledger::instruction::{InstructionState, News, Said};
use jiaozi_ledger::order::OrderState;
use jiff::civil::date;

use super::town::{DEPOSIT, Town, biller};

#[test]
fn a_paid_order_waits_in_suspense_until_the_biller_has_undone_it() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, News::Answered(Said::Done)).done();
    let said = town.take_back(order).done();
    assert_eq!((said.status, said.body["state"].as_str()), (202, Some("reversing")));
    assert_eq!(town.balance("suspense:unknown:water"), 8_850);
    assert_eq!(town.day(date(2026, 11, 20)).payments, 0);
    town.check();
    town.take_back(order).declined("already_reversing");
    town.hear(order, News::Reversal(Said::Done)).done();
    assert_eq!(town.balance("deposit:li"), DEPOSIT);
    town.take_back(order).declined("not_paid");
    town.check();
    let kinds: Vec<&str> = town.events.iter().map(|event| event.kind).collect();
    let told = ["payment.accepted", "payment.posted", "payment.reversing", "payment.cancelled"];
    assert!(told.iter().all(|kind| kinds.contains(kind)), "readers take it off again: {kinds:?}");
}

#[test]
fn a_biller_that_does_not_undo_it_keeps_it() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, News::Answered(Said::Done)).done();
    town.take_back(order).done();
    town.hear(order, News::Reversal(Said::Refused)).done();
    assert_eq!(town.state(order), InstructionState::Unknown, "it is asked what became of it");
    town.hear(order, News::Queried(Said::Done)).done();
    assert_eq!(town.order(order).state, OrderState::Paid);
    town.take_back(order).declined("too_late_to_reverse");
    town.check();
}

#[test]
fn after_the_cut_off_or_where_there_is_no_reversal_it_is_a_refund_of_the_billers() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.take_back(order).declined("payment_pending");
    town.hear(order, News::Answered(Said::Done)).done();
    town.clock("2026-11-20T17:00:00+08:00");
    town.take_back(order).declined("too_late_to_reverse");

    let mut never = biller();
    never.schedule.reversible = false;
    let mut town = Town::of(never);
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, News::Answered(Said::Done)).done();
    town.take_back(order).declined("too_late_to_reverse");
    town.check();
}

#[test]
fn what_a_biller_undoes_after_its_day_was_settled_comes_out_of_its_own_account() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, News::Answered(Said::Done)).done();
    town.clock("2026-11-20T16:59:00+08:00");
    town.take_back(order).done();
    town.clock("2026-11-20T17:01:00+08:00");
    town.hear(order, News::Listed).done();
    town.close(date(2026, 11, 20)).done();
    assert_eq!(town.balance("settlement:water"), 8_850 - 18);
    // The answer to the reversal comes after all: they have undone it.
    town.hear(order, News::Reversal(Said::Done)).done();
    assert_eq!(town.order(order).state, OrderState::Reversed);
    assert_eq!(town.balance("deposit:li"), DEPOSIT);
    assert_eq!(town.balance("settlement:water"), -18, "forced, and a debt on record");
    town.check();
}
