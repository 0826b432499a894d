//! The terms of a biller: a utility, a gas company or a school whose bills are in its own system, which we
//! call while the payer waits.

use serde::{Deserialize, Serialize};

use super::clearing::Clearing;
use super::fee::Fee;
use super::fields::normalise;
use super::identity::{Code, Names};
use super::message::Messages;
use super::outbound::Outbound;
use super::payout::Payout;
use super::reconciliation::Reconciliation;
use super::statement::Statement;
use super::withholding::Withholding;

/// Everything about a biller, checked.
#[derive(Debug, Clone)]
pub struct Biller {
    /// What its customer numbers look like.
    pub customer: Customer,
    /// Under what its money is counted.
    pub item: BillerItem,
    /// How long a bill that it quoted binds us.
    pub quote_valid_seconds: u32,
    /// Cut-off, calendar, settlement day and account.
    pub clearing: Clearing,
    /// What the biller pays us; none if nothing.
    pub fee: Option<Fee>,
    /// Where its money is paid to; none if we do not pay it.
    pub payout: Option<Payout>,
    /// How it is called.
    pub outbound: Outbound,
    /// What is said, and how its answers are read.
    pub messages: Messages,
    /// Its day's file; none if it sends none.
    pub statement: Option<Statement>,
    /// The files of claims that it sends; none if payers cannot sign mandates for it.
    pub withholding: Option<Withholding>,
    /// What is booked where that file and our books differ.
    pub reconciliation: Reconciliation,
}

/// The section `[biller]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What its customer numbers look like.
    pub customer: Customer,
    /// Under what its money is counted.
    pub item: BillerItem,
    /// How long a bill that it quoted binds us.
    pub quote_valid_seconds: u32,
}

/// What is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillerItem {
    /// Its code.
    pub code: Code,
    /// Its names.
    pub name: Names,
}

/// How a biller's customer numbers look.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// What the biller calls the number, as payers see it.
    pub name: Names,
    /// What it is made of.
    pub characters: Characters,
    /// The least number of characters.
    pub least: u32,
    /// The greatest number of characters.
    pub most: u32,
}

/// What a customer number is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Characters {
    /// 0 to 9.
    Digits,
    /// 0 to 9, A to Z and a to z.
    LettersAndDigits,
}

impl Customer {
    /// The customer number that somebody typed: blanks and hyphens gone, full-width digits made plain.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn read(&self, typed: &str) -> Result<String, String> {
        let plain: String =
            normalise(typed).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if self.accepts(&plain) { Ok(plain) } else { Err(self.expected()) }
    }

    /// Whether a number has the biller's form exactly.
    #[must_use]
    pub fn accepts(&self, number: &str) -> bool {
        let fits = u32::try_from(number.len()).is_ok_and(|n| (self.least..=self.most).contains(&n));
        fits && number.bytes().all(|b| match self.characters {
            Characters::Digits => b.is_ascii_digit(),
            Characters::LettersAndDigits => b.is_ascii_alphanumeric(),
        })
    }

    /// What a right number looks like, for errors.
    #[must_use]
    pub fn expected(&self) -> String {
        let Self { least, most, .. } = self;
        let what = match self.characters {
            Characters::Digits => "digits",
            Characters::LettersAndDigits => "letters and digits",
        };
        if least == most { format!("{least} {what}") } else { format!("{least} to {most} {what}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer() -> Customer {
        toml::from_str(
            "name = { zh = '客户编号', en = 'Customer number' }\ncharacters = 'digits'\nleast = 10\nmost = 10",
        )
        .expect("a form")
    }

    #[test]
    fn what_is_typed_becomes_the_biller_s_form() {
        for typed in ["0012345678", " 0012-3456-78 ", "００１２３４５６７８", "0012 345\u{3000}678"]
        {
            assert_eq!(customer().read(typed), Ok("0012345678".to_owned()), "{typed}");
        }
    }

    #[test]
    fn another_number_is_refused_and_the_form_named() {
        for typed in ["", "123", "00123456789", "00123A5678", "٠٠١٢٣٤٥٦٧٨"] {
            assert_eq!(customer().read(typed), Err("10 digits".to_owned()), "{typed}");
        }
        assert!(!customer().accepts("００１２３４５６７８"));
    }
}
