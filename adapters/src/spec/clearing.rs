//! Which clearing date an instant belongs to, and on which day that date is settled.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, CalendarError};
use super::identity::{AccountCode, Code};

/// Cut-off, calendar, settlement day and account of a partner.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clearing {
    /// Time of day in the partner's zone; a payment at it or after it belongs to the next clearing date.
    pub cut_off: CutOff,
    /// The calendar of working days, a file of `partner-specs/calendars`.
    pub calendar: Code,
    /// On which day a clearing date is settled.
    pub settlement_day: SettlementDay,
    /// The partner's settlement account.
    pub account: AccountCode,
}

/// The end of a clearing day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum CutOff {
    /// At this time of day.
    At(Time),
    /// Written `24:00`: with the civil day.
    Midnight,
}

impl TryFrom<String> for CutOff {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not a cut-off, expected HH:MM from 00:01 to 24:00");
        if text == "24:00" {
            return Ok(Self::Midnight);
        }
        let (hour, minute) = text.split_once(':').ok_or_else(refuse)?;
        if hour.len() != 2 || minute.len() != 2 {
            return Err(refuse());
        }
        let hour = hour.parse::<i8>().map_err(|_| refuse())?;
        let minute = minute.parse::<i8>().map_err(|_| refuse())?;
        let time = Time::new(hour, minute, 0, 0).map_err(|_| refuse())?;
        if time == Time::midnight() { Err(refuse()) } else { Ok(Self::At(time)) }
    }
}

/// On which day a clearing date is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettlementDay {
    /// On the clearing date, or the first working day after it if it is none.
    SameDay,
    /// On the first working day after the clearing date.
    NextWorkingDay,
}

/// The clearing date of an instant; nothing at the end of the representable calendar.
#[must_use]
pub fn clearing_date(at: Timestamp, cut_off: CutOff, zone: &TimeZone) -> Option<Date> {
    let civil = zone.to_datetime(at);
    match cut_off {
        CutOff::At(time) if civil.time() >= time => civil.date().checked_add(1.day()).ok(),
        CutOff::At(_) | CutOff::Midnight => Some(civil.date()),
    }
}

/// When a clearing date is over: its cut-off; nothing at the end of the representable calendar.
#[must_use]
pub fn day_end(date: Date, cut_off: CutOff, zone: &TimeZone) -> Option<Timestamp> {
    let civil = match cut_off {
        CutOff::At(time) => date.to_datetime(time),
        CutOff::Midnight => date.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight()),
    };
    zone.to_timestamp(civil).ok()
}

impl Clearing {
    /// The day on which a clearing date is settled.
    ///
    /// # Errors
    /// The calendar does not cover the days in question; a settlement day is never guessed.
    pub fn settlement_date(&self, clearing: Date, days: &Calendar) -> Result<Date, CalendarError> {
        match self.settlement_day {
            SettlementDay::SameDay => days.working_day_from(clearing),
            SettlementDay::NextWorkingDay => days.next_working_day(clearing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn shanghai() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(8))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn cut_off(text: &str) -> Result<CutOff, String> {
        CutOff::try_from(text.to_owned())
    }

    #[test]
    fn a_payment_at_the_cut_off_belongs_to_the_next_date() {
        let five = cut_off("17:00").expect("a cut-off");
        let date_of = |t| clearing_date(at(t), five, &shanghai());
        assert_eq!(date_of("2026-11-30T16:59:59.999999+08:00"), Some(date(2026, 11, 30)));
        assert_eq!(date_of("2026-11-30T17:00:00+08:00"), Some(date(2026, 12, 1)));
        assert_eq!(date_of("2026-11-30T17:00:00Z"), Some(date(2026, 12, 1)));
    }

    #[test]
    fn a_cut_off_at_midnight_is_the_civil_day() {
        let night = cut_off("24:00").expect("a cut-off");
        let last = clearing_date(at("2026-12-31T23:59:59+08:00"), night, &shanghai());
        assert_eq!(last, Some(date(2026, 12, 31)));
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in ["00:00", "25:00", "7:00", "17:60", "1700", "", "17:00:00", "-1:00"] {
            assert!(cut_off(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_day_ends_when_the_next_one_begins(seconds in 0..4_000_000_000_i64, hour in 1..24_u8) {
            for text in [format!("{hour:02}:30"), "24:00".to_owned()] {
                let cut = cut_off(&text).expect("a cut-off");
                let at = Timestamp::from_second(seconds).expect("in range");
                let date = clearing_date(at, cut, &shanghai()).expect("a date");
                let end = day_end(date, cut, &shanghai()).expect("an end");
                prop_assert!(at < end);
                prop_assert_eq!(clearing_date(end, cut, &shanghai()), date.tomorrow().ok());
            }
        }

        #[test]
        fn clearing_dates_never_go_back(a in 0..4_000_000_000_i64, step in 0..1_000_000_i64) {
            let cut = cut_off("17:00").expect("a cut-off");
            let of = |s| clearing_date(Timestamp::from_second(s).expect("in range"), cut, &shanghai());
            prop_assert!(of(a) <= of(a + step));
        }
    }
}
