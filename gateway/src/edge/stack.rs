//! Every middleware, in one list, from the outside in.
//!
//! What a layer refuses leaves as a problem, like everything else. Handlers are the innermost;
//! authentication is theirs, because it needs the raw body and the partner's own rules.

mod errors;
mod headers;
mod limits;
mod observe;
mod request_id;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use opentelemetry::metrics::Meter;
use tokio::sync::Semaphore;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

pub use self::request_id::{REQUEST_ID, RequestId};

use self::observe::Instruments;
use crate::clock::Clock;

/// What one request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Requests in handlers at the same time; more are shed with 503.
    pub in_flight_max: usize,
    /// Time from the head to the answer, the body's arrival included.
    pub request_max: Duration,
    /// Bytes of a body.
    pub body_bytes_max: usize,
}

/// Puts the whole stack around a router.
///
/// The list is read from the top, as a request passes it. Fallbacks are set here too, so that
/// also what no route takes is limited, counted and answered with a problem.
pub fn stack(
    router: Router,
    limits: RequestLimits,
    clock: Arc<dyn Clock>,
    meter: &Meter,
) -> Router {
    let instruments = Instruments::new(meter);
    let shed = limits::Shed {
        places: Arc::new(Semaphore::new(limits.in_flight_max)),
        instruments: instruments.clone(),
    };
    router
        .fallback(errors::no_such_resource)
        .method_not_allowed_fallback(errors::no_such_method)
        .layer(
            ServiceBuilder::new()
                // Everything after this can be found again by its identifier.
                .layer(from_fn_with_state(clock, request_id::identify))
                // One span a request, child of the caller's when there is a traceparent.
                .layer(from_fn(observe::trace))
                // Counts answers as they leave, so it stands outside of all that makes answers.
                .layer(from_fn_with_state(instruments, observe::count))
                .layer(from_fn(headers::secure))
                // Turns what extractors and libraries say in plain text into problems.
                .layer(from_fn(errors::every_error_is_a_problem))
                // Outside the shedder: a panic must give its place back.
                .layer(CatchPanicLayer::custom(errors::panic_is_a_problem))
                // Refuses at once rather than queueing: a client that waits repeats itself.
                .layer(from_fn_with_state(shed, limits::shed))
                .layer(from_fn_with_state(limits, limits::in_time))
                .layer(from_fn_with_state(limits, limits::in_size)),
        )
}
