//! `jiaozi partner keys`: with what partners sign requests, and with what we sign notices to them.

mod add;
mod generate;
mod list;
mod revoke;

use clap::{Args, Subcommand, ValueEnum};
use jiaozi_ledger::decision::{digest, digest_of};
use jiaozi_ledger::operator::Role;
use serde_json::{Value, json};

use crate::cli::Failure;
use crate::cli::ordered_by::refused;
use crate::gateway::Gateway;
use crate::keys::KeyKind;
use crate::operators::Who;
use crate::record::LeaveEvent;

/// Keys of partners: with what they sign requests, and with what we sign notices to them.
///
/// A key is named by its identifier, which the partner's specification lists under
/// access.signature.key_ids. To rotate one, add the new key, let the partner change over, and revoke
/// the old one.
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Add(add::Add),
    Generate(generate::Generate),
    Revoke(revoke::Revoke),
}

impl Keys {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::List(list) => list.run(),
            Command::Add(add) => add.run(),
            Command::Generate(generate) => generate.run(),
            Command::Revoke(revoke) => revoke.run(),
        }
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The partner signs requests; we have its public key. What we recommend.
    Ed25519,
    /// The same on the curve P-256, as hardware modules offer it.
    EcdsaP256Sha256,
    /// A secret that both sides know, for signing requests.
    HmacSha256,
    /// The secret with which we sign notices to the partner (Standard Webhooks).
    Webhook,
    /// The secret with which messages to a biller and its answers are signed, under the name that its
    /// specification gives it.
    Message,
}

impl From<Kind> for KeyKind {
    fn from(kind: Kind) -> KeyKind {
        match kind {
            Kind::Ed25519 => KeyKind::Ed25519,
            Kind::EcdsaP256Sha256 => KeyKind::EcdsaP256Sha256,
            Kind::HmacSha256 => KeyKind::HmacSha256,
            Kind::Webhook => KeyKind::Webhook,
            Kind::Message => KeyKind::Message,
        }
    }
}

/// Stores a key and leaves the event that says who did it.
async fn store(
    gateway: &Gateway,
    partner: &str,
    id: &str,
    kind: KeyKind,
    material: &str,
    who: &Who,
) -> anyhow::Result<()> {
    let Some(spec) = gateway.partners.spec(partner) else {
        let known: Vec<&str> =
            gateway.partners.specs().map(|spec| spec.partner.code.as_str()).collect();
        anyhow::bail!("there is no partner {partner}; expected one of {}", known.join(", "));
    };
    // The digest of a secret would let a weak one be guessed.
    let public = if kind.is_secret() { "" } else { material };
    let content = digest_of(&[partner, id, kind.name(), public]);
    let key = format!("{id}/{}", hex::encode(&content[..8]));
    let order =
        who.order_work(gateway, Role::Administrator, "partner_key.add", &key, content).await;
    order.map_err(refused)?;
    gateway.keys.add(id, partner, kind, material, gateway.now().await?).await?;
    note(gateway, "partner_key.added", partner, id, Some(kind), who).await?;
    let named = spec.access.signature.as_ref();
    let named = named.is_some_and(|keys| keys.key_ids.iter().any(|known| known.as_str() == id));
    if kind != KeyKind::Webhook && !named {
        eprintln!(
            "note: the specification of {partner} does not name {id} under access.signature.key_ids; until it does, the key is not accepted"
        );
    }
    Ok(())
}

/// Leaves an event about a key, without anything secret.
async fn note(
    gateway: &Gateway,
    event: &'static str,
    partner: &str,
    id: &str,
    kind: Option<KeyKind>,
    who: &Who,
) -> anyhow::Result<()> {
    let by = who.actor();
    let data: Value = json!({"key": id, "kind": kind.map(KeyKind::name), "of": partner, "by": by});
    let scope = who.scope(event, id);
    let digest = digest(id.as_bytes());
    let event = LeaveEvent { scope, digest, kind: event, subject: None, data };
    gateway.submit(event).await?;
    Ok(())
}
