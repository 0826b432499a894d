//! A system that does not answer rests, and is tried again one message at a time.
//!
//! Closed, everything goes through. After so many failures in a row it opens: nothing goes through until
//! the pause is over. Then it is half open: one message tries, and its outcome closes or opens it again.
//! An answer of any kind closes it, from whichever message it comes. A failure is silence or no
//! connection; a refusal is an answer.
//!
//! Time comes in as a value.

use std::time::{Duration, Instant};

use super::settings::BreakerSettings;

/// The breaker of one line.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
    },
    /// One message is trying. Should nothing be heard of it at all, another may try from `until` on.
    HalfOpen {
        until: Instant,
    },
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Everything goes through.
    Closed,
    /// Nothing goes through.
    Open,
    /// One message is trying, or may.
    HalfOpen,
}

/// The leave for one message; its failure is told with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    tries: bool,
}

impl Breaker {
    /// A closed one.
    #[must_use]
    pub fn new(settings: BreakerSettings) -> Breaker {
        Breaker { settings, state: State::Closed { failures: 0 } }
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self, now: Instant) -> Phase {
        match self.state {
            State::Closed { .. } => Phase::Closed,
            State::Open { until } if now < until => Phase::Open,
            State::Open { .. } | State::HalfOpen { .. } => Phase::HalfOpen,
        }
    }

    /// Whether a message would go through, without sending one.
    ///
    /// # Errors
    /// How long it will not.
    pub fn check(&self, now: Instant) -> Result<(), Duration> {
        match self.state {
            State::Open { until } | State::HalfOpen { until } if now < until => Err(until - now),
            _ => Ok(()),
        }
    }

    /// A message goes through.
    ///
    /// # Errors
    /// How long none does.
    pub fn admit(&mut self, now: Instant) -> Result<Leave, Duration> {
        self.check(now)?;
        let tries = !matches!(self.state, State::Closed { .. });
        if tries {
            self.state = State::HalfOpen { until: now + self.settings.pause };
        }
        Ok(Leave { tries })
    }

    /// An answer came. Says whether the system is back with it.
    pub fn heard(&mut self) -> bool {
        let back = !matches!(self.state, State::Closed { .. });
        self.state = State::Closed { failures: 0 };
        back
    }

    /// A message had no answer, or did not get through. Says whether the system rests since this one.
    pub fn failed(&mut self, leave: Leave, now: Instant) -> bool {
        match &mut self.state {
            State::Closed { failures } => {
                *failures = failures.saturating_add(1);
                if self.settings.failures == 0 || *failures < self.settings.failures {
                    return false;
                }
                self.state = State::Open { until: now + self.settings.pause };
                true
            }
            // What was under way before says nothing new.
            State::Open { .. } | State::HalfOpen { .. } if !leave.tries => false,
            State::Open { .. } | State::HalfOpen { .. } => {
                self.state = State::Open { until: now + self.settings.pause };
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    fn breaker(failures: u32) -> (Breaker, Instant) {
        (Breaker::new(BreakerSettings { failures, pause: PAUSE }), Instant::now())
    }

    /// A breaker that has just opened, and when that was.
    fn open() -> (Breaker, Instant) {
        let (mut breaker, start) = breaker(2);
        for opened in [false, true] {
            let leave = breaker.admit(start).unwrap();
            assert_eq!(breaker.failed(leave, start), opened);
        }
        (breaker, start)
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let (mut breaker, start) = breaker(2);
        for _ in 0..5 {
            let leave = breaker.admit(start).unwrap();
            assert!(!breaker.failed(leave, start));
            assert!(!breaker.heard());
        }
        assert_eq!(breaker.phase(start), Phase::Closed);
        let (breaker, start) = open();
        assert_eq!(breaker.phase(start), Phase::Open);
    }

    #[test]
    fn open_it_says_how_long() {
        let (mut breaker, start) = open();
        let later = start + Duration::from_secs(10);
        assert_eq!(breaker.admit(later), Err(Duration::from_secs(20)));
        assert_eq!(breaker.check(later), Err(Duration::from_secs(20)));
    }

    #[test]
    fn after_the_pause_one_tries_and_an_answer_closes_it() {
        let (mut breaker, start) = open();
        let later = start + PAUSE;
        assert_eq!(breaker.phase(later), Phase::HalfOpen);
        assert!(breaker.check(later).is_ok(), "to look is not to try");
        assert!(breaker.admit(later).is_ok());
        assert_eq!(breaker.admit(later), Err(PAUSE), "one at a time");
        assert!(breaker.heard());
        assert!(breaker.admit(later).is_ok() && breaker.admit(later).is_ok());
    }

    #[test]
    fn a_failure_of_the_one_that_tries_opens_it_again() {
        let (mut breaker, start) = open();
        let later = start + PAUSE;
        let leave = breaker.admit(later).unwrap();
        let ended = later + Duration::from_secs(5);
        assert!(!breaker.failed(leave, ended), "it rested before");
        assert_eq!(breaker.check(ended), Err(PAUSE));
    }

    #[test]
    fn what_was_under_way_before_does_not_lengthen_the_rest_but_can_end_it() {
        let (mut breaker, start) = breaker(1);
        let (first, second) = (breaker.admit(start).unwrap(), breaker.admit(start).unwrap());
        assert!(breaker.failed(first, start));
        let later = start + Duration::from_secs(20);
        assert!(!breaker.failed(second, later));
        assert_eq!(breaker.check(later), Err(Duration::from_secs(10)));
        assert!(breaker.heard(), "a late answer");
        assert!(breaker.check(later).is_ok());
    }

    #[test]
    fn one_that_tries_and_is_never_heard_of_again_locks_nothing() {
        let (mut breaker, start) = open();
        let later = start + PAUSE;
        assert!(breaker.admit(later).is_ok());
        assert!(breaker.admit(later + PAUSE).is_ok());
    }

    #[test]
    fn without_a_number_it_never_opens() {
        let (mut breaker, start) = breaker(0);
        for _ in 0..1_000 {
            let leave = breaker.admit(start).unwrap();
            assert!(!breaker.failed(leave, start));
        }
    }
}
