//! Breaks opened, changed and resolved, with the money that moves with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi_ledger::approval::{Content, Propose};
use jiaozi_ledger::breaks::{Break, BreakKind, Cause, Resolution};
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::id::{ApprovalId, OrderId};
use jiaozi_ledger::instruction::{InstructionState, News, Said as Heard};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::statement::LineState;
use jiff::civil::{Date, date};

use crate::books::Said;
use crate::reconciliation::compare::Compare;
use crate::reconciliation::judge::{Evidence, Line};
use crate::reconciliation::own::Own;
use crate::reconciliation::resolve::{Proposed, Resolve};
use crate::utility::rule::{Rule, Ruling};
use crate::utility::tests::town::{DEPOSIT, Town};

const DAY: Date = date(2026, 11, 20);
const NEXT: Date = date(2026, 11, 21);

/// Nothing is listed; the file of the next day is not there yet.
const MISSING: Evidence = Evidence { line: None, whole: false, repeated: false };
/// Nor in that of the next day.
const ABSENT: Evidence = Evidence { whole: true, ..MISSING };

fn paid(fen: i64) -> Evidence {
    told(fen, LineState::Paid)
}

fn told(fen: i64, state: LineState) -> Evidence {
    Evidence { line: Some(Line { amount: Fen(fen), state }), ..ABSENT }
}

impl Town {
    pub(crate) fn compare(&mut self, reference: &str, evidence: Evidence) -> Said {
        let scope = self.scope(Compare::OPERATION);
        let biller = Arc::clone(&self.biller);
        let reference = reference.to_owned();
        self.run(&Compare { scope, biller, reference, date: DAY, evidence, files: BTreeMap::new() })
    }

    pub(crate) fn reference(&self, order: OrderId) -> String {
        self.instruction(order).reference().to_owned()
    }

    pub(crate) fn the_break(&self) -> &Break {
        assert_eq!(self.breaks.len(), 1, "one break");
        self.breaks.values().next().expect("a break")
    }

    fn unexplained(&self) -> i64 {
        self.balance("suspense:unexplained:water")
    }

    fn propose(&mut self, content: Content) -> ApprovalId {
        let scope = Scope {
            partner: "operator:li".to_owned(),
            operation: Propose::OPERATION,
            key: "p".to_owned(),
        };
        let said = self.run(&Propose { scope, content, reason: "their letter".to_owned() }).done();
        serde_json::from_value(said.body["approval"].clone()).expect("an approval")
    }

    fn resolve(&mut self, by: &str, account: Option<&str>) -> Said {
        let one = self.the_break();
        let account = account.map(str::to_owned);
        let proposed = Proposed { id: one.id, booked: one.booked, left: None, account };
        let approval = self.propose(proposed.content());
        let scope =
            Scope { partner: by.to_owned(), operation: Resolve::OPERATION, key: "r".to_owned() };
        let biller = Arc::clone(&self.biller);
        self.run(&Resolve { scope, approval, biller, proposed, remark: None })
    }
}

/// A payment that the biller has done, on a day that is over and settled.
fn settled(fen: i64) -> (Town, OrderId) {
    let (mut town, order) = done(fen);
    town.clock("2026-11-20T18:00:00+08:00");
    town.close(DAY).done();
    town.check();
    (town, order)
}

fn done(fen: i64) -> (Town, OrderId) {
    let mut town = Town::new();
    let order = town.pay("0012", fen, "li").order();
    town.hear(order, News::Answered(Heard::Done)).done();
    (town, order)
}

#[test]
fn what_both_have_is_no_break() {
    let (mut town, order) = settled(10_000);
    let reference = town.reference(order);
    town.compare(&reference, paid(10_000)).done();
    assert!(town.breaks.is_empty());
}

#[test]
fn only_ours_waits_for_the_next_file_and_is_then_taken_from_the_open_day() {
    let (mut town, order) = settled(10_000);
    let reference = town.reference(order);
    let before = town.day(DAY).clone();
    town.compare(&reference, MISSING).done();
    let open = town.the_break();
    assert_eq!((open.kind, open.cause), (BreakKind::OnlyOurs, Cause::CutOff));
    assert_eq!((open.gap, open.booked, town.unexplained()), (Fen(10_000), Fen::ZERO, 0));
    town.compare(&reference, ABSENT).done();
    let booked = town.the_break();
    assert_eq!((booked.cause, booked.booked), (Cause::NotListed, Fen(10_000)));
    assert_eq!(town.unexplained(), 10_000);
    assert_eq!(town.day(DAY), &before, "a closed day never changes");
    assert_eq!(town.day(NEXT).adjusted, Fen(-10_000));
    town.check();
    // The same once more changes nothing.
    let events = town.breaks.clone();
    town.compare(&reference, ABSENT).done();
    assert_eq!(town.breaks, events);
    // A corrected file has it after all.
    town.compare(&reference, paid(10_000)).done();
    assert_eq!(town.the_break().resolution, Some(Resolution::Evidence));
    assert_eq!((town.unexplained(), town.day(NEXT).adjusted), (0, Fen::ZERO));
    town.check();
}

#[test]
fn a_day_from_which_more_was_taken_than_paid_closes_and_the_partner_gives_it_back() {
    let (mut town, order) = settled(10_000);
    let reference = town.reference(order);
    town.compare(&reference, ABSENT).done();
    town.clock("2026-11-21T18:00:00+08:00");
    let own = town.balance("settlement:water");
    town.close(NEXT).done();
    assert_eq!(town.balance("settlement:water"), own - 10_000, "it has less than nothing: a debt");
    assert_eq!(town.balance("partner:water:settlement"), 0);
    town.check();
}

#[test]
fn only_theirs_is_owed_to_them_out_of_suspense() {
    let mut town = Town::new();
    town.compare("JZ999", paid(7_700)).done();
    let one = town.the_break();
    assert_eq!((one.kind, one.cause), (BreakKind::OnlyTheirs, Cause::UnknownReference));
    assert_eq!((one.gap, one.booked, town.unexplained()), (Fen(7_700), Fen(-7_700), -7_700));
    assert_eq!(town.day(DAY).net(), Fen(7_700), "counted in its own day while that is open");
    town.check();
    town.compare("JZ999", ABSENT).done();
    assert_eq!((town.unexplained(), town.the_break().is_open()), (0, false));
    town.check();
}

#[test]
fn what_we_took_for_refused_and_they_have_is_only_theirs() {
    let mut town = Town::new();
    let order = town.pay("0012", 5_000, "li").order();
    town.hear(order, News::Answered(Heard::Refused)).done();
    let reference = town.reference(order);
    town.compare(&reference, paid(5_000)).done();
    let one = town.the_break();
    assert_eq!(
        (one.kind, one.cause, one.booked),
        (BreakKind::OnlyTheirs, Cause::RefusedHere, Fen(-5_000))
    );
    town.check();
}

#[test]
fn another_amount_books_the_difference_up_or_down_and_knows_its_unit() {
    for (theirs, booked, cause) in [
        (9_400, 600, Cause::OtherAmount),
        (10_600, -600, Cause::OtherAmount),
        (100, 9_900, Cause::AmountUnit),
        (1_000_000, -990_000, Cause::AmountUnit),
    ] {
        let (mut town, order) = settled(10_000);
        let reference = town.reference(order);
        town.compare(&reference, paid(theirs)).done();
        let one = town.the_break();
        assert_eq!((one.kind, one.cause, one.booked), (BreakKind::Amount, cause, Fen(booked)));
        assert_eq!((one.gap.0, town.unexplained()), (booked.abs(), booked));
        town.check();
    }
}

#[test]
fn another_status_alone_books_nothing_and_is_unexplained_in_full() {
    for (state, cause) in
        [(LineState::Reversed, Cause::ReversedThere), (LineState::NotPaid, Cause::NotPaidThere)]
    {
        let (mut town, order) = settled(10_000);
        let reference = town.reference(order);
        town.compare(&reference, told(10_000, state)).done();
        let one = town.the_break();
        assert_eq!((one.kind, one.cause), (BreakKind::Status, cause));
        assert_eq!((one.gap, town.unexplained()), (Fen(10_000), 0));
    }
}

#[test]
fn an_unknown_payment_that_is_not_listed_is_not_unexplained_twice() {
    let mut town = Town::new();
    let order = town.pay("0012", 10_000, "li").order();
    town.hear(order, News::Answered(Heard::Nothing)).done();
    let reference = town.reference(order);
    town.compare(&reference, MISSING).done();
    let one = town.the_break();
    assert_eq!((one.kind, one.cause, one.gap), (BreakKind::Unknown, Cause::CutOff, Fen::ZERO));
    town.compare(&reference, ABSENT).done();
    assert_eq!(town.the_break().cause, Cause::StatusNotKnown);
    town.hear(order, News::Unlisted).done();
    town.compare(&reference, ABSENT).done();
    assert!(!town.the_break().is_open());
    assert_eq!(
        (town.state(order), town.balance("deposit:li")),
        (InstructionState::Reversed, DEPOSIT)
    );
    town.check();
}

#[test]
fn an_owner_explains_nothing() {
    let mut town = Town::new();
    town.compare("JZ999", paid(7_700)).done();
    let before = town.the_break().clone();
    let own = |town: &mut Town, owner: &str| {
        let scope = town.scope(Own::OPERATION);
        town.run(&Own { scope, id: before.id, owner: owner.to_owned() })
    };
    own(&mut town, "li.wei").done();
    let after = town.the_break();
    assert_eq!(after.owner.as_deref(), Some("li.wei"));
    assert_eq!((after.gap, after.booked, after.since), (before.gap, before.booked, before.since));
    own(&mut town, " ").declined("owner_expected");
    town.compare("JZ999", ABSENT).done();
    own(&mut town, "li.wei").declined("break_resolved");
}

#[test]
fn who_proposes_a_resolution_does_not_approve_it() {
    let (mut town, order) = settled(10_000);
    let reference = town.reference(order);
    town.compare(&reference, ABSENT).done();
    assert_eq!(town.resolve("operator:li", Some("deposit:li")).code(), "approval_own");
    assert_eq!((town.unexplained(), town.the_break().is_open()), (10_000, true));
}

#[test]
fn the_second_operator_posts_the_resolution_and_the_same_files_do_not_open_it_again() {
    let (mut town, order) = settled(10_000);
    let reference = town.reference(order);
    town.compare(&reference, ABSENT).done();
    town.resolve("operator:wang", Some("deposit:li")).done();
    let one = town.the_break();
    assert_eq!((one.resolution, one.moved), (Some(Resolution::Approved), Fen(10_000)));
    assert_eq!((town.unexplained(), town.balance("deposit:li")), (0, DEPOSIT));
    town.check();
    town.compare(&reference, ABSENT).done();
    assert!(!town.the_break().is_open(), "the files say what they said");
    // They had it after all: the payer has the money, and so are they to have it.
    town.compare(&reference, paid(10_000)).done();
    let again = town.the_break();
    assert_eq!((again.cause, again.booked), (Cause::RuledOtherwise, Fen(-10_000)));
    assert_eq!((again.gap, town.unexplained()), (Fen(10_000), -10_000));
    town.check();
}

#[test]
fn to_the_partner_it_counts_in_its_day_again() {
    let (mut town, order) = settled(10_000);
    let reference = town.reference(order);
    town.compare(&reference, ABSENT).done();
    town.resolve("operator:wang", Some("partner:water:settlement")).done();
    assert_eq!((town.unexplained(), town.day(NEXT).adjusted), (0, Fen::ZERO));
    town.compare(&reference, paid(10_000)).done();
    assert!(!town.the_break().is_open());
    town.check();
}

#[test]
fn nothing_is_resolved_into_suspense_or_without_an_account() {
    for account in [Some("suspense:unknown:water"), Some("partner:gas:settlement"), None] {
        let (mut town, order) = settled(10_000);
        let reference = town.reference(order);
        town.compare(&reference, ABSENT).done();
        let said = town.resolve("operator:wang", account);
        let code = if account.is_some() { "account_not_suitable" } else { "account_expected" };
        said.declined(code);
        assert_eq!(town.unexplained(), 10_000);
    }
}

#[test]
fn two_operators_rule_what_nobody_can_say() {
    for is_done in [true, false] {
        let mut town = Town::new();
        let order = town.pay("0012", 10_000, "li").order();
        town.hear(order, News::Answered(Heard::Nothing)).done();
        let ruling = Ruling::on(town.instruction(order), None, is_done);
        let approval = town.propose(ruling.content());
        let rule = |town: &mut Town, by: &str| {
            let scope =
                Scope { partner: by.to_owned(), operation: Rule::OPERATION, key: by.to_owned() };
            let biller = Arc::clone(&town.biller);
            town.run(&Rule { scope, approval, biller, ruling, remark: None })
        };
        assert_eq!(rule(&mut town, "operator:li").code(), "approval_own");
        rule(&mut town, "operator:wang").done();
        let (state, left) = match is_done {
            true => (InstructionState::Done, DEPOSIT - 10_000),
            false => (InstructionState::Reversed, DEPOSIT),
        };
        assert_eq!((town.state(order), town.balance("deposit:li")), (state, left));
        town.check();
        assert_eq!(rule(&mut town, "operator:chen").code(), "outcome_known");
    }
}

#[test]
fn a_line_of_a_second_file_is_a_break_of_its_own_and_pays_nobody() {
    let (mut town, order) = settled(10_000);
    let reference = town.reference(order);
    town.compare(&reference, paid(10_000)).done();
    town.compare(&reference, Evidence { repeated: true, ..paid(10_000) }).done();
    let one = town.the_break();
    assert_eq!((one.cause, one.gap, one.booked), (Cause::Duplicate, Fen(10_000), Fen::ZERO));
    assert_eq!(one.break_key, format!("water/{reference}/2026-11-20"));
    town.check();
}

#[test]
fn what_a_later_file_or_the_payment_itself_decides_nobody_resolves() {
    let (mut town, order) = settled(10_000);
    let reference = town.reference(order);
    town.compare(&reference, MISSING).done();
    assert_eq!(town.the_break().cause, Cause::CutOff);
    assert_eq!(town.resolve("operator:wang", None).code(), "break_not_ripe");
    let mut town = Town::new();
    let order = town.pay("0012", 10_000, "li").order();
    town.hear(order, News::Answered(Heard::Nothing)).done();
    let reference = town.reference(order);
    town.compare(&reference, ABSENT).done();
    assert_eq!(town.the_break().kind, BreakKind::Unknown);
    assert_eq!(town.resolve("operator:wang", None).code(), "break_not_ripe");
    town.check();
}

#[test]
fn evidence_of_a_file_that_does_not_count_any_more_changes_nothing() {
    let (mut town, order) = settled(10_000);
    let (scope, biller) = (town.scope(Compare::OPERATION), Arc::clone(&town.biller));
    let stale = Compare {
        scope,
        biller,
        reference: town.reference(order),
        date: DAY,
        evidence: ABSENT,
        files: BTreeMap::from([(DAY, Some(0)), (NEXT, None)]),
    };
    assert_eq!(town.run(&stale).code(), "evidence_changed");
    assert!(town.breaks.is_empty());
}

/// A payment that is settled, and that the partner says it has not.
fn of_another_status(fen: i64) -> Town {
    let (mut town, order) = settled(fen);
    let reference = town.reference(order);
    town.compare(&reference, told(fen, LineState::NotPaid)).done();
    town
}

#[test]
fn two_operators_take_from_the_partner_what_it_says_it_has_not() {
    let mut town = of_another_status(10_000);
    let found = town.the_break();
    assert_eq!((found.kind, found.gap, found.booked), (BreakKind::Status, Fen(10_000), Fen::ZERO));
    town.resolve("operator:wang", Some("deposit:li")).done();
    assert_eq!(town.balance("deposit:li"), DEPOSIT);
    assert_eq!((town.the_break().gap, town.the_break().moved), (Fen::ZERO, Fen(10_000)));
    assert_eq!(town.balance("partner:water:settlement"), -10_000, "its next day is less");
    // A corrected file that says the same with other figures gives nothing back.
    let reference = town.the_break().reference().to_owned();
    town.compare(&reference, told(0, LineState::NotPaid)).done();
    assert_eq!((town.the_break().moved, town.unexplained()), (Fen(10_000), 0));
    town.check();
    let mut town = of_another_status(10_000);
    let own = town.resolve("operator:wang", Some("partner:water:settlement"));
    assert_eq!(own.code(), "account_not_suitable");
}
