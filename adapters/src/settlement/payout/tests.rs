//! A company whose days are settled and paid out, in memory. Friday 27 November is a holiday, and Saturday
//! 28 November is worked in exchange.

use std::sync::Arc;

use jiaozi_ledger::account::AccountStatus;
use jiaozi_ledger::approval::{Content, Propose};
use jiaozi_ledger::chart::{CORE_CLEARING, FEE_INCOME, PAYOUTS_TRANSIT};
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::id::{ApprovalId, Ids, PayoutId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::payout::{Payout, PayoutState};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::collect::CollectFees;
use super::digest_of_destination;
use super::hear::Hear;
use super::prepare::{Prepare, ready};
use super::redirect::{Redirect, Redirection};
use super::release::{Freeing, Release};
use super::rule::{PayoutRuling, RulePayout};
use super::send::Send;
use crate::books::{Books, Said};
use crate::iso20022::status::Status;
use crate::property::company::Company;
use crate::settlement::close::CloseDay;
use crate::settlement::payee::Payee;
use crate::spec::PartnerSpec;
use crate::spec::calendar::{Calendar, Calendars};

const CALENDAR: &str = r#"
calendar = 1
name = "plain"
source = "made for these tests"
covers = { from = "2026-01-01", to = "2027-12-31" }
rest_days = ["saturday", "sunday"]
working_days = ["2026-11-28"]
[[holiday]]
name = "a holiday"
from = "2026-11-27"
to = "2026-11-27"
"#;

const NET: &str = r#"
[payout]
settle = "net"
minimum_fen = 10000
to = { name = "云和物业", account = "6222000001", bic = "YUNHCNBJ" }
"#;

const OWN: &str = "settlement:yunhe";

struct Town {
    payee: Arc<Payee>,
    books: Books,
}

fn payee(payout: &str) -> Arc<Payee> {
    let calendars: Calendars =
        [Calendar::parse("plain.toml", CALENDAR).expect("a calendar")].into_iter().collect();
    let text = include_str!("../../property/tests/company.toml");
    let text = text.replacen("[late_fee]", &format!("{payout}\n[late_fee]"), 1);
    let spec = PartnerSpec::parse("company.toml", &text, &calendars).expect("a specification");
    Company::of(&spec, &calendars).expect("a company").payee
}

impl Town {
    /// Tuesday, 24 November 2026.
    fn new(payout: &str) -> Town {
        let payee = payee(payout);
        let codes = payee.accounts();
        let mut accounts = vec![(FEE_INCOME, 0), (CORE_CLEARING, 0), (PAYOUTS_TRANSIT, 0)];
        accounts.extend(codes.iter().map(|code| (code.as_str(), 0)));
        let books = Books::new("2026-11-24T10:00:00+08:00", &accounts);
        Town { payee, books }
    }

    /// A day of 200 yuan, paid out on the next, of which the core has been told.
    fn with_one_sent() -> (Town, Date, PayoutId) {
        let (mut town, day) = (Town::new(NET), date(2026, 11, 25));
        town.day(date(2026, 11, 24), 20_000, 0);
        let payout = town.prepared(day);
        town.send(day, 1, &[payout]).done();
        (town, day, payout)
    }

    fn scope(&self, operation: &'static str) -> Scope {
        self.by("operator:li", operation)
    }

    fn by(&self, who: &str, operation: &'static str) -> Scope {
        let key = self.books.seq.to_string();
        Scope { partner: who.to_owned(), operation, key }
    }

    /// A day on which so much was paid, with a fee of so much, closed after its cut-off.
    fn day(&mut self, day: Date, paid: i64, fee: i64) {
        let ids = Ids::new(self.books.at, 77, 0);
        let mut open = Day::open(ids.id(0), &self.payee.code, day);
        (open.payments, open.paid, open.fee) = (1, Fen(paid), Fen(fee));
        open.items.insert("parking".to_owned(), paid);
        let settlement = self.payee.settlement();
        let account = self.books.accounts.values_mut().find(|one| one.code == settlement);
        account.expect("it is open").posted.0 += paid;
        self.books.days.insert(open.id.0, open);
        self.books.clock(&format!("{day}T23:00:00+08:00"));
        let (scope, payee) = (self.scope(CloseDay::OPERATION), Arc::clone(&self.payee));
        self.books.run(&CloseDay { scope, payee, date: day }).done();
    }

    fn prepare(&mut self, day: Date) -> Said {
        self.books.clock(&format!("{day}T09:00:00+08:00"));
        let (scope, payee) = (self.scope(Prepare::OPERATION), Arc::clone(&self.payee));
        self.books.run(&Prepare { scope, payee, account: OWN.to_owned(), date: day })
    }

    fn prepared(&mut self, day: Date) -> PayoutId {
        let said = self.prepare(day).done();
        serde_json::from_value(said.body["payout"].clone()).expect("a payout")
    }

    fn send(&mut self, day: Date, number: i64, payouts: &[PayoutId]) -> Said {
        let scope = self.scope(Send::OPERATION);
        let (debtor, payouts) = ("{}".to_owned(), payouts.to_vec());
        self.books.run(&Send { scope, date: day, number, debtor, payouts })
    }

    fn hear(&mut self, payout: PayoutId, status: Status) -> Said {
        self.hear_with(payout, status, None)
    }

    fn hear_with(
        &mut self,
        payout: PayoutId,
        status: Status,
        differs: Option<&'static str>,
    ) -> Said {
        let scope = self.scope(Hear::OPERATION);
        let report = format!("R{}", self.books.seq);
        let reason = status.is_refused().then(|| "AC04".to_owned());
        self.books.run(&Hear { scope, payout, status, reason, differs, report })
    }

    fn release(&mut self, payout: PayoutId) -> Said {
        let freeing = Freeing { payout };
        let approval = self.propose(freeing.content());
        let own = self.by("operator:li", Release::OPERATION);
        let own = Release { scope: own, approval, freeing: freeing.clone(), remark: None };
        assert_ne!(self.books.run(&own).status, 200, "nobody releases what they proposed");
        let scope = self.by("operator:wang", Release::OPERATION);
        let said = self.books.run(&Release { scope, approval, freeing, remark: None });
        self.books.approvals.retain(|_, one| one.id != approval);
        said
    }

    fn propose(&mut self, content: Content) -> ApprovalId {
        let scope = self.by("operator:li", Propose::OPERATION);
        let said = self.books.run(&Propose { scope, content, reason: "asked the core".to_owned() });
        serde_json::from_value(said.done().body["approval"].clone()).expect("an approval")
    }

    fn rule(&mut self, payout: PayoutId, settled: bool) -> Said {
        let one = self.payout(payout);
        let ruling = PayoutRuling::on(one, settled);
        let approval = self.propose(ruling.content());
        let scope = self.by("operator:wang", RulePayout::OPERATION);
        self.books.run(&RulePayout { scope, approval, ruling, remark: None })
    }

    /// The account is to be paid to another number from a day on, and two operators agree.
    fn redirected(&mut self, number: &str, from: Date) {
        self.payee = payee(&NET.replace("6222000001", number));
        let to = self.payee.destination(OWN).expect("it is paid out").clone();
        let redirection = Redirection {
            payable: self.list().id,
            partner: "yunhe".to_owned(),
            account: OWN.to_owned(),
            destination_sha256: digest_of_destination(&to),
            number: to.shown(),
            from,
        };
        let approval = self.propose(redirection.content());
        let redirect =
            |scope| Redirect { scope, approval, redirection: redirection.clone(), remark: None };
        let own = redirect(self.by("operator:li", Redirect::OPERATION));
        assert_eq!(self.books.run(&own).code(), "approval_own");
        let second = redirect(self.by("operator:wang", Redirect::OPERATION));
        self.books.run(&second).done();
    }

    fn payout(&self, id: PayoutId) -> &Payout {
        &self.books.payouts[&id.0]
    }

    fn list(&self) -> &Payable {
        self.books.payables.values().find(|list| list.account == OWN).expect("a list")
    }

    fn is(&self, own: i64, transit: i64, core: i64) {
        let books = &self.books;
        let found = [OWN, PAYOUTS_TRANSIT, CORE_CLEARING].map(|code| books.balance(code));
        assert_eq!(found, [own, transit, -core], "own, in transit, paid");
        let open = books.payouts.values().filter(|one| one.state.is_open());
        assert_eq!(open.map(|one| one.amount.0).sum::<i64>(), transit);
    }
}

/// What second payees get of parking in the specification is all of it; these days have none of them.
#[test]
fn what_is_under_the_minimum_waits_and_is_paid_with_the_next() {
    let mut town = Town::new(NET);
    town.day(date(2026, 11, 24), 7_000, 100);
    town.is(6_900, 0, 0);
    town.prepare(date(2026, 11, 25)).declined("below_minimum");
    town.day(date(2026, 11, 25), 5_000, 0);
    // The 25th is settled on the 26th: on the 25th nothing of it may be paid.
    let id = town.prepared(date(2026, 11, 26));
    let payout = town.payout(id);
    let days: Vec<_> = payout.days.iter().map(|part| (part.day.as_str(), part.fen.0)).collect();
    assert_eq!(days, [("yunhe/2026-11-24", 6_900), ("yunhe/2026-11-25", 5_000)]);
    assert_eq!((payout.amount, payout.other), (Fen(11_900), Fen::ZERO));
    assert_eq!(payout.remittance, "2026-11-24 - 2026-11-25");
    town.is(0, 11_900, 0);
    town.prepare(date(2026, 11, 26)).declined("below_minimum");
}

#[test]
fn money_that_is_not_due_yet_is_left_over_a_holiday_and_a_worked_saturday() {
    let mut town = Town::new(NET);
    town.day(date(2026, 11, 25), 20_000, 0);
    town.day(date(2026, 11, 26), 30_000, 0);
    assert_eq!(town.list().waiting[1].settlement_date, date(2026, 11, 28), "over the holiday");
    town.prepare(date(2026, 11, 27)).declined("not_a_working_day");
    let id = town.prepared(date(2026, 11, 28));
    assert_eq!(town.payout(id).amount, Fen(50_000), "the worked Saturday");
    town.day(date(2026, 11, 28), 40_000, 0);
    town.prepare(date(2026, 11, 29)).declined("not_a_working_day");
    town.prepared(date(2026, 11, 30));
    // A day that has not come cannot be prepared.
    let (scope, payee) = (town.scope(Prepare::OPERATION), Arc::clone(&town.payee));
    let tomorrow = date(2026, 12, 1);
    let early = Prepare { scope, payee, account: OWN.to_owned(), date: tomorrow };
    town.books.run(&early).declined("date_not_open");
}

#[test]
fn only_what_is_due_is_paid_and_refunds_are_taken_from_it() {
    let mut town = Town::new(NET);
    town.day(date(2026, 11, 24), 20_000, 0);
    // Taken from the settled account since, by a refund.
    let own = town.books.accounts.values_mut().find(|one| one.code == OWN).expect("it is open");
    own.posted.0 -= 3_000;
    town.day(date(2026, 11, 25), 50_000, 0);
    let (scope, payee) = (town.scope(Prepare::OPERATION), Arc::clone(&town.payee));
    let today = Prepare { scope, payee, account: OWN.to_owned(), date: date(2026, 11, 25) };
    let said = town.books.run(&today).done();
    assert_eq!((said.fen("amount_fen"), said.fen("other_fen")), (17_000, -3_000));
    assert_eq!(town.books.balance(OWN), 50_000, "the next day's money stays");
}

#[test]
fn a_payout_goes_its_way_once() {
    let mut town = Town::new(NET);
    let day = date(2026, 11, 25);
    town.day(date(2026, 11, 24), 20_000, 0);
    let id = town.prepared(day);
    town.send(day, 2, &[id]).declined("file_not_next");
    town.send(day, 1, &[id]).done();
    town.send(day, 2, &[id]).declined("payout_changed");
    town.hear(id, Status::Pending).done();
    assert_eq!(town.payout(id).state, PayoutState::Sent);
    town.hear(id, Status::ProfileAccepted).done();
    town.hear(id, Status::Received).done();
    assert_eq!(town.payout(id).status.as_deref(), Some("ACCP"), "what came late says nothing");
    town.is(0, 20_000, 0);
    town.hear(id, Status::Settled).done();
    town.is(0, 0, 20_000);
    town.hear(id, Status::SettledAtCreditor).done();
    town.is(0, 0, 20_000);
    assert!(town.payout(id).contested.is_none());
    town.hear(id, Status::Rejected).done();
    assert_eq!(town.payout(id).contested.as_deref(), Some("RJCT"));
    town.is(0, 0, 20_000);
    town.day(day, 30_000, 0);
    town.prepare(date(2026, 11, 26)).declined("payout_contested");
    // The core has given the money back, two operators say.
    town.rule(id, false).done();
    town.is(50_000, 0, 0);
    let again = town.prepared(date(2026, 11, 26));
    assert_eq!(town.payout(again).days.len(), 2);
}

#[test]
fn what_is_rejected_comes_back_and_waits_for_a_person() {
    let (mut town, day, id) = Town::with_one_sent();
    town.release(id).declined("payout_holds_nothing");
    town.hear(id, Status::Rejected).done();
    town.is(20_000, 0, 0);
    assert_eq!(town.payout(id).reason.as_deref(), Some("AC04"));
    town.prepare(day).declined("payout_rejected");
    town.release(id).done();
    town.release(id).declined("payout_holds_nothing");
    let again = town.prepared(day);
    assert_ne!(again, id);
    assert_eq!((town.payout(again).run, town.payout(again).amount), (2, Fen(20_000)));
    assert_eq!(town.payout(again).days, town.payout(id).days);
    // The core paid the rejected one after all: the partner has it twice, and the account owes it.
    town.send(day, 2, &[again]).done();
    town.hear(again, Status::Settled).done();
    town.hear(id, Status::Settled).done();
    assert_eq!(town.payout(id).contested.as_deref(), Some("ACSC"));
    town.rule(id, true).done();
    town.is(-20_000, 0, 40_000);
}

/// Of two payouts that are on their way, the first is contested and the second one rejected.
#[test]
fn a_rejection_that_is_released_does_not_free_an_account_that_is_contested() {
    let mut town = Town::new(NET);
    let (first_day, second_day) = (date(2026, 11, 25), date(2026, 11, 26));
    town.day(date(2026, 11, 24), 20_000, 0);
    let first = town.prepared(first_day);
    town.send(first_day, 1, &[first]).done();
    town.hear(first, Status::Settled).done();
    town.day(first_day, 30_000, 0);
    let second = town.prepared(second_day);
    town.send(second_day, 1, &[second]).done();
    town.hear(first, Status::Rejected).done();
    town.hear(second, Status::Rejected).done();
    town.release(first).declined("payout_holds_nothing");
    town.release(second).done();
    town.prepare(second_day).declined("payout_contested");
    assert_eq!(town.list().holds.iter().copied().collect::<Vec<_>>(), [first]);
    town.rule(first, true).done();
    town.prepare(second_day).done();
}

#[test]
fn a_frozen_account_is_not_ready_and_leaves_no_command_to_decline() {
    let mut town = Town::new(NET);
    let day = date(2026, 11, 25);
    town.day(date(2026, 11, 24), 20_000, 0);
    let own = town.books.accounts.values_mut().find(|one| one.code == OWN).expect("it is open");
    own.status = AccountStatus::Frozen;
    let own = own.clone();
    let kept = ready(&town.payee, town.list(), &[], &own, day).expect_err("it is frozen");
    assert_eq!(kept.code, "account_not_active");
}

/// Rejected, released, prepared anew; then the core says that it has paid the first one after all.
#[test]
fn what_was_prepared_before_its_account_was_contested_is_not_sent() {
    let (mut town, day, first) = Town::with_one_sent();
    town.hear(first, Status::Rejected).done();
    town.release(first).done();
    let again = town.prepared(day);
    town.hear(first, Status::Settled).done();
    town.send(day, 2, &[again]).declined("payout_held");
    assert_eq!(town.payout(again).state, PayoutState::Prepared);
    // It was paid after all, two operators say: what was prepared would be paid a second time, and the account
    // owes it until they have ruled on that, too.
    town.rule(first, true).done();
    town.send(day, 2, &[again]).declined("account_in_debt");
    town.rule(again, false).done();
    town.is(0, 0, 20_000);
}

#[test]
fn a_payout_of_which_nobody_hears_is_ruled_by_two() {
    let mut town = Town::new(NET);
    let day = date(2026, 11, 25);
    town.day(date(2026, 11, 24), 20_000, 0);
    let id = town.prepared(day);
    town.rule(id, true).declined("payout_known");
    let ruling = PayoutRuling::on(town.payout(id), false);
    let approval = town.books.approvals.values().next().map(|one| one.id).expect("proposed before");
    let scope = town.by("operator:li", RulePayout::OPERATION);
    let own = RulePayout { scope, approval, ruling, remark: None };
    assert_eq!(town.books.run(&own).code(), "approval_differs");
    town.send(day, 1, &[id]).done();
    town.hear_with(id, Status::Settled, Some("amount")).done();
    assert_eq!(town.payout(id).contested.as_deref(), Some("amount"));
    town.hear(id, Status::Settled).done();
    town.is(0, 20_000, 0);
    town.books.approvals.clear();
    town.rule(id, true).done();
    town.is(0, 0, 20_000);
    assert!(town.list().holds.is_empty());
}

#[test]
fn a_ruling_is_outdated_by_whatever_the_core_says_meanwhile() {
    let (mut town, _, id) = Town::with_one_sent();
    let mut outdated = |settled: bool, differs: Option<&'static str>, status: Status| {
        let ruling = PayoutRuling::on(town.payout(id), settled);
        let approval = town.propose(ruling.content());
        town.hear_with(id, status, differs).done();
        let scope = town.by("operator:wang", RulePayout::OPERATION);
        town.books
            .run(&RulePayout { scope, approval, ruling, remark: None })
            .declined("payout_changed");
        town.books.approvals.clear();
        town.is(0, 20_000, 0);
    };
    // "It never came" is not true any more of what the core has.
    outdated(false, None, Status::Pending);
    outdated(false, Some("amount"), Status::Settled);
    // Nor is "it was paid" sure of what it refuses while that is looked into.
    outdated(true, None, Status::Rejected);
    assert_eq!(town.payout(id).contested.as_deref(), Some("amount"));
    town.rule(id, false).done();
    town.is(20_000, 0, 0);
}

#[test]
fn the_refusal_of_a_copy_says_nothing_of_what_came_first() {
    let (mut town, _, id) = Town::with_one_sent();
    let copy = |town: &mut Town| {
        let scope = town.scope(Hear::OPERATION);
        let reason = Some("DU01".to_owned());
        let (status, report) = (Status::Rejected, format!("R{}", town.books.seq));
        town.books.run(&Hear { scope, payout: id, status, reason, differs: None, report }).done()
    };
    assert_eq!(copy(&mut town).body["copy"], true);
    assert_eq!(town.payout(id).state, PayoutState::Sent);
    town.is(0, 20_000, 0);
    town.hear(id, Status::Settled).done();
    copy(&mut town);
    assert!(town.payout(id).contested.is_none());
    town.is(0, 0, 20_000);
}

/// Two operators have agreed on another destination; then the first one is rejected.
#[test]
fn a_destination_agreed_before_a_rejection_does_not_decide_on_it() {
    let (mut town, day, first) = Town::with_one_sent();
    town.redirected("6222000009", day);
    town.hear(first, Status::Rejected).done();
    town.prepare(day).declined("payout_rejected");
    town.release(first).done();
    let again = town.prepared(day);
    assert!(town.payout(again).destination.contains("6222000009"));
}

#[test]
fn another_destination_waits_for_two_operators_and_its_day() {
    let (mut town, day, first) = Town::with_one_sent();
    town.hear(first, Status::Rejected).done();
    town.payee = payee(&NET.replace("6222000001", "6222000009"));
    town.prepare(day).declined("destination_not_approved");
    town.redirected("6222000009", date(2026, 11, 26));
    town.prepare(day).declined("destination_not_yet");
    // A corrected destination decides too: the rejection holds it no longer.
    let again = town.prepared(date(2026, 11, 26));
    assert!(town.payout(again).destination.contains("6222000009"));
    assert_ne!(town.payout(again).destination_digest, town.payout(first).destination_digest);
}

#[test]
fn a_gross_partner_gets_the_whole_and_pays_its_fees_in_the_next_month() {
    let gross = NET.replace("\"net\"", "\"gross\"").replace("10000", "1");
    let mut town = Town::new(&gross);
    let owed = "receivable:fees:yunhe";
    town.day(date(2026, 11, 24), 20_000, 100);
    town.day(date(2026, 11, 30), 30_000, 250);
    town.is(50_000, 0, 0);
    assert_eq!((town.books.balance(owed), town.books.balance(FEE_INCOME)), (350, 350));
    let collect = |town: &mut Town, day: Date| {
        town.books.clock(&format!("{day}T09:00:00+08:00"));
        let (scope, payee) = (town.scope(CollectFees::OPERATION), Arc::clone(&town.payee));
        town.books.run(&CollectFees { scope, payee, date: day })
    };
    collect(&mut town, date(2026, 11, 30)).declined("nothing_due");
    town.day(date(2026, 12, 1), 1_000, 7);
    assert_eq!(collect(&mut town, date(2026, 12, 2)).done().fen("fee_fen"), 350);
    assert_eq!((town.books.balance(owed), town.list().fees_fen), (7, Fen(7)), "December's is owed");
    let id = town.prepared(date(2026, 12, 2));
    assert_eq!((town.payout(id).amount, town.payout(id).other), (Fen(50_650), Fen(-350)));
    collect(&mut town, date(2027, 1, 4)).declined("nothing_due");
    assert_eq!(town.books.balance(owed), 7, "the account has nothing to take it from");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Whatever the core says in whatever order, no money is lost or made, and none leaves twice.
    #[test]
    fn whatever_is_said_the_money_is_in_one_place(words in proptest::collection::vec(0..13_usize, 1..12)) {
        let mut town = Town::new(NET);
        let day = date(2026, 11, 25);
        town.day(date(2026, 11, 24), 20_000, 0);
        let mut id = town.prepared(day);
        town.send(day, 1, &[id]).done();
        let mut files = 1;
        for word in words {
            town.hear(id, Status::ALL[word]);
            if town.payout(id).state == PayoutState::Rejected && town.release(id).status == 200 {
                id = town.prepared(day);
                files += 1;
                town.send(day, files, &[id]).done();
            }
            let books = &town.books;
            let sum = books.balance(OWN) + books.balance(PAYOUTS_TRANSIT) - books.balance(CORE_CLEARING);
            prop_assert_eq!(sum, 20_000);
            prop_assert!(-books.balance(CORE_CLEARING) <= 20_000);
            let live = books.payouts.values().filter(|one| one.state != PayoutState::Rejected);
            prop_assert!(live.count() <= 1, "one payout at a time");
        }
    }
}
