//! Gives every request an identifier, or keeps the caller's when it is harmless.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};

use crate::clock::{Clock, new_id};

/// The header, in both directions.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A caller's identifier goes into logs, so it is short and plain.
const LENGTH_MAX: usize = 64;

/// The request's identifier, in its extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

pub(super) async fn identify(
    State(clock): State<Arc<dyn Clock>>,
    mut request: Request,
    next: Next,
) -> Response {
    let theirs = request.headers().get(&REQUEST_ID).and_then(harmless);
    let id = theirs.unwrap_or_else(|| new_id(clock.as_ref()).to_string());
    let value = HeaderValue::from_str(&id);
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).await;
    if let Ok(value) = value {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn harmless(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fits = (1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(plain);
    fits.then(|| text.to_owned())
}
