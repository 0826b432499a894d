//! From a published bill to a payment, and the same answer for ever.

use jiaozi::api::payments::view::{PaymentDetail, PaymentView};
use serde_json::json;

use crate::bank::{Ask, Bank, bill, bills};

#[tokio::test]
async fn a_bill_is_imported_and_paid_and_the_first_answer_is_repeated_byte_for_byte() {
    let bank = Bank::open().await;
    let import = Ask::post("/v1/bills", "import-1", &bills(&[bill("B-1", "3-2-502", 12_050)]));
    let imported = bank.ask("yunhe", &import).await;
    assert_eq!(imported.ok()["counts"], json!({"new": 1}));

    let house = bank.get("sandbox-bank", "/v1/partners/yunhe/houses/3-2-502/bills").await.ok();
    assert_eq!(house["bills"][0]["open_fen"], 12_050);
    let payer = bank.payer("6222-01", 20_000).await;
    let quote = bank.quote("3-2-502").await;
    let body = json!({"quote": quote, "payer": payer, "reference": "R-1"});
    let pay = Ask::post("/v1/payments", "pay-1", &body);
    let first = bank.ask("sandbox-bank", &pay).await;
    assert_eq!(first.status, 201, "{first:?}");
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let paid: PaymentView = serde_json::from_slice(&first.body).unwrap();
    assert_eq!(paid.amount_fen, 12_050);
    assert_eq!(paid.balance.unwrap().available_fen, 7_950);

    bank.clock.advance(jiff::SignedDuration::from_hours(48));
    for (ask, sender, first) in [(&pay, "sandbox-bank", &first), (&import, "yunhe", &imported)] {
        let again = bank.ask(sender, ask).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.headers["content-type"], first.headers["content-type"]);
        assert_eq!(again.headers["idempotency-replayed"], "true");
    }

    let path = format!("/v1/payments/{}", paid.order);
    let read: PaymentDetail = serde_json::from_slice(&bank.get("yunhe", &path).await.body).unwrap();
    let without_balance = PaymentView { balance: None, ..paid };
    assert_eq!(json!(read.payment), json!(without_balance));
    assert!(read.refunds.is_empty());
    let bill = bank.get("yunhe", "/v1/bills/by-import-id/B-1").await.ok();
    assert_eq!(bill["bill"]["state"], "paid");
    assert_eq!(bill["payments"][0]["order"], json!(without_balance.order));
    assert_eq!(bill["versions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_decline_is_recorded_too() {
    let bank = Bank::open().await;
    bank.bill("B-1", "1-1-101", 500).await;
    let payer = bank.payer("poor", 100).await;
    let body = json!({"quote": bank.quote("1-1-101").await, "payer": payer});
    let pay = Ask::post("/v1/payments", "poor-1", &body);
    let declined = bank.ask("sandbox-bank", &pay).await;
    assert_eq!(declined.problem(), (422, "insufficient_funds".to_owned()));
    let funds = json!({"account": payer, "amount_fen": 1_000});
    bank.post("sandbox-bank", "/v1/sandbox/funds", funds).await.ok();
    // The same key stays declined; a new one is a new attempt.
    assert_eq!(bank.ask("sandbox-bank", &pay).await.body, declined.body);
    bank.ask("sandbox-bank", &Ask { key: Some("poor-2".to_owned()), ..pay }).await.ok();
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let bank = Bank::open().await;
    let one = Ask::post("/v1/bills", "k", &bills(&[bill("B-1", "1-1-101", 500)]));
    let other = Ask::post("/v1/bills", "k", &bills(&[bill("B-1", "1-1-101", 501)]));
    let first = bank.ask("yunhe", &one).await;
    let conflict = bank.ask("yunhe", &other).await;
    assert_eq!(conflict.problem(), (422, "idempotency_conflict".to_owned()));
    assert_eq!(bank.ask("yunhe", &one).await.body, first.body);
    // Another operation, and another path of the same one, are other requests.
    let bill_1 = first.json()["lines"][0]["bill"].as_str().unwrap().to_owned();
    let bill_2 = bank.bill("B-2", "1-1-102", 600).await;
    let withdraw = |bill: &str| {
        let body = json!({"reason": "withdrawn"});
        Ask::post(format!("/v1/bills/{bill}/withdraw"), "k", &body)
    };
    let withdrawn = bank.ask("yunhe", &withdraw(&bill_1)).await.ok();
    assert_eq!(withdrawn["state"], "withdrawn");
    let conflict = bank.ask("yunhe", &withdraw(&bill_2)).await;
    assert_eq!(conflict.problem(), (422, "idempotency_conflict".to_owned()));
}

#[tokio::test]
async fn a_repriced_bill_refuses_the_old_quote() {
    let bank = Bank::open().await;
    bank.bill("B-1", "1-1-101", 500).await;
    let payer = bank.payer("p", 10_000).await;
    let quote = bank.quote("1-1-101").await;
    bank.bill("B-1", "1-1-101", 600).await;
    let body = json!({"quote": quote, "payer": payer});
    let refused = bank.post("sandbox-bank", "/v1/payments", body).await;
    assert_eq!(refused.problem(), (409, "bill_repriced".to_owned()));
    assert_eq!(refused.json()["import_id"], "B-1");
    let body = json!({"quote": bank.quote("1-1-101").await, "payer": payer});
    let paid = bank.post("sandbox-bank", "/v1/payments", body).await.ok();
    assert_eq!(paid["amount_fen"], 600);
}

#[tokio::test]
async fn a_quote_is_good_until_it_expires_and_only_unchanged() {
    let bank = Bank::open().await;
    bank.bill("B-1", "1-1-101", 500).await;
    let payer = bank.payer("p", 10_000).await;
    let quote = bank.quote("1-1-101").await;
    let body = json!({"quote": format!("{quote}A"), "payer": payer});
    let refused = bank.post("sandbox-bank", "/v1/payments", body).await;
    assert_eq!(refused.problem(), (400, "quote_invalid".to_owned()));
    assert_eq!(refused.json()["place"], "body, quote");
    bank.clock.advance(jiff::SignedDuration::from_secs(901));
    let body = json!({"quote": quote, "payer": payer});
    let refused = bank.post("sandbox-bank", "/v1/payments", body).await;
    assert_eq!(refused.problem(), (409, "quote_expired".to_owned()));
}
