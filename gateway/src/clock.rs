//! The clock: the only place that reads the time.
//!
//! Everything else takes a [`Clock`], or an instant as a fact, so that a business day can be
//! simulated in seconds and replayed exactly. `clippy.toml` bans the other ways to ask.
//! Durations for time limits are measured with `std::time::Instant` and tokio's timers; they are
//! not dates, and nothing that is stored depends on them.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Tells the time, in UTC at microsecond resolution: what the store keeps.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant, cut to whole microseconds.
    fn now(&self) -> Timestamp;

    /// A new UUIDv7 whose time part is this clock's.
    fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        whole_microseconds(Timestamp::now())
    }
}

/// A clock that stands still until it is moved: tests, the simulated day of the demonstration and
/// databases that were created as a sandbox.
#[derive(Debug)]
pub struct ManualClock {
    microseconds: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start` until it is moved.
    pub fn at(start: Timestamp) -> Self {
        Self {
            microseconds: AtomicI64::new(start.as_microsecond()),
        }
    }

    /// Moves the clock forward. A negative duration leaves it where it is: time never runs back.
    pub fn advance(&self, by: SignedDuration) {
        let step = i64::try_from(by.as_micros()).unwrap_or(0).max(0);
        self.microseconds.fetch_add(step, Ordering::SeqCst);
    }

    /// Moves the clock to `instant`, unless it already shows a later one.
    pub fn advance_to(&self, instant: Timestamp) {
        self.microseconds
            .fetch_max(instant.as_microsecond(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.microseconds.load(Ordering::SeqCst))
            .unwrap_or(Timestamp::MAX)
    }
}

fn whole_microseconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
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
        assert_eq!(clock.now().as_second(), start.as_second() + 5);
    }

    #[test]
    fn identifiers_carry_the_time_of_their_clock() {
        let clock = ManualClock::at(Timestamp::from_second(1_700_000_000).unwrap());
        let id = clock.new_id();
        let (seconds, _) = id.get_timestamp().expect("version 7").to_unix();
        assert_eq!(seconds, 1_700_000_000);
        assert_ne!(id, clock.new_id());
    }

    #[test]
    fn the_system_clock_has_whole_microseconds() {
        assert_eq!(SystemClock.now().subsec_nanosecond() % 1_000, 0);
    }
}
