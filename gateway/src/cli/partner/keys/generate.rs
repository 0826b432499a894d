//! `jiaozi partner keys generate`: a new key; its private half is shown once and kept by nobody here.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clap::Args;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

use super::{Kind, store};
use crate::cli::operator::Operator;
use crate::cli::{Common, Failure, open};
use crate::keys::KeyKind;
use crate::notices::sign;

/// What stands before the seed in a PKCS #8 `PRIVATE KEY`, and before the key in a `PUBLIC KEY`.
const ED25519_PKCS8: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const ED25519_SPKI: &[u8] =
    &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The bytes of a new shared secret.
const SECRET_LENGTH: usize = 32;

/// Makes a new key and puts it into use. The private half or the secret goes to --out, or once to
/// standard output; it cannot be shown again.
///
/// Better for a live partner: it makes its key itself and sends the public half (`keys add`).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi partner keys generate --partner yunhe --id yunhe-2026-1 --out yunhe.key
  jiaozi partner keys generate --partner yunhe --id yunhe-hook-1 --kind webhook")]
pub(super) struct Generate {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    operator: Operator,
    /// Whose key it is.
    #[arg(long, value_name = "CODE")]
    partner: String,
    /// The key's identifier, never used before.
    #[arg(long, value_name = "KEYID")]
    id: String,
    /// What it is for.
    #[arg(long, value_enum, default_value = "ed25519")]
    kind: Kind,
    /// Where the private half or the secret goes: a new file that only its owner can read.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What was made: what we keep, and what we give away.
struct Made {
    kept: Zeroizing<String>,
    given: Zeroizing<String>,
}

impl Generate {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let by = self.operator.recorded()?;
        let made = made(self.kind)?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            // Before the key is in use: a key whose private half is lost helps nobody.
            let out = self.out.as_ref().map(|path| private(path, &made.given)).transpose();
            out?;
            let kind = KeyKind::from(self.kind);
            if let Err(error) =
                store(&gateway, &self.partner, &self.id, kind, &made.kept, &by).await
            {
                if let Some(path) = &self.out {
                    let _ = std::fs::remove_file(path);
                }
                return Err(error.into());
            }
            match &self.out {
                Some(path) => eprintln!(
                    "{} of {} is in use; its private half is in {}",
                    self.id,
                    self.partner,
                    path.display()
                ),
                None => {
                    eprintln!("{} of {} is in use; this is shown once:", self.id, self.partner);
                    print!("{}", made.given.as_str());
                }
            }
            Ok(())
        })
    }
}

fn made(kind: Kind) -> anyhow::Result<Made> {
    let made = match kind {
        Kind::Ed25519 => ed25519()?,
        Kind::Webhook => shared(Zeroizing::new(sign::new_secret().context("no random bytes")?)),
        Kind::HmacSha256 => {
            let bytes = random()?;
            shared(Zeroizing::new(BASE64.encode(bytes.as_slice())))
        }
        Kind::EcdsaP256Sha256 => {
            anyhow::bail!("keys on P-256 come from hardware; expected `keys add --public-key FILE`")
        }
    };
    Ok(made)
}

fn shared(secret: Zeroizing<String>) -> Made {
    let given = Zeroizing::new(format!("{}\n", secret.as_str()));
    Made { kept: secret, given }
}

fn ed25519() -> anyhow::Result<Made> {
    let seed = random()?;
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
        .map_err(|_| anyhow::anyhow!("the seed makes no key"))?;
    let private = Zeroizing::new([ED25519_PKCS8, seed.as_slice()].concat());
    let public = [ED25519_SPKI, pair.public_key().as_ref()].concat();
    Ok(Made { kept: pem("PUBLIC KEY", &public), given: pem("PRIVATE KEY", &private) })
}

fn random() -> anyhow::Result<Zeroizing<[u8; SECRET_LENGTH]>> {
    let mut bytes = Zeroizing::new([0u8; SECRET_LENGTH]);
    getrandom::fill(bytes.as_mut_slice()).context("no random bytes")?;
    Ok(bytes)
}

/// Keys of this kind fit on one line of PEM.
fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(BASE64.encode(der));
    Zeroizing::new(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", body.as_str()))
}

fn private(path: &PathBuf, text: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("{}: expected a place for a new file", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::signature::key::{SigningKey, VerifyingKey};

    #[test]
    fn both_halves_of_a_new_key_belong_together() {
        let made = ed25519().unwrap();
        let private = SigningKey::from_pem(&made.given).unwrap();
        let public = VerifyingKey::from_pem(&made.kept).unwrap();
        let signature = private.sign(b"message").unwrap();
        assert!(public.accepts(b"message", &signature));
        assert!(!public.accepts(b"another", &signature));
    }
}
