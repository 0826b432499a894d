//! `jiaozi partner keys generate`: a new key; its private half is shown once and kept by nobody here.

use std::path::PathBuf;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clap::Args;
use zeroize::Zeroizing;

use super::{Kind, store};
use crate::cli::ordered_by::OrderedBy;
use crate::cli::{Common, Failure, open, private_file};
use crate::edge::signature::pair;
use crate::keys::KeyKind;
use crate::notices::sign;

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
    ordered_by: OrderedBy,
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
        let who = self.ordered_by.who()?;
        let made = made(self.kind)?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            // Before the key is in use: a key whose private half is lost helps nobody.
            let out = self
                .out
                .as_ref()
                .map(|path| private_file::write_new(path, &made.given))
                .transpose();
            out?;
            let kind = KeyKind::from(self.kind);
            if let Err(error) =
                store(&gateway, &self.partner, &self.id, kind, &made.kept, &who).await
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
        Kind::Ed25519 => {
            let pair = pair::ed25519()?;
            Made { kept: Zeroizing::new(pair.public), given: pair.private }
        }
        Kind::Webhook => shared(Zeroizing::new(sign::new_secret().context("no random bytes")?)),
        Kind::HmacSha256 | Kind::Message => {
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

fn random() -> anyhow::Result<Zeroizing<[u8; SECRET_LENGTH]>> {
    let mut bytes = Zeroizing::new([0u8; SECRET_LENGTH]);
    getrandom::fill(bytes.as_mut_slice()).context("no random bytes")?;
    Ok(bytes)
}
