//! What a connection is doing, and until when it may go on like that.
//!
//! A connection is busy (a request is in flight: handlers have limits of their own), reading a
//! request's head (from its first byte), or quiet. hyper's own header limit cannot tell the last
//! two apart, and does not start before the protocol is known. A head whose beginning came in the
//! same packet as the request before it counts as quiet: it has the idle limit.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::Instant;

/// The state of one connection.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    changed: Notify,
    header_read_max: Duration,
    keep_alive_max: Duration,
}

#[derive(Debug)]
struct State {
    in_flight: usize,
    /// When the first byte of a head arrived that is not yet a request. A new connection counts
    /// as reading from its beginning: one that never says anything is not worth waiting for.
    reading_since: Option<Instant>,
    quiet_since: Instant,
}

impl Activity {
    pub(super) fn new(header_read_max: Duration, keep_alive_max: Duration) -> Self {
        let now = Instant::now();
        Self {
            state: Mutex::new(State { in_flight: 0, reading_since: Some(now), quiet_since: now }),
            changed: Notify::new(),
            header_read_max,
            keep_alive_max,
        }
    }

    /// Bytes came from the client.
    pub(super) fn bytes_arrived(&self) {
        let mut state = self.state();
        if state.in_flight == 0 && state.reading_since.is_none() {
            state.reading_since = Some(Instant::now());
            drop(state);
            self.changed.notify_one();
        }
    }

    /// A request's head is complete. It is in flight until the guard goes.
    pub(super) fn begin(self: Arc<Self>) -> InFlight {
        let mut state = self.state();
        state.in_flight += 1;
        state.reading_since = None;
        drop(state);
        InFlight(self)
    }

    /// Is done when the connection has been reading or quiet for too long.
    pub(super) async fn expired(&self) {
        loop {
            let deadline = self.deadline();
            let passed = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // A deadline that has moved meanwhile is not this one.
                () = passed => if self.deadline() == deadline { return },
                () = self.changed.notified() => {}
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        if state.in_flight > 0 {
            return None;
        }
        Some(match state.reading_since {
            Some(since) => since + self.header_read_max,
            None => state.quiet_since + self.keep_alive_max,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in flight, from its head to the end of its answer's body.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.in_flight -= 1;
        state.quiet_since = Instant::now();
        drop(state);
        self.0.changed.notify_one();
    }
}

/// A response body that keeps its request in flight until it is sent or given up.
#[derive(Debug)]
pub(super) struct HeldOpen {
    body: Body,
    _in_flight: InFlight,
}

impl HeldOpen {
    pub(super) fn new(body: Body, in_flight: InFlight) -> Self {
        Self { body, _in_flight: in_flight }
    }
}

impl hyper::body::Body for HeldOpen {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Duration = Duration::from_millis(20);
    const IDLE: Duration = Duration::from_millis(60);

    fn activity() -> Arc<Activity> {
        Arc::new(Activity::new(HEADER, IDLE))
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_has_the_time_of_a_head() {
        let start = Instant::now();
        activity().expired().await;
        assert!(start.elapsed() >= HEADER);
    }

    #[tokio::test]
    async fn after_a_request_the_idle_limit_holds_and_a_new_head_has_its_own() {
        let activity = activity();
        drop(activity.clone().begin());
        let start = Instant::now();
        activity.expired().await;
        assert!(start.elapsed() >= IDLE);
        activity.bytes_arrived();
        let start = Instant::now();
        activity.expired().await;
        assert!(start.elapsed() >= HEADER);
    }

    #[tokio::test]
    async fn a_request_in_flight_never_expires_here() {
        let activity = activity();
        let _in_flight = activity.clone().begin();
        let expired = tokio::time::timeout(IDLE * 2, activity.expired());
        assert!(expired.await.is_err());
    }
}
