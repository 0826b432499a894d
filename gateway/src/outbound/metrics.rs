//! What is measured of the lines: how many calls came to which end, how long the answers took, and how
//! many were late. Labels name partners and outcomes, never a customer.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

use super::heard::Heard;

/// The instruments. Clones count together.
#[derive(Debug, Clone)]
pub(super) struct Instruments {
    calls: Counter<u64>,
    late: Counter<u64>,
    answered: Histogram<f64>,
}

impl Instruments {
    pub(super) fn new(meter: &Meter) -> Instruments {
        Instruments {
            calls: meter
                .u64_counter("jiaozi_outbound_calls")
                .with_description("Messages to systems outside, and what came of them.")
                .build(),
            late: meter
                .u64_counter("jiaozi_outbound_late_answers")
                .with_description("Answers that came after their time.")
                .build(),
            answered: meter
                .f64_histogram("jiaozi_outbound_answer_duration")
                .with_unit("s")
                .with_description("How long answers from systems outside took.")
                .build(),
        }
    }

    pub(super) fn heard(&self, partner: &str, heard: &Heard, took: Duration) {
        let outcome = match heard {
            Heard::Answer(_) => "answer",
            Heard::NotSent(why) => why.code(),
            Heard::Silent(silent) => silent.why.code(),
        };
        let partner = KeyValue::new("partner", partner.to_owned());
        if matches!(heard, Heard::Answer(_)) {
            self.answered.record(took.as_secs_f64(), std::slice::from_ref(&partner));
        }
        self.calls.add(1, &[partner, KeyValue::new("outcome", outcome)]);
    }

    pub(super) fn late(&self, partner: &str) {
        self.late.add(1, &[KeyValue::new("partner", partner.to_owned())]);
    }
}
