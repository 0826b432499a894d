//! Days: closed once, with a file that can be made again, and reconciled.

use jiaozi::asked::Asked;
use jiaozi::property::payments::{self, GiveBack};
use jiaozi_adapters::property::Caller;
use jiaozi_adapters::property::cancel::Cancel;
use jiaozi_adapters::property::close::CloseDay;
use jiaozi_adapters::property::pay::Pay;
use jiaozi_adapters::property::refund::{Reason, Refund};
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
    payments::cancel(&gateway, &Asked::by("mobile-bank", "c"), caller, first).await.unwrap();
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

const CLOSE: [&str; 7] = ["day", "close", "--partner", "yunhe", "--date", "2036-11-20", "--json"];

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
async fn the_report_matches_payments_with_postings_and_finds_a_break() {
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
    // The payment differs from its posting, and the day from its payments.
    assert_eq!(done.json()["unexplained_fen"], 14, "{}", done.out);
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
