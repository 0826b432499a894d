//! The scene "property fees" (物业缴费): what may be done with bills, payments, refunds and days, as
//! pure commands. It opens no file, reads no clock and knows no HTTP.
//!
//! # What moves what
//!
//! | command | bill | order | day | money |
//! |---|---|---|---|---|
//! | [`import::ImportBills`] | new, new version, withdrawn, paid at the desk; a month paid ahead is taken over | | | |
//! | [`withdraw::WithdrawBill`] | withdrawn, paid at the desk | | | |
//! | [`quote::quote`] | (reads only; a quote is a value, not a row) | | | |
//! | [`pay::Pay`] | published, partial → partial, paid; months paid ahead are made paid | → paid | counted | payer, budget → partner's settlement |
//! | [`cancel::Cancel`] | back to what it was | paid → cancelled | taken off | the same, reversed |
//! | [`refund::Refund`] | payable again, or paid at the desk | → part refunded, refunded | taken off its own day | settlement, then settled money → payer, budget |
//! | [`crate::settlement::close::CloseDay`] | | | open → closed | settlement → partner, second payees, fee income |
//!
//! A month that was paid ahead is withdrawn, not payable, when all of it is given back: the company
//! never published it.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`company`] | a property company: its specification, resolved once |
//! | [`bills`], [`publishing`], [`crate::settlement::days`] | the rules that several commands share |
//! | `giving_back` | the arithmetic of refunds |
//! | [`answer`], [`crate::answer`] | what callers are told |
//! | the others | one command each, in the same shape: `needs`, then `decide` |

pub mod answer;
pub mod bills;
pub mod cancel;
pub mod company;
mod giving_back;
pub mod import;
pub mod pay;
pub mod publishing;
pub mod quote;
pub mod refund;
pub mod withdraw;

#[cfg(test)]
mod tests;

use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::id::BillId;
use serde::{Deserialize, Serialize};

/// The name under which orders and events of this scene are kept.
pub const SCENE: &str = "property";

/// How a caller names a bill.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillRef {
    /// By our identifier.
    Id(BillId),
    /// By the partner's own.
    ImportId(String),
}

impl BillRef {
    /// Whether it names this bill.
    #[must_use]
    pub fn names(&self, bill: &Bill) -> bool {
        self.matches(bill.id, bill.import_id())
    }

    /// Whether it names the bill with these identifiers.
    #[must_use]
    pub fn matches(&self, id: BillId, import_id: &str) -> bool {
        match self {
            BillRef::Id(own) => *own == id,
            BillRef::ImportId(own) => own == import_id,
        }
    }
}
