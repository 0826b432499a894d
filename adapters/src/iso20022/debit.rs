//! ISO 20022 pain.008.001.08 (customer direct debit initiation): money drawn from accounts at the core into
//! one of ours. The same values give the same bytes, always; the rules of identifiers are those of
//! [`initiation`](super::initiation).

use jiaozi_ledger::money::Currency;
use jiff::Timestamp;
use jiff::civil::Date;

use super::xml::{Unwritable, Xml, amount, identifier, sum, text};
use crate::spec::payout::Destination;

/// The version that is written.
pub const VERSION: &str = "pain.008.001.08";

/// A message of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debit {
    /// The message's identifier (Max35Text).
    pub message: String,
    /// The payment's identifier (Max35Text).
    pub payment: String,
    /// When it was made; written in whole seconds, UTC.
    pub created: Timestamp,
    /// The day on which it is to be debited.
    pub date: Date,
    /// Who gets the money, and on which account.
    pub creditor: Destination,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What is to be debited, in this order; at least one.
    pub transactions: Vec<Drawn>,
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Its end-to-end identifier (Max35Text), and that of its instruction.
    pub end_to_end: String,
    /// How much, in minor units of the currency, more than nothing.
    pub amount: i64,
    /// The number of the account at the core. Whose it is the core knows, and is not told.
    pub account: String,
}

/// Writes a message.
///
/// # Errors
/// Something does not fit into the standard.
pub fn write(debit: &Debit) -> Result<Vec<u8>, Unwritable> {
    let mut xml = Xml::default();
    let count = debit.transactions.len().to_string();
    let amounts = debit.transactions.iter().map(|one| one.amount);
    let sum = sum("DrctDbtTxInf", amounts, debit.currency)?;
    xml.open("CstmrDrctDbtInitn");
    xml.open("GrpHdr");
    xml.leaf("MsgId", identifier("MsgId", &debit.message)?);
    xml.leaf("CreDtTm", &debit.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    xml.leaf("NbOfTxs", &count);
    xml.leaf("CtrlSum", &sum);
    xml.open("InitgPty");
    xml.leaf("Nm", text("InitgPty/Nm", debit.creditor.name.as_str())?);
    xml.close(2);
    xml.open("PmtInf");
    xml.leaf("PmtInfId", identifier("PmtInfId", &debit.payment)?);
    xml.leaf("PmtMtd", "DD");
    xml.leaf("NbOfTxs", &count);
    xml.leaf("CtrlSum", &sum);
    xml.leaf("ReqdColltnDt", &debit.date.to_string());
    xml.open("Cdtr");
    xml.leaf("Nm", debit.creditor.name.as_str());
    xml.close(1);
    xml.account("CdtrAcct", &debit.creditor);
    if !xml.agent("CdtrAgt", &debit.creditor) {
        xml.no_agent("CdtrAgt");
    }
    for (number, one) in debit.transactions.iter().enumerate() {
        drawn(&mut xml, debit.currency, number + 1, one)?;
    }
    Ok(xml.end(VERSION))
}

fn drawn(xml: &mut Xml, currency: Currency, number: usize, one: &Drawn) -> Result<(), Unwritable> {
    let at = |element: &str| format!("DrctDbtTxInf[{number}]/{element}");
    let id = identifier(&at("PmtId/EndToEndId"), &one.end_to_end)?;
    let instructed = amount(&at("InstdAmt"), one.amount, currency)?;
    xml.open("DrctDbtTxInf");
    xml.open("PmtId");
    xml.leaf("InstrId", id);
    xml.leaf("EndToEndId", id);
    xml.close(1);
    xml.amount("InstdAmt", currency, &instructed);
    xml.no_agent("DbtrAgt");
    xml.open("Dbtr");
    xml.leaf("Nm", "NOTPROVIDED");
    xml.close(1);
    xml.open("DbtrAcct");
    xml.open("Id");
    xml.open("Othr");
    let number = &one.account;
    if !(1..=34).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let (at, found) = (at("DbtrAcct/Id/Othr/Id"), number.clone());
        return Err(Unwritable { at, found, expected: "1 to 34 digits and letters" });
    }
    xml.leaf("Id", number);
    xml.close(4);
    Ok(())
}
