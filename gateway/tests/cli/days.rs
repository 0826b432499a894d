//! Days: closed once, with a file that can be made again, and reconciled.

use jiaozi::asked::Asked;
use jiaozi::property::payments::{self, GiveBack};
use jiaozi_adapters::caller::Caller;
use jiaozi_adapters::property::cancel::Cancel;
use jiaozi_adapters::property::pay::Pay;
use jiaozi_adapters::property::refund::{Reason, Refund};
use jiaozi_adapters::settlement::close::CloseDay;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;
use jiaozi_ledger::store::journal::Record;

use crate::support::{MORNING, Place, instant, pay, payer};

/// A day with three payments, of which one was cancelled and one given back in two parts.
async fn day(place: &Place) {
    place.import_november();
    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    let from = payer(&gateway, "1001").await;
    let first = pay(&gateway, &from, "1-1-101").await;
    let second = pay(&gateway, &from, "1-1-102").await;
    pay(&gateway, &from, "1-2-301").await;
    let caller = Caller::Channel("mobile-bank".to_owned());
    payments::cancel(&gateway, &Asked::by("mobile-bank", "c"), caller, first, None).await.unwrap();
    for (key, amount) in [("r1", 5_000), ("r2", 700)] {
        let back = GiveBack {
            order: second,
            amount: Some(Fen(amount)),
            bills: None,
            reason: Reason::PayerRequest,
        };
        let caller = Caller::Partner("yunhe".to_owned());
        let reply =
            payments::refund(&gateway, &Asked::by("yunhe", key), caller, back).await.unwrap();
        assert_eq!(reply.answer.status, 201, "{}", String::from_utf8_lossy(&reply.answer.body));
    }
    gateway.store.move_time(instant("2036-11-21T02:00:00Z")).await.unwrap();
}

pub const CLOSE: [&str; 7] =
    ["day", "close", "--partner", "yunhe", "--date", "2036-11-20", "--json"];

#[tokio::test]
async fn a_day_is_closed_once_and_its_file_is_the_same_every_time() {
    let place = Place::sandbox();
    day(&place).await;
    let first = place.run(&CLOSE).well().json();
    assert_eq!((&first[0]["already"], &first[0]["payments"]), (&false.into(), &2.into()));
    let file = first[0]["file"].as_str().unwrap();
    let bytes = std::fs::read(file).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    // Two payments of two bills each, and two refunds, each of both bills.
    assert_eq!(text.lines().filter(|line| line.contains("收款")).count(), 4, "{text}");
    assert_eq!(text.lines().filter(|line| line.contains("退款")).count(), 4, "{text}");
    let head = first[0]["head"].as_str().unwrap();
    assert!(text.lines().last().unwrap().ends_with(head), "{text}");
    place.run(&["check", "--head", head]).well();

    let second = place.run(&CLOSE).well().json();
    assert_eq!((&second[0]["already"], &second[0]["sha256"]), (&true.into(), &first[0]["sha256"]));
    std::fs::remove_file(file).unwrap();
    place.run(&CLOSE).well();
    assert_eq!(std::fs::read(file).unwrap(), bytes);
    let export = ["file", "export", "day", "--partner", "yunhe", "--date", "2036-11-20"];
    assert_eq!(place.run(&export).well().out.as_bytes(), bytes);
    std::fs::write(file, "another").unwrap();
    let refused = place.run(&CLOSE);
    assert_eq!(refused.code, Some(1), "{}", refused.both());
    assert_eq!(std::fs::read(file).unwrap(), b"another", "it is never written over");
}

/// A specification with a second payee and a fee, and a day file that says who gets what.
pub fn with_a_second_payee(place: &Place) {
    place.change_partner("yunhe", |text| {
        let split = "[[split]]\npayee = \"payee:fund\"\nname = { zh = \"基金\", en = \"Fund\" }\nbasis_points = 333\n";
        let fee = "[fee]\nbasis_points = 30\nrounding = \"half_up\"\nborne_by = \"partner\"\n";
        let columns = "  { name = \"订单号\", source = \"order\" },\n";
        let more = "  { name = \"本方\", source = \"own_share\", unit = \"fen\" },\n";
        text.replace("[payment]\n", &format!("{fee}\n{split}\n[payment]\n"))
            .replace(columns, &format!("{columns}{more}"))
    });
}

#[tokio::test]
async fn the_day_file_says_to_the_fen_what_was_settled_whatever_becomes_of_the_specification() {
    let place = Place::empty();
    with_a_second_payee(&place);
    place.run(&["sandbox", "create"]).well();
    day(&place).await;
    let closed = place.run(&CLOSE).well().json();
    let file = closed[0]["file"].as_str().unwrap();
    let bytes = std::fs::read(file).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let own: i64 = text
        .lines()
        .filter_map(|line| {
            let fen: i64 = line.rsplit(',').next()?.parse().ok()?;
            Some(if line.contains("退款") { -fen } else { fen })
        })
        .sum();
    let of = |name: &str| closed[0][name].as_i64().unwrap();
    assert_eq!(own, of("settled_fen") + of("fee_fen"), "{text}");
    // Each line by itself, late fee included: the share of the fund is 3.33 % of it.
    let of_line = |id: &str| {
        let line = text.lines().find(|line| line.starts_with(id) && line.contains("收款")).unwrap();
        line.rsplit(',').next().unwrap().parse::<i64>().unwrap()
    };
    assert_eq!((of_line("YH2026110003"), of_line("YH2026110004")), (26_178 - 872, 1_350 - 45));
    let fund = place.run(&["account", "show", "payee:fund"]).well().json();
    assert_eq!(fund["balances"]["posted_fen"], of("net_fen") - own, "{fund}");

    place.change_partner("yunhe", |text| {
        text.replace("basis_points = 333", "basis_points = 500")
            .replace("basis_points = 30\n", "basis_points = 60\n")
            .replace("zone = \"Asia/Shanghai\"", "zone = \"Asia/Tokyo\"")
            .replace("name = \"订单号\"", "name = \"订单\"")
            .replace("encoding = \"utf-8\"\nline_end", "encoding = \"gb18030\"\nline_end")
    });
    std::fs::remove_file(file).unwrap();
    let again = place.run(&CLOSE).well().json();
    assert_eq!(again[0]["file"], file);
    assert_eq!(std::fs::read(file).unwrap(), bytes);
    place.run(&["check"]).well();
}

#[tokio::test]
async fn a_form_that_cannot_hold_the_day_gives_way_to_a_corrected_one() {
    let place = Place::empty();
    let narrow = "type = \"fixed_width\"\nline_end = \"lf\"\nheader = false\ncolumns = [{ name = \"id\", source = \"import_id\", bytes = 4 }]\n";
    place.change_partner("yunhe", |text| {
        let (before, _) =
            text.split_once("type = \"csv\"\nencoding = \"utf-8\"\nline_end").unwrap();
        format!("{before}{narrow}")
    });
    place.run(&["sandbox", "create"]).well();
    day(&place).await;
    let refused = place.run(&CLOSE);
    assert_eq!(refused.code, Some(1), "{}", refused.both());
    place.change_partner("yunhe", |text| text.replace("bytes = 4", "bytes = 12"));
    let closed = place.run(&CLOSE).well().json();
    let text = std::fs::read_to_string(closed[0]["file"].as_str().unwrap()).unwrap();
    assert_eq!(text.lines().next(), Some("YH2026110003"));
}

#[tokio::test]
async fn a_changed_share_of_a_closed_day_is_found() {
    let place = Place::empty();
    with_a_second_payee(&place);
    place.run(&["sandbox", "create"]).well();
    day(&place).await;
    place.run(&CLOSE).well();
    let gateway = place.gateway().await;
    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    let sql = "update orders set shares = replace(shares, '872', '871') where book = $1";
    unit.execute(sql.to_owned(), vec![Cell::Int(BOOK)]).await.unwrap();
    unit.commit().await.unwrap();
    let check = place.run(&["check", "--json"]);
    assert_eq!((check.code, &check.json()["invariants"]["I5"]), (Some(1), &false.into()));
    let close = place.run(&CLOSE);
    assert!(close.err.contains("the partner's own share in fen"), "{}", close.err);
}

#[tokio::test]
async fn what_is_recorded_is_named_as_its_command_is() {
    let place = Place::sandbox();
    day(&place).await;
    place.run(&CLOSE).well();
    let gateway = place.gateway().await;
    let names = [
        ("payment.posted", Pay::OPERATION),
        ("payment.cancelled", Cancel::OPERATION),
        ("payment.refunded", Refund::OPERATION),
        ("day.closed", CloseDay::OPERATION),
    ];
    for (kind, operation) in names {
        let binds = vec![Cell::Text(kind.to_owned())];
        let records: Vec<Record> = gateway.store.find("kind = $2", binds).await.unwrap();
        assert!(!records.is_empty(), "{kind}");
        assert!(records.iter().all(|record| record.operation == operation), "{kind}: {records:?}");
    }
}

#[tokio::test]
async fn the_report_matches_payments_with_entries_and_finds_a_break() {
    let place = Place::sandbox();
    day(&place).await;
    place.run(&CLOSE).well();
    let report = ["day", "report", "--date", "2036-11-20", "--json"];
    let whole = place.run(&report).well().json();
    assert_eq!((&whole["matched"], &whole["unexplained_fen"]), (&4.into(), &0.into()), "{whole}");
    let yunhe = |report: &serde_json::Value| {
        let partners = report["partners"].as_array().unwrap();
        partners.iter().find(|partner| partner["partner"] == "yunhe").unwrap().clone()
    };
    assert_eq!(yunhe(&whole)["state"], "closed");
    assert_eq!(yunhe(&whole)["refunded_fen"], 5_700);

    let gateway = place.gateway().await;
    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    let sql = "update orders set amount_fen = amount_fen + 7 where book = $1 and state = 0";
    unit.execute(sql.to_owned(), vec![Cell::Int(BOOK)]).await.unwrap();
    unit.commit().await.unwrap();
    let done = place.run(&report);
    assert_eq!(done.code, Some(1), "{}", done.both());
    // The payment differs from its entries on two accounts, and the day from its payments.
    assert_eq!(done.json()["unexplained_fen"], 21, "{}", done.out);
    let close = place.run(&CLOSE);
    assert_eq!(close.code, Some(1));
    assert!(close.err.contains("does not add up"), "{}", close.err);
}

#[tokio::test]
async fn a_day_that_is_not_over_is_left_open_without_a_trace() {
    let place = Place::sandbox();
    let before = place.run(&["check", "--json"]).well().json();
    let done = place.run(&["day", "close", "--partner", "yunhe", "--date", "2100-01-01"]);
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("is not over; expected a date before"), "{}", done.err);
    let after = place.run(&["check", "--json"]).well().json();
    assert_eq!(before["ledger"]["head"], after["ledger"]["head"]);
    assert_eq!(place.run(&["day", "close", "--partner", "mobile-bank"]).code, Some(1));
}
