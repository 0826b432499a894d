//! Drawing money, spending it, and letting it go back, one step at a time.

use jiaozi_ledger::draw::DrawState;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::instruction::{InstructionState, News, Said as Heard};
use jiaozi_ledger::order::OrderState;
use jiaozi_ledger::statement::LineState;
use serde_json::Value;

use super::town::Town;
use crate::draw::answer::event_data;
use crate::reconciliation::judge::{Evidence, Line, Ours, judge};
use crate::spec::calendar::Calendars;
use crate::spec::{PartnerSpec, calendar};

fn town() -> Town {
    Town::new("22:00")
}

impl Town {
    fn begun(&mut self) -> OrderId {
        let said = self.begin("7", 1_500, "1", None).done();
        assert_eq!((said.status, said.body["state"].as_str()), (202, Some("accepted")));
        said.order()
    }

    fn core_says(&mut self, order: OrderId, news: News) {
        let (instruction, tried) = (self.of_core(order).id, self.of_core(order).tries);
        self.hear(instruction, news, tried).done();
        self.check();
    }

    fn biller_says(&mut self, order: OrderId, news: News) {
        let ours = self.of_biller(order).expect("the biller was asked");
        let (instruction, tried) = (ours.id, ours.tries);
        self.hear(instruction, news, tried).done();
        self.check();
    }

    fn read_all(&mut self) {
        while self.read_one() {
            self.check();
        }
    }

    fn stands(&self, order: OrderId) -> DrawState {
        self.draw(order).state
    }
}

#[test]
fn money_comes_first_and_the_biller_is_paid_with_it() {
    let mut town = town();
    let order = town.begun();
    assert_eq!(town.balance("core:clearing"), 0, "nothing of ours has moved");
    assert!(town.of_biller(order).is_none(), "nobody is asked before the money is there");
    town.core_says(order, News::Answered(Heard::Done));
    assert_eq!((town.balance("core:clearing"), town.balance("customer:1")), (1_500, 1_500));
    town.read_all();
    assert_eq!(town.stands(order), DrawState::Spent);
    town.biller_says(order, News::Answered(Heard::Done));
    assert_eq!(town.order(order).state, OrderState::Paid);
    assert_eq!(town.balance("customer:1"), 0);
    assert_eq!(town.balance("partner:water:settlement"), 1_500);
}

#[test]
fn what_the_core_refuses_moves_nothing_and_asks_nobody_else() {
    let mut town = town();
    for news in [News::Answered(Heard::Refused), News::NotSent] {
        let order = town.begun();
        town.core_says(order, news);
        town.read_all();
        assert_eq!(town.stands(order), DrawState::Refused);
        assert!(town.of_biller(order).is_none());
        assert_eq!(town.balance("core:clearing"), 0);
    }
}

#[test]
fn what_the_scene_declines_goes_back_in_the_commit_that_declines_it() {
    let mut town = town();
    let order = town.begun();
    town.seconds_pass(301);
    town.core_says(order, News::Answered(Heard::Done));
    town.read_all();
    assert_eq!(town.stands(order), DrawState::Returning);
    assert_eq!(town.draw(order).reason.as_deref(), Some("quote_expired"));
    assert_eq!((town.balance("customer:1"), town.balance("suspense:unknown:core")), (0, 1_500));
    assert_eq!(town.of_core(order).state, InstructionState::Reversing);
    town.core_says(order, News::Reversal(Heard::Done));
    assert_eq!(town.stands(order), DrawState::Returned);
    assert_eq!(town.balance("core:clearing"), 0);
}

#[test]
fn what_the_biller_refuses_goes_back_to_the_core() {
    let mut town = town();
    let order = town.begun();
    town.core_says(order, News::Answered(Heard::Done));
    town.read_all();
    town.biller_says(order, News::Answered(Heard::Refused));
    assert_eq!(town.balance("customer:1"), 1_500, "until the feed is read");
    town.read_all();
    assert_eq!(town.draw(order).reason.as_deref(), Some("payment_refused"));
    assert_eq!(town.of_core(order).state, InstructionState::Reversing);
    town.core_says(order, News::Reversal(Heard::Nothing));
    town.core_says(order, News::Reversal(Heard::Done));
    assert_eq!((town.stands(order), town.balance("core:clearing")), (DrawState::Returned, 0));
}

#[test]
fn what_the_core_has_taken_back_is_told_with_the_reference_of_that() {
    let mut town = town();
    let order = town.begun();
    let told = |town: &Town| {
        let told = event_data(town.draw(order), town.of_core(order));
        (told["core_reference"].clone(), told["reversal_reference"].clone())
    };
    let (own, none) = told(&town);
    town.core_says(order, News::Answered(Heard::Done));
    town.read_all();
    town.biller_says(order, News::Answered(Heard::Refused));
    town.read_all();
    assert_eq!((told(&town), none), ((own.clone(), Value::Null), Value::Null));
    town.core_says(order, News::Reversal(Heard::Done));
    let reversal = town.of_core(order).reversal_reference.clone();
    assert_eq!(told(&town), (own.clone(), reversal.clone().into()));
    assert_ne!(own, Value::from(reversal));
}

#[test]
fn a_second_run_of_the_same_draw_spends_nothing() {
    let mut town = town();
    let order = town.begun();
    town.core_says(order, News::Answered(Heard::Done));
    town.read_all();
    let draw = town.draw(order).clone();
    assert_eq!(town.spend(&draw).code(), "not_drawn");
    assert_eq!(town.give_back(&draw).code(), "not_drawn", "the biller may still have it");
    town.check();
    assert_eq!(town.orders.len(), 1);
}

#[test]
fn a_draw_whose_reversal_was_begun_is_never_spent() {
    let mut town = town();
    let order = town.begun();
    town.core_says(order, News::Answered(Heard::Nothing));
    town.core_says(order, News::Queried(Heard::NotFound));
    assert_eq!(town.of_core(order).state, InstructionState::Reversing);
    // Older than the reversal: it decides nothing.
    town.core_says(order, News::Answered(Heard::Done));
    assert_eq!(town.stands(order), DrawState::Asked);
    town.core_says(order, News::Listed);
    assert_eq!(town.stands(order), DrawState::Returning);
    assert!(town.of_core(order).contested);
    town.read_all();
    assert!(town.of_biller(order).is_none());
}

#[test]
fn after_the_core_s_day_money_waits_for_two_operators() {
    let mut town = Town::new("16:00");
    let order = town.begun();
    town.core_says(order, News::Answered(Heard::Done));
    town.read_all();
    town.clock("2026-11-20T16:30:00+08:00");
    town.biller_says(order, News::Answered(Heard::Refused));
    town.read_all();
    assert_eq!(town.stands(order), DrawState::Returning);
    let ours = town.of_core(order).clone();
    assert_eq!(
        (ours.state, ours.contested),
        (InstructionState::Done, true),
        "it takes nothing back"
    );
    // That it is on the core's file changes nothing: nobody is to have it.
    town.core_says(order, News::Listed);
    assert_eq!(town.stands(order), DrawState::Returning);
    town.rule(ours.id, false).done();
    town.check();
    assert_eq!((town.stands(order), town.balance("core:clearing")), (DrawState::Returned, 0));
    town.rule(ours.id, false).declined("outcome_known");
    // The core's file of that day lists the debit, and is right.
    let (state, amount) = (LineState::Paid, ours.amount);
    let listed = Evidence { line: Some(Line { amount, state }), whole: true, repeated: false };
    let rules = &town.core.reconciliation;
    assert_eq!(judge(Some(Ours::asked(town.of_core(order), None)), &listed, rules), None);
    assert!(!town.of_core(order).contested);
}

#[test]
fn two_operators_decide_what_the_core_does_not_say() {
    let mut town = town();
    for (done, expected) in [(true, DrawState::Drawn), (false, DrawState::Refused)] {
        let order = town.begun();
        town.core_says(order, News::Answered(Heard::Nothing));
        let instruction = town.of_core(order).id;
        town.rule(instruction, done).done();
        town.check();
        assert_eq!(town.stands(order), expected);
    }
}

#[test]
fn what_the_core_gives_for_a_frozen_account_is_in_suspense_and_goes_back() {
    for (silent_before, news) in
        [(false, News::Answered(Heard::Done)), (true, News::Queried(Heard::Done))]
    {
        let mut town = town();
        let order = town.begun();
        if silent_before {
            town.core_says(order, News::Answered(Heard::Nothing));
        }
        town.freeze("customer:1");
        town.core_says(order, news);
        assert_eq!(town.stands(order), DrawState::Returning);
        assert_eq!(town.draw(order).reason.as_deref(), Some("account_not_active"));
        assert_eq!(town.balance("suspense:unknown:core"), 1_500, "it is seen");
        assert_eq!(town.of_core(order).state, InstructionState::Reversing);
        assert!(town.of_core(order).due_at.is_some(), "the core is asked to take it back");
        town.read_all();
        assert!(town.of_biller(order).is_none());
        town.core_says(order, News::Reversal(Heard::Done));
        assert_eq!((town.stands(order), town.balance("core:clearing")), (DrawState::Returned, 0));
    }
}

#[test]
fn what_is_on_the_core_s_file_for_a_frozen_account_waits_for_two_operators() {
    let mut town = Town::new("16:00");
    let order = town.begun();
    town.core_says(order, News::Answered(Heard::Nothing));
    town.freeze("customer:1");
    town.clock("2026-11-20T16:30:00+08:00");
    town.core_says(order, News::Listed);
    assert_eq!(town.stands(order), DrawState::Returning);
    assert_eq!(town.balance("suspense:unknown:core"), 1_500);
    assert!(town.of_core(order).contested, "the core takes nothing back any more");
}

#[test]
fn a_ruling_is_on_what_was_proposed_and_not_on_what_came_of_it() {
    let mut town = town();
    let order = town.begun();
    town.core_says(order, News::Answered(Heard::Nothing));
    town.core_says(order, News::Queried(Heard::NotFound));
    let (ruling, approval) = town.propose_ruling(town.of_core(order).id, false);
    // The core has it after all: now the same word would say that somebody gave it back by hand.
    town.core_says(order, News::Listed);
    assert_eq!(town.stands(order), DrawState::Returning);
    town.approve_ruling(ruling, approval).declined("ruling_outdated");
    town.check();
    assert_eq!(town.stands(order), DrawState::Returning);
    town.withdraw(approval);
    let instruction = town.of_core(order).id;
    town.rule(instruction, false).done();
    assert_eq!(town.stands(order), DrawState::Returned);
}

#[test]
fn a_reference_is_used_once_also_while_the_core_is_asked() {
    let mut town = town();
    let first = town.begin("7", 1_500, "1", Some("r-1")).done().order();
    let again = town.begin("8", 1_500, "1", Some("r-1")).declined("reference_used");
    assert_eq!(again.order(), first);
    let here = town.pay_here("8", "customer:2", Some("r-1")).declined("reference_used");
    assert_eq!(here.order(), first, "whoever pays it, and from where");
    town.core_says(first, News::Answered(Heard::Done));
    town.read_all();
    assert_eq!(town.stands(first), DrawState::Spent, "it is the draw's own reference");
}

#[test]
fn the_shipped_core_is_in_order() {
    let every_day = include_str!("../../../../partner-specs/calendars/every-day.toml");
    let calendars: Calendars =
        [calendar::Calendar::parse("every-day.toml", every_day).expect("a calendar")]
            .into_iter()
            .collect();
    let text = include_str!("../../../../partner-specs/minrong-core/partner.toml");
    let spec = PartnerSpec::parse("partner.toml", text, &calendars).expect("a specification");
    assert!(spec.core().is_some() && spec.biller().is_none() && !spec.is_payee());
    for (from, to, key) in [
        ("\"until_cut_off\"", "\"none\"", "outbound.schedule.reversal"),
        ("message.write_off", "message.query", "message.write_off"),
        ("least = 12", "least = 20", "core.account"),
        ("calendar = \"every-day\"", "calendar = \"nowhere\"", "core.calendar"),
        ("kind = \"core\"", "kind = \"biller\"", "partner.scene"),
        (
            "[core]",
            "[fee]\nbasis_points = 1\nminimum_fen = 0\nrounding = \"half_up\"\nborne_by = \"partner\"\n[core]",
            "fee",
        ),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        let problems = PartnerSpec::parse("p", &changed, &calendars).expect_err(key);
        assert!(problems.iter().any(|problem| problem.key == key), "{key}: {problems:?}");
    }
}
