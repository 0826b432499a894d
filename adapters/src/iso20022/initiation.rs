//! ISO 20022 pain.001.001.09 (customer credit transfer initiation): one payment with its transactions. The
//! same values give the same bytes, always.
//!
//! Identifiers keep to the characters that every bank takes (letters, digits and `/-?:().,'+`, and no `/` at
//! an end or two in a row); names and remittance texts are what they are, in UTF-8. What does not fit into
//! its field of the standard is refused, never cut.

use std::fmt::Write as _;

use jiaozi_ledger::money::Currency;
use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;

use crate::spec::payout::{Destination, REMITTANCE_MAX};
use crate::statement::amount::in_units;

/// The version that is written.
pub const VERSION: &str = "pain.001.001.09";

/// The most digits of an amount.
const DIGITS_MAX: usize = 18;

/// A message of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initiation {
    /// The message's identifier (Max35Text).
    pub message: String,
    /// The payment's identifier (Max35Text).
    pub payment: String,
    /// When it was made; written in whole seconds, UTC.
    pub created: Timestamp,
    /// The day on which it is to be paid.
    pub date: Date,
    /// Who pays, and from which account.
    pub debtor: Destination,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What is to be paid, in this order; at least one.
    pub transactions: Vec<Transfer>,
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Its end-to-end identifier (Max35Text), and that of its instruction.
    pub end_to_end: String,
    /// How much, in minor units of the currency, more than nothing.
    pub amount: i64,
    /// Who gets it, and where.
    pub creditor: Destination,
    /// What the creditor reads (Max140Text).
    pub remittance: String,
}

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{at}: found {found:?}, expected {expected}")]
pub struct InitiationError {
    /// Which element, of which transaction.
    pub at: String,
    /// What is there.
    pub found: String,
    /// What should be.
    pub expected: &'static str,
}

/// Writes a message.
///
/// # Errors
/// Something does not fit into the standard.
pub fn write(initiation: &Initiation) -> Result<Vec<u8>, InitiationError> {
    let mut xml = Xml::default();
    let transactions = &initiation.transactions;
    let refused = |at: &str, found: String, expected| {
        Err(InitiationError { at: at.to_owned(), found, expected })
    };
    let sum: Option<i64> =
        transactions.iter().try_fold(0_i64, |sum, one| sum.checked_add(one.amount));
    let Some(sum) = sum.filter(|sum| sum.to_string().len() <= DIGITS_MAX) else {
        return refused("CtrlSum", "a larger sum".to_owned(), "a sum of at most 18 digits");
    };
    if transactions.is_empty() {
        return refused("CdtTrfTxInf", String::new(), "at least one transaction");
    }
    let (count, sum) =
        (transactions.len().to_string(), in_units(i128::from(sum), initiation.currency));
    let message = identifier("MsgId", &initiation.message)?;
    xml.open("CstmrCdtTrfInitn");
    xml.open("GrpHdr");
    xml.leaf("MsgId", message);
    xml.leaf("CreDtTm", &initiation.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    xml.leaf("NbOfTxs", &count);
    xml.leaf("CtrlSum", &sum);
    xml.open("InitgPty");
    xml.leaf("Nm", text("InitgPty/Nm", initiation.debtor.name.as_str())?);
    xml.close(2);
    xml.open("PmtInf");
    xml.leaf("PmtInfId", identifier("PmtInfId", &initiation.payment)?);
    xml.leaf("PmtMtd", "TRF");
    xml.leaf("NbOfTxs", &count);
    xml.leaf("CtrlSum", &sum);
    xml.open("ReqdExctnDt");
    xml.leaf("Dt", &initiation.date.to_string());
    xml.close(1);
    xml.open("Dbtr");
    xml.leaf("Nm", initiation.debtor.name.as_str());
    xml.close(1);
    xml.account("DbtrAcct", &initiation.debtor);
    if !xml.agent("DbtrAgt", &initiation.debtor) {
        // The standard asks for an agent, and the bank is its own.
        xml.open("DbtrAgt");
        xml.open("FinInstnId");
        xml.open("Othr");
        xml.leaf("Id", "NOTPROVIDED");
        xml.close(3);
    }
    for (number, one) in transactions.iter().enumerate() {
        transfer(&mut xml, initiation.currency, number + 1, one)?;
    }
    xml.close(2);
    Ok(xml.end().into_bytes())
}

fn transfer(
    xml: &mut Xml,
    currency: Currency,
    number: usize,
    one: &Transfer,
) -> Result<(), InitiationError> {
    let at = |element: &str| format!("CdtTrfTxInf[{number}]/{element}");
    let id = identifier(&at("PmtId/EndToEndId"), &one.end_to_end)?;
    if one.amount <= 0 || one.amount.to_string().len() > DIGITS_MAX {
        let (at, found) = (at("Amt/InstdAmt"), one.amount.to_string());
        return Err(InitiationError { at, found, expected: "1 to 18 digits, more than nothing" });
    }
    xml.open("CdtTrfTxInf");
    xml.open("PmtId");
    xml.leaf("InstrId", id);
    xml.leaf("EndToEndId", id);
    xml.close(1);
    xml.open("Amt");
    let amount = in_units(i128::from(one.amount), currency);
    xml.line(&format!("<InstdAmt Ccy=\"{currency}\">{amount}</InstdAmt>"));
    xml.close(1);
    xml.agent("CdtrAgt", &one.creditor);
    xml.open("Cdtr");
    xml.leaf("Nm", text(&at("Cdtr/Nm"), one.creditor.name.as_str())?);
    xml.close(1);
    xml.account("CdtrAcct", &one.creditor);
    xml.open("RmtInf");
    xml.leaf("Ustrd", text(&at("RmtInf/Ustrd"), &one.remittance)?);
    xml.close(2);
    Ok(())
}

/// An identifier of at most 35 characters that every bank takes.
fn identifier<'t>(at: &str, text: &'t str) -> Result<&'t str, InitiationError> {
    let taken = |b: u8| b.is_ascii_alphanumeric() || b"/-?:().,'+".contains(&b);
    let right = (1..=35).contains(&text.len())
        && text.bytes().all(taken)
        && !text.starts_with('/')
        && !text.ends_with('/')
        && !text.contains("//");
    right.then_some(text).ok_or_else(|| InitiationError {
        at: at.to_owned(),
        found: text.to_owned(),
        expected: "1 to 35 letters, digits and /-?:().,'+ without / at an end or twice in a row",
    })
}

/// A text of at most 140 characters (Max140Text) that XML can hold.
fn text<'t>(at: &str, text: &'t str) -> Result<&'t str, InitiationError> {
    let held = |c: char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    let right = (1..=REMITTANCE_MAX).contains(&text.chars().count()) && text.chars().all(held);
    right.then_some(text).ok_or_else(|| InitiationError {
        at: at.to_owned(),
        found: text.to_owned(),
        expected: "1 to 140 characters without control characters",
    })
}

/// A document in the making: an element a line, two blanks a level.
#[derive(Default)]
struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{:indent$}{line}", "", indent = 2 * (self.open.len() + 1));
    }

    fn open(&mut self, name: &'static str) {
        self.line(&format!("<{name}>"));
        self.open.push(name);
    }

    fn close(&mut self, levels: usize) {
        for _ in 0..levels {
            if let Some(name) = self.open.pop() {
                self.line(&format!("</{name}>"));
            }
        }
    }

    fn leaf(&mut self, name: &str, text: &str) {
        let text = quick_xml::escape::escape(text);
        self.line(&format!("<{name}>{text}</{name}>"));
    }

    fn account(&mut self, name: &'static str, of: &Destination) {
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
    fn agent(&mut self, name: &'static str, of: &Destination) -> bool {
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

    fn end(mut self) -> String {
        let levels = self.open.len();
        self.close(levels);
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        let namespace = format!("urn:iso:std:iso:20022:tech:xsd:{VERSION}");
        format!("{head}\n<Document xmlns=\"{namespace}\">\n{}</Document>\n", self.text)
    }
}

#[cfg(test)]
#[path = "initiation/tests.rs"]
mod tests;
