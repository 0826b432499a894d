//! A payment from acceptance to its end, and what may come between.

use jiaozi_ledger::account::AccountStatus;
use jiaozi_ledger::instruction::{InstructionState, News, Said, Step};
use jiaozi_ledger::order::OrderState;
use jiff::civil::date;

use super::town::{DEPOSIT, Town, biller};

const DONE: News = News::Answered(Said::Done);
const SILENCE: News = News::Answered(Said::Nothing);

#[test]
fn the_money_is_reserved_before_the_biller_is_asked_and_posted_when_it_has_answered() {
    let mut town = Town::new();
    let said = town.pay("1001", 8_850, "li").done();
    let order = said.order();
    assert_eq!((said.status, said.body["state"].as_str()), (202, Some("accepted")));
    assert_eq!(said.body["biller"]["reference"], "JZ000000000000");
    assert_eq!(said.body["balance"]["available_fen"], DEPOSIT - 8_850);
    assert_eq!(town.balance("deposit:li"), DEPOSIT, "reserved, not posted");
    town.check();
    town.hear(order, DONE).done();
    assert_eq!(town.balance("deposit:li"), DEPOSIT - 8_850);
    assert_eq!(town.balance("partner:water:settlement"), 8_850);
    assert_eq!(town.order(order).state, OrderState::Paid);
    assert_eq!(town.events.last().map(|event| event.kind), Some("payment.posted"));
    town.check();
}

#[test]
fn a_refusal_and_a_call_that_never_went_out_give_the_reservation_back() {
    for news in [News::Answered(Said::Refused), News::NotSent] {
        let mut town = Town::new();
        let order = town.pay("1001", 8_850, "li").done().order();
        town.hear(order, news).done();
        assert_eq!(town.order(order).state, OrderState::Refused, "{news:?}");
        assert_eq!(town.balance("deposit:li"), DEPOSIT);
        town.check();
    }
}

#[test]
fn a_quote_is_paid_once_and_no_other_that_is_older_than_a_payment() {
    let mut town = Town::new();
    let first = town.ask("1001", 8_850).expect("a quote");
    let second = town.ask("1001", 8_850).expect("a quote");
    let order = town.pay_quote(&first, "li").done().order();
    town.hear(order, SILENCE).done();
    // It is given while nobody knows whether the biller still counts the first payment.
    let third = town.ask("1001", 8_850).expect("a quote");
    town.hear(order, DONE).done();
    for (quote, payer) in [(&first, "li"), (&second, "wang"), (&third, "li")] {
        assert_eq!(town.pay_quote(quote, payer).code(), "quote_used");
    }
    assert_eq!(town.balance("partner:water:settlement"), 8_850);
    town.pay("1001", 2_000, "wang").done();
    town.check();
}

#[test]
fn a_time_out_is_no_failure_the_money_waits_in_suspense_and_a_late_answer_decides() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    assert_eq!(town.order(order).state, OrderState::Unknown);
    assert_eq!(town.balance("suspense:unknown:water"), 8_850);
    assert_eq!(town.instruction(order).step, Step::Ask);
    town.check();
    town.hear(order, DONE).done();
    assert_eq!(town.order(order).state, OrderState::Paid);
    assert_eq!(town.balance("suspense:unknown:water"), 0);
    town.check();
}

#[test]
fn silence_about_an_earlier_try_moves_nothing_on() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    let first = town.instruction(order).tries;
    town.hear_of_try(order, News::Queried(Said::Nothing), first).done();
    let asked_once = town.instruction(order).clone();
    town.hear_of_try(order, News::Queried(Said::Nothing), first).done();
    assert_eq!(*town.instruction(order), asked_once);
}

#[test]
fn unanswered_queries_lead_to_reversals_unanswered_reversals_to_queries_and_then_the_files_decide()
{
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    for _ in 0..2 {
        assert_eq!(town.instruction(order).step, Step::Ask);
        town.hear(order, News::Queried(Said::Nothing)).done();
    }
    for _ in 0..3 {
        assert_eq!(town.state(order), InstructionState::Reversing);
        town.hear(order, News::Reversal(Said::Nothing)).done();
    }
    for _ in 0..2 {
        let instruction = town.instruction(order);
        assert_eq!((instruction.state, instruction.step), (InstructionState::Unknown, Step::Ask));
        town.hear(order, News::Queried(Said::Nothing)).done();
    }
    assert_eq!(town.state(order), InstructionState::Unknown);
    assert_eq!(town.instruction(order).step, Step::Rest);
    town.check();
    town.hear(order, News::Listed).done();
    assert_eq!(town.order(order).state, OrderState::Paid);
    town.check();
}

#[test]
fn a_done_that_may_be_older_than_the_undoing_decides_nothing_until_the_day_is_over() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    let asked_before = town.instruction(order).tries;
    town.hear(order, News::Queried(Said::NotFound)).done();
    for _ in 0..3 {
        town.hear(order, News::Reversal(Said::Nothing)).done();
    }
    town.hear(order, DONE).done();
    town.hear_of_try(order, News::Queried(Said::Done), asked_before).done();
    assert_eq!(town.state(order), InstructionState::Unknown);
    let end_of_day = "2026-11-20T17:00:05+08:00".parse::<jiff::Timestamp>().expect("a time");
    assert_eq!(town.instruction(order).due_at, Some(end_of_day.into()), "asked after the cut-off");
    town.hear(order, News::Queried(Said::Done)).done();
    assert_eq!(town.order(order).state, OrderState::Paid);
    town.check();
}

#[test]
fn what_is_not_there_is_reversed_so_that_it_cannot_arrive_later() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    town.hear(order, News::Queried(Said::NotFound)).done();
    assert_eq!(town.state(order), InstructionState::Reversing);
    town.hear(order, DONE).done();
    assert_eq!(town.state(order), InstructionState::Reversing, "their word is kept, not followed");
    town.hear(order, News::Reversal(Said::Done)).done();
    assert_eq!(town.order(order).state, OrderState::Reversed);
    assert_eq!(town.balance("deposit:li"), DEPOSIT);
    town.check();
}

#[test]
fn a_biller_that_says_done_after_it_was_undone_is_contested_and_moves_no_money() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    town.hear(order, News::Queried(Said::NotFound)).done();
    town.hear(order, News::Reversal(Said::Done)).done();
    town.hear(order, DONE).done();
    assert!(town.instruction(order).contested);
    assert_eq!(town.balance("deposit:li"), DEPOSIT);
    town.check();
}

#[test]
fn after_the_cut_off_nothing_is_reversed() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    town.clock("2026-11-20T17:00:00+08:00");
    town.hear(order, News::Queried(Said::NotFound)).done();
    town.hear(order, News::Queried(Said::NotFound)).done();
    assert_eq!(
        (town.state(order), town.instruction(order).step),
        (InstructionState::Unknown, Step::Rest)
    );
    town.hear(order, News::Unlisted).done();
    assert_eq!(town.order(order).state, OrderState::Reversed);
    assert_eq!(town.balance("deposit:li"), DEPOSIT);
    town.check();
}

#[test]
fn where_not_found_is_final_it_ends() {
    let mut biller = biller();
    biller.schedule.not_found_is_final = true;
    let mut town = Town::of(biller);
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    town.hear(order, News::Queried(Said::NotFound)).done();
    assert_eq!(town.order(order).state, OrderState::Refused);
    town.check();
}

#[test]
fn an_order_resolved_after_its_day_was_closed_keeps_its_date_and_settles_in_the_next_open_run() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    town.clock("2026-11-20T17:30:00+08:00");
    town.close(date(2026, 11, 20)).done();
    town.hear(order, News::Listed).done();
    assert_eq!(town.order(order).clearing_date, date(2026, 11, 20));
    assert_eq!(town.instruction(order).counted_on, Some(date(2026, 11, 21)));
    assert_eq!(town.day(date(2026, 11, 20)).payments, 0, "a closed day is immutable");
    town.check();
    town.clock("2026-11-21T17:30:00+08:00");
    let closed = town.close(date(2026, 11, 21)).done();
    assert_eq!(closed.fen("settled_fen"), 8_850 - 18);
    town.check();
}

#[test]
fn two_operators_rule_where_nobody_else_decides() {
    for (done, state, li) in
        [(true, OrderState::Paid, DEPOSIT - 8_850), (false, OrderState::Reversed, DEPOSIT)]
    {
        let mut town = Town::new();
        let order = town.pay("1001", 8_850, "li").done().order();
        town.hear(order, SILENCE).done();
        town.hear(order, News::Ruled { done }).done();
        assert_eq!((town.order(order).state, town.balance("deposit:li")), (state, li));
        town.check();
    }
}

#[test]
fn news_that_the_books_cannot_carry_out_is_kept_with_its_reason() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    town.hear(order, SILENCE).done();
    let payer = town.order(order).payer;
    town.accounts.get_mut(&payer.0).expect("Li's").status = AccountStatus::Frozen;
    town.hear(order, News::Answered(Said::Refused)).done();
    let rested = town.instruction(order);
    assert_eq!((rested.state, rested.step), (InstructionState::Unknown, Step::Rest));
    assert!(rested.contested);
    assert_eq!(rested.reason.as_deref(), Some("answered.refused: account_not_active"));
    town.check();
}

#[test]
fn an_outcome_that_was_not_taken_is_heard_again_when_the_account_is_mended() {
    let mut town = Town::new();
    let order = town.pay("1001", 8_850, "li").done().order();
    let payer = town.order(order).payer;
    town.accounts.get_mut(&payer.0).expect("Li's").status = AccountStatus::Frozen;
    let done = News::Answered(Said::Done);
    town.hear(order, done).done();
    let rested = town.instruction(order).clone();
    assert_eq!((rested.state, rested.step), (InstructionState::Asked, Step::Rest));
    assert_eq!(rested.due_at, Some(town.at.plus_seconds(60)));
    assert_eq!((rested.not_taken(), rested.next_asked_at()), (Some(done), None));
    town.check();
    town.hear(order, done).done();
    assert_eq!(town.state(order), InstructionState::Asked, "still frozen");
    town.accounts.get_mut(&payer.0).expect("Li's").status = AccountStatus::Active;
    town.hear(order, done).done();
    let after = town.instruction(order);
    assert_eq!((after.state, after.contested), (InstructionState::Done, false));
    assert_eq!((after.due_at, &after.reason, after.not_taken()), (None, &None, None));
    town.check();
}

#[test]
fn a_second_payment_for_a_customer_waits_for_the_first() {
    let mut town = Town::new();
    let first = town.pay("1001", 8_850, "li").done().order();
    let own = town.pay("1001", 8_850, "li").declined("payment_pending");
    assert_eq!(own.body["order"], serde_json::json!(first));
    let strangers = town.pay("1001", 8_850, "wang").declined("payment_pending");
    assert!(strangers.body.get("order").is_none(), "whose it is, is nobody else's affair");
    town.pay("1002", 8_850, "wang").done();
    town.hear(first, DONE).done();
    town.pay("1001", 100, "li").done();
    town.check();
}

#[test]
fn who_has_not_enough_is_declined_and_nobody_is_asked() {
    let mut town = Town::new();
    town.pay("1001", DEPOSIT + 1, "li").declined("insufficient_funds");
    assert!(town.instructions.is_empty());
    let stale = town.ask("1001", 100).expect("a quote");
    town.seconds_pass(301);
    town.pay_quote(&stale, "li").declined("quote_expired");
    town.check();
}
