//! A request that is really signed, with a key that everybody knows: what stands on the page is what a
//! client has to send, made by the same code that verifies it.

use http::header::CONTENT_TYPE;
use http::request;
use http::{Request, Uri};
use jiff::Timestamp;

use crate::edge::signature::{Origin, Signer, SigningKey};

/// A key for nothing but this page.
const SEED: [u8; 32] = [7; 32];

/// When the example was signed: 2026-11-30T02:00:00Z.
const AT: i64 = 1_796_004_000;

const BODY: &str = r#"{"quote":"q_…","payer":"deposit:6222-01"}"#;

/// A signed request.
pub(super) struct Example {
    /// The request's line and headers.
    pub head: String,
    /// Its body.
    pub body: &'static str,
}

/// The example of the page.
pub(super) fn example() -> anyhow::Result<Example> {
    let parts = signed()?;
    let mut head =
        format!("{} {} HTTP/1.1\nHost: pay.example.com\n", parts.method, parts.uri.path());
    for (name, value) in &parts.headers {
        head.push_str(&format!("{name}: {}\n", value.to_str()?));
    }
    Ok(Example { head, body: BODY })
}

fn signed() -> anyhow::Result<request::Parts> {
    let origin = Origin::parse("https://pay.example.com");
    let origin = origin.ok_or_else(|| anyhow::anyhow!("the example's origin"))?;
    let (mut parts, ()) = Request::post(Uri::from_static("/v1/payments"))
        .header(CONTENT_TYPE, "application/json")
        .header("Idempotency-Key", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
        .body(())?
        .into_parts();
    let signer = Signer::new("yunhe-2026-1", SigningKey::ed25519_from_seed(&SEED)?);
    let at = Timestamp::from_second(AT)?;
    signer.sign_request(&mut parts, &origin, BODY.as_bytes(), at, None)?;
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_carries_what_the_page_says_of_it() {
        let Example { head, .. } = example().unwrap();
        for part in [
            "content-digest: sha-256=:",
            "signature-input: sig=(\"@method\" \"@target-uri\" \"content-digest\" \"content-type\" \"idempotency-key\")",
            "created=1796004000",
            "keyid=\"yunhe-2026-1\"",
            "signature: sig=:",
        ] {
            assert!(head.contains(part), "{part}: {head}");
        }
    }
}
