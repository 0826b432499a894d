//! How we call partners back.

use serde::Deserialize;

use super::Complaint;
use super::limits::out_of_range;

/// How we call partners back; `config.default.toml` says what each is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the default file documents every key")]
pub struct Webhooks {
    pub attempt_seconds: u64,
    pub retry_hours_max: u64,
    pub in_flight_max: usize,
    pub partner_in_flight_max: usize,
    pub allow_private_targets: bool,
}

impl Webhooks {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        let ranges = [
            ("webhooks.attempt_seconds", self.attempt_seconds, 60),
            ("webhooks.retry_hours_max", self.retry_hours_max, 24 * 30),
        ];
        for (key, value, most) in ranges {
            if !(1..=most).contains(&value) {
                return Err(out_of_range(key, value, 1, most));
            }
        }
        let places = [
            ("webhooks.in_flight_max", self.in_flight_max, 10_000),
            ("webhooks.partner_in_flight_max", self.partner_in_flight_max, self.in_flight_max),
        ];
        for (key, value, most) in places {
            if !(1..=most).contains(&value) {
                return Err(out_of_range(key, value as u64, 1, most as u64));
            }
        }
        Ok(())
    }
}
