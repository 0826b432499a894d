//! ISO 20022 pain.001.001.09 (customer credit transfer initiation): one payment with its transactions. The
//! same values give the same bytes, always.
//!
//! Identifiers keep to the characters that every bank takes (letters, digits and `/-?:().,'+`, and no `/` at
//! an end or two in a row); names and remittance texts are what they are, in UTF-8. What does not fit into
//! its field of the standard is refused, never cut.

use jiaozi_ledger::money::Currency;
use jiff::Timestamp;
use jiff::civil::Date;

use super::xml::{Unwritable, Xml, amount, identifier, sum, text};
use crate::spec::payout::Destination;

/// The version that is written.
pub const VERSION: &str = "pain.001.001.09";

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

/// Writes a message.
///
/// # Errors
/// Something does not fit into the standard.
pub fn write(initiation: &Initiation) -> Result<Vec<u8>, Unwritable> {
    let mut xml = Xml::default();
    let transactions = &initiation.transactions;
    let count = transactions.len().to_string();
    let sum = sum("CdtTrfTxInf", transactions.iter().map(|one| one.amount), initiation.currency)?;
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
        xml.no_agent("DbtrAgt");
    }
    for (number, one) in transactions.iter().enumerate() {
        transfer(&mut xml, initiation.currency, number + 1, one)?;
    }
    xml.close(2);
    Ok(xml.end(VERSION))
}

fn transfer(
    xml: &mut Xml,
    currency: Currency,
    number: usize,
    one: &Transfer,
) -> Result<(), Unwritable> {
    let at = |element: &str| format!("CdtTrfTxInf[{number}]/{element}");
    let id = identifier(&at("PmtId/EndToEndId"), &one.end_to_end)?;
    let instructed = amount(&at("Amt/InstdAmt"), one.amount, currency)?;
    xml.open("CdtTrfTxInf");
    xml.open("PmtId");
    xml.leaf("InstrId", id);
    xml.leaf("EndToEndId", id);
    xml.close(1);
    xml.open("Amt");
    xml.amount("InstdAmt", currency, &instructed);
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

#[cfg(test)]
#[path = "initiation/tests.rs"]
mod tests;
