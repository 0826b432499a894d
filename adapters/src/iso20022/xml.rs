//! What all messages that we write have in common: the document, its identifiers, its texts, its amounts.
//! What does not fit into its field of the standard is refused, never cut.

use std::fmt::Write as _;

use jiaozi_ledger::money::Currency;
use thiserror::Error;

use crate::spec::payout::{Destination, REMITTANCE_MAX};
use crate::statement::amount::in_units;

/// The most digits of an amount.
const DIGITS_MAX: usize = 18;

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{at}: found {found:?}, expected {expected}")]
pub struct Unwritable {
    /// Which element, of which transaction.
    pub at: String,
    /// What is there.
    pub found: String,
    /// What should be.
    pub expected: &'static str,
}

/// The sum of transactions, at least one, in units of their currency.
pub(super) fn sum(
    transaction: &str,
    mut amounts: impl Iterator<Item = i64>,
    currency: Currency,
) -> Result<String, Unwritable> {
    let refused = |at: &str, found: &str, expected| {
        Err(Unwritable { at: at.to_owned(), found: found.to_owned(), expected })
    };
    let Some(first) = amounts.next() else {
        return refused(transaction, "", "at least one transaction");
    };
    let sum = amounts.try_fold(first, i64::checked_add);
    match sum.filter(|sum| sum.to_string().len() <= DIGITS_MAX) {
        Some(sum) => Ok(in_units(i128::from(sum), currency)),
        None => refused("CtrlSum", "a larger sum", "a sum of at most 18 digits"),
    }
}

/// An amount in minor units, more than nothing, in units of its currency.
pub(super) fn amount(at: &str, minor: i64, currency: Currency) -> Result<String, Unwritable> {
    if minor <= 0 || minor.to_string().len() > DIGITS_MAX {
        let (at, found) = (at.to_owned(), minor.to_string());
        return Err(Unwritable { at, found, expected: "1 to 18 digits, more than nothing" });
    }
    Ok(in_units(i128::from(minor), currency))
}

/// An identifier of at most 35 characters that every bank takes.
pub(super) fn identifier<'t>(at: &str, text: &'t str) -> Result<&'t str, Unwritable> {
    let taken = |b: u8| b.is_ascii_alphanumeric() || b"/-?:().,'+".contains(&b);
    let right = (1..=35).contains(&text.len())
        && text.bytes().all(taken)
        && !text.starts_with('/')
        && !text.ends_with('/')
        && !text.contains("//");
    right.then_some(text).ok_or_else(|| Unwritable {
        at: at.to_owned(),
        found: text.to_owned(),
        expected: "1 to 35 letters, digits and /-?:().,'+ without / at an end or twice in a row",
    })
}

/// A text of at most 140 characters (Max140Text) that XML can hold.
pub(super) fn text<'t>(at: &str, text: &'t str) -> Result<&'t str, Unwritable> {
    let held = |c: char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    let right = (1..=REMITTANCE_MAX).contains(&text.chars().count()) && text.chars().all(held);
    right.then_some(text).ok_or_else(|| Unwritable {
        at: at.to_owned(),
        found: text.to_owned(),
        expected: "1 to 140 characters without control characters",
    })
}

/// A document in the making: an element a line, two blanks a level.
#[derive(Default)]
pub(super) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{:indent$}{line}", "", indent = 2 * (self.open.len() + 1));
    }

    pub(super) fn open(&mut self, name: &'static str) {
        self.line(&format!("<{name}>"));
        self.open.push(name);
    }

    pub(super) fn close(&mut self, levels: usize) {
        for _ in 0..levels {
            if let Some(name) = self.open.pop() {
                self.line(&format!("</{name}>"));
            }
        }
    }

    pub(super) fn leaf(&mut self, name: &str, text: &str) {
        let text = quick_xml::escape::escape(text);
        self.line(&format!("<{name}>{text}</{name}>"));
    }

    pub(super) fn account(&mut self, name: &'static str, of: &Destination) {
        self.open(name);
        self.open("Id");
        if let Some(iban) = &of.iban {
            self.leaf("IBAN", iban.as_str());
        } else if let Some(number) = &of.account {
            self.open("Othr");
            self.leaf("Id", number.as_str());
            self.close(1);
        }
        self.close(2);
    }

    /// Whether there is one.
    pub(super) fn agent(&mut self, name: &'static str, of: &Destination) -> bool {
        if of.bic.is_none() && of.clearing_member.is_none() {
            return false;
        }
        self.open(name);
        self.open("FinInstnId");
        if let Some(bic) = &of.bic {
            self.leaf("BICFI", bic.as_str());
        } else if let Some(member) = &of.clearing_member {
            self.open("ClrSysMmbId");
            self.leaf("MmbId", member.as_str());
            self.close(1);
        }
        self.close(2);
        true
    }

    /// An agent of whom nothing is known, where the standard asks for one: an account at the bank itself.
    pub(super) fn no_agent(&mut self, name: &'static str) {
        self.open(name);
        self.open("FinInstnId");
        self.open("Othr");
        self.leaf("Id", "NOTPROVIDED");
        self.close(3);
    }

    /// An amount as [`amount`] or [`sum`] writes it.
    pub(super) fn amount(&mut self, name: &str, currency: Currency, units: &str) {
        self.line(&format!("<{name} Ccy=\"{currency}\">{units}</{name}>"));
    }

    /// The document, of a version of a message.
    pub(super) fn end(mut self, version: &str) -> Vec<u8> {
        let levels = self.open.len();
        self.close(levels);
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        let namespace = format!("urn:iso:std:iso:20022:tech:xsd:{version}");
        format!("{head}\n<Document xmlns=\"{namespace}\">\n{}</Document>\n", self.text).into_bytes()
    }
}
