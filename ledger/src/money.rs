//! Money: whole minor units of one currency, with checked arithmetic only.
//!
//! There is no floating point here and no division; rates and shares live in [`crate::rounding`].

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in minor units of its currency (for CNY: fen). May be negative where a rule says so.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// Nothing.
    pub const ZERO: Fen = Fen(0);

    /// The sum, or `None` when it does not fit.
    pub fn plus(self, other: Fen) -> Option<Fen> {
        self.0.checked_add(other.0).map(Fen)
    }

    /// The difference, or `None` when it does not fit.
    pub fn minus(self, other: Fen) -> Option<Fen> {
        self.0.checked_sub(other.0).map(Fen)
    }

    /// The same amount with the other sign, or `None` when it does not fit.
    pub fn negated(self) -> Option<Fen> {
        self.0.checked_neg().map(Fen)
    }

    /// Whether the amount is more than nothing.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The sum of many amounts, or `None` when it does not fit.
    pub fn total(amounts: impl IntoIterator<Item = Fen>) -> Option<Fen> {
        amounts.into_iter().try_fold(Fen::ZERO, Fen::plus)
    }
}

/// Written for people: units with two decimals, `-0.05`, `1234.50`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", whole / 100, whole % 100)
    }
}

/// An ISO 4217 alphabetic currency code, three upper-case letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Renminbi, the currency of every partner so far.
    pub const CNY: Currency = Currency(*b"CNY");

    /// Reads an ISO 4217 code; `None` unless it is three upper-case ASCII letters.
    pub fn parse(code: &str) -> Option<Currency> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Currency(bytes))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Currency::parse(&code).ok_or_else(|| {
            serde::de::Error::custom("expected an ISO 4217 code of three upper-case letters")
        })
    }
}

/// The side of an entry, and the side on which an account normally stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What the bank owns or has spent grows here.
    Debit,
    /// What the bank owes or has earned grows here.
    Credit,
}

impl Side {
    /// The other side.
    pub fn opposite(self) -> Side {
        match self {
            Side::Debit => Side::Credit,
            Side::Credit => Side::Debit,
        }
    }

    pub(crate) fn code(self) -> i64 {
        match self {
            Side::Debit => 0,
            Side::Credit => 1,
        }
    }

    /// The side of a stored number.
    pub fn from_code(code: i64) -> Option<Side> {
        match code {
            0 => Some(Side::Debit),
            1 => Some(Side::Credit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_two_decimals() {
        assert_eq!(Fen(123_450).to_string(), "1234.50");
        assert_eq!(Fen(-5).to_string(), "-0.05");
        assert_eq!(Fen(i64::MIN).to_string(), "-92233720368547758.08");
    }

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        assert_eq!(Fen(i64::MAX).plus(Fen(1)), None);
        assert_eq!(Fen::total([Fen(1), Fen(2), Fen(3)]), Some(Fen(6)));
    }

    #[test]
    fn a_currency_is_three_upper_case_letters() {
        assert_eq!(Currency::parse("CNY"), Some(Currency::CNY));
        assert_eq!(Currency::parse("cny"), None);
        assert_eq!(Currency::parse("CNYX"), None);
    }
}
