//! Patterns of dates, periods and instants, such as `yyyy年m月`, `yyyyQq` or `yyyymmdd`: read and written.
//!
//! | token | stands for |
//! |---|---|
//! | `yyyy` | year, four digits |
//! | `mm`, `m` | month: two digits; one or two |
//! | `dd`, `d` | day: two digits; one or two |
//! | `q` | quarter, 1 to 4; 一 to 四 are read too |
//! | `HH`, `MM`, `SS` | hour, minute, second, two digits |
//!
//! Everything else stands for itself.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Year,
    Month { fixed: bool },
    Day { fixed: bool },
    Quarter,
    Hour,
    Minute,
    Second,
    Literal(char),
}

/// A pattern that is understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

/// A pattern of a whole date.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatePattern(Pattern);

/// A pattern of a month or a quarter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PeriodPattern(Pattern);

/// A pattern of a date, or of a date and a time of day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct MomentPattern(Pattern);

/// What a bill is for: a month, or a quarter by its first month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// First day of the first month.
    pub first_day: Date,
    /// How many months, 1 or 3.
    pub months: u8,
}

impl Period {
    /// `2026-11`, or `2026Q4` for a quarter.
    #[must_use]
    pub fn code(&self) -> String {
        match self.months {
            1 => self.first_month(),
            _ => format!("{}Q{}", self.first_day.year(), (self.first_day.month() + 2) / 3),
        }
    }

    /// `YYYY-MM` of the first month.
    #[must_use]
    pub fn first_month(&self) -> String {
        self.first_day.strftime("%Y-%m").to_string()
    }
}

#[derive(Default)]
struct Read {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    quarter: Option<i8>,
    /// Hour, minute and second.
    clock: [i8; 3],
}

impl TryFrom<String> for Pattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        let tokens = [
            ("yyyy", Part::Year),
            ("mm", Part::Month { fixed: true }),
            ("m", Part::Month { fixed: false }),
            ("dd", Part::Day { fixed: true }),
            ("d", Part::Day { fixed: false }),
            ("q", Part::Quarter),
            ("HH", Part::Hour),
            ("MM", Part::Minute),
            ("SS", Part::Second),
        ];
        while let Some(first) = rest.chars().next() {
            let (part, length) = tokens
                .iter()
                .find(|(token, _)| rest.starts_with(token))
                .map_or((Part::Literal(first), first.len_utf8()), |(t, p)| (p.clone(), t.len()));
            if part != Part::Literal(first) && parts.contains(&part) {
                return Err(format!("`{text}` has a token twice, expected each once"));
            }
            parts.push(part);
            rest = &rest[length..];
        }
        let open =
            |p: &Part| matches!(p, Part::Month { fixed: false } | Part::Day { fixed: false });
        let digits = |p: &Part| !matches!(p, Part::Literal(c) if !c.is_ascii_digit());
        if parts.windows(2).any(|w| open(&w[0]) && digits(&w[1])) {
            return Err(format!(
                "`{text}` is ambiguous, expected `mm` or `dd` before another number"
            ));
        }
        if parts.is_empty() || text.chars().count() > 40 {
            return Err(format!("`{text}` is not a pattern, expected one such as yyyy-mm-dd"));
        }
        Ok(Self { text, parts })
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.text
    }
}

impl TryFrom<String> for DatePattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let pattern = Pattern::try_from(text)?;
        if pattern.year()
            && pattern.month()
            && pattern.day()
            && !pattern.quarter()
            && !pattern.has_clock()
        {
            Ok(Self(pattern))
        } else {
            Err(format!(
                "`{}` is not a date pattern, expected yyyy, mm and dd such as yyyy-mm-dd",
                pattern.text
            ))
        }
    }
}

impl TryFrom<String> for MomentPattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let pattern = Pattern::try_from(text)?;
        if pattern.year() && pattern.month() && pattern.day() && !pattern.quarter() {
            Ok(Self(pattern))
        } else {
            Err(format!(
                "`{}` does not say a day, expected yyyy, mm and dd, and perhaps HH, MM and SS",
                pattern.text
            ))
        }
    }
}

impl TryFrom<String> for PeriodPattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let pattern = Pattern::try_from(text)?;
        if pattern.year()
            && (pattern.month() != pattern.quarter())
            && !pattern.day()
            && !pattern.has_clock()
        {
            Ok(Self(pattern))
        } else {
            Err(format!(
                "`{}` is not a period pattern, expected yyyy and mm, or yyyy and q",
                pattern.text
            ))
        }
    }
}

impl Pattern {
    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A date and time of day in this pattern.
    #[must_use]
    pub fn write(&self, at: DateTime) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Year => out.push_str(&format!("{:04}", at.year())),
                Part::Month { fixed: true } => out.push_str(&format!("{:02}", at.month())),
                Part::Month { fixed: false } => out.push_str(&at.month().to_string()),
                Part::Day { fixed: true } => out.push_str(&format!("{:02}", at.day())),
                Part::Day { fixed: false } => out.push_str(&at.day().to_string()),
                Part::Quarter => out.push_str(&((at.month() + 2) / 3).to_string()),
                Part::Hour => out.push_str(&format!("{:02}", at.hour())),
                Part::Minute => out.push_str(&format!("{:02}", at.minute())),
                Part::Second => out.push_str(&format!("{:02}", at.second())),
                Part::Literal(c) => out.push(*c),
            }
        }
        out
    }

    fn year(&self) -> bool {
        self.parts.contains(&Part::Year)
    }

    fn month(&self) -> bool {
        self.parts.iter().any(|p| matches!(p, Part::Month { .. }))
    }

    fn day(&self) -> bool {
        self.parts.iter().any(|p| matches!(p, Part::Day { .. }))
    }

    fn quarter(&self) -> bool {
        self.parts.contains(&Part::Quarter)
    }

    /// Whether it has a time of day.
    #[must_use]
    pub fn has_clock(&self) -> bool {
        self.parts.iter().any(|p| matches!(p, Part::Hour | Part::Minute | Part::Second))
    }

    fn read(&self, text: &str) -> Option<Read> {
        let mut rest = text;
        let mut read = Read::default();
        for part in &self.parts {
            match part {
                Part::Year => read.year = number(&mut rest, 4, 4)?,
                Part::Month { fixed } => read.month = Some(short(&mut rest, *fixed)?),
                Part::Day { fixed } => read.day = Some(short(&mut rest, *fixed)?),
                Part::Quarter => read.quarter = Some(quarter(&mut rest)?),
                Part::Hour => read.clock[0] = short(&mut rest, true)?,
                Part::Minute => read.clock[1] = short(&mut rest, true)?,
                Part::Second => read.clock[2] = short(&mut rest, true)?,
                Part::Literal(c) => rest = rest.strip_prefix(*c)?,
            }
        }
        rest.is_empty().then_some(read)
    }
}

impl DatePattern {
    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The date that a text says, if it says one that exists.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Date> {
        let read = self.0.read(text)?;
        Date::new(read.year, read.month?, read.day?).ok()
    }
}

impl MomentPattern {
    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The date and time that a text says, if it says one that exists; midnight if it says none.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<DateTime> {
        let read = self.0.read(text)?;
        let [hour, minute, second] = read.clock;
        DateTime::new(read.year, read.month?, read.day?, hour, minute, second, 0).ok()
    }
}

impl PeriodPattern {
    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether it says quarters.
    #[must_use]
    pub fn is_quarter(&self) -> bool {
        self.0.quarter()
    }

    /// The period that a text says, if it says one that exists.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Period> {
        let read = self.0.read(text)?;
        let (month, months) = match (read.month, read.quarter) {
            (Some(month), None) => (month, 1),
            (None, Some(quarter)) => (quarter * 3 - 2, 3),
            _ => return None,
        };
        let first_day = Date::new(read.year, month, 1).ok()?;
        (read.year >= 1).then_some(Period { first_day, months })
    }
}

fn number(rest: &mut &str, least: usize, most: usize) -> Option<i16> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    let (head, tail) = rest.split_at(digits);
    *rest = tail;
    head.parse().ok()
}

fn short(rest: &mut &str, fixed: bool) -> Option<i8> {
    i8::try_from(number(rest, if fixed { 2 } else { 1 }, 2)?).ok()
}

fn quarter(rest: &mut &str) -> Option<i8> {
    let first = rest.chars().next()?;
    let value = match first {
        '1' | '一' => 1,
        '2' | '二' => 2,
        '3' | '三' => 3,
        '4' | '四' => 4,
        _ => return None,
    };
    *rest = &rest[first.len_utf8()..];
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn period(pattern: &str, text: &str) -> Option<(String, u8)> {
        let pattern = PeriodPattern::try_from(pattern.to_owned()).expect("a period pattern");
        pattern.read(text).map(|p| (p.first_month(), p.months))
    }

    #[test]
    fn periods_of_every_partner_become_one_form() {
        let november = Some(("2026-11".to_owned(), 1));
        assert_eq!(period("yyyy-mm", "2026-11"), november);
        assert_eq!(period("yyyymm", "202611"), november);
        assert_eq!(period("yyyy年m月", "2026年11月"), november);
        assert_eq!(period("yyyyQq", "2026Q4"), Some(("2026-10".to_owned(), 3)));
        assert_eq!(period("yyyy年第q季度", "2026年第四季度"), Some(("2026-10".to_owned(), 3)));
        for wrong in ["2026-13", "2026-1", "26-11", "2026-11 ", "", "2026-00"] {
            assert_eq!(period("yyyy-mm", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_not_read() {
        let pattern = DatePattern::try_from("yyyymmdd".to_owned()).expect("a date pattern");
        assert_eq!(pattern.read("20261130"), Some(date(2026, 11, 30)));
        assert_eq!(pattern.read("20261131"), None);
        assert_eq!(pattern.read("2026113"), None);
    }

    #[test]
    fn a_moment_is_a_date_and_a_time_of_day() {
        let moment = |text: &str| MomentPattern::try_from(text.to_owned());
        let iso = moment("yyyy-mm-ddTHH:MM:SS+08:00").expect("a moment");
        assert_eq!(iso.read("2026-11-30T09:05:59+08:00"), Some(date(2026, 11, 30).at(9, 5, 59, 0)));
        assert_eq!(iso.read("2026-11-30T09:05:59+09:00"), None);
        assert_eq!(iso.read("2026-11-30T24:05:59+08:00"), None);
        let day = moment("yyyymmdd").expect("a day");
        assert_eq!(day.read("20261130"), Some(date(2026, 11, 30).at(0, 0, 0, 0)));
        assert!(moment("HH:MM").is_err());
    }

    #[test]
    fn patterns_that_cannot_be_read_back_are_refused() {
        for wrong in ["yyyymd", "mm-dd", "yyyy-mm-dd-dd", "", "yyyy-mm"] {
            assert!(DatePattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        for wrong in ["yyyy", "yyyy-mm-q", "yyyy-mm-dd"] {
            assert!(PeriodPattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(pattern in ".{0,20}", text in ".{0,20}") {
            if let Ok(pattern) = Pattern::try_from(pattern) {
                let _ = pattern.read(&text);
            }
        }

        #[test]
        fn what_is_written_is_read_back(year in 1_i16..=9999, month in 1_i8..=12, day in 1_i8..=28) {
            for text in ["yyyymmdd", "yyyy-m-d", "yyyy年mm月dd日", "d/m/yyyy"] {
                let pattern = DatePattern::try_from(text.to_owned()).expect("a date pattern");
                let at = date(year, month, day);
                prop_assert_eq!(pattern.read(&pattern.0.write(at.at(0, 0, 0, 0))), Some(at));
            }
        }
    }
}
