//! Mandates over HTTP for a channel, files of claims for a biller, and the notice of a debit.

use bytes::Bytes;
use encoding_rs::GB18030;
use http::Method;
use jiaozi::accounts;
use jiaozi::api::mandates::MandateView;
use jiaozi::api::withholdings::BatchView;
use jiaozi::asked::Asked;
use jiaozi::notices::write::told;
use jiaozi::withholding::{batches, run};
use jiaozi_adapters::spec::access::WebhookEvent;
use jiaozi_ledger::id::BatchId;
use jiaozi_ledger::money::Fen;
use serde_json::{Value, json};

use crate::bank::{Ask, Bank};

const CHANNEL: &str = "sandbox-bank";
const BILLER: &str = "minbei-power";

fn mandate() -> Value {
    json!({
        "partner": BILLER, "contract": "HT01", "account": "deposit:6222-01", "holder": "林小雨",
        "debit_max_fen": 50_000, "valid_from": "2026-11-01",
        "again": {"days": [5], "times_max": 1},
    })
}

/// A bank where an account has so much on it.
async fn funded(fen: i64) -> Bank {
    let bank = Bank::open().await;
    let open = Ask::post("/v1/accounts", "open", &json!({"number": "6222-01"}));
    bank.ask(CHANNEL, &open).await.ok();
    let asked = Asked::by("operator:tester", "fund");
    accounts::fund(&bank.gateway, &asked, "deposit:6222-01", Fen(fen)).await.unwrap();
    bank
}

fn claims(lines: &[&str]) -> Bytes {
    let fen =
        |line: &&str| line.split('|').nth(4).and_then(|fen| fen.parse::<i64>().ok()).unwrap_or(0);
    let sum: i64 = lines.iter().map(fen).sum();
    let text = format!("{}|{sum}\n{}\n", lines.len(), lines.join("\n"));
    Bytes::from(GB18030.encode(&text).0.into_owned())
}

fn hand_in(name: &str, body: Bytes) -> Ask {
    Ask { method: Method::POST, body, ..Ask::get(format!("/v1/withholdings?name={name}")) }
}

#[tokio::test]
async fn a_payer_signs_reads_changes_and_revokes_through_the_channel() {
    let bank = funded(10_000).await;
    let signed = bank.ask(CHANNEL, &Ask::post("/v1/mandates", "sign", &mandate())).await;
    assert_eq!(signed.status, 201);
    let view: MandateView = serde_json::from_value(signed.ok()).unwrap();
    assert_eq!((view.state.as_str(), view.account.as_str()), ("signed", "deposit:6222-01"));
    assert!(!signed.ok().to_string().contains("林小雨"));
    let path = format!("/v1/mandates/{}", view.mandate);
    assert_eq!(bank.ask(CHANNEL, &Ask::get(&path)).await.ok(), signed.ok());
    let list = bank.ask(CHANNEL, &Ask::get("/v1/mandates?account=deposit:6222-01")).await.ok();
    assert_eq!(list["mandates"], json!([signed.ok()]));

    let change =
        json!({"debit_max_fen": 60_000, "valid_from": "2026-11-01", "partial_minimum_fen": 100});
    let changed =
        bank.ask(CHANNEL, &Ask::post(format!("{path}/change"), "change", &change)).await.ok();
    assert_eq!(
        (&changed["debit_max_fen"], &changed["partial"]["minimum_fen"]),
        (&60_000.into(), &100.into())
    );
    for (word, state) in [("suspend", "suspended"), ("resume", "signed"), ("revoke", "revoked")] {
        let said = bank.ask(CHANNEL, &Ask::post(format!("{path}/{word}"), word, &json!({}))).await;
        assert_eq!(said.ok()["state"], state);
    }
    let resume = Ask::post(format!("{path}/resume"), "again", &json!({}));
    let refused = bank.ask(CHANNEL, &resume).await;
    assert_eq!(refused.problem(), (409, "mandate_revoked".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_place() {
    let bank = funded(10_000).await;
    let cases = [
        ("contract", json!("HT/01"), 400, "query_invalid"),
        ("account", json!("income:fees"), 400, "query_invalid"),
        ("holder", json!(" "), 400, "query_invalid"),
        ("debit_max_fen", json!(1.5), 400, "body_invalid"),
        ("again", json!({"days": [32], "times_max": 1}), 422, "mandate_terms"),
        ("partner", json!("huaran-gas"), 404, "not_found"),
        ("account", json!("deposit:none"), 422, "unknown_account"),
    ];
    for (nth, (member, value, status, code)) in cases.into_iter().enumerate() {
        let mut body = mandate();
        body[member] = value;
        let ask = Ask::post("/v1/mandates", &format!("wrong-{nth}"), &body);
        assert_eq!(bank.ask(CHANNEL, &ask).await.problem(), (status, code.to_owned()), "{member}");
    }
    let stranger = bank.ask("yunhe", &Ask::post("/v1/mandates", "x", &mandate())).await;
    assert_eq!(stranger.problem(), (403, "scope_missing".to_owned()));
}

#[tokio::test]
async fn a_file_is_handed_in_run_on_its_day_and_its_result_fetched() {
    let bank = funded(10_000).await;
    let signed = bank.ask(CHANNEL, &Ask::post("/v1/mandates", "sign", &mandate())).await.ok();
    let file = claims(&["1|HT01|6222-01|林小雨|9000|202611", "2|HT01|6222-01|林小雨|9000|202610"]);
    let first = bank.ask(BILLER, &hand_in("DK.txt", file.clone())).await;
    assert_eq!(first.status, 202);
    let view: BatchView = serde_json::from_value(first.ok()).unwrap();
    // It came on a Sunday.
    assert_eq!(
        (view.state.as_str(), view.run_on.to_string().as_str()),
        ("validated", "2026-11-23")
    );
    let again = bank.ask(BILLER, &hand_in("DK.txt", file)).await;
    assert_eq!(
        (again.body, &again.headers["idempotency-replayed"]),
        (first.body, &"true".parse().unwrap())
    );
    let path = format!("/v1/withholdings/{}", view.batch);
    let early = bank.ask(BILLER, &Ask::get(format!("{path}/result"))).await;
    assert_eq!(early.problem(), (409, "batch_not_done".to_owned()));

    bank.clock.advance_to("2026-11-23T01:00:00Z".parse().unwrap());
    let claimant = bank.gateway.partners.claimant(BILLER).unwrap();
    let batch = batches::by_id(&bank.gateway, BILLER, BatchId(view.batch)).await.unwrap().unwrap();
    run::whole(&bank.gateway, claimant, &batch, &mut |_| {}).await.unwrap();
    let done = bank.ask(BILLER, &Ask::get(&path)).await.ok();
    assert_eq!(
        (&done["state"], &done["done"], &done["waiting"]),
        (&"done".into(), &1.into(), &1.into())
    );
    let result = bank.ask(BILLER, &Ask::get(format!("{path}/result"))).await;
    let expected = "2|18000|1|9000\r\n1|HT01|6222-01|9000|9000|202611|0000\r\n2|HT01|6222-01|9000|0|202610|1001\r\n";
    assert_eq!(result.body, expected);
    assert!(result.headers["content-disposition"].to_str().unwrap().contains("DK_JG0.txt"));
    assert_eq!(bank.ask(BILLER, &Ask::get(&path)).await.ok()["state"], "result_sent");

    // What waited is presented again when its day has come and there is enough.
    let round = Ask::get(format!("{path}/result?round=1"));
    assert_eq!(bank.ask(BILLER, &round).await.problem(), (409, "batch_not_done".to_owned()));
    let asked = Asked::by("operator:tester", "fund more");
    accounts::fund(&bank.gateway, &asked, "deposit:6222-01", Fen(8_000)).await.unwrap();
    assert_eq!(run::again(&bank.gateway, claimant).await.unwrap(), 0);
    bank.clock.advance_to("2026-12-05T01:00:00Z".parse().unwrap());
    assert_eq!(run::again(&bank.gateway, claimant).await.unwrap(), 1);
    let result = bank.ask(BILLER, &round).await;
    assert_eq!(result.body, "1|9000|1|9000\r\n2|HT01|6222-01|9000|9000|202610|0000\r\n");
    let result = bank.ask(BILLER, &Ask::get(format!("{path}/result"))).await;
    assert_eq!(result.body, expected, "the first round is as it was");

    // Each debit is told to the channel through which the payer signed, without the account's identifier.
    let feed = bank.gateway.store.feed(0, 1_000).await.unwrap();
    let notices: Vec<_> = feed.iter().flat_map(told).collect();
    let of = |kind| notices.iter().filter(move |notice| notice.kind == kind);
    assert_eq!(of(WebhookEvent::PaymentWithheld).count(), 2);
    for notice in of(WebhookEvent::PaymentWithheld) {
        assert_eq!((notice.partner.as_str(), notice.body["data"].get("payer")), (CHANNEL, None));
        assert_eq!(notice.body["data"]["withholding"]["mandate"], signed["mandate"]);
        assert_eq!(notice.body["data"]["amount_fen"], 9_000);
    }
    assert_eq!(of(WebhookEvent::WithholdingDone).count(), 1);
    // Who has missed a notice reads it again.
    let again = bank.ask(CHANNEL, &Ask::get("/v1/events")).await.ok();
    let again = again["events"].as_array().unwrap();
    assert_eq!(again.iter().filter(|event| event["type"] == "payment.withheld").count(), 2);
    let other = bank.ask("yunhe", &Ask::get(&path)).await;
    assert_eq!(other.problem(), (403, "scope_missing".to_owned()));
}

#[tokio::test]
async fn a_wrong_file_is_refused_with_every_place_and_another_of_its_name_too() {
    let bank = funded(10_000).await;
    let wrong = claims(&["1|HT01|6222-01|林小雨|0|202611", "1|HT02|6222-01|林小雨|100|202611"]);
    let refused = bank.ask(BILLER, &hand_in("DK.txt", wrong)).await;
    assert_eq!(refused.problem(), (422, "file_refused".to_owned()));
    let said = refused.json();
    assert_eq!((&said["wrong"], &said["place"]), (&1.into(), &"body, line 2, column 5".into()));
    let good = claims(&["1|HT01|6222-01|林小雨|100|202611"]);
    bank.ask(BILLER, &hand_in("DK.txt", good)).await.ok();
    let other = claims(&["1|HT01|6222-01|林小雨|200|202611"]);
    let refused = bank.ask(BILLER, &hand_in("DK.txt", other)).await;
    assert_eq!(refused.problem(), (409, "file_name_used".to_owned()));
}
