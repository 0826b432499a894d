//! New key pairs, as PEM documents: what the command line makes for whoever has no hardware for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

use super::key::BadKey;

/// What stands before the seed in a PKCS #8 `PRIVATE KEY`, and before the key in a `PUBLIC KEY`.
const PKCS8: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const SPKI: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The bytes of a seed.
const SEED_LENGTH: usize = 32;

/// Both halves of a key. It has no `Debug`: there is a secret in it.
pub struct Pair {
    /// A PEM `PRIVATE KEY`.
    pub private: Zeroizing<String>,
    /// A PEM `PUBLIC KEY`.
    pub public: String,
}

/// A new Ed25519 key.
///
/// # Errors
/// When no random bytes can be had.
pub fn ed25519() -> Result<Pair, BadKey> {
    let mut seed = Zeroizing::new([0u8; SEED_LENGTH]);
    getrandom::fill(seed.as_mut_slice()).map_err(|_| BadKey::NoRandom)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
        .map_err(|_| BadKey::WrongLength { found: SEED_LENGTH, expected: "32" })?;
    let private = Zeroizing::new([PKCS8, seed.as_slice()].concat());
    let public = [SPKI, pair.public_key().as_ref()].concat();
    let public = pem("PUBLIC KEY", &public).as_str().to_owned();
    Ok(Pair { private: pem("PRIVATE KEY", &private), public })
}

/// Keys of this kind fit on one line of PEM.
fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(BASE64.encode(der));
    Zeroizing::new(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", body.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::signature::key::{SigningKey, VerifyingKey};

    #[test]
    fn both_halves_of_a_new_key_belong_together() {
        let made = ed25519().unwrap();
        let private = SigningKey::from_pem(&made.private).unwrap();
        let public = VerifyingKey::from_pem(&made.public).unwrap();
        let signature = private.sign(b"message").unwrap();
        assert!(public.accepts(b"message", &signature));
        assert!(!public.accepts(b"another", &signature));
    }
}
