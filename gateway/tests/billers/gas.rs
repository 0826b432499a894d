//! 华燃燃气.

use jiaozi::trial::billers::day_file::Slip;
use jiaozi::trial::billers::faults::Fault;
use jiaozi::trial::billers::huaran_gas::HuaranGas;
use jiaozi::trial::billers::order::{Standing, Verb};
use jiaozi::trial::billers::peer::Biller;
use ring::hmac;
use serde_json::{Value, json};

use crate::support::{TODAY, ask, biller, file, post, split, standing};

const KEY: &[u8] = b"gas key";

async fn gas() -> Biller {
    biller(HuaranGas { key: KEY.to_vec() }, "G-1").await
}

fn sign(text: &str) -> String {
    hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), text.as_bytes()))
}

fn request(path: &str, body: &Value, signed_path: &str) -> Vec<u8> {
    let (time, body) = ("20261102100000", body.to_string());
    let signature = sign(&format!("POST\n{signed_path}\n{time}\n{body}"));
    let headers = [("X-App-Id", "jiaozi"), ("X-Timestamp", time), ("X-Sign", &signature)];
    post(path, &headers, body.as_bytes())
}

/// Code and data of an answer, and whether its signature is right.
async fn answered(biller: &Biller, path: &str, body: &Value) -> (String, Value, bool) {
    let (head, body) = split(&ask(biller, &request(path, body, path)).await);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let header = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
    };
    let body = String::from_utf8(body).unwrap();
    let signed = header("x-sign:") == sign(&format!("{}\n{body}", header("x-timestamp:")));
    let body: Value = serde_json::from_str(&body).unwrap();
    (body["code"].as_str().unwrap().to_owned(), body["data"].clone(), signed)
}

async fn say(biller: &Biller, path: &str, body: &Value) -> (String, Value) {
    let (code, data, signed) = answered(biller, path, body).await;
    assert!(signed);
    (code, data)
}

fn pay(reference: &str, fen: i64, ids: &[&str]) -> Value {
    json!({
        "requestId": reference, "accountNo": "G-1", "amountCents": fen, "billIds": ids,
        "paidAt": "2026-11-02T10:00:00+08:00",
    })
}

fn status(original: &str) -> Value {
    json!({"requestId": "S-1", "originalRequestId": original})
}

const ALL: &[&str] = &["B1", "B2"];

#[tokio::test]
async fn a_bill_is_asked_for_paid_in_progress_and_then_done() {
    let gas = gas().await;
    let search = json!({"requestId": "Q-1", "accountNo": "G-1"});
    let (code, data) = say(&gas, "/v2/bills/search", &search).await;
    assert_eq!(code, "0");
    assert_eq!(
        data,
        json!({
            "requestId": "Q-1", "accountNo": "G-1", "holder": "李小龙", "total": "150.00",
            "bills": [
                {"billId": "B1", "month": "2026-10", "amount": "90.00", "penalty": "0.00"},
                {"billId": "B2", "month": "2026-10", "amount": "59.00", "penalty": "1.00"},
            ],
        })
    );
    let (code, data) = say(&gas, "/v2/payments", &pay("P-1", 15_000, ALL)).await;
    assert_eq!((code.as_str(), &data["status"]), ("0", &json!("PROCESSING")));
    let (_, data) = say(&gas, "/v2/payments/status", &status("P-1")).await;
    assert_eq!((&data["originalRequestId"], &data["status"]), (&json!("P-1"), &json!("SUCCESS")));
    assert!(!data["paymentNo"].as_str().unwrap().is_empty());
    assert_eq!(standing(&gas, "P-1"), Standing::Booked);
}

#[tokio::test]
async fn every_no_has_its_code() {
    let gas = gas().await;
    let search = json!({"requestId": "Q-1", "accountNo": "G-2"});
    assert_eq!(say(&gas, "/v2/bills/search", &search).await.0, "4001");
    for (body, code) in [
        (pay("P-1", 8_850, ALL), "4003"),
        (pay("P-2", 9_000, &["B1", "B3"]), "4002"),
        (pay("P-3", 9_000, &["B1"]), "0"),
        (pay("P-3", 6_000, &["B2"]), "4003"),
        (pay("P-4", 9_000, &["B1"]), "4002"),
    ] {
        assert_eq!(say(&gas, "/v2/payments", &body).await.0, code, "{body}");
    }
    assert_eq!(say(&gas, "/v2/payments/status", &status("P-9")).await.0, "4004");
    let (_, data) = say(&gas, "/v2/payments/status", &status("P-1")).await;
    assert_eq!(data["status"], "FAILED");
}

#[tokio::test]
async fn the_day_s_file_tells_what_failed_as_well() {
    let gas = gas().await;
    say(&gas, "/v2/payments", &pay("P-1", 1, ALL)).await;
    say(&gas, "/v2/payments", &pay("P-2", 15_000, ALL)).await;
    assert_eq!(gas.day_file(TODAY, &[]).name, "gas_2026-11-02.csv");
    let text = |first: &str, second: &str, totals: &str| {
        format!(
            "\u{feff}requestId,accountNo,amount,status,paidAt\n\
             P-1,G-1,0.01,{first},2026-11-02T10:00:00+08:00\n\
             P-2,G-1,150.00,{second},2026-11-02T10:00:00+08:00\n\
             TOTAL,{totals}\n"
        )
    };
    assert_eq!(file(&gas, &[]), text("FAILED", "SUCCESS", "1,150.00"));
    let slip = Slip::WrongStatus("P-2".to_owned());
    assert_eq!(file(&gas, &[slip]), text("FAILED", "FAILED", "0,0.00"));
    let tomorrow = TODAY.tomorrow().unwrap();
    assert!(gas.day_file(tomorrow, &[]).bytes.ends_with(b"paidAt\nTOTAL,0,0.00\n"));
}

#[tokio::test]
async fn signatures_are_looked_at_and_one_of_ours_can_be_wrong() {
    let gas = gas().await;
    let (head, _) =
        split(&ask(&gas, &request("/v2/payments", &pay("P-1", 15_000, ALL), "/v2/other")).await);
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    assert!(gas.office().truth().is_empty());
    gas.faults().next(Verb::Pay, Fault::WrongSignature);
    let (code, _, signed) = answered(&gas, "/v2/payments", &pay("P-1", 15_000, ALL)).await;
    assert_eq!((code.as_str(), signed), ("0", false));
    let (head, _) = split(&ask(&gas, &request("/v2/none", &pay("P-2", 1, ALL), "/v2/none")).await);
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
}
