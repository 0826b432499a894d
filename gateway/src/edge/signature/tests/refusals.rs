//! Each way to be refused, told apart, with its status, place and expectation.

use http::{HeaderMap, HeaderValue, Method};
use jiff::SignedDuration;

use super::super::verify::{SIGNATURE, SIGNATURE_INPUT};
use super::*;
use crate::edge::problem::Problem;

fn code(parts: &request::Parts) -> &'static str {
    verified(parts, BODY).expect_err("refused").code()
}

fn with_input(change: impl FnOnce(String) -> String) -> request::Parts {
    let mut parts = signed();
    let input = parts.headers[&SIGNATURE_INPUT].to_str().unwrap().to_owned();
    let changed = HeaderValue::from_str(&change(input)).unwrap();
    parts.headers.insert(SIGNATURE_INPUT, changed);
    parts
}

fn signed_at(offset_seconds: i64, signer: &Signer) -> request::Parts {
    let mut parts = payment();
    let created = now() + SignedDuration::from_secs(offset_seconds);
    signer.sign_request(&mut parts, &origin(), BODY, created, None).unwrap();
    parts
}

#[test]
fn a_signed_payment_is_verified() {
    let verified = verified(&signed(), BODY).unwrap();
    assert_eq!(verified.owner, "riverside");
    assert_eq!(verified.created, now());
    assert!(verified.covered.contains(&"\"idempotency-key\"".to_owned()));
}

#[test]
fn what_is_not_signed_or_only_half_is_refused() {
    assert_eq!(code(&payment()), "signature_missing");
    let mut parts = signed();
    parts.headers.remove(&SIGNATURE);
    assert_eq!(code(&parts), "signature_missing");
    assert_eq!(
        code(&with_input(|input| input.replace("sig=", "other="))),
        "signature_label_unpaired"
    );
    assert_eq!(code(&with_input(|_| "sig=(".to_owned())), "signature_malformed");
    assert_eq!(code(&with_input(|_| "sig=1".to_owned())), "signature_malformed");
}

#[test]
fn what_was_changed_after_signing_is_refused() {
    let mut parts = signed();
    parts.method = Method::PUT;
    assert_eq!(code(&parts), "signature_mismatch");

    let mut parts = signed();
    parts.uri = "/v1/payments?dry=yes".parse().unwrap();
    assert_eq!(code(&parts), "signature_mismatch");

    for header in ["content-type", "idempotency-key", "content-digest"] {
        let mut parts = signed();
        parts.headers.insert(header, HeaderValue::from_static("x"));
        assert_eq!(code(&parts), "signature_mismatch", "{header}");
    }
    let refused = verified(&signed(), br#"{"amount_fen": 99999}"#).unwrap_err();
    assert_eq!(refused.code(), "digest_mismatch");
    let refused = verified(&signed(), b"").unwrap_err();
    assert_eq!(refused.code(), "digest_mismatch");
}

#[test]
fn what_matters_must_be_covered() {
    for component in ["@method", "@target-uri", "idempotency-key", "content-digest", "content-type"]
    {
        let parts = with_input(|input| {
            let without = input.replace(&format!("\"{component}\""), "\"host\"");
            assert_ne!(without, input);
            without
        });
        let refused = verified(&parts, BODY).unwrap_err();
        assert_eq!(refused.code(), "signature_component_uncovered");
        assert!(refused.place().contains(component), "{}", refused.place());
    }
    // One member of the digest is not the digest.
    let parts = with_input(|input| {
        input.replace("\"content-digest\"", "\"content-digest\";key=\"sha-256\"")
    });
    assert_eq!(code(&parts), "signature_component_uncovered");
}

#[test]
fn headers_that_came_later_must_be_covered_too() {
    let mut parts = payment();
    parts.headers.remove("idempotency-key");
    signer().sign_request(&mut parts, &origin(), BODY, now(), None).unwrap();
    assert!(verified(&parts, BODY).is_ok());
    parts.headers.insert("idempotency-key", HeaderValue::from_static("\"new\""));
    assert_eq!(code(&parts), "signature_component_uncovered");
}

#[test]
fn a_body_needs_a_digest() {
    let mut parts = payment();
    signer().sign_request(&mut parts, &origin(), b"", now(), None).unwrap();
    assert!(verified(&parts, b"").is_ok());
    assert_eq!(code(&parts), "digest_missing");
}

#[test]
fn time_counts_in_both_directions() {
    for (offset, outcome) in [
        (-300, None),
        (300, None),
        (-301, Some("signature_too_old")),
        (301, Some("signature_from_the_future")),
    ] {
        let refused = verified(&signed_at(offset, &signer()), BODY).err();
        assert_eq!(refused.map(|refused| refused.code()), outcome, "{offset}");
    }
    let brief = signer().with_lifetime(SignedDuration::from_secs(10));
    assert!(verified(&signed_at(-10, &brief), BODY).is_ok());
    assert_eq!(code(&signed_at(-11, &brief)), "signature_expired");
}

#[test]
fn parameters_are_known_and_of_their_kind() {
    for (from, to, code_expected) in [
        (";keyid=\"partner-1\"", "", "signature_parameter_missing"),
        (";created=1800000000", "", "signature_parameter_missing"),
        ("created=1800000000", "created=\"now\"", "signature_parameter_invalid"),
        ("created=1800000000", "created=@1800000000", "signature_parameter_invalid"),
        ("created=1800000000", "created=1;until=2", "signature_parameter_unknown"),
        ("keyid=\"partner-1\"", "keyid=\"nobody\"", "signature_key_unknown"),
        ("alg=\"ed25519\"", "alg=\"hmac-sha256\"", "signature_algorithm_mismatch"),
        ("\"@method\"", "\"@method\" \"@method\"", "signature_component_repeated"),
        ("\"@method\"", "\"@method\" \"x-none\"", "signature_component_absent"),
        ("\"@method\"", "\"@method\";tr", "signature_component_invalid"),
        ("\"@method\"", "\"@method\" \"@magic\"", "signature_component_invalid"),
        ("\"@method\"", "\"@method\" \"host\";sf", "signature_component_invalid"),
        ("\"@method\"", "\"@method\" \"host\";new", "signature_component_invalid"),
        ("\"@method\"", "\"@method\" \"Host\"", "signature_component_invalid"),
        ("\"@method\"", "\"@method\" \"@method\";req", "signature_component_invalid"),
    ] {
        let parts = with_input(|input| {
            let changed = input.replacen(from, to, 1);
            assert_ne!(changed, input, "{from}");
            changed
        });
        assert_eq!(code(&parts), code_expected, "{from} -> {to}");
    }
}

#[test]
fn a_nonce_is_handed_out_and_can_be_demanded() {
    let policy = Policy { nonce: Nonce::Required, ..Policy::default() };
    let refused = verified_by(&signed(), BODY, &policy).unwrap_err();
    assert_eq!(refused, Refusal::MissingParameter { parameter: "nonce" });
    let mut parts = payment();
    signer().sign_request(&mut parts, &origin(), BODY, now(), Some("n-1")).unwrap();
    let verified = verified_by(&parts, BODY, &policy).unwrap();
    assert_eq!(verified.nonce.as_deref(), Some("n-1"));
}

#[test]
fn another_signature_beside_ours_is_left_alone() {
    let stranger = || {
        let key = SigningKey::ed25519_from_seed(&[9; 32]).unwrap();
        Signer::new("proxy", key)
    };
    for order in [[stranger(), signer()], [signer(), stranger()]] {
        let mut parts = payment();
        for signer in order {
            signer.sign_request(&mut parts, &origin(), BODY, now(), None).unwrap();
        }
        assert_eq!(verified(&parts, BODY).unwrap().key_id, "partner-1");
    }
    let mut parts = payment();
    for _ in 0..5 {
        signer().sign_request(&mut parts, &origin(), BODY, now(), None).unwrap();
    }
    assert_eq!(code(&parts), "signature_too_large");
}

#[test]
fn path_and_query_or_request_target_will_do_for_the_target() {
    for target in ["\"@path\" \"@query\"", "\"@request-target\""] {
        let parts = with_input(|input| input.replace("\"@target-uri\"", target));
        assert_eq!(code(&parts), "signature_mismatch", "covered, though not signed so");
    }
    let parts = with_input(|input| input.replace("\"@target-uri\"", "\"@path\""));
    assert_eq!(code(&parts), "signature_component_uncovered");
}

#[test]
fn responses_are_signed_together_with_what_they_answer() {
    let request = signed();
    let origin = origin();
    let asked = Message::request(&request, &origin);
    let mut answer = http::Response::builder()
        .status(202)
        .header("content-type", "application/json")
        .body(())
        .unwrap()
        .into_parts()
        .0;
    let body = b"{}";
    signer().sign_response(&mut answer, Some(asked), body, now()).unwrap();
    let check = |answer: &http::response::Parts, asked| {
        let message = Message::response(answer, Some(asked));
        let ring = ring();
        let policy = Policy::default();
        futures_util::FutureExt::now_or_never(verify(&message, body, &ring, &policy, now()))
            .unwrap()
    };
    assert!(check(&answer, asked).is_ok());
    let mut other = payment();
    other.uri = "/v1/refunds".parse().unwrap();
    let refused = check(&answer, Message::request(&other, &origin)).unwrap_err();
    assert_eq!(refused.code(), "signature_mismatch");
    answer.status = http::StatusCode::OK;
    assert_eq!(check(&answer, asked).unwrap_err().code(), "signature_mismatch");
}

#[test]
fn a_refusal_is_a_problem_with_place_and_expectation() {
    let mut parts = signed();
    parts.method = Method::PUT;
    let refused = verified(&parts, BODY).unwrap_err();
    let problem = Problem::from(refused);
    assert_eq!(problem.status, 401);
    let base = problem.extensions["signature_base"].as_str().unwrap();
    assert!(base.starts_with("\"@method\": PUT\n"), "{base}");
    assert_eq!(problem.place.as_deref(), Some("header Signature"));

    let problem = Problem::from(verified(&with_input(|_| "(".to_owned()), BODY).unwrap_err());
    assert_eq!(problem.status, 400);
}

#[test]
fn short_secrets_and_wrong_keys_are_not_taken() {
    assert!(VerifyingKey::hmac_sha256(b"short").is_err());
    assert!(VerifyingKey::ed25519(&[1; 31]).is_err());
    assert!(VerifyingKey::from_pem("no").is_err());
    assert!(SigningKey::from_pem("no").is_err());
    let key = SigningKey::hmac_sha256(&[0x41; 32]).unwrap();
    assert_eq!(
        format!("{key:?} {:?}", key.verifying()),
        "SigningKey(hmac-sha256) VerifyingKey(hmac-sha256)"
    );
}

#[test]
fn the_origin_is_the_host_and_only_one() {
    let mut parts = payment();
    assert_eq!(Origin::of(&parts, "https").unwrap(), origin());
    let public = Origin::parse("https://bank.example").unwrap();
    assert_eq!(Origin::of_request(&parts, Some(&public)).unwrap(), public);
    assert_eq!(Origin::of_request(&parts, None).unwrap().scheme, "http");
    parts.headers.append("host", HeaderValue::from_static("evil.example"));
    assert_eq!(Origin::of(&parts, "https"), Err(Refusal::NoAuthority));
    parts.headers = HeaderMap::new();
    assert_eq!(Origin::of(&parts, "https"), Err(Refusal::NoAuthority));
}
