//! Amounts, dates and names as people write them, in their language; and amounts as people type them.

use jiaozi_ledger::money::Fen;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::language::Language;

/// `¥1,234.50`.
pub(super) fn money(amount: Fen) -> String {
    let sign = if amount.0 < 0 { "−" } else { "" };
    let fen = amount.0.unsigned_abs();
    let whole = (fen / 100).to_string();
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}¥{grouped}.{:02}", fen % 100)
}

/// `2026年11月30日`, `30 November 2026`.
pub(super) fn date(language: Language, date: Date) -> String {
    match language {
        Language::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Language::En => date.strftime("%-d %B %Y").to_string(),
    }
}

/// A date and the time of day, in a zone.
pub(super) fn time(language: Language, at: Instant, zone: &TimeZone) -> String {
    let local = zone.to_datetime(at.timestamp());
    let clock = local.strftime("%H:%M");
    match language {
        Language::Zh => format!("{} {clock}", date(language, local.date())),
        Language::En => format!("{}, {clock}", date(language, local.date())),
    }
}

/// The time of day alone.
pub(super) fn clock(at: Instant, zone: &TimeZone) -> String {
    zone.to_datetime(at.timestamp()).strftime("%H:%M").to_string()
}

/// A month `2026-11`: `2026年11月`, `November 2026`. What is no month stays as it is.
pub(super) fn month(language: Language, period: &str) -> String {
    let first = jiaozi_adapters::property::publishing::first_day(period);
    match (language, first) {
        (Language::Zh, Some(day)) => format!("{}年{}月", day.year(), day.month()),
        (Language::En, Some(day)) => day.strftime("%B %Y").to_string(),
        (_, None) => period.to_owned(),
    }
}

/// Basis points as a percentage: `30%`, `0.05%`.
pub(super) fn percent(basis_points: i64) -> String {
    let text = format!("{}.{:02}", basis_points / 100, basis_points % 100);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// An amount in yuan as somebody types it: `100`, `1,000.5`, `￥１００`; nothing if it is not one, or not
/// above zero.
pub(super) fn parse_yuan(text: &str) -> Option<Fen> {
    let plain: String = text.trim().chars().filter_map(half_width).collect();
    let plain = plain.trim_start_matches('¥').trim_end_matches('元').trim();
    let (whole, part) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let fen = whole.parse::<i64>().ok()?.checked_mul(100)?;
    let part = format!("{part:0<2}").parse::<i64>().ok()?;
    fen.checked_add(part).filter(|fen| *fen > 0).map(Fen)
}

/// The narrow form of what Chinese keyboards write wide; grouping commas vanish.
fn half_width(c: char) -> Option<char> {
    match c {
        ',' | '，' | ' ' | '\u{3000}' => None,
        '￥' => Some('¥'),
        '。' | '．' => Some('.'),
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')),
        _ => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (fen, text) in [
            (0, "¥0.00"),
            (5, "¥0.05"),
            (123_450, "¥1,234.50"),
            (100_000_000_000, "¥1,000,000,000.00"),
            (-2_050, "−¥20.50"),
        ] {
            assert_eq!(money(Fen(fen)), text);
        }
    }

    #[test]
    fn typed_amounts_are_read_as_they_are_meant_or_not_at_all() {
        for (text, fen) in [
            ("100", Some(10_000)),
            (" 1,000.5 ", Some(100_050)),
            ("￥１００．２５", Some(10_025)),
            ("12元", Some(1_200)),
            ("0", None),
            ("-5", None),
            ("1.005", None),
            ("1e3", None),
            (".5", None),
            ("", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(parse_yuan(text), fen.map(Fen), "{text}");
        }
    }

    #[test]
    fn months_and_dates_are_said_in_the_language() {
        assert_eq!(month(Language::Zh, "2026-11"), "2026年11月");
        assert_eq!(month(Language::En, "2026-11"), "November 2026");
        assert_eq!(month(Language::En, "2026Q4"), "2026Q4");
        let day = jiff::civil::date(2026, 11, 5);
        assert_eq!(date(Language::Zh, day), "2026年11月5日");
        assert_eq!(date(Language::En, day), "5 November 2026");
        assert_eq!(percent(5), "0.05%");
        assert_eq!(percent(3_000), "30%");
    }
}
