//! Whose request it is: an RFC 9421 signature by a key that we know, or a client certificate that a
//! specification lists.
//!
//! A key counts if it is in the database, not revoked, belongs to a partner whose specification has
//! signatures, and is among the key identifiers that the specification lists, if it lists any.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::StatusCode;
use http::request::Parts;
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_ledger::time::Instant;

use super::Api;
use super::answer::unavailable;
use crate::edge::accept::Connection;
use crate::edge::problem::Problem;
use crate::edge::signature::verify::{SIGNATURE, SIGNATURE_INPUT};
use crate::edge::signature::{
    KeyRecord, KeyRing, Message, Origin, Refusal, Verified, VerifyingKey, digest, verify,
};
use crate::gateway::Gateway;
use crate::keys::{KeyKind, PartnerKey};
use crate::partners::Partners;

/// The client certificates that specifications list: SHA-256 to partner.
#[derive(Debug, Default)]
pub(crate) struct Certificates(HashMap<String, Arc<PartnerSpec>>);

impl Certificates {
    pub(super) fn of(partners: &Partners) -> Certificates {
        let mut listed = HashMap::new();
        for spec in partners.specs() {
            for certificate in spec.access.mutual_tls.iter().flat_map(|tls| &tls.certificate_sha256)
            {
                listed.insert(certificate.as_str().to_owned(), Arc::clone(spec));
            }
        }
        Certificates(listed)
    }
}

/// The partner or channel whose request this is.
///
/// # Errors
/// 401 when nothing convinces, with what was expected; 400 when it cannot be read.
pub(super) async fn authenticate(
    api: &Api,
    parts: &Parts,
    body: &Bytes,
) -> Result<Arc<PartnerSpec>, Problem> {
    let signed =
        [SIGNATURE_INPUT, SIGNATURE].iter().any(|header| parts.headers.contains_key(header));
    match certificate(parts) {
        Some(certificate) if !signed => by_certificate(api, parts, body, &certificate),
        _ => by_signature(api, parts, body).await,
    }
}

/// The SHA-256 of the certificate that the client has proved to hold.
fn certificate(parts: &Parts) -> Option<String> {
    let connection = parts.extensions.get::<Connection>()?;
    let certificate = connection.client_certificate.as_deref()?;
    Some(hex::encode(ring::digest::digest(&ring::digest::SHA256, certificate)))
}

fn by_certificate(
    api: &Api,
    parts: &Parts,
    body: &Bytes,
    certificate: &str,
) -> Result<Arc<PartnerSpec>, Problem> {
    if parts.headers.contains_key(digest::CONTENT_DIGEST) {
        digest::check(&parts.headers, body)?;
    }
    api.certificates.0.get(certificate).cloned().ok_or_else(|| {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "certificate_unknown",
            "The client certificate is not one that we know",
        )
        .with_detail(format!("its SHA-256 is {certificate}"))
        .at("TLS client certificate", "a certificate of the partner's specification")
    })
}

async fn by_signature(api: &Api, parts: &Parts, body: &Bytes) -> Result<Arc<PartnerSpec>, Problem> {
    let settings = &api.settings;
    let origin = Origin::of_request(parts, settings.public_origin.as_ref())?;
    let message = Message::request(parts, &origin);
    // The machine's time: a sandbox whose days are moved has clients whose clocks are not.
    let now = api.gateway.store.clock().now();
    let ring = Ring(&api.gateway);
    let verified = verify(&message, body, &ring, &settings.policy, now.timestamp()).await?;
    let spec =
        api.gateway.partners.spec(&verified.owner).cloned().ok_or_else(|| {
            Problem::from(Refusal::UnknownKey { key_id: verified.key_id.clone() })
        })?;
    let required = spec.access.require_nonce
        || settings.policy.nonce == crate::edge::signature::Nonce::Required;
    if required {
        unseen(api, &verified, now).await?;
    }
    Ok(spec)
}

/// The nonce is there and was not seen while a signature with it could still be fresh.
async fn unseen(api: &Api, verified: &Verified, now: Instant) -> Result<(), Problem> {
    let Some(nonce) = &verified.nonce else {
        return Err(Refusal::MissingParameter { parameter: "nonce" }.into());
    };
    let window = api.settings.policy.window.as_secs();
    let expires_at = now.plus_seconds(window.saturating_mul(2));
    let fresh = api.nonces.remember(&verified.key_id, nonce, expires_at, now).await;
    if fresh.map_err(unavailable)? {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNAUTHORIZED,
        "nonce_seen",
        "The nonce was used before",
    )
    .with_detail("Nothing was done. To repeat a request, sign it anew: with another nonce and the same Idempotency-Key.")
    .at("header Signature-Input, parameter nonce", "a nonce that was never used with this key"))
}

/// The database's keys as a ring.
struct Ring<'a>(&'a Gateway);

impl KeyRing for Ring<'_> {
    fn find<'a>(
        &'a self,
        key_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<KeyRecord>>, String>> {
        Box::pin(async move {
            let found = self.0.keys.find(key_id).await.map_err(|error| error.to_string())?;
            let Some(key) = found.filter(|key| may_sign(self.0, key)) else { return Ok(None) };
            let verifying = verifying(self.0, &key)?;
            let record =
                KeyRecord { id: key.id.clone(), owner: key.partner.clone(), key: verifying };
            Ok(Some(Arc::new(record)))
        })
    }
}

/// Whether the key may sign requests now.
fn may_sign(gateway: &Gateway, key: &PartnerKey) -> bool {
    let spec = gateway.partners.spec(&key.partner);
    let Some(signature) = spec.and_then(|spec| spec.access.signature.as_ref()) else {
        return false;
    };
    let listed = signature.key_ids.is_empty()
        || signature.key_ids.iter().any(|listed| listed.as_str() == key.id);
    key.revoked_at.is_none() && key.kind != KeyKind::Webhook && listed
}

/// The key, ready to check signatures. Secrets are kept as base64.
fn verifying(gateway: &Gateway, key: &PartnerKey) -> Result<VerifyingKey, String> {
    let unusable = |reason: String| format!("key {} is unusable: {reason}", key.id);
    match key.kind {
        KeyKind::HmacSha256 => {
            let secret = gateway.keys.secret(key).map_err(|error| unusable(error.to_string()))?;
            let bytes =
                BASE64.decode(secret.expose()).map_err(|error| unusable(error.to_string()))?;
            VerifyingKey::hmac_sha256(&bytes).map_err(|error| unusable(error.to_string()))
        }
        _ => {
            let pem =
                std::str::from_utf8(&key.material).map_err(|error| unusable(error.to_string()))?;
            VerifyingKey::from_pem(pem).map_err(|error| unusable(error.to_string()))
        }
    }
}
