//! How signatures are judged and made.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Deserialize;

use super::Complaint;
use super::limits::out_of_range;
use crate::edge::signature::{Nonce, Policy, Signer, SigningKey};

/// A window longer than an hour is no protection, a shorter one than this no convenience.
const WINDOW_SECONDS: std::ops::RangeInclusive<u32> = 10..=3_600;

/// How signatures are judged and made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signatures {
    /// How far `created` may be from our clock.
    pub window_seconds: u32,
    /// Whether a nonce is needed.
    pub nonce: NonceRule,
    /// Our own key.
    pub signing_key_file: PathBuf,
    /// Its public name.
    pub signing_key_id: String,
}

/// Whether a nonce is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NonceRule {
    /// It may be absent.
    Optional,
    /// It must be there.
    Required,
}

impl Signatures {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        if !WINDOW_SECONDS.contains(&self.window_seconds) {
            return Err(out_of_range(
                "signatures.window_seconds",
                self.window_seconds.into(),
                (*WINDOW_SECONDS.start()).into(),
                (*WINDOW_SECONDS.end()).into(),
            ));
        }
        if self.signing_key_id.is_empty() || !self.signing_key_id.is_ascii() {
            return Err(Complaint::new(
                "signatures.signing_key_id",
                "the name cannot be sent",
                "a name in ASCII",
            ));
        }
        Ok(())
    }

    /// The rules for requests; a partner's record can ask for more.
    pub fn policy(&self) -> Policy {
        Policy {
            window: SignedDuration::from_secs(self.window_seconds.into()),
            nonce: match self.nonce {
                NonceRule::Optional => Nonce::Optional,
                NonceRule::Required => Nonce::Required,
            },
            tag: None,
        }
    }

    /// Reads our own key, when one is configured: answers are signed with it.
    pub fn signer(&self) -> Result<Option<Signer>, Complaint> {
        if self.signing_key_file.as_os_str().is_empty() {
            return Ok(None);
        }
        let complain = |what: String| {
            let expected = "a PEM file with an Ed25519 or P-256 PRIVATE KEY";
            Complaint::new("signatures.signing_key_file", what, expected)
        };
        let pem = std::fs::read_to_string(&self.signing_key_file)
            .map_err(|error| complain(error.to_string()))?;
        let key = SigningKey::from_pem(&pem).map_err(|error| complain(error.to_string()))?;
        Ok(Some(Signer::new(&self.signing_key_id, key).with_label("jiaozi")))
    }
}
