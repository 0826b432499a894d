//! Signatures through a real server: our own client, and one that others wrote.
//!
//! The other one is PyPI `http-message-signatures`. It is used where `JIAOZI_TEST_PYTHON` names
//! an interpreter that has it (and `requests`); without that the test has nothing to say.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use jiaozi::clock::{Clock as _, SystemClock};
use jiaozi::edge::body::{self, BodyLimits};
use jiaozi::edge::problem::Problem;
use jiaozi::edge::signature::{
    KeyRecord, Message, Origin, Policy, Signer, SigningKey, StaticKeyRing, VerifyingKey, verify,
};

use crate::support::{PATIENCE, Server, exchange, json, limits, request_limits, stacked};

const SECRET: [u8; 32] = [0x42; 32];

/// The test key of RFC 9421, appendix B.1.4: published, and of no use to anyone.
const PRIVATE_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n\
    -----END PRIVATE KEY-----\n";

struct Door {
    ring: StaticKeyRing,
    answers: Signer,
}

/// Verifies, and answers with who it was, signed.
async fn door(State(door): State<Arc<Door>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let limits = BodyLimits { bytes_max: 1_024, time_max: PATIENCE };
    let body = body::collect(body, limits).await?;
    let origin = Origin::of_request(&parts, None)?;
    let message = Message::request(&parts, &origin);
    let now = SystemClock.now().timestamp();
    let verified = verify(&message, &body, &door.ring, &Policy::default(), now).await?;
    let text = format!("{} {}", verified.owner, verified.label);
    let answer = ([("content-type", "text/plain")], text.clone()).into_response();
    let (mut head, answer_body) = answer.into_parts();
    door.answers.sign_response(&mut head, Some(message), text.as_bytes(), now)?;
    Ok(Response::from_parts(head, answer_body))
}

async fn serve() -> Server {
    let key = SigningKey::from_pem(PRIVATE_PEM).unwrap();
    let record = |id: &str, key: VerifyingKey| KeyRecord {
        id: id.to_owned(),
        owner: format!("owner-of-{id}"),
        key,
    };
    let ring = StaticKeyRing::default()
        .with(record("ed", key.verifying()))
        .with(record("mac", VerifyingKey::hmac_sha256(&SECRET).unwrap()));
    let door_state =
        Arc::new(Door { ring, answers: Signer::new("jiaozi", key).with_label("jiaozi") });
    let router = Router::new().route("/{*path}", any(door)).with_state(door_state);
    Server::start(stacked(router, request_limits()).0, limits()).await
}

fn on_the_wire(parts: &http::request::Parts, body: &str) -> String {
    let mut text = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let length = body.len();
    text.push_str(&format!("connection: close\r\ncontent-length: {length}\r\n\r\n{body}"));
    text
}

#[tokio::test]
async fn a_signed_request_comes_through_and_a_changed_one_does_not() {
    let server = serve().await;
    let authority = server.address.to_string();
    let request = http::Request::post("/v1/payments?x=1")
        .header("host", &authority)
        .header("content-type", "application/json")
        .header("idempotency-key", "\"a\"");
    let mut parts = request.body(()).unwrap().into_parts().0;
    let origin = Origin::parse(&format!("http://{authority}")).unwrap();
    let signer = Signer::new("mac", SigningKey::hmac_sha256(&SECRET).unwrap());
    signer.sign_request(&mut parts, &origin, b"{}", SystemClock.now().timestamp(), None).unwrap();

    let answer = exchange(server.connect().await, &on_the_wire(&parts, "{}")).await;
    assert!(answer.ends_with("owner-of-mac sig"), "{answer}");
    assert!(answer.contains("signature-input: jiaozi=(\"@status\""), "{answer}");

    let answer = exchange(server.connect().await, &on_the_wire(&parts, "[]")).await;
    assert_eq!(json(&answer)["code"], "digest_mismatch");
    parts.headers.insert("idempotency-key", "\"b\"".parse().unwrap());
    let answer = exchange(server.connect().await, &on_the_wire(&parts, "{}")).await;
    assert_eq!(json(&answer)["code"], "signature_mismatch");
    assert!(answer.to_ascii_lowercase().contains("accept-signature: sig=("), "{answer}");
}

#[tokio::test]
async fn a_client_that_others_wrote_comes_through() {
    let Ok(python) = std::env::var("JIAOZI_TEST_PYTHON") else {
        return;
    };
    let server = serve().await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/edge/signing.py");
    let run = tokio::process::Command::new(python)
        .arg(script)
        .arg(format!("http://{}", server.address))
        .arg(PRIVATE_PEM)
        .arg(hex::encode(SECRET))
        .output();
    let output = tokio::time::timeout(PATIENCE, run).await.unwrap().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}
