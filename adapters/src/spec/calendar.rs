//! Business calendars: holidays, and weekends that are worked in exchange for them. A calendar knows the
//! years that it covers and refuses to guess about others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::Deserialize;
use thiserror::Error;

use super::document::{Document, SpecError};
use super::identity::{Code, Version};

/// Working days of one bank or market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    from: Date,
    to: Date,
    rest_days: Vec<Weekday>,
    holidays: BTreeSet<Date>,
    working: BTreeSet<Date>,
}

/// A day that a calendar cannot tell about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the calendar covers {from} to {to}, not {asked}: extend it before that day")]
pub struct CalendarError {
    /// The day in question.
    pub asked: Date,
    /// First day that is covered.
    pub from: Date,
    /// Last day that is covered.
    pub to: Date,
}

/// A calendar as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    /// Version of the format.
    #[expect(dead_code, reason = "only its value is checked")]
    calendar: Version,
    /// Name, equal to the file's name.
    name: Code,
    /// Where the table comes from and how sure it is, for people.
    #[expect(dead_code, reason = "for people who read the file")]
    source: String,
    covers: Period,
    rest_days: Vec<RestDay>,
    #[serde(default)]
    holiday: Vec<Holiday>,
    #[serde(default)]
    working_days: Vec<Date>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Period {
    from: Date,
    to: Date,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    #[expect(dead_code, reason = "for people who read the file")]
    name: String,
    from: Date,
    to: Date,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RestDay {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<RestDay> for Weekday {
    fn from(day: RestDay) -> Self {
        match day {
            RestDay::Monday => Self::Monday,
            RestDay::Tuesday => Self::Tuesday,
            RestDay::Wednesday => Self::Wednesday,
            RestDay::Thursday => Self::Thursday,
            RestDay::Friday => Self::Friday,
            RestDay::Saturday => Self::Saturday,
            RestDay::Sunday => Self::Sunday,
        }
    }
}

impl Calendar {
    /// Reads a calendar file; its name comes with it.
    ///
    /// # Errors
    /// Every problem that could be found.
    pub fn parse(file: &str, text: &str) -> Result<(Code, Self), Vec<SpecError>> {
        let document = Document::parse(file, text)?;
        let raw: CalendarFile = document.typed()?;
        let mut problems = Vec::new();
        let (from, to) = (raw.covers.from, raw.covers.to);
        let covered = |day: Date| (from..=to).contains(&day);
        if to < from || (to - from).get_days() > 366 * 30 {
            problems.push(
                document.error("covers", "expected `to` on or after `from`, at most 30 years"),
            );
            return Err(problems);
        }
        let mut holidays = BTreeSet::new();
        for (index, holiday) in raw.holiday.iter().enumerate() {
            let key = format!("holiday[{index}]");
            if holiday.to < holiday.from || !covered(holiday.from) || !covered(holiday.to) {
                problems.push(document.error(&key, "expected `from` to `to` within `covers`"));
                continue;
            }
            holidays.extend(
                holiday.from.series(jiff::Span::new().days(1)).take_while(|d| *d <= holiday.to),
            );
        }
        let rest_days: Vec<Weekday> = raw.rest_days.into_iter().map(Weekday::from).collect();
        for (index, day) in raw.working_days.iter().enumerate() {
            if !covered(*day) || holidays.contains(day) || !rest_days.contains(&day.weekday()) {
                let expected = "expected a rest day within `covers` that is not a holiday";
                problems.push(document.error(&format!("working_days[{index}]"), expected));
            }
        }
        if rest_days.len() > 6 {
            problems.push(document.error("rest_days", "expected at least one working weekday"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let working = raw.working_days.into_iter().collect();
        Ok((raw.name, Self { from, to, rest_days, holidays, working }))
    }

    /// The last day of which the calendar tells.
    #[must_use]
    pub fn until(&self) -> Date {
        self.to
    }

    /// Whether business is done on a day.
    ///
    /// # Errors
    /// The day is not covered.
    pub fn is_working_day(&self, day: Date) -> Result<bool, CalendarError> {
        if !(self.from..=self.to).contains(&day) {
            return Err(CalendarError { asked: day, from: self.from, to: self.to });
        }
        Ok(self.working.contains(&day)
            || (!self.rest_days.contains(&day.weekday()) && !self.holidays.contains(&day)))
    }

    /// The first working day on or after a day.
    ///
    /// # Errors
    /// The calendar ends before one is found.
    pub fn working_day_from(&self, day: Date) -> Result<Date, CalendarError> {
        let mut candidate = day;
        while !self.is_working_day(candidate)? {
            candidate = self.day_after(candidate)?;
        }
        Ok(candidate)
    }

    /// The first working day after a day.
    ///
    /// # Errors
    /// The calendar ends before one is found.
    pub fn next_working_day(&self, day: Date) -> Result<Date, CalendarError> {
        self.working_day_from(self.day_after(day)?)
    }

    fn day_after(&self, day: Date) -> Result<Date, CalendarError> {
        day.tomorrow().map_err(|_| CalendarError { asked: day, from: self.from, to: self.to })
    }
}

/// All calendars, by name.
#[derive(Debug, Clone, Default)]
pub struct Calendars(BTreeMap<Code, Calendar>);

impl Calendars {
    /// A calendar by its name.
    #[must_use]
    pub fn get(&self, name: &Code) -> Option<&Calendar> {
        self.0.get(name)
    }

    /// The names, for error messages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(Code::as_str)
    }
}

impl FromIterator<(Code, Calendar)> for Calendars {
    fn from_iter<I: IntoIterator<Item = (Code, Calendar)>>(calendars: I) -> Self {
        Self(calendars.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TEXT: &str = r#"
calendar = 1
name = "cn"
source = "made for this test"
covers = { from = "2026-09-01", to = "2026-10-31" }
rest_days = ["saturday", "sunday"]
working_days = ["2026-10-10"]
[[holiday]]
name = "国庆节"
from = "2026-10-01"
to = "2026-10-07"
"#;

    fn calendar() -> Calendar {
        Calendar::parse("cn.toml", TEXT).expect("a calendar").1
    }

    #[test]
    fn holidays_rest_and_swapped_saturdays_work() {
        let days = calendar();
        assert_eq!(days.next_working_day(date(2026, 9, 30)), Ok(date(2026, 10, 8)));
        assert_eq!(days.next_working_day(date(2026, 10, 9)), Ok(date(2026, 10, 10)));
        assert_eq!(days.next_working_day(date(2026, 10, 10)), Ok(date(2026, 10, 12)));
        assert_eq!(days.working_day_from(date(2026, 10, 10)), Ok(date(2026, 10, 10)));
    }

    #[test]
    fn a_day_outside_is_not_guessed() {
        assert!(calendar().next_working_day(date(2026, 10, 30)).is_err());
        assert!(calendar().is_working_day(date(2027, 1, 4)).is_err());
    }

    #[test]
    fn a_swapped_day_must_be_a_rest_day() {
        let text = TEXT.replace("[\"2026-10-10\"]", "[\"2026-10-09\"]");
        let errors = Calendar::parse("cn.toml", &text).expect_err("a Friday is worked anyway");
        assert_eq!(errors[0].line, 7);
    }
}
