//! A span and a count for every request.
//!
//! The path is never recorded, only the route that took it: a path may name a person.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::request_id::RequestId;
use crate::telemetry::remote_parent;

/// Around what a payment takes: half a millisecond to the request limit.
const SECONDS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// What is counted of requests.
#[derive(Debug, Clone)]
pub(super) struct Instruments {
    requests: Counter<u64>,
    seconds: Histogram<f64>,
    in_flight: UpDownCounter<i64>,
    shed: Counter<u64>,
}

impl Instruments {
    pub(super) fn new(meter: &Meter) -> Self {
        Self {
            requests: meter
                .u64_counter("jiaozi_http_requests")
                .with_description("Requests answered, by method, route and status")
                .build(),
            seconds: meter
                .f64_histogram("jiaozi_http_request_duration")
                .with_unit("s")
                .with_description("Time from a request's head to its answer's head")
                .with_boundaries(SECONDS.to_vec())
                .build(),
            in_flight: meter
                .i64_up_down_counter("jiaozi_http_requests_in_flight")
                .with_description("Requests that are being answered")
                .build(),
            shed: meter
                .u64_counter("jiaozi_http_requests_shed")
                .with_description("Requests refused because too many were in flight")
                .build(),
        }
    }

    pub(super) fn shed(&self) {
        self.shed.add(1, &[]);
    }
}

pub(super) async fn trace(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = route(&request);
    let id = request.extensions().get::<RequestId>();
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        request_id = id.map(|id| id.0.as_str()),
    );
    // Fails only where no tracer is installed, and then there is nothing to be the child of.
    let _ = span.set_parent(remote_parent(request.headers()));
    let started = Instant::now();
    async move {
        let response = next.run(request).await;
        let status = response.status();
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::Span::current().record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), micros, "answered");
        } else {
            tracing::info!(status = status.as_u16(), micros, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

pub(super) async fn count(
    State(instruments): State<Instruments>,
    request: Request,
    next: Next,
) -> Response {
    let method = KeyValue::new("method", method_label(&request));
    let route = KeyValue::new("route", route(&request));
    // Also counted down when the client goes away and the handler is dropped.
    let _in_flight = InFlight::enter(&instruments.in_flight);
    let started = Instant::now();
    let response = next.run(request).await;
    let seconds = started.elapsed().as_secs_f64();
    let status = KeyValue::new("status", i64::from(response.status().as_u16()));
    instruments.seconds.record(seconds, &[method.clone(), route.clone()]);
    instruments.requests.add(1, &[method, route, status]);
    response
}

struct InFlight(UpDownCounter<i64>);

impl InFlight {
    fn enter(gauge: &UpDownCounter<i64>) -> Self {
        gauge.add(1, &[]);
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.add(-1, &[]);
    }
}

/// The route's pattern; what took no route shares one label, so strangers cannot make labels.
fn route(request: &Request) -> String {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned())
}

/// The method, when it is one that we know; for the same reason.
fn method_label(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
