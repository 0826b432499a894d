//! ISO 20022 pain.007.001.09 (customer payment reversal): what was drawn with a pain.008 is given back. The
//! same values give the same bytes, always; the rules of identifiers are those of
//! [`initiation`](super::initiation).

use jiaozi_ledger::money::Currency;
use jiff::Timestamp;

use super::debit;
use super::xml::{Unwritable, Xml, amount, identifier, sum};

/// The version that is written.
pub const VERSION: &str = "pain.007.001.09";

/// A message about transactions of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// The message's identifier (Max35Text).
    pub message: String,
    /// The identifier of its one part (Max35Text).
    pub payment: String,
    /// When it was made; written in whole seconds, UTC.
    pub created: Timestamp,
    /// The identifier of the message that drew the money, of its payment, and when that was made.
    pub original: (String, String, Timestamp),
    /// The currency of all amounts.
    pub currency: Currency,
    /// What is to be given back, in this order; at least one.
    pub transactions: Vec<GivenBack>,
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// The reversal's own identifier (Max35Text), the same in every repeat.
    pub reversal: String,
    /// The end-to-end identifier of the transaction, and that of its instruction.
    pub original: String,
    /// How much, in minor units of the currency: all that was drawn.
    pub amount: i64,
}

/// Writes a message.
///
/// # Errors
/// Something does not fit into the standard.
pub fn write(reversal: &Reversal) -> Result<Vec<u8>, Unwritable> {
    let mut xml = Xml::default();
    let seconds = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let count = reversal.transactions.len().to_string();
    let amounts = reversal.transactions.iter().map(|one| one.amount);
    let sum = sum("TxInf", amounts, reversal.currency)?;
    let (message, payment, created) = &reversal.original;
    xml.open("CstmrPmtRvsl");
    xml.open("GrpHdr");
    xml.leaf("MsgId", identifier("MsgId", &reversal.message)?);
    xml.leaf("CreDtTm", &seconds(reversal.created));
    xml.leaf("NbOfTxs", &count);
    xml.leaf("CtrlSum", &sum);
    xml.leaf("GrpRvsl", "false");
    xml.close(1);
    xml.open("OrgnlGrpInf");
    xml.leaf("OrgnlMsgId", identifier("OrgnlMsgId", message)?);
    xml.leaf("OrgnlMsgNmId", debit::VERSION);
    xml.leaf("OrgnlCreDtTm", &seconds(*created));
    xml.close(1);
    xml.open("OrgnlPmtInfAndRvsl");
    xml.leaf("RvslPmtInfId", identifier("RvslPmtInfId", &reversal.payment)?);
    xml.leaf("OrgnlPmtInfId", identifier("OrgnlPmtInfId", payment)?);
    xml.leaf("OrgnlNbOfTxs", &count);
    xml.leaf("OrgnlCtrlSum", &sum);
    for (number, one) in reversal.transactions.iter().enumerate() {
        given_back(&mut xml, reversal.currency, number + 1, one)?;
    }
    Ok(xml.end(VERSION))
}

fn given_back(
    xml: &mut Xml,
    currency: Currency,
    number: usize,
    one: &GivenBack,
) -> Result<(), Unwritable> {
    let at = |element: &str| format!("TxInf[{number}]/{element}");
    let original = identifier(&at("OrgnlEndToEndId"), &one.original)?;
    let units = amount(&at("RvsdInstdAmt"), one.amount, currency)?;
    xml.open("TxInf");
    xml.leaf("RvslId", identifier(&at("RvslId"), &one.reversal)?);
    xml.leaf("OrgnlInstrId", original);
    xml.leaf("OrgnlEndToEndId", original);
    xml.amount("OrgnlInstdAmt", currency, &units);
    xml.amount("RvsdInstdAmt", currency, &units);
    xml.close(1);
    Ok(())
}

#[cfg(test)]
#[path = "reversal/tests.rs"]
mod tests;
