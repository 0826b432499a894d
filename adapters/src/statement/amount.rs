//! Amounts of any currency in its minor units. Exact: digits are moved, never rounded.

use std::fmt;

use jiaozi_ledger::money::Currency;
use serde::Serialize;

/// An amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Its currency.
    pub currency: Currency,
    /// Minor units of the currency (CNY: fen, JPY: yen, KWD: fils). Negative only where a field says so.
    pub minor: i64,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, in_units(i128::from(self.minor), self.currency))
    }
}

/// A number of minor units as people write it: `-27.00` for euros, `-2700` for yen.
pub(crate) fn in_units(minor: i128, currency: Currency) -> String {
    let places = usize::from(decimals(currency));
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = places + 1);
    match digits.split_at(digits.len() - places) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}

/// How many decimals a currency has (ISO 4217).
#[must_use]
pub fn decimals(currency: Currency) -> u8 {
    match currency.as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// How a format writes amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// `1234.50`, `1234`.
    Point,
    /// `1,234.50` too.
    Grouped,
    /// `1234,5`, `1234,`: a comma is always there.
    Comma,
    /// `123450`: whole minor units.
    Minor,
}

impl Written {
    /// An amount that is not negative, in minor units.
    ///
    /// # Errors
    /// What was expected instead.
    pub(super) fn unsigned(self, text: &str, currency: Currency) -> Result<i64, String> {
        let expected = || format!("an amount such as {}", self.example());
        let ungrouped;
        let text = match self {
            Self::Grouped => {
                ungrouped = without_groups(text).ok_or_else(expected)?;
                ungrouped.as_str()
            }
            _ => text,
        };
        let (whole, fraction) = match self {
            Self::Point | Self::Grouped => match text.split_once('.') {
                Some((_, "")) => return Err(expected()),
                parts => parts.unwrap_or((text, "")),
            },
            Self::Comma => text.split_once(',').ok_or_else(expected)?,
            Self::Minor => (text, ""),
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(expected());
        }
        let places = if self == Self::Minor { 0 } else { usize::from(decimals(currency)) };
        let (kept, beyond) = fraction.split_at(fraction.len().min(places));
        if beyond.bytes().any(|b| b != b'0') {
            return Err(format!("at most {places} decimals, for {currency} has no smaller unit"));
        }
        let all = format!("{whole}{kept:0<places$}");
        all.parse().map_err(|_| "an amount of at most 18 digits".to_owned())
    }

    /// An amount that may be negative, in minor units.
    ///
    /// # Errors
    /// What was expected instead.
    pub(super) fn signed(self, text: &str, currency: Currency) -> Result<i64, String> {
        match text.strip_prefix('-') {
            // What is parsed is at most i64::MAX, whose negation fits.
            Some(text) => self.unsigned(text, currency).map(|minor| -minor),
            None => self.unsigned(text.strip_prefix('+').unwrap_or(text), currency),
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Point => "1234.50",
            Self::Grouped => "1,234.50",
            Self::Comma => "1234,50",
            Self::Minor => "123450, whole minor units",
        }
    }
}

/// `1,234.50` without its commas; nothing if the groups are not of three.
fn without_groups(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let grouped = whole.contains(',');
    let right = (!grouped || (1..=3).contains(&first.len()))
        && groups.all(|group| group.len() == 3)
        && !fraction.contains(',');
    right.then(|| text.replace(',', ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(code: &str) -> Currency {
        Currency::parse(code).expect("a currency")
    }

    #[test]
    fn amounts_are_exact_in_every_currency() {
        for (written, text, currency, minor) in [
            (Written::Point, "8.85", "EUR", Some(885)),
            (Written::Point, "8.8500", "EUR", Some(885)),
            (Written::Point, "3.1", "CHF", Some(310)),
            (Written::Point, "2700", "JPY", Some(2_700)),
            (Written::Point, "1.234", "KWD", Some(1_234)),
            (Written::Point, "2700.5", "JPY", None),
            (Written::Point, "8.855", "EUR", None),
            (Written::Point, "3843.540000000002", "CNY", None),
            (Written::Point, "8,85", "EUR", None),
            (Written::Point, "1e3", "EUR", None),
            (Written::Point, ".5", "EUR", None),
            (Written::Point, "5.", "EUR", None),
            (Written::Point, "-5", "EUR", None),
            (Written::Point, "", "EUR", None),
            (Written::Point, "92233720368547758.08", "EUR", None),
            (Written::Comma, "107,", "EUR", Some(10_700)),
            (Written::Comma, "8,9", "EUR", Some(890)),
            (Written::Comma, "107", "EUR", None),
            (Written::Comma, "1.107,00", "EUR", None),
            (Written::Grouped, "1,234.00", "CNY", Some(123_400)),
            (Written::Grouped, "1234.00", "CNY", Some(123_400)),
            (Written::Grouped, "12,34.00", "CNY", None),
            (Written::Grouped, ",234", "CNY", None),
            (Written::Minor, "000000000002500", "CAD", Some(2_500)),
            (Written::Minor, "25.00", "CAD", None),
        ] {
            assert_eq!(written.unsigned(text, of(currency)).ok(), minor, "{text} {currency}");
        }
        assert_eq!(Written::Grouped.signed("-1,000.00", Currency::CNY), Ok(-100_000));
        assert_eq!(Written::Minor.signed("+12", Currency::CNY), Ok(12));
        assert!(Written::Minor.signed("--12", Currency::CNY).is_err());
    }

    #[test]
    fn amounts_are_shown_in_units() {
        for (currency, minor, shown) in [
            ("EUR", -2_700, "EUR -27.00"),
            ("EUR", 5, "EUR 0.05"),
            ("JPY", 2_700, "JPY 2700"),
            ("KWD", 1_234, "KWD 1.234"),
        ] {
            assert_eq!(Amount { currency: of(currency), minor }.to_string(), shown);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_rules_panic(text in ".{0,40}", code in "[A-Z]{3}") {
            for written in [Written::Point, Written::Grouped, Written::Comma, Written::Minor] {
                let _ = written.signed(&text, of(&code));
            }
        }

        #[test]
        fn what_is_shown_reads_back(minor in 0..=i64::MAX, code in "EUR|JPY|KWD|CLF") {
            let shown = in_units(i128::from(minor), of(&code));
            prop_assert_eq!(Written::Point.unsigned(&shown, of(&code)), Ok(minor));
        }
    }
}
