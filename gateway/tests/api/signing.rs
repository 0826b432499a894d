//! Whose request it is, and whose it is not.

use bytes::Bytes;
use http_body_util::Full;
use jiaozi::clock::Clock as _;
use jiaozi::edge::signature::{
    KeyRecord, Message, Policy, Signer, SigningKey, StaticKeyRing, verify,
};
use serde_json::json;

use crate::bank::{Ask, Bank, bill, bills};

#[tokio::test]
async fn one_changed_byte_is_refused() {
    let bank = Bank::open().await;
    let ask = Ask::post("/v1/bills", "k", &bills(&[bill("B-1", "1-1-101", 500)]));
    let mut body = ask.body.to_vec();
    let place = body.iter().position(|byte| *byte == b'5').unwrap();
    body[place] = b'6';
    let (parts, _) = bank.signed("yunhe", &ask).into_parts();
    let changed = http::Request::from_parts(parts, Full::new(Bytes::from(body)));
    let refused = bank.send(changed).await;
    assert_eq!(refused.problem(), (401, "digest_mismatch".to_owned()));

    let mut request = bank.signed("yunhe", &ask);
    request.headers_mut().insert("idempotency-key", "l".parse().unwrap());
    let refused = bank.send(request).await;
    assert_eq!(refused.problem(), (401, "signature_mismatch".to_owned()));
    assert!(refused.json()["signature_base"].as_str().unwrap().contains("\"@target-uri\""));

    let mut request = bank.signed("yunhe", &ask);
    *request.uri_mut() =
        request.uri().to_string().replace("/v1/bills", "/v1/bills?a=1").parse().unwrap();
    assert_eq!(bank.send(request).await.problem().1, "signature_mismatch");
    let list = bank.get("yunhe", "/v1/bills").await.ok();
    assert_eq!(list["bills"], json!([]), "nothing was done");
}

#[tokio::test]
async fn a_signature_outside_the_window_is_refused() {
    let bank = Bank::open().await;
    for (ago, code) in [(301, "signature_too_old"), (-301, "signature_from_the_future")] {
        let ask = Ask { signed_ago_seconds: ago, ..Ask::get("/v1/bills") };
        assert_eq!(bank.ask("yunhe", &ask).await.problem(), (401, code.to_owned()));
    }
    for ago in [299, -299] {
        bank.ask("yunhe", &Ask { signed_ago_seconds: ago, ..Ask::get("/v1/bills") }).await.ok();
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    let bank = Bank::open().await;
    bank.get("yunhe", "/v1/bills").await.ok();
    bank.gateway.keys.revoke("yunhe-2026-1", bank.clock.now()).await.unwrap();
    let refused = bank.get("yunhe", "/v1/bills").await;
    assert_eq!(refused.problem(), (401, "signature_key_unknown".to_owned()));
}

#[tokio::test]
async fn a_key_that_the_specification_does_not_list_is_refused() {
    let bank = Bank::open().await;
    let pem = crate::bank::public_pem(&[77; 32]);
    let keys = &bank.gateway.keys;
    let kind = jiaozi::keys::KeyKind::Ed25519;
    keys.add("yunhe-other", "yunhe", kind, &pem, bank.clock.now()).await.unwrap();
    let signer = Signer::new("yunhe-other", SigningKey::ed25519_from_seed(&[77; 32]).unwrap());
    let (mut parts, body) = bank.signed("yunhe", &Ask::get("/v1/bills")).into_parts();
    parts.headers.remove("signature");
    parts.headers.remove("signature-input");
    let now = bank.clock.now().timestamp();
    signer.sign_request(&mut parts, &bank.origin(), b"", now, None).unwrap();
    let refused = bank.send(http::Request::from_parts(parts, body)).await;
    assert_eq!(refused.problem(), (401, "signature_key_unknown".to_owned()));
}

#[tokio::test]
async fn a_nonce_counts_once() {
    let bank = Bank::open().await;
    let ask =
        |nonce: Option<&str>| Ask { nonce: nonce.map(str::to_owned), ..Ask::get("/v1/partners") };
    let refused = bank.ask("mobile-bank", &ask(None)).await;
    assert_eq!(refused.problem(), (401, "signature_parameter_missing".to_owned()));
    bank.ask("mobile-bank", &ask(Some("n-1"))).await.ok();
    let refused = bank.ask("mobile-bank", &ask(Some("n-1"))).await;
    assert_eq!(refused.problem(), (401, "nonce_seen".to_owned()));
    bank.ask("mobile-bank", &ask(Some("n-2"))).await.ok();
    // At the same time, too.
    let third = ask(Some("n-3"));
    let both = tokio::join!(bank.ask("mobile-bank", &third), bank.ask("mobile-bank", &third));
    let mut statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test]
async fn our_answers_are_signed_when_we_have_a_key() {
    let key = SigningKey::ed25519_from_seed(&[99; 32]).unwrap();
    let ring = StaticKeyRing::default().with(KeyRecord {
        id: "jiaozi".to_owned(),
        owner: "the bank".to_owned(),
        key: key.verifying(),
    });
    let bank = Bank::open_as(true, Some(Signer::new("jiaozi", key))).await;
    let ask = Ask::post("/v1/bills", "k", &bills(&[bill("B-1", "1-1-101", 500)]));
    let request = bank.signed("yunhe", &ask);
    let (asked, _) = bank.signed("yunhe", &ask).into_parts();
    let answer = bank.send(request).await;
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.status = answer.status;
    head.headers = answer.headers.clone();
    let origin = bank.origin();
    let message = Message::response(&head, Some(Message::request(&asked, &origin)));
    let now = bank.clock.now().timestamp();
    let verified = verify(&message, &answer.body, &ring, &Policy::default(), now).await.unwrap();
    assert_eq!(verified.owner, "the bank");
    assert!(verified.covered.iter().any(|covered| covered == "\"idempotency-key\";req"));
}
