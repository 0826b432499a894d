//! Money given back by two operators when the biller takes nothing back any more.

use std::sync::Arc;

use jiaozi_ledger::account::AccountStatus;
use jiaozi_ledger::approval::{Propose, WithdrawApproval};
use jiaozi_ledger::decision::{Scope, Verdict};
use jiaozi_ledger::id::{ApprovalId, OrderId};
use jiaozi_ledger::instruction::{InstructionState, News, Said as Heard};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::OrderState;
use jiff::civil::{Date, date};

use super::town::{DEPOSIT, Town};
use crate::books::Said;
use crate::property::refund::Reason;
use crate::utility::refund::{Refund, Refunding};

const DAY: Date = date(2026, 11, 20);
const NEXT: Date = date(2026, 11, 21);
const OWN: &str = "settlement:water";
const SETTLEMENT: &str = "partner:water:settlement";

impl Town {
    fn operator(&self, name: &str, operation: &'static str) -> Scope {
        let key = self.seq.to_string();
        Scope { partner: format!("operator:{name}"), operation, key }
    }

    fn refunding(&self, order: OrderId, fen: i64) -> Refunding {
        let refunded = self.order(order).refunded;
        Refunding { order, amount: Fen(fen), refunded, because: Reason::PaidTwice }
    }

    fn proposed(&mut self, refunding: Refunding) -> ApprovalId {
        let scope = self.operator("li", Propose::OPERATION);
        let reason = "their letter".to_owned();
        let said = self.run(&Propose { scope, content: refunding.content(), reason }).done();
        serde_json::from_value(said.body["approval"].clone()).expect("an approval")
    }

    fn approve(&mut self, by: &str, approval: ApprovalId, refunding: Refunding) -> Said {
        let (scope, biller) = (self.operator(by, Refund::OPERATION), Arc::clone(&self.biller));
        self.run(&Refund { scope, approval, biller, refunding, remark: None })
    }

    pub(crate) fn refund(&mut self, order: OrderId, fen: i64) -> Said {
        let refunding = self.refunding(order, fen);
        let approval = self.proposed(refunding);
        let said = self.approve("wang", approval, refunding);
        if said.verdict == Verdict::Declined {
            let scope = self.operator("li", WithdrawApproval::OPERATION);
            self.run(&WithdrawApproval { scope, approval }).done();
        }
        said
    }
}

/// A payment that is done, after the cut-off of its day.
fn paid(fen: i64) -> (Town, OrderId) {
    let mut town = Town::new();
    let order = town.pay("1001", fen, "li").done().order();
    town.hear(order, News::Answered(Heard::Done)).done();
    town.clock("2026-11-20T18:00:00+08:00");
    (town, order)
}

#[test]
fn what_was_settled_is_given_back_from_the_open_day_first_and_then_from_what_was_settled() {
    let (mut town, order) = paid(10_000);
    town.close(DAY).done();
    let before = town.day(DAY).clone();
    let own = town.balance(OWN);
    let other = town.pay("1002", 3_000, "wang").done().order();
    town.hear(other, News::Answered(Heard::Done)).done();
    let said = town.refund(order, 4_000).done();
    assert_eq!((said.fen("amount_fen"), said.fen("from_settled_fen")), (4_000, 1_000));
    assert_eq!(said.body["clearing_date"], "2026-11-21");
    assert_eq!(town.balance("deposit:li"), DEPOSIT - 6_000);
    assert_eq!((town.balance(SETTLEMENT), town.balance(OWN)), (0, own - 1_000));
    let after = town.order(order);
    assert_eq!((after.state, after.refunded), (OrderState::PartRefunded, Fen(4_000)));
    assert_eq!(town.day(DAY), &before, "a closed day is final");
    let open = town.day(NEXT);
    assert_eq!((open.refunds, open.refunded), (1, Fen(3_000)));
    town.check();

    town.refund(order, 6_001).declined("refund_out_of_range");
    town.refund(order, 6_000).done();
    assert_eq!(town.order(order).state, OrderState::Refunded);
    town.refund(order, 1).declined("refunded");
    assert_eq!(town.balance("deposit:li"), DEPOSIT);
    town.clock("2026-11-21T18:00:00+08:00");
    town.close(NEXT).done();
    town.check();
}

#[test]
fn what_the_biller_does_not_have_is_refused_and_never_taken_below_nothing() {
    let (mut town, order) = paid(10_000);
    town.close(DAY).done();
    let own = town.accounts.values_mut().find(|account| account.code == OWN).expect("opened");
    own.posted = Fen(500);
    let said = town.refund(order, 10_000);
    assert_eq!(said.body["short_fen"], 9_500);
    said.declined("partner_funds_insufficient");
    assert_eq!((town.balance(OWN), town.balance("deposit:li")), (500, DEPOSIT - 10_000));
    town.refund(order, 500).done();
    assert_eq!(town.balance(OWN), 0);
}

#[test]
fn while_the_biller_takes_it_back_or_nobody_knows_there_is_nothing_to_give_back() {
    let mut town = Town::new();
    let done = town.pay("1001", 1_000, "li").done().order();
    town.hear(done, News::Answered(Heard::Done)).done();
    let unknown = town.pay("1002", 1_000, "li").done().order();
    let refused = town.pay("1003", 1_000, "li").done().order();
    town.hear(refused, News::Answered(Heard::Refused)).done();
    town.refund(done, 1_000).declined("reversal_possible");
    town.refund(unknown, 1_000).declined("payment_pending");
    town.refund(refused, 1_000).declined("not_paid");
    town.check();
}

#[test]
fn it_takes_two_and_what_was_proposed() {
    let (mut town, order) = paid(10_000);
    town.close(DAY).done();
    let refunding = town.refunding(order, 1_000);
    let approval = town.proposed(refunding);
    assert!(!town.approve("li", approval, refunding).code().is_empty(), "the maker is no checker");
    let more = Refunding { amount: Fen(2_000), ..refunding };
    assert_eq!(town.approve("wang", approval, more).code(), "approval_differs");
    town.approve("wang", approval, refunding).done();
    let second = town.proposed(refunding);
    town.approve("wang", second, refunding).declined("refund_outdated");
    let scope = town.operator("li", WithdrawApproval::OPERATION);
    town.run(&WithdrawApproval { scope, approval: second }).done();
    assert_eq!(town.order(order).refunded, Fen(1_000));
    let payer = town.order(order).payer;
    town.accounts.get_mut(&payer.0).expect("Li's").status = AccountStatus::Closed;
    town.refund(order, 1_000).declined("account_not_active");
    town.check();
}

#[test]
fn what_the_biller_undoes_after_a_refund_pays_nobody_twice() {
    let mut town = Town::new();
    let order = town.pay("1001", 10_000, "li").done().order();
    town.hear(order, News::Answered(Heard::Done)).done();
    town.take_back(order).done();
    town.hear(order, News::Reversal(Heard::Refused)).done();
    town.hear(order, News::Queried(Heard::Done)).done();
    assert_eq!(town.state(order), InstructionState::Done);
    town.clock("2026-11-20T18:00:00+08:00");
    town.close(DAY).done();
    town.refund(order, 4_000).done();
    town.hear(order, News::Reversal(Heard::Done)).done();
    let after = town.instruction(order);
    assert_eq!((after.state, after.contested), (InstructionState::Done, true));
    assert_eq!(town.order(order).state, OrderState::PartRefunded);
    assert_eq!(town.balance("deposit:li"), DEPOSIT - 6_000);
    town.take_back(order).declined("too_late_to_reverse");
    town.check();
}

#[test]
fn a_day_closes_of_which_more_was_given_back_than_is_left() {
    let (mut town, order) = paid(10_000);
    town.close(DAY).done();
    let other = town.pay("1002", 3_000, "wang").done().order();
    town.hear(other, News::Answered(Heard::Done)).done();
    town.refund(order, 3_000).done();
    town.take_back(other).done();
    town.hear(other, News::Reversal(Heard::Done)).done();
    assert_eq!(town.balance(SETTLEMENT), -3_000);
    town.clock("2026-11-21T18:00:00+08:00");
    town.close(NEXT).done();
    assert_eq!(town.balance(SETTLEMENT), 0);
    town.check();
}
