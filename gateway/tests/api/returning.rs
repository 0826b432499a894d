//! Taken back, given back, withdrawn.

use jiaozi::api::payments::view::{PaymentView, RefundView};
use serde_json::json;

use crate::bank::Bank;

async fn paid(bank: &Bank, import_id: &str, house: &str) -> PaymentView {
    bank.bill(import_id, house, 5_000).await;
    let payer = bank.payer(&format!("of-{import_id}"), 20_000).await;
    let body = json!({"quote": bank.quote(house).await, "payer": payer});
    let answer = bank.post("sandbox-bank", "/v1/payments", body).await;
    answer.ok();
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn a_payment_is_cancelled_until_its_day_is_closed() {
    let bank = Bank::open().await;
    let payment = paid(&bank, "B-1", "1-1-101").await;
    let path = format!("/v1/payments/{}/cancel", payment.order);
    let cancelled = bank.post("sandbox-bank", &path, json!({})).await;
    let view: PaymentView = serde_json::from_slice(&cancelled.body).unwrap();
    assert_eq!(json!(view.state), "cancelled");
    let account = bank.get("sandbox-bank", "/v1/accounts/deposit:of-B-1").await.ok();
    assert_eq!(account["balances"]["available_fen"], 20_000);
    let statement = bank.get("sandbox-bank", "/v1/accounts/deposit:of-B-1/statement").await.ok();
    let kinds: Vec<_> =
        statement["entries"].as_array().unwrap().iter().map(|e| &e["kind"]).collect();
    assert_eq!(json!(kinds), json!(["transaction.posted", "payment.posted", "payment.cancelled"]));
    let again = bank.post("sandbox-bank", &path, json!({})).await;
    assert_eq!(again.status, 409, "{again:?}");
}

#[tokio::test]
async fn the_partner_gives_back_in_parts() {
    let bank = Bank::open().await;
    let payment = paid(&bank, "B-1", "1-1-101").await;
    let path = format!("/v1/payments/{}/refunds", payment.order);
    let body = json!({"amount_fen": 2_000, "reason": "wrong_amount"});
    let answer = bank.post("yunhe", &path, body).await;
    let refund: RefundView = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status.as_u16(), refund.amount_fen), (201, 2_000));
    let rest = bank.post("sandbox-bank", &path, json!({"reason": "payer_request"})).await.ok();
    assert_eq!(rest["amount_fen"], 3_000);
    let read = bank.get("sandbox-bank", &format!("/v1/payments/{}", payment.order)).await.ok();
    assert_eq!(read["state"], "refunded");
    assert_eq!(read["refunds"].as_array().unwrap().len(), 2);
    assert_eq!(read["refunds"][0]["refund"], json!(refund.refund));
    let wrong = json!({"reason": "because"});
    let refused = bank.post("yunhe", &path, wrong).await;
    assert_eq!(refused.json()["place"], "body, reason");
}

#[tokio::test]
async fn a_bill_paid_at_the_desk_is_no_longer_due() {
    let bank = Bank::open().await;
    let bill = bank.bill("B-1", "1-1-101", 500).await;
    let path = format!("/v1/bills/{bill}/withdraw");
    let answer = bank.post("yunhe", &path, json!({"reason": "paid_at_desk"})).await.ok();
    assert_eq!(answer["state"], "paid_at_desk");
    let house = "/v1/partners/yunhe/houses/1-1-101/bills";
    assert_eq!(bank.get("sandbox-bank", house).await.ok()["bills"], json!([]));
    let all = bank.get("sandbox-bank", &format!("{house}?which=all")).await.ok();
    assert_eq!(all["bills"][0]["state"], "paid_at_desk");
    let wish = json!({"partner": "yunhe", "house": "1-1-101"});
    let refused = bank.post("sandbox-bank", "/v1/quotes", wish).await;
    assert_eq!(refused.problem(), (409, "nothing_due".to_owned()));
}
