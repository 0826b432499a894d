//! Dates as statements write them.

use jiff::civil::{Date, DateTime};

/// What is expected of a date and time in a bill.
pub(super) const MOMENT: &str = "a date and time such as 2026-11-20 09:30:00";

fn number(digits: &str) -> Option<i16> {
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

fn day(year: i16, month: &str, day: &str) -> Option<Date> {
    let (month, day) = (number(month)?, number(day)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `YYMMDD`; the years are 1980 to 2079.
pub(super) fn short(text: &str) -> Option<Date> {
    if text.len() != 6 || !text.is_ascii() {
        return None;
    }
    let year = number(&text[..2])?;
    day(if year < 80 { 2000 + year } else { 1900 + year }, &text[2..4], &text[4..])
}

/// `MMDD`, in the year that brings it nearest to another date.
pub(super) fn month_day_near(text: &str, near: Date) -> Option<Date> {
    if text.len() != 4 || !text.is_ascii() {
        return None;
    }
    let years = [near.year() - 1, near.year(), near.year() + 1];
    let days = years.into_iter().filter_map(|year| day(year, &text[..2], &text[2..]));
    days.min_by_key(|date| date.until(near).map_or(i32::MAX, |span| span.get_days().abs()))
}

/// `YYYY-MM-DD`.
pub(super) fn long(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if text.len() != 10 || !text.is_ascii() || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    day(number(&text[..4])?, &text[5..7], &text[8..])
}

/// `YYYY-MM-DD HH:MM:SS`, in the zone of whoever wrote it.
pub(super) fn moment(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(' ')?;
    Some(long(date)?.to_datetime(clock(time)?))
}

/// `HH:MM:SS`.
fn clock(text: &str) -> Option<jiff::civil::Time> {
    let bytes = text.as_bytes();
    if text.len() != 8 || !text.is_ascii() || bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let part = |digits: &str| number(digits).and_then(|part| i8::try_from(part).ok());
    let (hour, minute, second) = (part(&text[..2])?, part(&text[3..5])?, part(&text[6..])?);
    jiff::civil::Time::new(hour, minute, second, 0).ok()
}

/// A date or a date and time of ISO 20022 (`xs:date`, `xs:dateTime`): what the writer's calendar and
/// clock showed. The offset, if there is one, must be one.
pub(crate) fn iso(text: &str) -> Option<(Date, Option<DateTime>)> {
    if !text.is_ascii() || text.len() < 10 {
        return None;
    }
    let (date, rest) = text.split_at(10);
    let date = long(date)?;
    let Some(rest) = rest.strip_prefix('T') else {
        return is_offset(rest).then_some((date, None));
    };
    if rest.len() < 8 {
        return None;
    }
    let (time, rest) = rest.split_at(8);
    // The end of a day may be written as its hour 24.
    let ends = time == "24:00:00";
    let time = if ends { jiff::civil::Time::midnight() } else { clock(time)? };
    let at = if ends { date.tomorrow().ok()? } else { date }.to_datetime(time);
    let fraction = rest.strip_prefix('.').map_or("", |fraction| {
        &fraction[..fraction.bytes().take_while(u8::is_ascii_digit).count()]
    });
    let rest = if fraction.is_empty() { rest } else { &rest[1 + fraction.len()..] };
    let right = is_offset(rest) && !(ends && fraction.bytes().any(|digit| digit != b'0'));
    right.then_some((date, Some(at)))
}

/// Nothing, `Z`, or `+08:00`.
fn is_offset(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else {
        return text.is_empty() || text == "Z";
    };
    let parts = offset.split_once(':').map(|(hours, minutes)| (number(hours), number(minutes)));
    offset.len() == 5 && matches!(parts, Some((Some(0..=14), Some(0..=59))))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_and_days_that_are_not_refused() {
        assert_eq!(short("110524"), Some(date(2011, 5, 24)));
        assert_eq!(short("991231"), Some(date(1999, 12, 31)));
        assert_eq!(long("2024-02-29"), Some(date(2024, 2, 29)));
        for wrong in ["110230", "11052", "1105 4", "+10524", "éé01"] {
            assert_eq!(short(wrong), None, "{wrong}");
        }
        for wrong in ["2023-02-29", "2024/02/29", "2024-2-29", "24-02-29"] {
            assert_eq!(long(wrong), None, "{wrong}");
        }
        assert_eq!(moment("2019-09-26 12:45:27"), Some(date(2019, 9, 26).at(12, 45, 27, 0)));
        assert_eq!(moment("2019-09-26 24:45:27"), None);
        assert_eq!(moment("2019-09-26"), None);
    }

    #[test]
    fn an_entry_date_is_in_the_year_nearest_to_the_value_date() {
        assert_eq!(month_day_near("0102", date(2025, 12, 31)), Some(date(2026, 1, 2)));
        assert_eq!(month_day_near("1231", date(2026, 1, 2)), Some(date(2025, 12, 31)));
        assert_eq!(month_day_near("0229", date(2024, 3, 1)), Some(date(2024, 2, 29)));
        assert_eq!(month_day_near("1301", date(2024, 3, 1)), None);
    }

    #[test]
    fn iso_dates_have_times_and_offsets() {
        let at = Some(date(2014, 12, 31).at(13, 15, 0, 0));
        for (text, time) in [
            ("2014-12-31", None),
            ("2014-12-31Z", None),
            ("2014-12-31+08:00", None),
            ("2014-12-31T13:15:00", at),
            ("2014-12-31T13:15:00.123Z", at),
            ("2014-12-31T13:15:00+01:00", at),
        ] {
            assert_eq!(iso(text), Some((date(2014, 12, 31), time)), "{text}");
        }
        for wrong in
            ["2014-12-31T13:15", "2014-12-31 13:15:00", "2014-12-31T13:15:00+1", "2014-13-31", "-"]
        {
            assert_eq!(iso(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_rules_panic(text in ".{0,30}", near in 1980..2079i16) {
            let _ = (short(&text), long(&text), moment(&text), iso(&text));
            let _ = month_day_near(&text, date(near, 2, 28));
        }
    }
}
