//! Time as the books know it: instants in microseconds, and civil business dates.
//!
//! Nothing here reads a clock. The store asks the [`Clock`] it was given; decisions get the time as a
//! fact.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    /// The same instant as a timestamp, for calendars and for people.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    /// The civil date of this instant in a zone.
    pub fn date_in(self, zone: &TimeZone) -> Date {
        zone.to_datetime(self.timestamp()).date()
    }

    /// This instant moved by so many seconds, held within what an instant can express.
    pub fn plus_seconds(self, seconds: i64) -> Instant {
        Instant(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Instant {
        Instant(timestamp.as_microsecond())
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Timestamp::deserialize(deserializer).map(Instant::from)
    }
}

/// Where the time comes from. Only the process's edge implements this with a real clock.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now.
    fn now(&self) -> Instant;
}

/// A business date as stored: days are kept as the number `yyyymmdd`, which sorts and reads well.
pub fn date_to_number(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

/// The date of a number `yyyymmdd`, or `None` when there is no such day.
pub fn date_from_number(number: i64) -> Option<Date> {
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    let day = i8::try_from(number % 100).ok()?;
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_survive_being_stored() {
        assert_eq!(date_to_number(date(2026, 11, 22)), 20_261_122);
        assert_eq!(date_from_number(20_261_122), Some(date(2026, 11, 22)));
        assert_eq!(date_from_number(20_260_230), None);
    }

    #[test]
    fn a_business_date_is_that_of_the_partners_zone() {
        let late = Instant::from("2026-11-22T16:30:00Z".parse::<Timestamp>().expect("a time"));
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        assert_eq!(late.date_in(&zone), date(2026, 11, 23));
    }
}
