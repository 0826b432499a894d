//! What must hold for all messages.

use http::HeaderValue;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::verify::{SIGNATURE, SIGNATURE_INPUT};
use super::*;

fn keys() -> impl Strategy<Value = (SigningKey, StaticKeyRing)> {
    (any::<[u8; 32]>(), any::<bool>()).prop_map(|(seed, shared)| {
        let key = if shared {
            SigningKey::hmac_sha256(&seed).unwrap()
        } else {
            SigningKey::ed25519_from_seed(&seed).unwrap()
        };
        let record = KeyRecord { id: "k".to_owned(), owner: "p".to_owned(), key: key.verifying() };
        (key, StaticKeyRing::default().with(record))
    })
}

fn outcome(parts: &request::Parts, body: &[u8], ring: &StaticKeyRing) -> Result<Verified, Refusal> {
    let origin = origin();
    let message = Message::request(parts, &origin);
    let policy = Policy::default();
    futures_util::FutureExt::now_or_never(verify(&message, body, ring, &policy, now())).unwrap()
}

proptest! {
    #[test]
    fn what_is_signed_is_verified_and_a_flipped_bit_is_not(
        (key, ring) in keys(),
        path in "/[a-z0-9/]{0,20}(\\?[a-z0-9=&%+]{0,20})?",
        body in vec(any::<u8>(), 0..200),
        nonce in proptest::option::of("[ -~]{0,40}"),
        flip in any::<(usize, u8)>(),
    ) {
        let mut parts = payment();
        parts.uri = path.parse().unwrap();
        let signer = Signer::new("k", key);
        signer.sign_request(&mut parts, &origin(), &body, now(), nonce.as_deref()).unwrap();
        let verified = outcome(&parts, &body, &ring).unwrap();
        prop_assert_eq!(verified.nonce, nonce);

        let bit = 1 << (flip.1 % 8);
        if !body.is_empty() {
            let mut other = body.clone();
            let at = flip.0 % other.len();
            other[at] ^= bit;
            prop_assert!(outcome(&parts, &other, &ring).is_err());
        }
        for name in [&SIGNATURE, &SIGNATURE_INPUT] {
            let mut bytes = parts.headers[name].as_bytes().to_vec();
            let at = flip.0 % bytes.len();
            bytes[at] ^= bit;
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let mut other = parts.clone();
                other.headers.insert(name, value);
                let still = outcome(&other, &body, &ring);
                // A label is not signed, and the last digit of base64 has bits that mean nothing.
                let changed_label = bytes[at] != b'=' && at < 3;
                prop_assert!(still.is_err() || changed_label || *name == SIGNATURE);
            }
        }
    }

    #[test]
    fn arbitrary_headers_never_panic(
        input in vec(any::<u8>(), 0..200),
        signature in vec(any::<u8>(), 0..100),
        digest in vec(any::<u8>(), 0..100),
    ) {
        let mut parts = signed();
        for (name, bytes) in [
            ("signature-input", input),
            ("signature", signature),
            ("content-digest", digest),
        ] {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                parts.headers.insert(name, value);
            }
        }
        prop_assert!(verified(&parts, BODY).is_err() || parts.headers == signed().headers);
    }

    #[test]
    fn almost_right_inputs_never_panic(
        name in "[@a-z-]{0,14}",
        parameter in "(;[a-z]{1,5}(=(\"[ -!#-Z]{0,6}\"|[0-9]{1,3}|\\?1|:YQ==:))?){0,3}",
    ) {
        let mut parts = signed();
        let value = format!("sig=(\"{name}\"{parameter} \"@method\"){parameter};created=1800000000;keyid=\"partner-1\"");
        if let Ok(value) = HeaderValue::from_str(&value) {
            parts.headers.insert("signature-input", value);
            prop_assert!(verified(&parts, BODY).is_err());
        }
    }
}
