//! Signatures: computed over what is sent, compared with what came.

use hmac::{Hmac, Mac};
use md5::{Digest as _, Md5};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::spec::signing::{Algorithm, HexCase, Over, Piece, Signing};

/// The parts of a message that can be signed.
pub(super) struct Signed<'a> {
    /// The body; of a `fixed` one what follows the head.
    pub(super) body: &'a [u8],
    /// HTTP method.
    pub(super) method: &'a str,
    /// Path and query.
    pub(super) path: &'a str,
    /// The value of a header; empty if it is not there.
    pub(super) header: &'a dyn Fn(&str) -> String,
    /// The bytes of a field's text; empty if it is not there.
    pub(super) field: &'a dyn Fn(&str) -> Vec<u8>,
}

impl Signed<'_> {
    fn bytes(&self, over: &Over) -> Vec<u8> {
        match over {
            Over::Body => self.body.to_vec(),
            Over::Fields { names, joined_by } => {
                let values: Vec<Vec<u8>> =
                    names.iter().map(|name| (self.field)(name.as_str())).collect();
                values.join(joined_by.as_bytes())
            }
            Over::Template(pieces) => {
                let mut out = Vec::new();
                for piece in pieces {
                    match piece {
                        Piece::Literal(text) => out.extend_from_slice(text.as_bytes()),
                        Piece::Method => out.extend_from_slice(self.method.as_bytes()),
                        Piece::Path => out.extend_from_slice(self.path.as_bytes()),
                        Piece::Body => out.extend_from_slice(self.body),
                        Piece::Header(name) => out.extend((self.header)(name).into_bytes()),
                    }
                }
                out
            }
        }
    }

    fn digest(&self, algorithm: Algorithm, over: &Over, secret: &[u8]) -> Option<Vec<u8>> {
        let mut running = Running::new(algorithm, secret)?;
        running.add(&self.bytes(over));
        Some(running.finish())
    }

    /// The signature of this message; nothing if the secret cannot be one.
    pub(super) fn sign(&self, signing: &Signing, secret: &[u8]) -> Option<String> {
        let digest = self.digest(signing.algorithm, &signing.over, secret)?;
        Some(match signing.digits {
            HexCase::Lower => hex::encode(digest),
            HexCase::Upper => hex::encode_upper(digest),
        })
    }

    /// Whether a signature is that of this message, compared in the same time wherever it differs.
    pub(super) fn is_right(
        &self,
        algorithm: Algorithm,
        over: &Over,
        secret: &[u8],
        signature: &str,
    ) -> bool {
        let digest = self.digest(algorithm, over, secret);
        digest.is_some_and(|digest| is_stated(&digest, signature))
    }
}

/// Whether a digest is the one that is stated in hexadecimal digits, compared in the same time wherever it
/// differs.
pub(super) fn is_stated(digest: &[u8], stated: &str) -> bool {
    hex::decode(stated).is_ok_and(|stated| bool::from(digest.ct_eq(&stated)))
}

/// A digest of what comes piece by piece.
pub(super) enum Running {
    /// What is signed, with the secret behind it.
    Md5KeyAppended(Md5, Vec<u8>),
    /// Keyed.
    HmacSha256(Hmac<Sha256>),
}

impl Running {
    /// One of nothing yet; nothing if the secret cannot be one.
    pub(super) fn new(algorithm: Algorithm, secret: &[u8]) -> Option<Running> {
        Some(match algorithm {
            Algorithm::Md5KeyAppended => Running::Md5KeyAppended(Md5::new(), secret.to_vec()),
            Algorithm::HmacSha256 => {
                Running::HmacSha256(<Hmac<Sha256> as Mac>::new_from_slice(secret).ok()?)
            }
        })
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        match self {
            Running::Md5KeyAppended(md5, _) => md5.update(bytes),
            Running::HmacSha256(mac) => mac.update(bytes),
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Running::Md5KeyAppended(md5, secret) => md5.chain_update(secret).finalize().to_vec(),
            Running::HmacSha256(mac) => mac.finalize().into_bytes().to_vec(),
        }
    }
}
