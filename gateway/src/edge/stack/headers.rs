//! Headers that keep browsers from being clever. Pages set a wider policy where they need one;
//! what a handler has set stays.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::edge::accept::Connection;

/// For every answer.
const ALWAYS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    // Answers are about money and people: nobody between keeps a copy.
    (CACHE_CONTROL, "no-store"),
];

/// Only over TLS, where it means something.
const ONLY_TLS: (HeaderName, &str) = (STRICT_TRANSPORT_SECURITY, "max-age=31536000");

pub(super) async fn secure(request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Connection>();
    let over_tls = connection.is_some_and(|connection| connection.scheme == "https");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS.into_iter().chain(over_tls.then_some(ONLY_TLS)) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
