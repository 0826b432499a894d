//! A payment is one trace, from the door to the commit.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use crate::bank::Bank;

/// A span's name, and its ancestors', the nearest first.
type Seen = (String, Vec<String>);

/// Remembers each span.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Seen>>>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let name = attributes.metadata().name().to_owned();
        let scope = context.span_scope(id).into_iter().flatten().skip(1);
        let above = scope.map(|span| span.name().to_owned()).collect();
        self.0.lock().unwrap().push((name, above));
    }
}

/// On one thread, so that the subscriber of this thread sees the server too.
#[tokio::test]
async fn a_payment_is_one_trace_from_door_to_commit() {
    let bank = Bank::open().await;
    bank.bill("B-1", "1-1-101", 500).await;
    let payer = bank.payer("p", 1_000).await;
    let body = json!({"quote": bank.quote("1-1-101").await, "payer": payer});
    let recorder = Recorder::default();
    let subscriber = Registry::default().with(recorder.clone());
    let guard = tracing::subscriber::set_default(subscriber);
    bank.post("sandbox-bank", "/v1/payments", body).await.ok();
    drop(guard);
    let spans = recorder.0.lock().unwrap().clone();
    let commits: Vec<_> = spans.iter().filter(|(name, _)| name == "commit").collect();
    assert_eq!(commits.len(), 1, "{spans:?}");
    assert_eq!(commits[0].1.last().map(String::as_str), Some("request"), "{spans:?}");
}
