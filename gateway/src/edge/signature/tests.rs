//! Published vectors, every refusal, and what must hold for all messages.

mod properties;
mod refusals;
mod vectors;

use http::{Request, request};
use jiff::Timestamp;

use super::*;

pub(super) const NOW_SECONDS: i64 = 1_800_000_000;
pub(super) const BODY: &[u8] = br#"{"amount_fen": 12000}"#;

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(NOW_SECONDS).unwrap()
}

pub(super) fn origin() -> Origin {
    Origin::parse("https://pay.example.com").unwrap()
}

/// A payment as a partner would send it, not yet signed.
pub(super) fn payment() -> request::Parts {
    let request = Request::post("/v1/payments?dry=no")
        .header("host", "pay.example.com")
        .header("content-type", "application/json")
        .header("idempotency-key", "\"order-1\"")
        .body(());
    request.unwrap().into_parts().0
}

pub(super) fn signer() -> Signer {
    Signer::new("partner-1", SigningKey::ed25519_from_seed(&[7; 32]).unwrap())
}

pub(super) fn ring() -> StaticKeyRing {
    StaticKeyRing::default().with(KeyRecord {
        id: "partner-1".to_owned(),
        owner: "riverside".to_owned(),
        key: signer().key().verifying(),
    })
}

/// Verifies without a runtime: the static ring never waits.
pub(super) fn verified(parts: &request::Parts, body: &[u8]) -> Result<Verified, Refusal> {
    verified_by(parts, body, &Policy::default())
}

pub(super) fn verified_by(
    parts: &request::Parts,
    body: &[u8],
    policy: &Policy,
) -> Result<Verified, Refusal> {
    let origin = origin();
    let message = Message::request(parts, &origin);
    let ring = ring();
    let mut verifying = std::pin::pin!(verify(&message, body, &ring, policy, now()));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match verifying.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(outcome) => outcome,
        std::task::Poll::Pending => panic!("the static ring never waits"),
    }
}

pub(super) fn signed() -> request::Parts {
    let mut parts = payment();
    signer().sign_request(&mut parts, &origin(), BODY, now(), None).unwrap();
    parts
}
