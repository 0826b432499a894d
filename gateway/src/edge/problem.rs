//! What an error looks like on the wire: RFC 9457 `application/problem+json`.
//!
//! The doctrine: layers that do not speak HTTP have error types of their own, and only the edge
//! turns them into a [`Problem`]. A problem answers three questions for the person who has to fix
//! it: what happened (`code`, stable for ever, and `detail`), where (`place`, the header, field or
//! line) and what was expected instead (`expected`). What only we may know goes into
//! [`Problem::internal`], which reaches the log and never the client. A decline is not a problem:
//! it is an answer, and has a schema of its own. New codes are made only when a client has a
//! reason to treat them differently. The request's identifier is in the `x-request-id` header, not in
//! the body, so that a recorded body can be repeated byte for byte.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Every `type` URI is this base followed by the code. They are names; they need not resolve.
pub const TYPE_BASE: &str = jiaozi_ledger::problem::TYPE_BASE;

/// The media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// An error as the client sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A stable URI that names this kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "https://jiaozi.dev/problems/body_too_large")]
    pub type_uri: String,
    /// The kind of problem in words; the same for every occurrence.
    pub title: Cow<'static, str>,
    /// The HTTP status, repeated for those who only keep the body.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The stable code: what a program should look at.
    #[schema(value_type = String, example = "body_too_large")]
    pub code: Cow<'static, str>,
    /// This occurrence in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Which part of the input is meant: a header, a field's path, a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What was expected at that place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Further members that belong to this kind of problem.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extensions: Map<String, Value>,
    /// For the log only.
    #[serde(skip)]
    internal: Option<String>,
    /// Headers that go with the answer, such as `retry-after`.
    #[serde(skip)]
    headers: HeaderMap,
}

impl Problem {
    /// A problem of a kind: status, code and title are fixed where the kind is defined.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        let code = code.into();
        Self {
            type_uri: format!("{TYPE_BASE}{code}"),
            title: title.into(),
            status: status.as_u16(),
            code,
            detail: None,
            place: None,
            expected: None,
            extensions: Map::new(),
            internal: None,
            headers: HeaderMap::new(),
        }
    }

    /// Our fault, with nothing to say about it outside.
    pub fn internal(reason: impl std::fmt::Display) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let mut problem = Self::new(status, "internal_error", "Something failed on our side");
        problem.detail = Some(
            "The outcome of this request is not known from this answer. Repeat it with the same \
             Idempotency-Key, or read the resource."
                .to_owned(),
        );
        problem.internal = Some(reason.to_string());
        problem
    }

    /// Says what happened this time.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says which part of the input is meant and what was expected there.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>, expected: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self.expected = Some(expected.into());
        self
    }

    /// Adds an extension member. A standard member's name is refused by debug builds.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        debug_assert!(
            !["type", "title", "status", "code", "detail", "place", "expected"].contains(&member),
            "{member} is a standard member"
        );
        self.extensions.insert(member.to_owned(), value.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds `retry-after` in whole seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Adds what only the log may know.
    #[must_use]
    pub fn because(mut self, internal: impl std::fmt::Display) -> Self {
        self.internal = Some(internal.to_string());
        self
    }

    /// The status as a type.
    pub fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status_code();
        if let Some(internal) = &self.internal {
            tracing::error!(code = %self.code, internal, "request failed");
        } else {
            tracing::debug!(code = %self.code, place = self.place, "request refused");
        }
        let body = serde_json::to_vec(&self).unwrap_or_else(|_| b"{}".to_vec());
        let mut response = Response::new(body.into());
        *response.status_mut() = status;
        response.headers_mut().extend(self.headers);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_flat_and_what_is_internal_stays_inside() {
        let problem = Problem::new(StatusCode::CONFLICT, "key_reused", "The key was used before")
            .with_detail("first used for another body")
            .at("header Idempotency-Key", "a new key")
            .with("order", "0190")
            .because("row 17");
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["type"], "https://jiaozi.dev/problems/key_reused");
        assert_eq!(json["status"], 409);
        assert_eq!(json["order"], "0190");
        assert_eq!(json["place"], "header Idempotency-Key");
        assert!(!json.to_string().contains("row 17"));
    }

    #[test]
    fn the_answer_carries_status_media_type_and_headers() {
        let response = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too busy")
            .retry_after(1)
            .into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["content-type"], CONTENT_TYPE);
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
