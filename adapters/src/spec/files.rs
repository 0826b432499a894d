//! How a partner is told by files: in which format, under which names, when a file is made, and how long an
//! answer to it is waited for.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use super::payout::Destination;

/// The section `[outbound.files]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// What is in them.
    pub format: FileFormat,
    /// Name of a file of payments, with `{date}` and `{number}`.
    pub payments: String,
    /// Name of a file of reversals, in the same way.
    pub reversals: Option<String>,
    /// Names of files that say what became of them, with one `*` for any text.
    pub results: NamePattern,
    /// How the clearing date is written in names.
    pub date_pattern: Pattern,
    /// How many digits the number in names has at least.
    #[serde(default = "one")]
    pub number_digits: u8,
    /// A file is made at every so many minutes, counted from midnight in the partner's zone.
    pub every_minutes: Option<u32>,
    /// A file is made at these times of the day.
    #[serde(default)]
    pub at: Vec<TimeOfDay>,
    /// What the day still holds is put into files from so many minutes before the cut-off on, at once.
    pub before_cut_off_minutes: u32,
    /// How long an answer is waited for once a file is made; after that the outcome is unknown.
    pub answer_minutes: u32,
    /// Format `iso20022`: whose account gets what is drawn.
    pub creditor: Option<Destination>,
}

fn one() -> u8 {
    1
}

/// What is in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// ISO 20022: pain.008 to draw, pain.007 to take back, and pain.002 says what became of them.
    Iso20022,
}

/// A time of the day, `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct TimeOfDay(pub Time);

impl TryFrom<String> for TimeOfDay {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let two = |part: &str| (part.len() == 2).then(|| part.parse::<i8>().ok()).flatten();
        let time = text
            .split_once(':')
            .and_then(|(hour, minute)| Time::new(two(hour)?, two(minute)?, 0, 0).ok());
        time.map(Self).ok_or_else(|| {
            format!("`{text}` is not a time of the day, expected HH:MM from 00:00 to 23:59")
        })
    }
}

/// Names of files: a text with one `*`, which stands for any text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct NamePattern {
    before: String,
    after: String,
}

impl NamePattern {
    /// Whether a name is one of them.
    #[must_use]
    pub fn accepts(&self, name: &str) -> bool {
        name.len() > self.before.len() + self.after.len()
            && name.starts_with(&self.before)
            && name.ends_with(&self.after)
    }
}

impl TryFrom<String> for NamePattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let safe = text.chars().count() <= 100
            && !text.starts_with('.')
            && !text.chars().any(|c| matches!(c, '/' | '\\' | ':') || c.is_control());
        match text.split_once('*') {
            Some((before, after)) if safe && !after.contains('*') && text.len() > 1 => {
                Ok(Self { before: before.to_owned(), after: after.to_owned() })
            }
            _ => Err(format!(
                "`{}` is not accepted, expected a file name with one * and without path, such as status-*.xml",
                text.escape_debug()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_something_where_the_star_is() {
        let pattern = NamePattern::try_from("status-*.xml".to_owned()).expect("a pattern");
        for right in ["status-1.xml", "status-20261120-1.xml"] {
            assert!(pattern.accepts(right), "{right}");
        }
        for wrong in ["status-.xml", "status-1.csv", "a-status-1.xml", "core_2026-11-20.csv"] {
            assert!(!pattern.accepts(wrong), "{wrong}");
        }
        for wrong in ["*", "status.xml", "a*b*c", "../*.xml", ".*"] {
            assert!(NamePattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_of_the_day_has_two_digits_each() {
        let at = |text: &str| TimeOfDay::try_from(text.to_owned());
        assert_eq!(at("09:05").map(|at| at.0.minute()), Ok(5));
        for wrong in ["9:05", "24:00", "12", "12:60", "-1:00"] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
