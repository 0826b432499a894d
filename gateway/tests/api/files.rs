//! Files over HTTP: the same import as on the command line, and the closed day's file.

use bytes::Bytes;
use http::Method;
use jiaozi::days;
use jiaozi::operators::Who;
use serde_json::json;

use crate::bank::{Ask, Bank};

fn sample(name: &str) -> Bytes {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../partner-specs/");
    Bytes::from(std::fs::read(format!("{folder}{name}")).unwrap())
}

fn upload(path: &str, body: Bytes) -> Ask {
    Ask { method: Method::POST, body, ..Ask::get(path) }
}

#[tokio::test]
async fn a_file_sent_twice_has_one_effect_and_one_answer() {
    let bank = Bank::open().await;
    let file = sample("yunhe/samples/bills-broken.csv");
    let path = "/v1/files/bills/monthly?name=bills.csv";
    let first = bank.ask("yunhe", &upload(path, file.clone())).await;
    let report = first.ok();
    assert_eq!((&report["counts"]["new"], &report["name"]), (&2.into(), &"bills.csv".into()));
    let refused = &report["results"][1];
    assert_eq!((&refused["line"], &refused["column"]), (&3.into(), &"应收金额".into()));
    let head = bank.gateway.store.head().await.unwrap();
    let second = bank.ask("yunhe", &upload(path, file)).await;
    assert_eq!(second.body, first.body);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(bank.gateway.store.head().await.unwrap(), head);
    let roster = sample("yunhe/samples/roster.csv");
    let taken = bank.ask("yunhe", &upload("/v1/files/roster/residents", roster)).await.ok();
    assert_eq!(taken["counts"]["new"], 7, "{taken}");
}

#[tokio::test]
async fn what_is_refused_as_a_whole_names_the_place() {
    let bank = Bank::open().await;
    let cut = sample("jinding/samples/bills-cut.txt");
    let format =
        bank.gateway.partners.spec("jinding").unwrap().property().unwrap().bills[0].name.clone();
    let nonce = Some("once".to_owned());
    let cut = Ask { nonce, ..upload(&format!("/v1/files/bills/{format}"), cut) };
    let refused = bank.ask("jinding", &cut).await;
    assert_eq!(refused.problem(), (422, "file_refused".to_owned()));
    assert!(
        refused.json()["place"].as_str().unwrap().starts_with("body, line "),
        "{:?}",
        refused.json()
    );
    let file = sample("yunhe/samples/bills-2026-11.csv");
    let cases = [
        ("/v1/files/bills/yearly", 404, "format_unknown"),
        ("/v1/files/invoices/monthly", 404, "not_found"),
        ("/v1/files/bills/monthly?nme=a", 400, "query_invalid"),
    ];
    for (path, status, code) in cases {
        let answer = bank.ask("yunhe", &upload(path, file.clone())).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{path}");
    }
    let channel = bank.ask("sandbox-bank", &upload("/v1/files/bills/monthly", file)).await;
    assert_eq!(channel.problem().0, 403);
}

#[tokio::test]
async fn the_file_of_a_closed_day_is_the_same_every_time() {
    let bank = Bank::open().await;
    bank.bill("B1", "1-1-101", 18_000).await;
    let payer = bank.payer("1001", 100_000).await;
    let quote = bank.quote("1-1-101").await;
    bank.post("sandbox-bank", "/v1/payments", json!({"quote": quote, "payer": payer})).await.ok();
    let path = "/v1/days/2026-11-22/file";
    assert_eq!(bank.get("yunhe", path).await.problem(), (409, "day_not_closed".to_owned()));
    bank.clock.advance(jiff::SignedDuration::from_hours(24));
    let date = jiff::civil::date(2026, 11, 22);
    days::close(&bank.gateway, "yunhe", date, &Who::Worker).await.unwrap();
    let first = bank.get("yunhe", path).await;
    assert_eq!(first.status, 200);
    let text = String::from_utf8(first.body.to_vec()).unwrap();
    assert!(text.contains("B1") && text.contains("180.00"), "{text}");
    assert_eq!(bank.get("yunhe", path).await.body, first.body);
    assert_eq!(bank.get("huating", path).await.problem().0, 409, "each partner has its own");
}
