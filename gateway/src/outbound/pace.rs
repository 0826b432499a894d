//! So many messages a minute, in total and for each customer: what interface documents ask of a bank.
//!
//! The minute slides: in no sixty seconds, wherever they begin, are more messages let through than the
//! limit. What is refused does not count. Only the messages of the last minute are remembered, and of
//! these no more than [`REMEMBERED_MAX`]; beyond that the limits would not be proved, so nothing goes.
//!
//! Time comes in as a value.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::settings::Limits;

const MINUTE: Duration = Duration::from_secs(60);

/// The most messages of a minute that are remembered, for systems that limit their customers only.
pub const REMEMBERED_MAX: usize = 100_000;

/// Whose limit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The system's.
    System,
    /// One customer's.
    Customer,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Whose::System => "the system",
            Whose::Customer => "this customer",
        })
    }
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody's payment. It goes out now or never.
    Order,
    /// Whatever can be said again later. It leaves a customer's last place of the minute to an order: whoever
    /// only asks keeps nobody from paying.
    Question,
}

/// A message that has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFast {
    /// Whose limit it is.
    pub whose: Whose,
    /// When there is room again, if nobody else takes it.
    pub again_after: Duration,
}

/// The messages of the last minute. There are customer numbers in it.
pub struct Pace {
    system_max: Option<usize>,
    customer_max: Option<usize>,
    sent: VecDeque<(Instant, Option<Arc<str>>)>,
    customers: HashMap<Arc<str>, VecDeque<Instant>>,
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("sent", &self.sent.len()).finish_non_exhaustive()
    }
}

impl Pace {
    /// Under limits, with an empty minute behind it.
    #[must_use]
    pub fn new(limits: &Limits) -> Pace {
        let number = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        Pace {
            system_max: limits.per_minute.map(number),
            customer_max: limits.per_customer_per_minute.map(number),
            sent: VecDeque::new(),
            customers: HashMap::new(),
        }
    }

    /// Lets a message through, about a customer if one is named.
    ///
    /// # Errors
    /// When it has to wait.
    pub fn take(
        &mut self,
        customer: Option<&str>,
        purpose: Purpose,
        now: Instant,
    ) -> Result<(), TooFast> {
        let customer = customer.filter(|_| self.customer_max.is_some());
        if self.system_max.is_none() && customer.is_none() {
            return Ok(());
        }
        self.forget(now);
        let system_max = self.system_max.unwrap_or(REMEMBERED_MAX).min(REMEMBERED_MAX);
        let oldest = |whose, sent: Option<&Instant>| TooFast {
            whose,
            // Without an oldest one the limit is zero, and there is never room.
            again_after: sent.map_or(MINUTE, |sent| MINUTE.saturating_sub(now - *sent)),
        };
        if self.sent.len() >= system_max {
            return Err(oldest(Whose::System, self.sent.front().map(|(sent, _)| sent)));
        }
        let name = match (customer, self.customer_max) {
            (Some(customer), Some(most)) => {
                let most = match purpose {
                    Purpose::Question if most > 1 => most - 1,
                    Purpose::Order | Purpose::Question => most,
                };
                let known = self.customers.get_key_value(customer);
                if known.map_or(0, |(_, sent)| sent.len()) >= most {
                    return Err(oldest(Whose::Customer, known.and_then(|(_, sent)| sent.front())));
                }
                let name = known.map_or_else(|| Arc::from(customer), |(name, _)| Arc::clone(name));
                self.customers.entry(Arc::clone(&name)).or_default().push_back(now);
                Some(name)
            }
            _ => None,
        };
        self.sent.push_back((now, name));
        Ok(())
    }

    /// Forgets what is a minute old.
    fn forget(&mut self, now: Instant) {
        while let Some((sent, _)) = self.sent.front() {
            if now.saturating_duration_since(*sent) < MINUTE {
                return;
            }
            let Some((_, Some(customer))) = self.sent.pop_front() else { continue };
            if let Some(sent) = self.customers.get_mut(&customer) {
                sent.pop_front();
                if sent.is_empty() {
                    self.customers.remove(&customer);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(per_minute: Option<u32>, per_customer_per_minute: Option<u32>) -> (Pace, Instant) {
        let limits = Limits { in_flight_max: 1, per_minute, per_customer_per_minute };
        (Pace::new(&limits), Instant::now())
    }

    impl Pace {
        fn order(&mut self, customer: Option<&str>, now: Instant) -> Result<(), TooFast> {
            self.take(customer, Purpose::Order, now)
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_minute_slides() {
        let (mut pace, start) = pace(Some(3), None);
        for at in [0, 30, 40] {
            assert_eq!(pace.order(None, start + seconds(at)), Ok(()));
        }
        let wait = |again_after| Err(TooFast { whose: Whose::System, again_after });
        assert_eq!(pace.order(None, start + seconds(45)), wait(seconds(15)));
        assert_eq!(pace.order(None, start + seconds(60)), Ok(()));
        // A fixed minute would let three through here.
        assert_eq!(pace.order(None, start + seconds(61)), wait(seconds(29)));
    }

    #[test]
    fn one_customer_takes_nothing_from_another() {
        let (mut pace, start) = pace(Some(100), Some(2));
        for _ in 0..2 {
            assert_eq!(pace.order(Some("a"), start), Ok(()));
        }
        let wait = TooFast { whose: Whose::Customer, again_after: seconds(60) };
        assert_eq!(pace.order(Some("a"), start), Err(wait));
        assert_eq!(pace.order(Some("b"), start), Ok(()));
        assert_eq!(pace.order(None, start), Ok(()), "about nobody");
    }

    #[test]
    fn what_is_refused_does_not_count() {
        let (mut pace, start) = pace(Some(2), Some(1));
        assert_eq!(pace.order(Some("a"), start), Ok(()));
        for at in 1..50 {
            assert!(pace.order(Some("a"), start + seconds(at)).is_err());
        }
        assert_eq!(pace.order(Some("b"), start + seconds(50)), Ok(()));
        assert_eq!(pace.order(Some("a"), start + seconds(60)), Ok(()));
    }

    #[test]
    fn only_the_last_minute_is_remembered_and_no_more_than_so_many() {
        let (mut pace, start) = pace(None, Some(1));
        for customer in 0..REMEMBERED_MAX {
            assert_eq!(pace.order(Some(&customer.to_string()), start), Ok(()));
        }
        let full = pace.order(Some("one more"), start + seconds(59)).unwrap_err();
        assert_eq!(full, TooFast { whose: Whose::System, again_after: seconds(1) });
        assert_eq!(pace.order(Some("one more"), start + seconds(60)), Ok(()));
        assert_eq!((pace.sent.len(), pace.customers.len()), (1, 1));
    }

    #[test]
    fn without_limits_nothing_is_remembered() {
        let (mut pace, start) = pace(None, None);
        assert_eq!(pace.order(Some("a"), start), Ok(()));
        assert!(pace.sent.is_empty());
        let (mut pace, start) = self::pace(Some(0), None);
        assert!(pace.order(None, start).is_err());
    }

    #[test]
    fn whoever_only_asks_leaves_a_place_to_whoever_pays() {
        let (mut pace, start) = pace(None, Some(3));
        for _ in 0..2 {
            assert_eq!(pace.take(Some("a"), Purpose::Question, start), Ok(()));
        }
        let wait = TooFast { whose: Whose::Customer, again_after: seconds(60) };
        assert_eq!(pace.take(Some("a"), Purpose::Question, start), Err(wait));
        assert_eq!(pace.order(Some("a"), start), Ok(()));
        assert_eq!(pace.order(Some("a"), start), Err(wait));
        let (mut pace, start) = self::pace(None, Some(1));
        assert_eq!(pace.take(Some("a"), Purpose::Question, start), Ok(()), "there is but one");
    }
}
