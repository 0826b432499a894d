//! Where a partner's money is paid to at the bank's core, and when: its own part of each day, and those of
//! second payees.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::identity::{AccountCode, checked_text};

/// The longest remittance text of the standard, in characters.
pub const REMITTANCE_MAX: usize = 140;

/// The section `[payout]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// Whether our fee is kept from each day, or collected apart.
    pub settle: Settle,
    /// Less than this waits and is paid with the next payout, in fen.
    #[serde(default)]
    pub minimum_fen: i64,
    /// Whose account, and where.
    pub to: Destination,
    /// What the partner reads on its statement.
    #[serde(default)]
    pub remittance: Remittance,
    /// The same of second payees; those that are not here are not paid out.
    #[serde(default)]
    pub payee: Vec<PayoutPayee>,
}

/// What becomes of our fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settle {
    /// It is kept from the day that is settled.
    Net,
    /// The whole day is paid out; the fees of a month are taken from the partner's account in the next.
    Gross,
}

/// A second payee that is paid out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutPayee {
    /// Its account of the books, the payee of a `[[split]]`.
    pub account: AccountCode,
    /// Whose account, and where.
    pub to: Destination,
}

/// An account at the bank's core or at another bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Whose it is.
    pub name: Holder,
    /// Its number, if it has no IBAN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountNumber>,
    /// Its IBAN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iban: Option<Iban>,
    /// The bank's BIC. Without any bank it is an account at the core itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bic: Option<Bic>,
    /// The bank's number in a clearing system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clearing_member: Option<ClearingMember>,
}

impl Destination {
    /// What is written wrongly, if anything: by key, and what was expected.
    #[must_use]
    pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        match (&self.account, &self.iban, &self.bic, &self.clearing_member) {
            (Some(_), Some(_), _, _) => Some(("iban", "expected either `account` or `iban`")),
            (None, None, _, _) => Some(("account", "expected `account` or `iban`")),
            (_, _, Some(_), Some(_)) => {
                Some(("clearing_member", "expected either `bic` or `clearing_member`"))
            }
            _ => None,
        }
    }

    /// The destination as text, always the same of the same one: what is compared and kept.
    #[must_use]
    pub fn kept(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// What was kept is none: it was written by another version, or from outside.
    pub fn of_kept(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The number or IBAN, as people are shown it: its last four characters.
    #[must_use]
    pub fn shown(&self) -> String {
        let number = self.account.as_ref().map(AccountNumber::as_str);
        let number = number.or(self.iban.as_ref().map(Iban::as_str)).unwrap_or_default();
        // Accepted numbers are ASCII.
        let last = number.get(number.len().saturating_sub(4)..).unwrap_or_default();
        format!("…{last}")
    }
}

checked_text!(
    /// Whose an account is (Max140Text).
    Holder,
    |t| is_text(t, 140),
    "1 to 140 characters without control characters or spaces around them"
);
checked_text!(
    /// The number of an account (Max34Text).
    AccountNumber,
    |t| (1..=34).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
    "1 to 34 digits, letters and -"
);
checked_text!(
    /// An IBAN with right check digits.
    Iban,
    is_iban,
    "an IBAN in capital letters without spaces, with right check digits"
);
checked_text!(
    /// A BIC of 8 or 11 characters.
    Bic,
    is_bic,
    "a BIC of 8 or 11 capital letters and digits, such as ABCDCNBJ"
);
checked_text!(
    /// A bank's number in a clearing system (Max35Text).
    ClearingMember,
    |t| (1..=35).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphanumeric()),
    "1 to 35 digits and letters"
);
checked_text!(
    /// What stands on a statement: `{date}` is the day of the payout, `{from}` and `{to}` the first and
    /// the last clearing date that it pays.
    Remittance,
    |t| is_text(t, 500) && filled(t, ["2026-11-30"; 3]).is_some_and(|t| is_text(&t, REMITTANCE_MAX)),
    "1 to 140 characters once `{date}`, `{from}` and `{to}` are dates, and no other braces"
);

impl Default for Remittance {
    fn default() -> Self {
        Self("{from} - {to}".to_owned())
    }
}

impl Remittance {
    /// The text of a payout.
    #[must_use]
    pub fn text(&self, date: Date, from: Date, to: Date) -> String {
        let dates = [date.to_string(), from.to_string(), to.to_string()];
        // It was read by the same rule.
        filled(&self.0, [&dates[0], &dates[1], &dates[2]]).unwrap_or_default()
    }
}

/// A remittance text with its places filled; nothing where other braces are in it.
fn filled(text: &str, [date, from, to]: [&str; 3]) -> Option<String> {
    let rest = text.replace("{date}", "").replace("{from}", "").replace("{to}", "");
    let plain = !rest.contains(['{', '}']);
    let fill = || text.replace("{date}", date).replace("{from}", from).replace("{to}", to);
    plain.then(fill)
}

/// What XML can hold: the rule by which files for the core are written.
fn is_text(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(|c| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}'))
}

fn is_bic(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.len(), 8 | 11)
        && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && bytes[4..6].iter().all(u8::is_ascii_uppercase)
}

/// ISO 13616: the digits, letters as 10 to 35, the first four characters last, are 1 modulo 97.
fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    let formed = (15..=34).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit);
    formed
        && bytes[4..].iter().chain(&bytes[..4]).fold(0_u32, |rest, byte| match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        }) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iban_with_wrong_check_digits_is_none() {
        for right in ["ES9121000418450200051332", "NL26VAYB8060476890", "GB82WEST12345698765432"] {
            assert!(is_iban(right), "{right}");
            let wrong = right.replacen(|c: char| c.is_ascii_digit(), "0", 1);
            assert!(!is_iban(&wrong), "{wrong}");
        }
        assert!(!is_iban("es9121000418450200051332") && !is_iban("ES91 2100 0418") && !is_iban(""));
    }

    #[test]
    fn a_bic_has_its_country() {
        assert!(is_bic("ICBKCNBJ") && is_bic("ICBKCNBJBJM"));
        assert!(!is_bic("ICBK1NBJ") && !is_bic("icbkcnbj") && !is_bic("ICBKCNBJX"));
    }

    #[test]
    fn a_remittance_text_is_filled_and_nothing_else_in_braces_is_known() {
        let text = Remittance::try_from("物业费 {from}/{to}".to_owned()).expect("a text");
        let day = |day| jiff::civil::date(2026, 11, day);
        assert_eq!(text.text(day(30), day(27), day(29)), "物业费 2026-11-27/2026-11-29");
        for wrong in ["{days}", "{", "", " x", &"x".repeat(141), &"{date}".repeat(15)] {
            assert!(Remittance::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert!(Remittance::try_from("{date}".repeat(14)).is_ok(), "140 characters once filled");
    }

    #[test]
    fn a_destination_is_the_same_after_it_was_kept() {
        let text = "name = '云和物业'\naccount = '6222000012'\nclearing_member = '102584000018'";
        let one: Destination = toml::from_str(text).expect("a destination");
        assert_eq!(Destination::of_kept(&one.kept()).expect("what was kept"), one);
        assert_eq!((one.contradiction(), one.shown().as_str()), (None, "…0012"));
    }
}
