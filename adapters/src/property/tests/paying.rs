//! Quotes, payments and cancellations.

use jiaozi_ledger::account::AccountStatus;
use jiaozi_ledger::bill::BillState;
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::order::OrderState;
use jiff::civil::date;

use super::town::{Town, line, parking};
use crate::property::publishing::Line;
use crate::property::withdraw::Step;

fn late(import_id: &str, house: &str) -> Line {
    Line { due: date(2026, 11, 10), ..line(import_id, house) }
}

#[test]
fn a_resident_pays_what_is_due_and_everyone_has_a_record() {
    let mut town = Town::new();
    town.import(vec![late("a", "1-101"), parking("b", "1-101"), line("c", "1-102")]);
    let quote = town.quoted("1-101");
    assert_eq!(quote.total, Fen(50_100));
    let said = town.pay_with(&quote, "li", Some("T1")).done();
    assert_eq!(said.status, 201);
    assert_eq!((said.fen("amount_fen"), said.fen("discount_fen")), (50_100, 0));
    assert_eq!(said.body["balance"]["available_fen"], 949_900);
    assert_eq!(said.body["clearing_date"], "2026-11-20");
    assert_eq!(town.stands("a"), (BillState::Paid, 20_000));
    assert_eq!(town.stands("c"), (BillState::Published, 0));
    assert_eq!(town.payments.len(), 2);
    let day = town.day(date(2026, 11, 20));
    assert_eq!((day.payments, day.paid, day.fee), (1, Fen(50_100), Fen(150)));
    assert_eq!((day.items["management"], day.items["parking"]), (20_100, 30_000));
    let event = town.events.last().expect("an event");
    assert_eq!((event.kind, event.subject), ("payment.posted", said.order().0));
    assert_eq!(event.data["reference"], "T1");
    town.check();
}

#[test]
fn two_people_pay_the_same_bill_and_one_of_them_keeps_the_money() {
    let mut town = Town::new();
    town.import(vec![line("a", "1-101")]);
    let (one, other) = (town.quoted("1-101"), town.quoted("1-101"));
    let order = town.pay(&one, "li").done().order();
    let said = town.pay(&other, "wang").declined("bill_paid_meanwhile");
    assert!(!said.body.to_string().contains(&order.to_string()), "nobody else's data");
    assert_eq!(town.balance("deposit:wang"), 1_000_000);
    assert_eq!(town.ask("1-101", None, None).expect_err("paid").code, "nothing_due");
    town.check();
}

#[test]
fn what_happens_between_quote_and_payment_is_said() {
    let mut town = Town::new();
    town.import(vec![line("a", "1"), line("b", "2"), line("c", "3"), line("d", "4")]);
    let quotes = ["1", "2", "3", "4"].map(|house| town.quoted(house));
    town.import(vec![Line { amount: Fen(20_001), ..line("a", "1") }]);
    town.step("b", Step::PaidAtDesk).done();
    town.step("c", Step::Withdraw).done();
    town.pay(&quotes[0], "li").declined("bill_repriced");
    town.pay(&quotes[1], "li").declined("bill_paid_at_desk");
    town.pay(&quotes[2], "li").declined("bill_withdrawn");
    town.at = town.at.plus_seconds(601);
    town.pay(&quotes[3], "li").declined("quote_expired");
    assert_eq!(town.balance("deposit:li"), 1_000_000);
    assert!(town.orders.is_empty() && town.days.is_empty());
}

#[test]
fn the_payers_account_must_be_able_to_pay() {
    let mut town = Town::new();
    town.import(vec![line("a", "1"), Line { amount: Fen(1_000_001), ..line("b", "2") }]);
    let (small, large) = (town.quoted("1"), town.quoted("2"));
    town.pay(&large, "li").declined("insufficient_funds");
    town.pay(&small, "nobody").declined("unknown_account");
    for account in town.accounts.values_mut() {
        match account.code.as_str() {
            "deposit:li" => account.status = AccountStatus::Frozen,
            "deposit:wang" => account.currency = Currency::parse("USD").expect("a currency"),
            _ => {}
        }
    }
    let said = town.pay(&small, "li").declined("account_not_active");
    assert!(!said.body.to_string().contains("deposit:li"));
    town.pay(&small, "wang").declined("currency");
}

#[test]
fn a_reference_is_used_once() {
    let mut town = Town::new();
    town.import(vec![line("a", "1"), line("b", "2")]);
    let (one, two) = (town.quoted("1"), town.quoted("2"));
    let order = town.pay_with(&one, "li", Some("T1")).done().order();
    assert_eq!(town.pay_with(&two, "li", Some("T1")).declined("reference_used").order(), order);
    town.pay_with(&two, "li", Some("T2")).done();
}

#[test]
fn a_part_covers_the_late_fee_first_and_the_rest_owes_no_day_twice() {
    let mut town = Town::new();
    town.import(vec![late("a", "1")]);
    // Ten days at 5 basis points of 200 yuan: one yuan.
    let code = |town: &mut Town, amount| {
        town.ask("1", Some(&[("a", Some(amount))]), None).expect_err("refused").code
    };
    assert_eq!(code(&mut town, 20_101), "partial_above_open");
    assert_eq!(code(&mut town, 999), "partial_below_minimum");
    let part = town.ask("1", Some(&[("a", Some(10_100))]), None).expect("a part");
    assert_eq!((part.lines[0].late_fee, part.lines[0].principal), (Fen(100), Fen(10_000)));
    town.pay(&part, "li").done();
    assert_eq!(town.stands("a"), (BillState::Partial, 10_000));
    assert_eq!(town.quoted("1").total, Fen(10_000));
    town.days_pass(4);
    // Four more days, on what is unpaid only.
    let rest = town.quoted("1");
    assert_eq!((rest.lines[0].late_fee, rest.total), (Fen(20), Fen(10_020)));
    town.pay(&rest, "wang").done();
    assert_eq!(town.stands("a"), (BillState::Paid, 20_000));
    town.check();
}

#[test]
fn some_items_are_paid_whole_or_not_at_all() {
    let mut town = Town::new();
    town.import(vec![parking("p", "1"), late("a", "1")]);
    let refused = town.ask("1", Some(&[("p", Some(5_000))]), None).expect_err("whole only");
    assert_eq!(refused.code, "partial_refused");
    let twice = town.ask("1", Some(&[("p", None), ("p", None)]), None).expect_err("twice");
    assert_eq!(twice.code, "bill_twice");
    assert_eq!(
        town.ask("1", Some(&[("x", None)]), None).expect_err("unknown").code,
        "unknown_bill"
    );
    assert_eq!(town.ask("2", Some(&[("p", None)]), None).expect_err("house").code, "unknown_bill");
}

#[test]
fn a_payment_after_the_cut_off_belongs_to_the_next_day() {
    let mut town = Town::new();
    town.import(vec![line("a", "1")]);
    town.clock("2026-11-20T22:00:00+08:00");
    let quote = town.quoted("1");
    let said = town.pay(&quote, "li").done();
    assert_eq!(said.body["clearing_date"], "2026-11-21");
    assert_eq!(said.body["business_date"], "2026-11-20");
}

fn published(period: &str, amount: i64) -> Line {
    let id = format!("m-{period}");
    Line { period: period.to_owned(), amount: Fen(amount), ..line(&id, "1") }
}

#[test]
fn a_year_paid_ahead_meets_the_months_that_the_company_publishes() {
    let mut town = Town::new();
    town.import(vec![line("a", "1")]);
    let quote = town.ask("1", Some(&[]), Some("year")).expect("a plan");
    let months = &quote.prepay.as_ref().expect("months").months;
    assert_eq!((months.len(), months[0].period.as_str()), (12, "2026-11"));
    assert_eq!((quote.total, quote.discount), (Fen(228_000), Fen(12_000)));
    let order = town.pay(&quote, "li").done();
    assert_eq!(town.balance("budget:yunhe"), 88_000);
    assert_eq!(town.balance("partner:yunhe:settlement"), 240_000);
    assert_eq!(town.pay(&quote, "wang").declined("bill_paid_meanwhile").status, 409);
    let said = town.import(vec![
        published("2026-11", 20_000),
        published("2026-12", 23_000),
        published("2027-01", 18_000),
    ]);
    assert_eq!(said.results(), ["new_version", "new_version", "new_version"]);
    assert_eq!(said.body["lines"][2]["overpaid_fen"], 2_000);
    assert_eq!(town.stands("m-2026-11"), (BillState::Paid, 20_000));
    assert_eq!(town.stands("m-2026-12"), (BillState::Partial, 20_000));
    assert_eq!(town.stands("m-2027-01"), (BillState::Paid, 20_000));
    let again = town.import(vec![published("2026-11", 20_000), published("2027-01", 18_000)]);
    assert_eq!(again.results(), ["unchanged", "unchanged"]);
    let rest = town.ask("1", Some(&[("m-2026-12", None)]), None).expect("the difference");
    assert_eq!(rest.total, Fen(3_000));
    town.pay(&rest, "li").done();
    town.check();
    town.cancel(order.order()).done();
    assert_eq!(town.balance("budget:yunhe"), 100_000);
    assert_eq!(town.stands("m-2026-11"), (BillState::Published, 0));
    assert_eq!(town.stands("m-2026-12"), (BillState::Partial, 3_000));
    assert_eq!(town.stands("advance:1:management:2027-05"), (BillState::Withdrawn, 0));
    town.check();
}

#[test]
fn months_given_back_can_be_paid_ahead_again() {
    let mut town = Town::new();
    town.import(vec![line("a", "1")]);
    let quote = town.ask("1", Some(&[]), Some("year")).expect("a plan");
    let order = town.pay(&quote, "li").done().order();
    let next = town.ask("1", Some(&[]), Some("year")).expect("the year after");
    assert_eq!(next.prepay.expect("months").months[0].period, "2027-11");
    town.cancel(order).done();
    let again = town.ask("1", Some(&[]), Some("year")).expect("a plan");
    assert_eq!(again.prepay.as_ref().expect("months").months[0].period, "2026-11");
    town.pay(&again, "wang").done();
    assert_eq!(town.bills.len(), 13);
    town.check();
}

#[test]
fn a_plan_needs_a_price_and_a_budget() {
    let mut town = Town::new();
    town.import(vec![parking("p", "1"), Line { amount: Fen(200_000), ..line("b", "2") }]);
    assert_eq!(town.ask("1", None, Some("year")).expect_err("no price").code, "no_price");
    assert_eq!(town.ask("2", None, Some("life")).expect_err("no plan").code, "unknown_plan");
    for account in town.accounts.values_mut().filter(|account| account.code == "deposit:li") {
        account.posted = Fen(100_000_000);
    }
    let quote = town.ask("2", None, Some("year")).expect("a plan");
    town.pay(&quote, "li").declined("discount_exhausted");
}

#[test]
fn a_month_published_between_quote_and_payment_is_not_paid_twice() {
    let mut town = Town::new();
    town.import(vec![line("a", "1")]);
    let quote = town.ask("1", Some(&[]), Some("year")).expect("a plan");
    town.import(vec![published("2027-03", 20_000)]);
    town.pay(&quote, "li").declined("bill_repriced");
}

#[test]
fn a_cancelled_order_leaves_everything_as_it_was_and_the_bill_is_payable() {
    let mut town = Town::new();
    town.import(vec![late("a", "1")]);
    let before = town.quoted("1");
    let order = town.pay(&before, "li").done().order();
    assert_eq!(town.cancel(order).done().body["balance"]["posted_fen"], 1_000_000);
    assert_eq!(town.order(order).state, OrderState::Cancelled);
    assert_eq!(town.quoted("1").total, before.total);
    assert_eq!(town.day(town.today()).net(), Fen::ZERO);
    assert_eq!(town.day(town.today()).fee, Fen::ZERO);
    town.pay(&before, "li").declined("bill_paid_meanwhile");
    let again = town.quoted("1");
    town.pay(&again, "wang").done();
    town.cancel(order).declined("already_cancelled");
    town.check();
}

#[test]
fn a_cancellation_comes_before_the_day_is_closed_and_from_who_ordered() {
    use crate::caller::Caller;
    use crate::property::cancel::Cancel;
    use jiaozi_ledger::decision::Scope;
    let mut town = Town::new();
    town.import(vec![line("a", "1")]);
    let quote = town.quoted("1");
    let order = town.pay(&quote, "li").done().order();
    let stranger = Cancel {
        scope: Scope { partner: "other".to_owned(), operation: "x", key: "1".to_owned() },
        company: town.company.clone(),
        caller: Caller::Channel("other".to_owned()),
        order,
    };
    town.run(&stranger).declined("not_found");
    town.days_pass(1);
    town.close(date(2026, 11, 20)).done();
    town.cancel(order).declined("day_closed");
}
