//! The rules by which a signature convinces us, in the order in which they are applied.
//!
//! | step | question | refused as |
//! |---|---|---|
//! | read | are both headers well formed, paired and few? | 400 |
//! | parameters | is it fresh, known and, where asked, with a nonce? | 401 |
//! | coverage | is everything that matters covered? | 401 |
//! | key | is the key known, and for this algorithm? | 401 |
//! | signature | did the key sign exactly this? | 401 |
//! | digest | is the body the one that was digested? | 401 |
//!
//! What is cheap and tells a developer most comes first. With several signatures the first that
//! passes counts; when none does, the refusal that got furthest from "unknown key" is told.

use http::HeaderName;
use http::header::CONTENT_TYPE;
use jiff::{SignedDuration, Timestamp};
use sfv::{BareItem, Dictionary, InnerList, ListEntry, Parser};

use super::base::{components, signature_base};
use super::component::Component;
use super::digest::{self, CONTENT_DIGEST};
use super::key::{Algorithm, KeyRecord, KeyRing};
use super::message::{Head, Message, field_lines};
use super::refusal::Refusal;

/// The header with the covered components and parameters.
pub const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
/// The header with the signatures.
pub const SIGNATURE: HeaderName = HeaderName::from_static("signature");
/// The header that makes a repeated request the same request.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// More signatures than this on one message are refused unread: each may cost a verification.
pub const SIGNATURES_MAX: usize = 4;

/// The longest `keyid`, `nonce` and `tag` that we take.
const TEXT_BYTES_MAX: usize = 256;

/// Whether signatures must carry a nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonce {
    /// It may be absent.
    Optional,
    /// It must be there; the caller remembers those that it has seen.
    Required,
}

/// What we ask of a signature beyond its being right.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How far `created` may be from our clock, in either direction.
    pub window: SignedDuration,
    /// Whether a nonce is needed.
    pub nonce: Nonce,
    /// The `tag` that a signature must carry; signatures with other tags are for others.
    pub tag: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { window: SignedDuration::from_secs(300), nonce: Nonce::Optional, tag: None }
    }
}

/// A signature that convinced us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The label under which it stood.
    pub label: String,
    /// The key.
    pub key_id: String,
    /// For whom the key speaks.
    pub owner: String,
    /// The key's algorithm.
    pub algorithm: Algorithm,
    /// When it was signed, by the signer's clock.
    pub created: Timestamp,
    /// Until when the signer stands by it.
    pub expires: Option<Timestamp>,
    /// The nonce, for those who remember nonces.
    pub nonce: Option<String>,
    /// The identifiers of what it covers.
    pub covered: Vec<String>,
}

/// Verifies a message and its body. `now` comes from the clock, keys from the ring.
pub async fn verify(
    message: &Message<'_>,
    body: &[u8],
    ring: &dyn KeyRing,
    policy: &Policy,
    now: Timestamp,
) -> Result<Verified, Refusal> {
    let mut told = None;
    for presented in Presented::read_all(message)? {
        let outcome = match presented.admissible(message, body, policy, now) {
            Ok(()) => match ring.find(&presented.parameters.key_id).await {
                Ok(Some(record)) => presented.convinces(message, body, &record),
                Ok(None) => {
                    Err(Refusal::UnknownKey { key_id: presented.parameters.key_id.clone() })
                }
                Err(reason) => return Err(Refusal::KeyRingUnavailable { reason }),
            },
            Err(refusal) => Err(refusal),
        };
        match outcome {
            Ok(verified) => return Ok(verified),
            Err(refusal) => {
                let replace = matches!(told, None | Some(Refusal::UnknownKey { .. }));
                if replace {
                    told = Some(refusal);
                }
            }
        }
    }
    Err(told.unwrap_or(Refusal::Missing { header: "Signature-Input" }))
}

/// A signature as it was presented, not yet believed.
struct Presented {
    label: String,
    covered: InnerList,
    components: Vec<Component>,
    parameters: Parameters,
    signature: Vec<u8>,
}

struct Parameters {
    key_id: String,
    created: Timestamp,
    expires: Option<Timestamp>,
    nonce: Option<String>,
    algorithm: Option<String>,
    tag: Option<String>,
}

impl Presented {
    /// Reads both headers. A signature that cannot be read is an error even beside one that can.
    fn read_all(message: &Message<'_>) -> Result<Vec<Self>, Refusal> {
        let inputs = dictionary(message, &SIGNATURE_INPUT, "Signature-Input")?;
        let mut signatures = dictionary(message, &SIGNATURE, "Signature")?;
        if inputs.len() > SIGNATURES_MAX {
            return Err(Refusal::TooMany {
                what: "signatures",
                found: inputs.len(),
                max: SIGNATURES_MAX,
            });
        }
        let mut presented = Vec::with_capacity(inputs.len());
        for (label, input) in inputs {
            let label = label.as_str().to_owned();
            let ListEntry::InnerList(covered) = input else {
                return Err(malformed("Signature-Input", format!("{label} is not a list")));
            };
            let signature = match signatures.shift_remove(label.as_str()) {
                Some(ListEntry::Item(item)) => match item.bare_item {
                    BareItem::ByteSequence(signature) => signature,
                    _ => return Err(malformed("Signature", format!("{label} is not bytes"))),
                },
                Some(_) => return Err(malformed("Signature", format!("{label} is a list"))),
                None => return Err(Refusal::Unpaired { label }),
            };
            presented.push(Self {
                label,
                components: components(&covered)?,
                parameters: Parameters::read(&covered)?,
                covered,
                signature,
            });
        }
        match signatures.keys().next() {
            Some(label) => Err(Refusal::Unpaired { label: label.as_str().to_owned() }),
            None => Ok(presented),
        }
    }

    /// Parameters and coverage: all that can be said without a key.
    fn admissible(
        &self,
        message: &Message<'_>,
        body: &[u8],
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Parameters { created, expires, .. } = self.parameters;
        let window_seconds = policy.window.as_secs();
        let age_seconds = now.as_second().saturating_sub(created.as_second());
        if age_seconds > window_seconds {
            return Err(Refusal::TooOld { age_seconds, window_seconds });
        }
        if age_seconds < -window_seconds {
            return Err(Refusal::FromTheFuture { ahead_seconds: -age_seconds, window_seconds });
        }
        if let Some(expires) = expires.filter(|expires| *expires < now) {
            return Err(Refusal::Expired { ago_seconds: now.as_second() - expires.as_second() });
        }
        if policy.nonce == Nonce::Required && self.parameters.nonce.is_none() {
            return Err(Refusal::MissingParameter { parameter: "nonce" });
        }
        if policy.tag.is_some() && policy.tag != self.parameters.tag {
            return Err(Refusal::BadParameter {
                parameter: "tag",
                expected: format!("tag={:?}", policy.tag.as_deref().unwrap_or_default()),
            });
        }
        self.covers_what_matters(message, body)
    }

    fn covers_what_matters(&self, message: &Message<'_>, body: &[u8]) -> Result<(), Refusal> {
        let covers = |name: &str| self.components.iter().any(|c| c.covers(name));
        let must = |component: &'static str, because: &'static str| {
            if covers(component) { Ok(()) } else { Err(Refusal::Uncovered { component, because }) }
        };
        match &message.head {
            Head::Request(head) => {
                must("@method", "so another method could be put in its place")?;
                let by_parts = covers("@path") && (covers("@query") || head.uri.query().is_none());
                if !by_parts && !covers("@request-target") {
                    must("@target-uri", "nor @request-target, nor @path with @query")?;
                }
                if message.headers.contains_key(&IDEMPOTENCY_KEY) {
                    must("idempotency-key", "so a replay could become a new request")?;
                }
            }
            Head::Response { .. } => must("@status", "so another outcome could be put in")?,
        }
        if message.headers.contains_key(&CONTENT_DIGEST) {
            must("content-digest", "so the body could be exchanged with it")?;
        } else if !body.is_empty() {
            return Err(Refusal::DigestMissing);
        }
        if !body.is_empty() && message.headers.contains_key(CONTENT_TYPE) {
            must("content-type", "so the body could be read as something else")?;
        }
        Ok(())
    }

    /// Key, signature and digest.
    fn convinces(
        self,
        message: &Message<'_>,
        body: &[u8],
        record: &KeyRecord,
    ) -> Result<Verified, Refusal> {
        let bound = record.key.algorithm();
        if let Some(claimed) = &self.parameters.algorithm
            && claimed != bound.name()
        {
            return Err(Refusal::AlgorithmMismatch { claimed: claimed.clone(), bound });
        }
        let base = signature_base(message, &self.components, &self.covered)?;
        if !record.key.accepts(base.as_bytes(), &self.signature) {
            return Err(Refusal::Mismatch { base });
        }
        digest::check(message.headers, body)?;
        Ok(Verified {
            label: self.label,
            key_id: self.parameters.key_id,
            owner: record.owner.clone(),
            algorithm: bound,
            created: self.parameters.created,
            expires: self.parameters.expires,
            nonce: self.parameters.nonce,
            covered: self.components.into_iter().map(|c| c.identifier).collect(),
        })
    }
}

impl Parameters {
    fn read(covered: &InnerList) -> Result<Self, Refusal> {
        let (mut key_id, mut created, mut expires) = (None, None, None);
        let (mut nonce, mut algorithm, mut tag) = (None, None, None);
        for (name, value) in &covered.params {
            match name.as_str() {
                "keyid" => key_id = Some(text("keyid", value)?),
                "nonce" => nonce = Some(text("nonce", value)?),
                "alg" => algorithm = Some(text("alg", value)?),
                "tag" => tag = Some(text("tag", value)?),
                "created" => created = Some(instant("created", value)?),
                "expires" => expires = Some(instant("expires", value)?),
                unknown => {
                    return Err(Refusal::UnknownParameter { parameter: unknown.to_owned() });
                }
            }
        }
        Ok(Self {
            key_id: key_id.ok_or(Refusal::MissingParameter { parameter: "keyid" })?,
            created: created.ok_or(Refusal::MissingParameter { parameter: "created" })?,
            expires,
            nonce,
            algorithm,
            tag,
        })
    }
}

fn dictionary(
    message: &Message<'_>,
    name: &HeaderName,
    header: &'static str,
) -> Result<Dictionary, Refusal> {
    if !message.headers.contains_key(name) {
        return Err(Refusal::Missing { header });
    }
    let line = field_lines(message.headers, name)
        .map_err(|_| malformed(header, "it is not ASCII".to_owned()))?
        .join(", ");
    Parser::new(&line).parse::<Dictionary>().map_err(|error| malformed(header, error.to_string()))
}

fn malformed(header: &'static str, reason: String) -> Refusal {
    Refusal::Malformed { header, reason }
}

fn text(parameter: &'static str, value: &BareItem) -> Result<String, Refusal> {
    match value {
        BareItem::String(text) if text.as_str().len() <= TEXT_BYTES_MAX => {
            Ok(text.as_str().to_owned())
        }
        _ => Err(Refusal::BadParameter {
            parameter,
            expected: format!("a string of at most {TEXT_BYTES_MAX} bytes"),
        }),
    }
}

fn instant(parameter: &'static str, value: &BareItem) -> Result<Timestamp, Refusal> {
    let seconds = value.as_integer().map(i64::from);
    seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()).ok_or_else(|| {
        Refusal::BadParameter {
            parameter,
            expected: "whole seconds since 1970, as an integer".to_owned(),
        }
    })
}
