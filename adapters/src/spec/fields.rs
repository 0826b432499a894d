//! Text of a cell to a typed value. Every rule here is exact: an amount is decimal arithmetic, never a
//! float, and what is not understood is refused with what was expected.

use std::borrow::Cow;

use rust_decimal::{Decimal, RoundingStrategy};

use super::file_shape::Unit;
use super::import::{AmountColumn, ExtraDecimals};
use super::raw_line::Cell;

/// The most that one amount of a file can be: a hundred million yuan. More is a mistake of units.
pub const AMOUNT_FEN_MAX: i64 = 10_000_000_000;

/// Full-width signs made plain, surrounding white space and invisible marks gone.
#[must_use]
pub fn normalise(text: &str) -> Cow<'_, str> {
    let trimmed = text
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0'));
    if trimmed.chars().any(is_wide) {
        Cow::Owned(trimmed.chars().map(narrow).collect())
    } else {
        Cow::Borrowed(trimmed)
    }
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{3000}')
}

fn narrow(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

/// An amount in fen.
///
/// # Errors
/// What was expected instead.
pub fn amount_fen(cell: &Cell, rule: &AmountColumn) -> Result<i64, String> {
    let verbatim = cell.verbatim();
    if !rule.full_width && verbatim.chars().any(is_wide) {
        return Err("plain digits (full-width ones are not agreed)".to_owned());
    }
    let text = cell.text();
    decimal_fen(&text, rule.unit, rule.extra_decimals, rule.thousands_separators, &rule.remove)
}

/// A decimal number in a unit, as fen.
///
/// # Errors
/// What was expected instead.
pub fn decimal_fen(
    text: &str,
    unit: Unit,
    extra: ExtraDecimals,
    thousands_separators: bool,
    remove: &[String],
) -> Result<i64, String> {
    let expected = || match unit {
        Unit::Yuan => "an amount in yuan such as 1234.50".to_owned(),
        Unit::Fen => "an amount in whole fen such as 123450".to_owned(),
    };
    let mut text = Cow::Borrowed(text);
    for word in remove.iter().filter(|word| !word.is_empty()) {
        text = Cow::Owned(text.replace(normalise(word).as_ref(), ""));
    }
    let text = text.trim();
    let text = if thousands_separators {
        without_separators(text).ok_or_else(expected)?
    } else {
        Cow::Borrowed(text)
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit());
    if !plain {
        return Err(expected());
    }
    let number = Decimal::from_str_exact(&text).map_err(|_| expected())?;
    let fen = match unit {
        Unit::Yuan => number.checked_mul(Decimal::ONE_HUNDRED).ok_or_else(expected)?,
        Unit::Fen => number,
    };
    let whole = match extra {
        _ if fen.fract().is_zero() => fen.trunc(),
        ExtraDecimals::Refuse if unit == Unit::Yuan => {
            return Err("at most two decimals, for a fraction of a fen is not money".to_owned());
        }
        ExtraDecimals::Refuse => return Err(expected()),
        ExtraDecimals::HalfUp => {
            fen.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        }
        ExtraDecimals::HalfEven => {
            fen.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven)
        }
        ExtraDecimals::Up => fen.round_dp_with_strategy(0, RoundingStrategy::AwayFromZero),
        ExtraDecimals::Down => fen.round_dp_with_strategy(0, RoundingStrategy::ToZero),
    };
    i64::try_from(whole).map_err(|_| expected())
}

/// `1,234,567.80` to `1234567.80`; nothing if the groups are not of three.
fn without_separators(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(',') {
        return Some(Cow::Borrowed(text));
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next()?.trim_start_matches(['-', '+']);
    let right =
        (1..=3).contains(&first.len()) && groups.all(|g| g.len() == 3) && !decimals.contains(',');
    right.then(|| Cow::Owned(text.replace(',', "")))
}

/// A short text without control characters.
///
/// # Errors
/// What was expected instead.
pub fn short_text(text: &str, characters_max: usize) -> Result<String, String> {
    let fits =
        (1..=characters_max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!("1 to {characters_max} characters without control characters"))
    }
}

/// A phone number: its digits, with `+` if it is international.
///
/// # Errors
/// What was expected instead.
pub fn phone(text: &str) -> Result<String, String> {
    let compact: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
    let digits = compact.strip_prefix('+').unwrap_or(&compact);
    let right = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if right { Ok(compact) } else { Err("a phone number of 7 to 15 digits".to_owned()) }
}

/// A resident identity number (GB 11643): 18 characters whose last one checks the others.
///
/// # Errors
/// What was expected instead.
pub fn identity_number(text: &str) -> Result<String, String> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let expected = || "an 18-character identity number whose check character is right".to_owned();
    let number = text.to_ascii_uppercase();
    let mut characters = number.chars();
    let mut sum = 0;
    for weight in WEIGHTS {
        sum += weight * characters.next().and_then(|c| c.to_digit(10)).ok_or_else(expected)?;
    }
    match (characters.next(), characters.next()) {
        (Some(check), None) if CHECKS.get(sum as usize % 11) == Some(&check) => Ok(number),
        _ => Err(expected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn yuan(text: &str, extra: ExtraDecimals, separators: bool) -> Option<i64> {
        decimal_fen(text, Unit::Yuan, extra, separators, &["¥".to_owned(), "元".to_owned()]).ok()
    }

    #[test]
    fn amounts_become_fen_exactly() {
        for (text, fen) in [
            ("3843.54", 384_354),
            ("0.1", 10),
            ("12", 1_200),
            ("¥12.30元", 1_230),
            ("-5.00", -500),
            ("90071992547409.93", 9_007_199_254_740_993),
        ] {
            assert_eq!(yuan(text, ExtraDecimals::Refuse, false), Some(fen), "{text}");
        }
    }

    #[test]
    fn a_leaked_float_is_refused_or_rounded_by_name() {
        let leaked = "3843.540000000002";
        assert_eq!(yuan(leaked, ExtraDecimals::Refuse, false), None);
        assert_eq!(yuan(leaked, ExtraDecimals::HalfUp, false), Some(384_354));
        assert_eq!(yuan(leaked, ExtraDecimals::Up, false), Some(384_355));
        assert_eq!(yuan("0.125", ExtraDecimals::HalfEven, false), Some(12));
        assert_eq!(yuan("0.125", ExtraDecimals::HalfUp, false), Some(13));
    }

    #[test]
    fn separators_must_stand_where_they_belong() {
        assert_eq!(yuan("1,234,567.80", ExtraDecimals::Refuse, true), Some(123_456_780));
        for wrong in ["1,23.40", ",123", "1,234,56", "1234,567", "1.234,567"] {
            assert_eq!(yuan(wrong, ExtraDecimals::Refuse, true), None, "{wrong}");
        }
        assert_eq!(yuan("1,234.50", ExtraDecimals::Refuse, false), None);
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for wrong in [
            "",
            "-",
            ".",
            ".5",
            "5.",
            "1e3",
            "NaN",
            "--1",
            "1.2.3",
            "0x10",
            "1 000",
            "1_000",
            "99999999999999999999999999999999",
        ] {
            assert_eq!(yuan(wrong, ExtraDecimals::HalfUp, false), None, "{wrong}");
        }
    }

    #[test]
    fn full_width_signs_become_plain() {
        assert_eq!(normalise("　１２３．４０　"), "123.40");
        assert_eq!(normalise("\u{feff}金额"), "金额");
    }

    #[test]
    fn identity_numbers_are_checked() {
        assert!(identity_number("11010519491231002X").is_ok());
        assert!(identity_number("110105194912310021").is_err());
        assert!(identity_number("1101051949123100").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_rules_panic(text in ".{0,40}") {
            for unit in [Unit::Yuan, Unit::Fen] {
                for extra in [ExtraDecimals::Refuse, ExtraDecimals::HalfEven, ExtraDecimals::Up] {
                    let _ = decimal_fen(&text, unit, extra, true, &["元".to_owned()]);
                }
            }
            let _ = (normalise(&text).len(), phone(&text), identity_number(&text), short_text(&text, 9));
        }

        #[test]
        fn what_is_written_in_yuan_reads_back_as_the_same_fen(fen in 0..=AMOUNT_FEN_MAX) {
            let text = format!("{}.{:02}", fen / 100, fen % 100);
            prop_assert_eq!(yuan(&text, ExtraDecimals::Refuse, false), Some(fen));
        }
    }
}
