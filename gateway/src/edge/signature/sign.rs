//! The other direction: signs our requests to partners, our answers, and the load of our own
//! benchmark and demonstration clients, by the same rules by which we verify.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, request, response};
use jiff::{SignedDuration, Timestamp};
use sfv::{BareItem, Dictionary, InnerList, Item, Key, KeyRef, ListEntry, Parser, StringRef};

use super::base::{components, signature_base, signature_params};
use super::component::serialised;
use super::digest::{CONTENT_DIGEST, content_digest};
use super::key::SigningKey;
use super::message::{Message, Origin};
use super::refusal::Refusal;
use super::verify::{IDEMPOTENCY_KEY, SIGNATURE, SIGNATURE_INPUT};

/// A key together with how its signatures are written.
#[derive(Debug)]
pub struct Signer {
    key_id: String,
    key: SigningKey,
    label: String,
    lifetime: Option<SignedDuration>,
    tag: Option<String>,
}

/// A component to be covered: its name, and whether it is the answered request's.
type Wanted = (&'static str, Whose);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Request,
}

impl Signer {
    /// Signs as `key_id`, under the label `sig`.
    pub fn new(key_id: impl Into<String>, key: SigningKey) -> Self {
        Self { key_id: key_id.into(), key, label: "sig".to_owned(), lifetime: None, tag: None }
    }

    /// Writes signatures under another label.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds `expires`, this long after `created`.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: SignedDuration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Adds `tag`.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// The key's identifier.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The key, for those who publish its public half.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Signs a request: method, target URI, and, where there are, the body's digest and type and
    /// the idempotency key. Sets Content-Digest; Content-Type must already be set.
    pub fn sign_request(
        &self,
        parts: &mut request::Parts,
        origin: &Origin,
        body: &[u8],
        now: Timestamp,
        nonce: Option<&str>,
    ) -> Result<(), Refusal> {
        let mut wanted = vec![("@method", Whose::Own), ("@target-uri", Whose::Own)];
        digest_into(&mut parts.headers, body, &mut wanted);
        if parts.headers.contains_key(&IDEMPOTENCY_KEY) {
            wanted.push(("idempotency-key", Whose::Own));
        }
        let signed = self.signed(&Message::request(parts, origin), &wanted, now, nonce)?;
        signed.write(&mut parts.headers);
        Ok(())
    }

    /// Signs a response: status, the body's digest and type, and of the request that it answers
    /// the method, the target URI and the idempotency key, so that it answers nothing else.
    pub fn sign_response(
        &self,
        parts: &mut response::Parts,
        request: Option<Message<'_>>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let mut wanted = vec![("@status", Whose::Own)];
        digest_into(&mut parts.headers, body, &mut wanted);
        if let Some(request) = &request {
            wanted.push(("@method", Whose::Request));
            wanted.push(("@target-uri", Whose::Request));
            if request.headers.contains_key(&IDEMPOTENCY_KEY) {
                wanted.push(("idempotency-key", Whose::Request));
            }
        }
        let signed = self.signed(&Message::response(parts, request), &wanted, now, None)?;
        signed.write(&mut parts.headers);
        Ok(())
    }

    fn signed(
        &self,
        message: &Message<'_>,
        wanted: &[Wanted],
        now: Timestamp,
        nonce: Option<&str>,
    ) -> Result<Signed, Refusal> {
        let mut covered = InnerList::new(wanted.iter().map(identifier).collect());
        let mut set = |name: &'static str, value: BareItem| {
            covered.params.insert(parameter(name), value);
        };
        set("created", seconds(now)?);
        if let Some(lifetime) = self.lifetime {
            set("expires", seconds(now.saturating_add(lifetime).unwrap_or(now))?);
        }
        if let Some(nonce) = nonce {
            set("nonce", string(nonce)?);
        }
        set("alg", string(self.key.algorithm().name())?);
        set("keyid", string(&self.key_id)?);
        if let Some(tag) = &self.tag {
            set("tag", string(tag)?);
        }
        let components = components(&covered)?;
        let base = signature_base(message, &components, &covered)?;
        let signature = self.key.sign(base.as_bytes())?;
        let label = free_label(message.headers, &self.label);
        let bytes = serialised(ListEntry::Item(Item::new(BareItem::ByteSequence(signature))));
        Ok(Signed {
            input: header_value(format!("{label}={}", signature_params(&covered)))?,
            signature: header_value(format!("{label}={bytes}"))?,
        })
    }
}

/// The two header lines of a finished signature.
struct Signed {
    input: HeaderValue,
    signature: HeaderValue,
}

impl Signed {
    fn write(self, headers: &mut HeaderMap) {
        headers.append(SIGNATURE_INPUT, self.input);
        headers.append(SIGNATURE, self.signature);
    }
}

fn digest_into(headers: &mut HeaderMap, body: &[u8], wanted: &mut Vec<Wanted>) {
    if body.is_empty() {
        headers.remove(&CONTENT_DIGEST);
        return;
    }
    headers.insert(CONTENT_DIGEST, content_digest(body));
    wanted.push(("content-digest", Whose::Own));
    if headers.contains_key(CONTENT_TYPE) {
        wanted.push(("content-type", Whose::Own));
    }
}

fn identifier((name, whose): &Wanted) -> Item {
    let name = StringRef::from_str(name).expect("component names are ASCII");
    let mut item = Item::new(BareItem::String(name.to_owned()));
    if *whose == Whose::Request {
        item.params.insert(parameter("req"), BareItem::Boolean(true));
    }
    item
}

fn parameter(name: &'static str) -> Key {
    KeyRef::from_str(name).expect("parameter names are lower case").to_owned()
}

fn seconds(instant: Timestamp) -> Result<BareItem, Refusal> {
    let seconds = sfv::Integer::try_from(instant.as_second());
    seconds.map(BareItem::Integer).map_err(cannot)
}

fn string(text: &str) -> Result<BareItem, Refusal> {
    let text = StringRef::from_str(text).map_err(cannot)?;
    Ok(BareItem::String(text.to_owned()))
}

fn header_value(text: String) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(&text).map_err(cannot)
}

fn cannot(reason: impl std::fmt::Display) -> Refusal {
    Refusal::CannotSign { reason: reason.to_string() }
}

/// The label, with a number when a signature that is already there has taken it.
fn free_label(headers: &HeaderMap, label: &str) -> String {
    let taken = |candidate: &str| {
        let lines = headers.get_all(HeaderName::clone(&SIGNATURE_INPUT)).iter();
        lines.filter_map(|line| line.to_str().ok()).any(|line| {
            let parsed = Parser::new(line).parse::<Dictionary>();
            parsed.is_ok_and(|parsed| parsed.contains_key(candidate))
        })
    };
    if !taken(label) {
        return label.to_owned();
    }
    let numbered = (2..).map(|number| format!("{label}-{number}"));
    numbered.into_iter().find(|candidate| !taken(candidate)).unwrap_or_else(|| label.to_owned())
}
