//! How files come by themselves: by which way, from when they are asked for and how often, by when they are
//! late, and what they are called. Billers' files of a day and statements of accounts are fetched alike.

use jiaozi_ledger::time::Instant;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, CalendarError};
use super::pattern::{DatePattern, Pattern};
use super::request_path::FilePath;

/// The section `fetch` of a statement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// By which way.
    pub by: By,
    /// Where the file lies at the address: for `https`, and for `message` where the answer names the file.
    pub path: Option<FilePath>,
    /// HTTP statuses that say that the file is not there yet, beside 404.
    #[serde(default)]
    pub not_there: Vec<u16>,
    /// For `inbox`: the name of a corrected file, with `{date}` and `{number}`, where it has another one.
    pub corrections: Option<String>,
    /// On which day it is there.
    #[serde(default)]
    pub on: On,
    /// From which time of that day it is asked for, in the partner's zone.
    pub from: TimeOfDay,
    /// By which day it must be there, where that is another one.
    pub late_on: Option<On>,
    /// At which time of that day it is late.
    pub late: TimeOfDay,
    /// After how many minutes it is asked for again while it is not there.
    #[serde(default = "a_quarter")]
    pub every_minutes: u32,
    /// On how many days after its own a file that was taken is asked for once more, for it may have been
    /// corrected.
    #[serde(default)]
    pub again_days: u32,
    /// How many bytes it has at most.
    #[serde(default = "Fetch::bytes")]
    pub bytes_max: u64,
}

fn a_quarter() -> u32 {
    15
}

/// By which way a file comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// It lies at the partner's address and is got by HTTPS.
    Https,
    /// A message asks for it.
    Message,
    /// Others put it into the partner's inbox.
    Inbox,
}

/// A day, counted from the one that a file is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// The day itself.
    SameDay,
    /// The one after it.
    #[default]
    NextDay,
    /// The first working day after it.
    NextWorkingDay,
}

/// A time of day, `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct TimeOfDay(pub Time);

impl TryFrom<String> for TimeOfDay {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let refuse = || {
            format!("`{}` is not a time of day, expected HH:MM such as 08:00", text.escape_debug())
        };
        let number = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<i8>().ok().filter(|_| plain)
        };
        let (hour, minute) = text.split_once(':').ok_or_else(refuse)?;
        let (hour, minute) = number(hour).zip(number(minute)).ok_or_else(refuse)?;
        Time::new(hour, minute, 0, 0).map(Self).map_err(|_| refuse())
    }
}

impl On {
    /// The day, counted from one.
    ///
    /// # Errors
    /// The calendar does not cover it.
    pub fn of(self, date: Date, calendar: &Calendar) -> Result<Date, CalendarError> {
        match self {
            On::SameDay => Ok(date),
            On::NextDay => Ok(date.saturating_add(1.day())),
            On::NextWorkingDay => calendar.next_working_day(date),
        }
    }
}

impl Fetch {
    /// Files that are fetched have at most so many bytes, whatever is said: more is not read afterwards.
    pub const BYTES_MAX: u64 = 512 * 1024 * 1024;

    fn bytes() -> u64 {
        Self::BYTES_MAX
    }

    /// From when the file of a day is asked for.
    ///
    /// # Errors
    /// The calendar does not cover the day.
    pub fn asked_from(
        &self,
        date: Date,
        calendar: &Calendar,
        zone: &TimeZone,
    ) -> Result<Instant, CalendarError> {
        Ok(at(self.on.of(date, calendar)?, self.from, zone))
    }

    /// When it is late.
    ///
    /// # Errors
    /// The calendar does not cover the day.
    pub fn late_from(
        &self,
        date: Date,
        calendar: &Calendar,
        zone: &TimeZone,
    ) -> Result<Instant, CalendarError> {
        Ok(at(self.late_on.unwrap_or(self.on).of(date, calendar)?, self.late, zone))
    }

    /// Until when a file of a day that was taken is asked for once more; nothing where it is not.
    #[must_use]
    pub fn again_until(&self, asked_from: Instant) -> Option<Instant> {
        let days = SignedDuration::from_hours(24 * i64::from(self.again_days));
        (self.again_days > 0).then(|| asked_from.plus_seconds(days.as_secs() + 1))
    }
}

/// An instant of a day in a zone; the end of time where no calendar has it.
#[must_use]
pub fn at(date: Date, time: TimeOfDay, zone: &TimeZone) -> Instant {
    zone.to_timestamp(date.to_datetime(time.0)).map_or(Instant(i64::MAX), Instant::from)
}

/// What the files of a statement are called.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'s> {
    /// The name, with `{date}`.
    pub name: &'s str,
    /// How the day is written in it.
    pub date_pattern: &'s Pattern,
}

impl Naming<'_> {
    /// The day as it stands in names.
    #[must_use]
    pub fn date(self, day: Date) -> String {
        self.date_pattern.write(day.at(0, 0, 0, 0))
    }

    /// The name of the file of a day.
    #[must_use]
    pub fn of(self, day: Date) -> String {
        self.name.replace("{date}", &self.date(day))
    }

    /// The day of which a file is by its name.
    #[must_use]
    pub fn day(self, name: &str) -> Option<Date> {
        let (before, after) = self.name.split_once("{date}")?;
        self.read(name.strip_prefix(before)?.strip_suffix(after)?)
    }

    /// The day of which a corrected file is, whose name is one with `{date}` and `{number}`.
    #[must_use]
    pub fn day_of_correction(self, corrections: &str, name: &str) -> Option<Date> {
        (1..=4).find_map(|digits| {
            // The digits of the number may stand anywhere: the rest of the name says where.
            let (before, after) = corrections.split_once("{number}")?;
            let at = match before.split_once("{date}") {
                Some(_) => name.len().checked_sub(after.len() + digits)?,
                None => before.len(),
            };
            let number = name.get(at..at + digits)?;
            let numbered = corrections.replace("{number}", number);
            let plain = number.bytes().all(|b| b.is_ascii_digit());
            let naming = Naming { name: &numbered, ..self };
            naming.day(name).filter(|_| plain)
        })
    }

    fn read(self, text: &str) -> Option<Date> {
        DatePattern::try_from(String::from(self.date_pattern.clone())).ok()?.read(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const CALENDAR: &str = r#"
calendar = 1
name = "cn"
source = "made for this test"
covers = { from = "2026-09-01", to = "2026-10-31" }
rest_days = ["saturday", "sunday"]
[[holiday]]
name = "国庆节"
from = "2026-10-01"
to = "2026-10-07"
"#;

    fn fetch(more: &str) -> Fetch {
        toml::from_str(&format!("by = 'inbox'\nfrom = '02:00'\nlate = '08:00'\n{more}")).unwrap()
    }

    #[test]
    fn a_file_is_asked_for_at_night_and_late_on_a_working_day() {
        let calendar = Calendar::parse("cn.toml", CALENDAR).unwrap().1;
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let fetch = fetch("late_on = 'next_working_day'\nagain_days = 1");
        let instant = |text: &str| Instant::from(text.parse::<jiff::Timestamp>().unwrap());
        let day = date(2026, 9, 30);
        let from = fetch.asked_from(day, &calendar, &zone).unwrap();
        assert_eq!(from, instant("2026-10-01T02:00:00+08:00"));
        let late = fetch.late_from(day, &calendar, &zone).unwrap();
        assert_eq!(late, instant("2026-10-08T08:00:00+08:00"));
        assert_eq!(fetch.again_until(from), Some(instant("2026-10-02T02:00:01+08:00")));
        assert!(fetch.late_from(date(2026, 10, 31), &calendar, &zone).is_err());
    }

    #[test]
    fn names_say_the_day_and_corrections_their_number() {
        let pattern = Pattern::try_from("yyyymmdd".to_owned()).unwrap();
        let naming = Naming { name: "DZ_{date}.txt", date_pattern: &pattern };
        let day = date(2026, 11, 20);
        assert_eq!(naming.of(day), "DZ_20261120.txt");
        assert_eq!(naming.day("DZ_20261120.txt"), Some(day));
        for (corrections, name) in [
            ("DZ_{date}_{number}.txt", "DZ_20261120_2.txt"),
            ("DZ_{date}_{number}.txt", "DZ_20261120_0013.txt"),
            ("{number}.DZ_{date}.txt", "12.DZ_20261120.txt"),
        ] {
            assert_eq!(naming.day_of_correction(corrections, name), Some(day), "{name}");
        }
        for other in
            ["DZ_20261120_.txt", "DZ_20261120_a.txt", "DZ_20261131_1.txt", "DZ_1.txt", "账"]
        {
            assert_eq!(naming.day_of_correction("DZ_{date}_{number}.txt", other), None, "{other}");
        }
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in ["8:00", "24:00", "08:60", "0800", "08:00:00", "", "+1:00"] {
            assert!(TimeOfDay::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
