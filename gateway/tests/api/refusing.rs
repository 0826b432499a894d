//! What is not allowed, not there or not understood, and how it is said.

use bytes::Bytes;
use serde_json::json;

use crate::bank::{Ask, Bank, bill, bills};

#[tokio::test]
async fn the_companys_key_cannot_pay() {
    let bank = Bank::open().await;
    bank.bill("B-1", "1-1-101", 500).await;
    let payer = bank.payer("p", 1_000).await;
    let body = json!({"quote": bank.quote("1-1-101").await, "payer": payer});
    let refused = bank.post("yunhe", "/v1/payments", body).await;
    assert_eq!(refused.problem(), (403, "scope_missing".to_owned()));
    assert_eq!(refused.json()["expected"], "pay");
    for path in ["/v1/partners", "/v1/accounts/deposit:p"] {
        assert_eq!(bank.get("yunhe", path).await.status, 403, "{path}");
    }
    // Nor can a channel publish.
    let refused = bank.post("sandbox-bank", "/v1/bills", bills(&[bill("B", "1", 5)])).await;
    assert_eq!(refused.problem(), (403, "scope_missing".to_owned()));
}

#[tokio::test]
async fn a_float_amount_is_refused_with_its_place() {
    let bank = Bank::open().await;
    let mut second = bill("B-2", "1-1-102", 1);
    second["amount_fen"] = json!(120.5);
    let body = bills(&[bill("B-1", "1-1-101", 500), second]);
    let refused = bank.post("yunhe", "/v1/bills", body).await;
    assert_eq!(refused.problem(), (400, "body_invalid".to_owned()));
    let json = refused.json();
    assert_eq!(json["place"], "body, bills[1].amount_fen");
    assert_eq!(json["expected"], "a whole number of fen above zero, as in 12050 for 120.50 yuan");
    let list = bank.get("yunhe", "/v1/bills").await.ok();
    assert_eq!(list["bills"], json!([]), "nothing was done");
}

#[tokio::test]
async fn bodies_and_queries_are_read_strictly() {
    let bank = Bank::open().await;
    for (body, code) in [
        ("{\"bills\":[]}", "query_invalid"),
        ("{\"bills\":[],\"x\":1}", "body_invalid"),
        ("{\"bills\":[],\"bills\":[]}", "body_invalid"),
        ("{\"bills\":", "body_not_json"),
    ] {
        let mut ask = Ask::post("/v1/bills", "k", &json!({}));
        ask.body = Bytes::from_static(body.as_bytes());
        let refused = bank.ask("yunhe", &ask).await;
        let (status, found) = refused.problem();
        assert_eq!(status, 400, "{body}");
        assert!(found == code || found == "body_invalid", "{body}: {found}");
        assert!(refused.json()["place"].as_str().unwrap().starts_with("body"), "{body}");
    }
    for query in ["?x=1", "?limit=many", "?cursor=abc", "?state=open", "?limit=1&limit=2"] {
        let refused = bank.get("yunhe", &format!("/v1/bills{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
        assert!(refused.json()["place"].as_str().unwrap().starts_with("query"), "{query}");
    }
    let mut ask = Ask::post("/v1/bills", "k", &bills(&[bill("B", "1", 5)]));
    ask.key = None;
    let refused = bank.ask("yunhe", &ask).await;
    assert_eq!(refused.problem(), (400, "idempotency_key_missing".to_owned()));
    ask.key = Some("a b".to_owned());
    let refused = bank.ask("yunhe", &ask).await;
    assert_eq!(refused.problem(), (400, "idempotency_key_invalid".to_owned()));
}

#[tokio::test]
async fn another_partners_bill_does_not_exist() {
    let bank = Bank::open().await;
    let bill = bank.bill("B-1", "1-1-101", 500).await;
    let payer = bank.payer("p", 1_000).await;
    let body = json!({"quote": bank.quote("1-1-101").await, "payer": payer, "reference": "R-1"});
    let paid = bank.post("sandbox-bank", "/v1/payments", body).await.ok();
    let payment = paid["order"].as_str().unwrap();
    for path in [
        format!("/v1/bills/{bill}"),
        "/v1/bills/by-import-id/B-1".to_owned(),
        format!("/v1/payments/{payment}"),
        "/v1/payments?import_id=B-1".to_owned(),
        "/v1/bills/no-identifier".to_owned(),
    ] {
        let refused = bank.get("huating", &path).await;
        assert_eq!(refused.problem(), (404, "not_found".to_owned()), "{path}");
    }
    let withdraw = json!({"reason": "withdrawn"});
    let path = format!("/v1/bills/{bill}/withdraw");
    assert_eq!(bank.post("huating", &path, withdraw).await.status, 404);
    let back = json!({"reason": "other"});
    let path = format!("/v1/payments/{payment}/refunds");
    assert_eq!(bank.post("huating", &path, back).await.status, 404);
    assert_eq!(bank.get("huating", "/v1/bills").await.ok()["bills"], json!([]));
    assert_eq!(bank.get("huating", "/v1/events").await.ok()["events"], json!([]));
    // Another channel did not order the payment.
    let path = format!("/v1/payments/{payment}");
    assert_eq!(bank.get("mobile-bank", &path).await.status, 404);
    let found = bank.get("mobile-bank", "/v1/payments?reference=R-1").await.ok();
    assert_eq!(found["payments"], json!([]));
}

#[tokio::test]
async fn a_channel_debits_deposits_only() {
    let bank = Bank::open().await;
    bank.bill("B-1", "1-1-101", 500).await;
    for payer in ["settlement:yunhe", "budget:yunhe-prepay", "income:fees", "deposit:", "nothing"] {
        let body = json!({"quote": bank.quote("1-1-101").await, "payer": payer});
        let refused = bank.post("sandbox-bank", "/v1/payments", body).await;
        assert_eq!(refused.status, 400, "{payer}");
        assert_eq!(refused.json()["place"], "body, payer");
    }
    for code in ["settlement:yunhe", "deposit:stranger"] {
        assert_eq!(bank.get("sandbox-bank", &format!("/v1/accounts/{code}")).await.status, 404);
    }
}

#[tokio::test]
async fn a_live_gateway_makes_no_money() {
    let bank = Bank::open_as(false, None).await;
    let opened = bank.post("sandbox-bank", "/v1/accounts", json!({"number": "a"})).await;
    opened.ok();
    let funds = json!({"account": "deposit:a", "amount_fen": 1});
    assert_eq!(bank.post("sandbox-bank", "/v1/sandbox/funds", funds).await.status, 404);
    let time = json!({"to": "2027-01-01T00:00:00Z"});
    assert_eq!(bank.post("sandbox-bank", "/v1/sandbox/time", time).await.status, 404);
}
