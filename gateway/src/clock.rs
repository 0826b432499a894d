//! The clock: the only place that reads the time.
//!
//! Everything else takes a [`Clock`], or an instant as a fact, so that a business day can be
//! simulated in seconds and replayed exactly. `clippy.toml` bans the other ways to ask.
//! Durations for time limits are measured with `std::time::Instant` and tokio's timers; they are
//! not dates, and nothing that is stored depends on them.
//!
//! The trait is the ledger's: one clock for the edge and the books, in whole microseconds.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub use jiaozi_ledger::time::{Clock, Instant};

/// A new UUIDv7 whose time part is the clock's. For what is not decided by the books: requests and
/// quotes; everything else is named by the batch that decides it.
pub fn new_id(clock: &dyn Clock) -> Uuid {
    let now = clock.now().timestamp();
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Instant {
        Timestamp::now().into()
    }
}

/// A clock that stands still until it is moved: tests and the simulated day of the demonstration.
#[derive(Debug)]
pub struct ManualClock {
    microseconds: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start` until it is moved.
    pub fn at(start: Timestamp) -> Self {
        Self { microseconds: AtomicI64::new(start.as_microsecond()) }
    }

    /// Moves the clock forward. A negative duration leaves it where it is: time never runs back.
    pub fn advance(&self, by: SignedDuration) {
        let step = i64::try_from(by.as_micros()).unwrap_or(0).max(0);
        self.microseconds.fetch_add(step, Ordering::SeqCst);
    }

    /// Moves the clock to `instant`, unless it already shows a later one.
    pub fn advance_to(&self, instant: Timestamp) {
        self.microseconds.fetch_max(instant.as_microsecond(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant(self.microseconds.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_clock_never_runs_back() {
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let clock = ManualClock::at(start);
        clock.advance(SignedDuration::from_secs(5));
        clock.advance(SignedDuration::from_secs(-60));
        clock.advance_to(start);
        assert_eq!(clock.now(), Instant::from(start).plus_seconds(5));
    }

    #[test]
    fn identifiers_carry_the_time_of_their_clock() {
        let clock = ManualClock::at(Timestamp::from_second(1_700_000_000).unwrap());
        let id = new_id(&clock);
        let (seconds, _) = id.get_timestamp().expect("version 7").to_unix();
        assert_eq!(seconds, 1_700_000_000);
        assert_ne!(id, new_id(&clock));
    }
}
