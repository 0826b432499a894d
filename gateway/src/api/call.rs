//! An authenticated request, and what handlers take from it: who calls, under which key, and what is
//! in it.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use jiaozi_adapters::caller::Caller;
use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::access::Scope;
use jiaozi_ledger::decision::{Digest, digest};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::authenticate::authenticate;
use super::{Api, json, query};
use crate::asked::Asked;
use crate::edge::body::{self, BodyLimits};
use crate::edge::problem::Problem;
use crate::edge::signature::verify::IDEMPOTENCY_KEY;
use crate::refused::not_found;

/// The longest idempotency key, in bytes.
const KEY_BYTES_MAX: usize = 255;

/// A request whose sender is known and whose body is exactly what the sender signed.
#[derive(Debug)]
pub struct Call {
    /// The sender's specification.
    pub spec: Arc<PartnerSpec>,
    parts: Parts,
    body: Bytes,
}

impl FromRequest<Api> for Call {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Call, Problem> {
        Call::within(request, api, api.settings.bodies).await
    }
}

impl Call {
    /// The call of a request whose body is read within some limits.
    ///
    /// # Errors
    /// When the body is too large or too slow, or nothing says whose request it is.
    pub(super) async fn within(
        request: Request,
        api: &Api,
        limits: BodyLimits,
    ) -> Result<Call, Problem> {
        let (parts, body) = request.into_parts();
        let body = body::collect(body, limits).await?;
        let spec = authenticate(api, &parts, &body).await?;
        tracing::debug!(partner = spec.partner.code.as_str(), "authenticated");
        Ok(Call { spec, parts, body })
    }

    /// The body as it came.
    pub(super) fn into_body(self) -> Bytes {
        self.body
    }

    /// The sender's code.
    pub fn code(&self) -> &str {
        self.spec.partner.code.as_str()
    }

    /// Goes on only if the sender has the scope.
    ///
    /// # Errors
    /// 403.
    pub fn needs(&self, scope: Scope) -> Result<(), Problem> {
        if self.spec.access.scopes.contains(&scope) {
            return Ok(());
        }
        let name = serde_json::to_value(scope).unwrap_or_default();
        let name = name.as_str().unwrap_or_default().to_owned();
        Err(Problem::new(StatusCode::FORBIDDEN, "scope_missing", "The partner may not do this")
            .with_detail(format!("{} does not have the scope {name}.", self.code()))
            .at("access.scopes of the partner's specification", name))
    }

    /// The sender as a property company with a scope.
    ///
    /// # Errors
    /// 403 without the scope, or for a sender of another kind.
    pub fn company(&self, api: &Api, scope: Scope) -> Result<Arc<Company>, Problem> {
        self.needs(scope)?;
        api.gateway
            .partners
            .company(self.code())
            .cloned()
            .ok_or_else(|| self.wrong_kind("property"))
    }

    /// The sender as a channel with a scope.
    ///
    /// # Errors
    /// 403 without the scope, or for a sender of another kind.
    pub fn channel(&self, scope: Scope) -> Result<&PartnerSpec, Problem> {
        self.needs(scope)?;
        if self.spec.channel().is_some() { Ok(&self.spec) } else { Err(self.wrong_kind("channel")) }
    }

    /// The sender as the scene knows it: whose orders it may see.
    #[must_use]
    pub fn caller(&self) -> Caller {
        let code = self.code().to_owned();
        if self.spec.channel().is_some() { Caller::Channel(code) } else { Caller::Partner(code) }
    }

    fn wrong_kind(&self, kind: &str) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "kind_wrong", "This is for another kind of partner")
            .with_detail(format!("{} is not of kind {kind}.", self.code()))
            .at("partner.kind of the partner's specification", kind)
    }

    /// The body as it came: exactly what the sender signed.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body as JSON of a type, strictly.
    ///
    /// # Errors
    /// 415 for another media type, 400 with the place and what was expected there.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        json::read(&self.parts.headers, &self.body)
    }

    /// The same, where no body means an empty object.
    ///
    /// # Errors
    /// As [`Call::json`].
    pub fn json_or_empty<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if self.body.is_empty() { json::parse(b"{}") } else { self.json() }
    }

    /// The query string as a type, strictly.
    ///
    /// # Errors
    /// 400 with the place and what was expected there.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        query::read(self.parts.uri.query().unwrap_or_default())
    }

    /// Who asks, under which idempotency key, for what: the method, the path and the raw body.
    ///
    /// # Errors
    /// 400 when the key is missing, or is none.
    pub fn asked(&self) -> Result<Asked, Problem> {
        let key = self.key()?;
        Ok(Asked { by: self.code().to_owned(), key, digest: Some(self.digest()) })
    }

    /// Who asks, under which idempotency key, without the bytes: where the body holds personal data,
    /// of which not even a digest is kept.
    ///
    /// # Errors
    /// As [`Call::asked`].
    pub fn asked_in_private(&self) -> Result<Asked, Problem> {
        Ok(Asked::by(self.code(), self.key()?))
    }

    fn key(&self) -> Result<String, Problem> {
        let expected = format!("1 to {KEY_BYTES_MAX} visible ASCII characters, once");
        let wrong = |code: &'static str, title: &'static str| {
            Problem::new(StatusCode::BAD_REQUEST, code, title)
                .at("header Idempotency-Key", expected.clone())
        };
        let mut values = self.parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(value) = values.next() else {
            return Err(wrong("idempotency_key_missing", "This needs an Idempotency-Key")
                .with_detail("Nothing was done. A key makes a repetition have the first effect and answer only."));
        };
        let bytes = value.as_bytes();
        let visible = bytes.iter().all(|byte| (0x21..=0x7e).contains(byte));
        if values.next().is_some() || !visible || !(1..=KEY_BYTES_MAX).contains(&bytes.len()) {
            return Err(wrong("idempotency_key_invalid", "This is no Idempotency-Key"));
        }
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The digest of what was asked. Method and path hold no line break, so that the parts cannot run
    /// into each other.
    fn digest(&self) -> Digest {
        let mut bytes = format!("{} {}\n", self.parts.method, self.parts.uri.path()).into_bytes();
        bytes.extend_from_slice(&self.body);
        digest(&bytes)
    }
}

/// An identifier of a path; a text that is none names nothing.
///
/// # Errors
/// 404.
pub fn id<T: From<Uuid>>(text: &str, what: &str) -> Result<T, Problem> {
    let id = Uuid::parse_str(text).map_err(|_| Problem::from(not_found(what)))?;
    Ok(id.into())
}
