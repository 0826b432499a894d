//! Alive, ready, metrics: for load balancers and monitoring, not for partners.
//!
//! `/healthz` says that the process answers and nothing else; restarting it must be able to help.
//! `/readyz` says whether requests should be sent here: every named part has reported itself
//! ready, and no drain has begun. The routes carry no secrets and pass no middleware; an
//! installation that wants them apart gives `listen.admin` an address of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::problem::Problem;
use crate::telemetry::Metrics;

/// Who has to be ready before requests should come. Clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    waiting: Arc<Mutex<BTreeMap<&'static str, String>>>,
}

impl Readiness {
    /// Nothing to wait for yet: ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// The part is not ready, for a reason that may be shown.
    pub fn waits_for(&self, part: &'static str, reason: impl Into<String>) {
        self.waiting().insert(part, reason.into());
    }

    /// The part is ready.
    pub fn ready(&self, part: &'static str) {
        self.waiting().remove(part);
    }

    /// The stop signal was given: send requests elsewhere.
    pub fn draining(&self) {
        self.waits_for("server", "draining");
    }

    /// Whether nothing is waited for.
    pub fn is_ready(&self) -> bool {
        self.waiting().is_empty()
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The three routes.
pub fn router(readiness: Readiness, metrics: Metrics) -> Router {
    Router::new()
        .route("/healthz", get(async || Json(json!({ "status": "alive" }))))
        .route("/readyz", get(ready).with_state(readiness))
        .route("/metrics", get(exposition).with_state(metrics))
}

async fn ready(State(readiness): State<Readiness>) -> Response {
    let waiting: Map<String, Value> = readiness
        .waiting()
        .iter()
        .map(|(part, reason)| ((*part).to_owned(), reason.clone().into()))
        .collect();
    if waiting.is_empty() {
        return Json(json!({ "status": "ready" })).into_response();
    }
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "Not ready for requests")
        .with("waiting", waiting)
        .retry_after(1)
        .into_response()
}

async fn exposition(State(metrics): State<Metrics>) -> Response {
    match metrics.render() {
        Ok(text) => {
            let media_type = "text/plain; version=0.0.4; charset=utf-8";
            ([(header::CONTENT_TYPE, media_type)], text).into_response()
        }
        Err(error) => Problem::internal(error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_that_every_part_is() {
        let readiness = Readiness::new();
        readiness.waits_for("database", "migrating");
        assert!(!readiness.is_ready());
        readiness.ready("database");
        assert!(readiness.is_ready());
        readiness.draining();
        assert!(!readiness.is_ready());
    }
}
