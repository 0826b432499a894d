//! How many, how long, how large.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http_body_util::Limited;
use tokio::sync::Semaphore;

use super::RequestLimits;
use super::observe::Instruments;
use crate::edge::body;
use crate::edge::problem::Problem;

/// The places in handlers.
#[derive(Clone)]
pub(super) struct Shed {
    pub(super) places: Arc<Semaphore>,
    pub(super) instruments: Instruments,
}

pub(super) async fn shed(State(shed): State<Shed>, request: Request, next: Next) -> Response {
    let Ok(_place) = shed.places.try_acquire() else {
        shed.instruments.shed();
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "Too many requests at the same time",
        )
        .with_detail("Nothing was done. Repeat with the same Idempotency-Key after a moment.")
        .retry_after(1)
        .into_response();
    };
    next.run(request).await
}

pub(super) async fn in_time(
    State(limits): State<RequestLimits>,
    request: Request,
    next: Next,
) -> Response {
    match tokio::time::timeout(limits.request_max, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            "answer_overdue",
            "The answer is not there in time",
        )
        .with_detail(
            "Whether the request takes effect is not known yet. Repeat it with the same \
             Idempotency-Key, or read the resource.",
        )
        .with("request_ms_max", u64::try_from(limits.request_max.as_millis()).unwrap_or(u64::MAX))
        .into_response(),
    }
}

pub(super) async fn in_size(
    State(limits): State<RequestLimits>,
    request: Request,
    next: Next,
) -> Response {
    // An honest sender is told before it has sent anything.
    let announced = body::announced_length(request.headers());
    if announced.is_some_and(|length| length > limits.body_bytes_max as u64) {
        return body::too_large(limits.body_bytes_max).into_response();
    }
    let request = request.map(|body| Body::new(Limited::new(body, limits.body_bytes_max)));
    next.run(request).await
}
