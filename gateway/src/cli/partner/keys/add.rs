//! `jiaozi partner keys add`: a key that the partner has made.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use zeroize::Zeroizing;

use super::{Kind, store};
use crate::cli::ordered_by::OrderedBy;
use crate::cli::{Common, Failure, open};
use crate::edge::signature::key::{Algorithm, VerifyingKey};
use crate::keys::KeyKind;
use crate::notices::sign;

/// The shortest shared secret, in bytes.
const SECRET_BYTES_MIN: usize = 32;

/// The shortest secret of a biller, in bytes.
const MESSAGE_SECRET_BYTES_MIN: usize = 8;

/// Adds a key that the partner has made: its public key, or a secret that both sides know.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi partner keys add --partner yunhe --id yunhe-2026-1 --public-key yunhe.pem
  # A shared secret comes from standard input, so that no process list shows it.
  pass show yunhe | jiaozi partner keys add --partner yunhe --id yunhe-h1 --secret")]
pub(super) struct Add {
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
    /// A PEM file with the public key, Ed25519 or P-256.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "secret",
        conflicts_with = "secret"
    )]
    public_key: Option<PathBuf>,
    /// A secret, read from standard input: for requests (hmac-sha256), with --kind webhook for notices,
    /// with --kind message for what is said to a biller.
    #[arg(long)]
    secret: bool,
    /// What the secret is for.
    #[arg(long, value_enum, requires = "secret")]
    kind: Option<Kind>,
}

impl Add {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let who = self.ordered_by.who()?;
        let (kind, material) = match &self.public_key {
            Some(file) => {
                let pem = std::fs::read_to_string(file);
                let pem = pem.with_context(|| format!("{}", file.display()))?;
                let key = VerifyingKey::from_pem(&pem)
                    .with_context(|| format!("{}: no public key", file.display()))?;
                let kind = match key.algorithm() {
                    Algorithm::EcdsaP256Sha256 => KeyKind::EcdsaP256Sha256,
                    Algorithm::Ed25519 | Algorithm::HmacSha256 => KeyKind::Ed25519,
                };
                (kind, Zeroizing::new(pem))
            }
            None => (KeyKind::from(self.kind.unwrap_or(Kind::HmacSha256)), secret(self.kind)?),
        };
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            store(&gateway, &self.partner, &self.id, kind, &material, &who).await?;
            eprintln!("{} of {} is in use", self.id, self.partner);
            Ok(())
        })
    }
}

fn secret(kind: Option<Kind>) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().read_to_string(&mut text).context("standard input")?;
    let secret = Zeroizing::new(text.trim().to_owned());
    match kind {
        Some(Kind::Webhook) => {
            sign::signature([secret.as_str()], "id", 0, "").context("standard input")?;
        }
        None | Some(Kind::HmacSha256) => anyhow::ensure!(
            secret.len() >= SECRET_BYTES_MIN,
            "standard input: {} bytes; expected a secret of at least {SECRET_BYTES_MIN}",
            secret.len()
        ),
        // How long it is, is the biller's to say.
        Some(Kind::Message) => anyhow::ensure!(
            secret.len() >= MESSAGE_SECRET_BYTES_MIN,
            "standard input: {} bytes; expected a secret of at least {MESSAGE_SECRET_BYTES_MIN}",
            secret.len()
        ),
        Some(Kind::Ed25519 | Kind::EcdsaP256Sha256) => {
            anyhow::bail!("a key of this kind is no secret; expected --public-key FILE");
        }
    }
    Ok(secret)
}
