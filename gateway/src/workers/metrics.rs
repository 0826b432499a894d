//! What is measured of the workers: how much they did, how often they failed, how far the readers are
//! behind the feed.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Meter};

use crate::gateway::Gateway;

/// The instruments. Clones count together.
#[derive(Debug, Clone)]
pub(super) struct Instruments {
    done: Counter<u64>,
    failed: Counter<u64>,
    lag: Gauge<i64>,
}

impl Instruments {
    pub(super) fn new(meter: &Meter) -> Instruments {
        Instruments {
            done: meter
                .u64_counter("jiaozi_worker_items")
                .with_description("What workers have done.")
                .build(),
            failed: meter
                .u64_counter("jiaozi_worker_failures")
                .with_description("How often workers could not go on.")
                .build(),
            lag: meter
                .i64_gauge("jiaozi_feed_lag_events")
                .with_description("Events that a reader of the feed has still to read.")
                .build(),
        }
    }

    pub(super) fn done(&self, worker: &'static str, items: usize) {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        self.done.add(items, &[KeyValue::new("worker", worker)]);
    }

    pub(super) fn failed(&self, worker: &'static str) {
        self.failed.add(1, &[KeyValue::new("worker", worker)]);
    }

    /// Measures a reader. A database that cannot be read now is the worker's to report.
    pub(super) async fn lag(&self, gateway: &Gateway, reader: &'static str) {
        if let (Ok(head), Ok(cursor)) =
            (gateway.store.head().await, gateway.store.cursor(reader).await)
        {
            let lag = head.seq.saturating_sub(cursor).max(0);
            self.lag.record(lag, &[KeyValue::new("reader", reader)]);
        }
    }
}
