//! Days.

use std::sync::Arc;

use jiaozi_ledger::money::Fen;
use jiff::civil::date;

use super::town::{Town, company_with, line, parking};
use crate::property::publishing::Line;
use crate::spec::day_file::DayForm;

fn pay(town: &mut Town, import_id: &str, amount: i64) {
    let bill = Line { amount: Fen(amount), ..line(import_id, import_id) };
    town.import(vec![bill]).done();
    let quote = town.quoted(import_id);
    town.pay(&quote, "li").done();
}

#[test]
fn a_closed_day_is_divided_to_the_fen_and_final() {
    let mut town = Town::new();
    let day = town.today();
    // The least fee, the plain one, and the most.
    pay(&mut town, "a", 1_000);
    pay(&mut town, "b", 33_333);
    pay(&mut town, "c", 900_000);
    town.import(vec![parking("p", "p")]);
    let quote = town.quoted("p");
    town.pay(&quote, "wang").done();
    town.close(day).declined("day_not_over");
    town.clock("2026-11-20T21:59:59+08:00");
    town.close(day).declined("day_not_over");
    town.clock("2026-11-20T22:00:00+08:00");
    let said = town.close(day).done();
    assert_eq!(said.fen("net_fen"), 964_333);
    assert_eq!(said.fen("fee_fen"), 10 + 100 + 2_000 + 90);
    assert_eq!(said.body["shares"]["payee:parking"], 30_000);
    assert_eq!(said.body["shares"]["payee:fund"], 31_113);
    assert_eq!(said.fen("settled_fen"), 964_333 - 2_200 - 30_000 - 31_113);
    assert_eq!(said.body["settlement_date"], "2026-11-23", "Friday settles on Monday");
    assert_eq!(town.balance("settlement:yunhe"), said.fen("settled_fen"));
    assert_eq!(town.balance("income:fees"), 2_200);
    assert_eq!(town.balance("partner:yunhe:settlement"), 0);
    let again = town.close(day).declined("already_closed");
    let mut first = said.body.clone();
    first.as_object_mut().expect("an object").remove("fee_waived_fen");
    assert_eq!(again.body["closed"], first, "the same figures");
    town.check();
}

#[test]
fn second_payees_get_the_sum_of_their_shares_of_the_lines() {
    let mut town = Town::new();
    let day = town.today();
    // 3.33 % of 1,015 are 33.80 and so 34 a line; of all three lines together they would be 101.
    for import_id in ["a", "b", "c"] {
        pay(&mut town, import_id, 1_015);
    }
    town.days_pass(1);
    let said = town.close(day).done();
    assert_eq!(said.body["shares"]["payee:fund"], 3 * 34);
    assert_eq!(said.fen("settled_fen") + said.fen("fee_fen"), 3 * (1_015 - 34));
    town.check();
}

#[test]
fn what_is_settled_is_what_the_specification_said_when_it_was_paid() {
    let mut town = Town::new();
    let day = town.today();
    pay(&mut town, "a", 10_000);
    let fund = "[[split]]\npayee = \"payee:fund\"\nname = { zh = \"维修基金\", en = \"Maintenance fund\" }\nbasis_points = 333\nitems = [\"management\"]";
    town.company = Arc::new(company_with(fund, ""));
    pay(&mut town, "b", 10_000);
    town.days_pass(1);
    let said = town.close(day).done();
    assert_eq!(said.body["shares"], serde_json::json!({"payee:fund": 333}));
    assert_eq!(town.balance("payee:fund"), 333);
    town.check();
}

#[test]
fn the_form_of_the_file_is_kept_with_the_day() {
    let mut town = Town::new();
    let day = town.today();
    town.days_pass(1);
    town.close(day).done();
    let form = town.day(day).form.clone().expect("a form");
    let form: DayForm = serde_json::from_str(&form).expect("a form that reads");
    assert_eq!(form.zone.time_zone().iana_name(), Some("Asia/Shanghai"));
    let (kept, own) = (form.file, &town.company.payee.day_file);
    assert_eq!(serde_json::json!(kept), serde_json::json!(own));
}

#[test]
fn an_empty_day_is_closed_too_and_later_payments_find_the_next() {
    let mut town = Town::new();
    let said = town.close(date(2026, 11, 19)).done();
    assert_eq!((said.fen("net_fen"), said.fen("payments")), (0, 0));
    assert_eq!(town.events.last().expect("an event").kind, "day.closed");
    // Should the clock be set back behind a closed day, the next open one takes the payment.
    town.import(vec![line("a", "1")]);
    town.at = town.at.plus_seconds(-86_400);
    let quote = town.quoted("1");
    assert_eq!(town.pay(&quote, "li").done().body["clearing_date"], "2026-11-20");
    town.check();
}

#[test]
fn a_fee_beyond_the_companys_part_comes_from_its_settled_money() {
    let mut town = Town::new();
    pay(&mut town, "a", 10_000);
    town.days_pass(1);
    town.close(date(2026, 11, 20)).done();
    let before = town.balance("settlement:yunhe");
    town.import(vec![parking("p", "p")]);
    let quote = town.quoted("p");
    town.pay(&quote, "wang").done();
    town.days_pass(1);
    let said = town.close(date(2026, 11, 21)).done();
    assert_eq!((said.fen("settled_fen"), said.fen("fee_fen")), (-90, 90));
    assert_eq!(town.balance("settlement:yunhe"), before - 90);
    town.check();
}

#[test]
fn a_settlement_date_is_never_guessed() {
    let mut town = Town::new();
    town.clock("2028-01-02T10:00:00+08:00");
    town.close(date(2027, 12, 31)).declined("calendar_ends");
}

#[test]
fn a_day_that_does_not_add_up_stays_open() {
    let mut town = Town::new();
    pay(&mut town, "a", 10_000);
    for day in town.days.values_mut() {
        day.items.insert("management".to_owned(), 9_999);
    }
    town.days_pass(1);
    town.close(date(2026, 11, 20)).declined("day_does_not_add_up");
}

#[test]
fn the_accounts_of_a_specification_are_listed_for_opening() {
    let expected = [
        "budget:yunhe",
        "partner:yunhe:settlement",
        "payee:fund",
        "payee:parking",
        "settlement:yunhe",
    ];
    assert_eq!(Town::new().company.accounts(), expected);
}
