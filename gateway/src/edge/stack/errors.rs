//! Turns what is not yet a problem into one.

use std::any::Any;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, Uri, header};

use crate::edge::problem::Problem;

/// The longest plain text that becomes a `detail`.
const DETAIL_BYTES_MAX: usize = 4_096;

pub(super) async fn no_such_resource(uri: Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_resource", "There is no such resource")
        .at("path", "a path of the interface document")
        .with_detail(format!("nothing is at {}", uri.path()))
}

pub(super) async fn no_such_method(method: Method, uri: Uri) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "no_such_method",
        "The resource does not have this method",
    )
    .at("method", "a method of the Allow header")
    .with_detail(format!("{method} is not for {}", uri.path()))
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(super) fn panic_is_a_problem(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(format!("panic: {}", text.unwrap_or("of an unknown kind"))).into_response()
}

/// Errors in plain text, or without a body, come from extractors and libraries. Pages and
/// declines have media types of their own and stay as they are.
pub(super) async fn every_error_is_a_problem(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let bare = match response.headers().get(header::CONTENT_TYPE) {
        None => true,
        Some(media_type) => media_type.as_bytes().starts_with(b"text/plain"),
    };
    if !(status.is_client_error() || status.is_server_error()) || !bare {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let text = text_of(body).await;
    let (code, title) = kind(status);
    let mut problem = Problem::new(status, code, title);
    if status.is_server_error() {
        problem = problem.because(text.unwrap_or_default());
    } else if let Some(text) = text {
        problem = problem.with_detail(text);
    }
    let mut answer = problem.into_response();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    for (name, value) in &parts.headers {
        answer.headers_mut().insert(name, HeaderValue::clone(value));
    }
    answer
}

async fn text_of(body: Body) -> Option<String> {
    let bytes = axum::body::to_bytes(body, DETAIL_BYTES_MAX).await.ok()?;
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    (!text.is_empty()).then_some(text)
}

fn kind(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::BAD_REQUEST => ("bad_request", "The request cannot be read"),
        StatusCode::NOT_FOUND => ("no_such_resource", "There is no such resource"),
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("body_too_large", "The body is larger than this door takes")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("media_type_unknown", "The body's media type is not taken here")
        }
        StatusCode::UNPROCESSABLE_ENTITY => {
            ("body_unexpected", "The body is not what is expected here")
        }
        status if status.is_server_error() => ("internal_error", "Something failed on our side"),
        _ => ("refused", "The request was refused"),
    }
}
