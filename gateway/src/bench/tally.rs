//! What clients counted: how many, how long each took, what went wrong.

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest time that is told apart, in microseconds: ten minutes.
const LONGEST_US: u64 = 600_000_000;

/// The counts of one client, or of all of them together.
#[derive(Debug)]
pub struct Tally {
    /// How many were done without error.
    pub done: u64,
    /// How many were not.
    pub errors: u64,
    /// The first error that was met.
    pub first_error: Option<String>,
    /// From the start to the last answer.
    pub elapsed: Duration,
    latencies: Histogram<u64>,
}

impl Tally {
    /// Nothing yet.
    ///
    /// # Errors
    /// Never, as built: the bounds of the histogram are constants that it takes.
    pub fn new() -> Result<Tally, hdrhistogram::CreationError> {
        Ok(Tally {
            done: 0,
            errors: 0,
            first_error: None,
            elapsed: Duration::ZERO,
            latencies: Histogram::new_with_bounds(1, LONGEST_US, 3)?,
        })
    }

    /// So many were done and answered together after this time.
    pub fn done(&mut self, count: u64, after: Duration) {
        let micros = u64::try_from(after.as_micros()).unwrap_or(LONGEST_US).min(LONGEST_US);
        self.done += count;
        self.latencies.saturating_record_n(micros, count);
    }

    /// One went wrong.
    pub fn failed(&mut self, why: impl FnOnce() -> String) {
        self.errors += 1;
        self.first_error.get_or_insert_with(why);
    }

    /// Takes in the counts of another client.
    pub fn add(&mut self, other: Tally) {
        self.done += other.done;
        self.errors += other.errors;
        self.elapsed = self.elapsed.max(other.elapsed);
        if self.first_error.is_none() {
            self.first_error = other.first_error;
        }
        // Histograms of the same bounds always fit together.
        let _ = self.latencies.add(other.latencies);
    }

    /// How many were done a second, cut to a whole number.
    #[must_use]
    pub fn rate_per_second(&self) -> u64 {
        let micros = self.elapsed.as_micros().max(1);
        u64::try_from(u128::from(self.done) * 1_000_000 / micros).unwrap_or(u64::MAX)
    }

    /// The time within which this part of the answers came, in milliseconds.
    #[must_use]
    #[expect(clippy::float_arithmetic, reason = "a latency is no money")]
    pub fn quantile_ms(&self, part: f64) -> f64 {
        // Below 2^53 microseconds, which is longer than anything that is recorded.
        self.latencies.value_at_quantile(part) as f64 / 1_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_counted_together() {
        let mut all = Tally::new().expect("bounds");
        for (count, after, elapsed) in [(900, 1, 1_000), (100, 20, 2_000)] {
            let mut one = Tally::new().expect("bounds");
            one.done(count, Duration::from_millis(after));
            one.elapsed = Duration::from_millis(elapsed);
            all.add(one);
        }
        all.failed(|| "the first".to_owned());
        all.failed(|| "the second".to_owned());
        assert_eq!(all.rate_per_second(), 500);
        assert!((all.quantile_ms(0.5) - 1.0).abs() < 0.01);
        assert!((all.quantile_ms(0.99) - 20.0).abs() < 0.1);
        assert_eq!((all.errors, all.first_error.as_deref()), (2, Some("the first")));
    }
}
