//! The documentation of the API at `/docs`: one page, made of the same document that `/openapi.json`
//! serves, so that it says what this build does. It needs no script and nothing from elsewhere.
//!
//! | module | holds |
//! |---|---|
//! | [`reference`](mod@reference) | the calls, group by group |
//! | [`fields`] | a schema as a list of fields, with everything that it refers to |
//! | [`example`] | a schema as a piece of JSON |
//! | [`prose`] | text with code in it |
//! | [`codes`] | every code of a problem |
//! | [`signing`] | a request that is really signed |

pub mod codes;
mod example;
mod fields;
mod prose;
mod reference;
mod signing;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
};
use http::{HeaderValue, StatusCode};
use jiaozi_adapters::spec::access::WebhookEvent;
use jiaozi_ledger::decision::digest;
use serde_json::{Value, json};

use self::codes::CODES;
use self::prose::Paragraph;
use self::reference::Group;
use crate::api::{document, openapi};

const STYLE: &str = include_str!("../assets/docs.css");
const ICON: &str = include_str!("../assets/icon.svg");

/// No script at all, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// What a partner can be told.
const EVENTS: [WebhookEvent; 13] = [
    WebhookEvent::BillPaid,
    WebhookEvent::BillRefunded,
    WebhookEvent::BillCancelled,
    WebhookEvent::PrepayPaid,
    WebhookEvent::FileImported,
    WebhookEvent::DayClosed,
    WebhookEvent::PayoutPrepared,
    WebhookEvent::PayoutSettled,
    WebhookEvent::PayoutRejected,
    WebhookEvent::PaymentWithheld,
    WebhookEvent::PaymentEnded,
    WebhookEvent::PaymentRefunded,
    WebhookEvent::WithholdingDone,
];

/// When a partner is told it. A new kind of event does not compile before it is said here, and listed
/// above.
fn told_when(event: WebhookEvent) -> &'static str {
    match event {
        WebhookEvent::BillPaid => "A bill was paid, whole or in part.",
        WebhookEvent::BillRefunded => "Money of a bill went back to its payer.",
        WebhookEvent::BillCancelled => "A payment was taken back before its day was closed.",
        WebhookEvent::PrepayPaid => "Months were paid ahead.",
        WebhookEvent::FileImported => "A file was taken in, with its results.",
        WebhookEvent::DayClosed => {
            "A clearing day was closed and settled; its file can be fetched."
        }
        WebhookEvent::PayoutPrepared => {
            "Money of settled days is about to be paid out; `days` says which, `other_fen` what is not theirs."
        }
        WebhookEvent::PayoutSettled => "A payout was paid, by the word of the bank's core.",
        WebhookEvent::PayoutRejected => {
            "A payout was not paid; its days wait again until the bank has found out why."
        }
        WebhookEvent::PaymentWithheld => {
            "A payer was debited under a mandate; tells the channel through which it was signed."
        }
        WebhookEvent::PaymentEnded => {
            "What became of a payment that was answered with 202 is known: `data.state` says it; tells the channel that ordered it. It may be told again with another state, if the biller changes its word."
        }
        WebhookEvent::PaymentRefunded => {
            "Money of a payment to a biller went back to its payer; tells the payer's channel."
        }
        WebhookEvent::WithholdingDone => {
            "Every line of a file of claims was presented; its result can be fetched."
        }
    }
}

#[derive(Template)]
#[template(path = "docs/page.html")]
struct Page {
    title: String,
    version: String,
    style: String,
    about: Vec<Paragraph>,
    groups: Vec<Group>,
    always: Vec<(&'static str, Vec<Paragraph>)>,
    codes: Vec<CodeGroup>,
    events: Vec<(String, &'static str)>,
    signed: signing::Example,
    notice: String,
    problem: String,
}

/// Codes that belong together.
struct CodeGroup {
    name: &'static str,
    codes: Vec<(&'static str, Vec<Paragraph>)>,
}

/// The page and its style.
pub fn router() -> Router {
    let page: Arc<str> = match page() {
        Ok(page) => page.into(),
        Err(error) => {
            tracing::error!(%error, "the documentation cannot be made");
            return Router::new();
        }
    };
    Router::new()
        .route("/docs", get(async move || served("text/html; charset=utf-8", page.to_string())))
        .route("/docs/docs.css", get(async || served("text/css; charset=utf-8", STYLE)))
        .route("/docs/icon.svg", get(async || served("image/svg+xml", ICON)))
}

fn served(media_type: &'static str, content: impl IntoResponse) -> Response {
    let mut response = (StatusCode::OK, content).into_response();
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The page of this build.
fn page() -> anyhow::Result<String> {
    let document = openapi();
    let info = &document["info"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let page = Page {
        title: text(&info["title"]),
        version: text(&info["version"]),
        style: format!("/docs/docs.css?v={}", hex::encode(&digest(STYLE.as_bytes())[..6])),
        about: prose::paragraphs(&text(&info["description"])),
        groups: reference::groups(&document),
        always: document::ALWAYS
            .iter()
            .map(|(status, about)| (*status, prose::paragraphs(about)))
            .collect(),
        codes: CODES
            .iter()
            .map(|(name, codes)| CodeGroup {
                name,
                codes: codes
                    .iter()
                    .map(|(code, about)| (*code, prose::paragraphs(about)))
                    .collect(),
            })
            .collect(),
        events: EVENTS.iter().map(|event| (text(&json!(event)), told_when(*event))).collect(),
        signed: signing::example()?,
        notice: pretty(&json!({
            "type": "bill.paid", "timestamp": "2026-11-30T02:00:00Z",
            "data": {"partner": "yunhe", "order": "019ac2a5-3f00-7000-8000-000000000001", "amount_fen": 18000},
            "feed": {"seq": 4711, "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
        })),
        problem: pretty(&json!({
            "type": "https://jiaozi.dev/problems/insufficient_funds", "title": "Insufficient funds",
            "status": 422, "code": "insufficient_funds",
            "detail": "The payer's account has not enough available.",
            "next": "Fund the account or pay from another, with a new idempotency key.",
        })),
    };
    Ok(page.render()?)
}

/// JSON for people to read.
fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_the_document_is_on_the_page_with_its_words() {
        let page = page().unwrap();
        let document = openapi();
        let mut calls = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for (_, operation) in item.as_object().unwrap() {
                calls += 1;
                let id = operation["operationId"].as_str().unwrap();
                assert!(
                    page.contains(&format!("id=\"{}\"", reference::anchor(path, id))),
                    "{path} {id}"
                );
            }
        }
        assert!(calls > 20, "{calls} calls");
        assert!(!page.contains("$ref") && !page.contains("#/components"), "everything is resolved");
        for event in EVENTS {
            assert!(page.contains(json!(event).as_str().unwrap()));
        }
    }

    #[test]
    fn nothing_on_the_page_is_executed_or_comes_from_elsewhere() {
        let page = page().unwrap();
        for word in ["<script", "style=\"", "onclick", "src=\"http", "url("] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
