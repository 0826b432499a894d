//! Algorithms, keys, and the ring they are found on.
//!
//! A key knows its algorithm; a message cannot choose another. Key material never shows in `Debug`.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, UnparsedPublicKey,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};

use super::refusal::Refusal;

/// A shared secret shorter than its hash is weaker than it looks.
const SECRET_BYTES_MIN: usize = 32;

/// What stands before the raw key in the SubjectPublicKeyInfo of each curve; both are of fixed form.
const ED25519_SPKI: &[u8] =
    &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const P256_SPKI: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A signature algorithm of RFC 9421 section 3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// EdDSA over Curve25519: what we recommend.
    Ed25519,
    /// ECDSA over P-256, as hardware modules offer it.
    EcdsaP256Sha256,
    /// A shared secret.
    HmacSha256,
}

impl Algorithm {
    /// The name in the `alg` parameter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Self::HmacSha256 => "hmac-sha256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why key material was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not a PEM document of the expected kind.
    #[error("not a PEM document with {expected}")]
    NotPem {
        /// `PUBLIC KEY` or `PRIVATE KEY`.
        expected: &'static str,
    },
    /// A kind of key that we do not use.
    #[error("the key is neither Ed25519 nor ECDSA P-256")]
    UnknownKind,
    /// Too short, or not of the algorithm's length.
    #[error("{found} bytes of key, expected {expected}")]
    WrongLength {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: &'static str,
    },
    /// The random source failed.
    #[error("no random bytes can be had")]
    NoRandom,
}

/// A key that can check a signature.
#[derive(Clone)]
pub struct VerifyingKey(Verifying);

#[derive(Clone)]
enum Verifying {
    Ed25519(Vec<u8>),
    EcdsaP256(Vec<u8>),
    Hmac(hmac::Key),
}

impl VerifyingKey {
    /// A raw Ed25519 public key of 32 bytes.
    pub fn ed25519(public: &[u8]) -> Result<Self, BadKey> {
        let public = exactly(public, 32, "32")?;
        Ok(Self(Verifying::Ed25519(public)))
    }

    /// A raw, uncompressed P-256 point of 65 bytes.
    pub fn ecdsa_p256(point: &[u8]) -> Result<Self, BadKey> {
        let point = exactly(point, 65, "65, an uncompressed point")?;
        Ok(Self(Verifying::EcdsaP256(point)))
    }

    /// A shared secret of at least 32 bytes.
    pub fn hmac_sha256(secret: &[u8]) -> Result<Self, BadKey> {
        Ok(Self(Verifying::Hmac(hmac_key(secret)?)))
    }

    /// A PEM `PUBLIC KEY`, Ed25519 or P-256.
    pub fn from_pem(pem: &str) -> Result<Self, BadKey> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| BadKey::NotPem { expected: "PUBLIC KEY" })?;
        if let Some(raw) = der.strip_prefix(ED25519_SPKI) {
            Self::ed25519(raw)
        } else if let Some(raw) = der.strip_prefix(P256_SPKI) {
            Self::ecdsa_p256(raw)
        } else {
            Err(BadKey::UnknownKind)
        }
    }

    /// The algorithm to which the key is bound.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Verifying::Ed25519(_) => Algorithm::Ed25519,
            Verifying::EcdsaP256(_) => Algorithm::EcdsaP256Sha256,
            Verifying::Hmac(_) => Algorithm::HmacSha256,
        }
    }

    /// Whether the signature is this key's over these bytes.
    pub fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Verifying::Ed25519(public) => {
                UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
            }
            Verifying::EcdsaP256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
                .is_ok(),
            Verifying::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm())
    }
}

/// A key that can sign.
pub struct SigningKey(Signing);

enum Signing {
    Ed25519(Ed25519KeyPair),
    EcdsaP256(EcdsaKeyPair),
    Hmac(hmac::Key),
}

impl SigningKey {
    /// An Ed25519 key from its seed of 32 bytes.
    pub fn ed25519_from_seed(seed: &[u8]) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| BadKey::WrongLength { found: seed.len(), expected: "32" })?;
        Ok(Self(Signing::Ed25519(pair)))
    }

    /// A new Ed25519 key. Its seed is forgotten with it.
    pub fn generate_ed25519() -> Result<Self, BadKey> {
        let mut seed = zeroize::Zeroizing::new([0_u8; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|_| BadKey::NoRandom)?;
        Self::ed25519_from_seed(seed.as_slice())
    }

    /// A shared secret of at least 32 bytes.
    pub fn hmac_sha256(secret: &[u8]) -> Result<Self, BadKey> {
        Ok(Self(Signing::Hmac(hmac_key(secret)?)))
    }

    /// A PEM `PRIVATE KEY` (PKCS #8), Ed25519 or P-256.
    pub fn from_pem(pem: &str) -> Result<Self, BadKey> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| BadKey::NotPem { expected: "PRIVATE KEY" })?;
        let der = der.secret_pkcs8_der();
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Ok(Self(Signing::Ed25519(pair)));
        }
        let random = SystemRandom::new();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random)
            .map(|pair| Self(Signing::EcdsaP256(pair)))
            .map_err(|_| BadKey::UnknownKind)
    }

    /// The key's algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Signing::Ed25519(_) => Algorithm::Ed25519,
            Signing::EcdsaP256(_) => Algorithm::EcdsaP256Sha256,
            Signing::Hmac(_) => Algorithm::HmacSha256,
        }
    }

    /// The key with which others check what this one signs.
    pub fn verifying(&self) -> VerifyingKey {
        VerifyingKey(match &self.0 {
            Signing::Ed25519(pair) => Verifying::Ed25519(pair.public_key().as_ref().to_vec()),
            Signing::EcdsaP256(pair) => Verifying::EcdsaP256(pair.public_key().as_ref().to_vec()),
            Signing::Hmac(key) => Verifying::Hmac(key.clone()),
        })
    }

    /// Signs. Only ECDSA needs random bytes and can fail.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Refusal> {
        match &self.0 {
            Signing::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Signing::EcdsaP256(pair) => pair
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| Refusal::CannotSign { reason: "the random source failed".to_owned() }),
            Signing::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm())
    }
}

/// A registered key: whose it is and how it checks.
#[derive(Debug, Clone)]
pub struct KeyRecord {
    /// The `keyid` under which it was registered.
    pub id: String,
    /// For whom it speaks: a partner or channel.
    pub owner: String,
    /// The key, which fixes the algorithm.
    pub key: VerifyingKey,
}

/// Where keys are looked up. `Ok(None)` means that no such key may be used now, whatever the
/// reason; `Err` means that nobody could be asked, and carries a reason for the log.
pub trait KeyRing: Send + Sync {
    /// Finds the key that is registered as `key_id`.
    fn find<'a>(&'a self, key_id: &'a str)
    -> BoxFuture<'a, Result<Option<Arc<KeyRecord>>, String>>;
}

/// A ring that is fixed when it is made: tests, clients, the demonstration.
#[derive(Debug, Clone, Default)]
pub struct StaticKeyRing {
    records: HashMap<String, Arc<KeyRecord>>,
}

impl StaticKeyRing {
    /// Adds a key, in place of one with the same identifier.
    #[must_use]
    pub fn with(mut self, record: KeyRecord) -> Self {
        self.records.insert(record.id.clone(), Arc::new(record));
        self
    }
}

impl KeyRing for StaticKeyRing {
    fn find<'a>(
        &'a self,
        key_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<KeyRecord>>, String>> {
        Box::pin(std::future::ready(Ok(self.records.get(key_id).cloned())))
    }
}

fn exactly(bytes: &[u8], length: usize, expected: &'static str) -> Result<Vec<u8>, BadKey> {
    if bytes.len() == length {
        Ok(bytes.to_vec())
    } else {
        Err(BadKey::WrongLength { found: bytes.len(), expected })
    }
}

fn hmac_key(secret: &[u8]) -> Result<hmac::Key, BadKey> {
    if secret.len() < SECRET_BYTES_MIN {
        return Err(BadKey::WrongLength { found: secret.len(), expected: "at least 32" });
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, secret))
}
