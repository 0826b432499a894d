//! ISO 20022 pain.002 (customer payment status report), versions 03 to 14: what a bank says of a message
//! that it was sent: a pain.001, a pain.008 or a pain.007. Whose references these are is not known here.
//!
//! A report is taken whole or not at all: a status that is none, a reference that is too long, a
//! transaction twice, or a report that contradicts itself (a whole that is rejected with a part that is
//! done) refuses it with a place.
//!
//! What a report does not list it may still speak of: the status of a whole holds for each of its parts,
//! unless it says that they differ. [`StatusReport::of`] says which.

mod code;
mod read;

use std::collections::HashMap;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::statement::Place;

pub use code::{Status, is_of_a_copy};
pub use read::read;

/// A whole report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    /// The version, `pain.002.001.03`.
    pub version: String,
    /// The bank's own identifier of the report.
    pub id: String,
    /// When the bank made it, by its clock.
    pub created: DateTime,
    /// The message that it is about.
    pub original: Original,
    /// What it says of the payments in that message.
    pub payments: Vec<PaymentStatus>,
}

/// What a report says of a message as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Original {
    /// Where.
    pub place: Place,
    /// The message's own identifier.
    pub id: String,
    /// Its kind, `pain.001.001.09`.
    pub kind: String,
    /// How many transactions it has, by the bank.
    pub transactions: Option<u64>,
    /// The sum of their amounts, by the bank.
    pub control_sum: Option<Decimal>,
    /// The status of the whole.
    pub status: Option<Status>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What a report says of one payment of the message: some of its transactions, debited together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentStatus {
    /// Where.
    pub place: Place,
    /// The payment's identifier in the message.
    pub id: String,
    /// How many transactions it has, by the bank.
    pub transactions: Option<u64>,
    /// The sum of their amounts, by the bank.
    pub control_sum: Option<Decimal>,
    /// The status of all of it.
    pub status: Option<Status>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The transactions that are listed.
    pub listed: Vec<TransactionStatus>,
}

/// What a report says of one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransactionStatus {
    /// Where.
    pub place: Place,
    /// Its instruction identifier in the message.
    pub instruction: Option<String>,
    /// Its end-to-end identifier in the message; one of the two is there.
    pub end_to_end: Option<String>,
    /// Its status, if it has one of its own.
    pub status: Option<Status>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The bank's reference.
    pub bank: Option<String>,
    /// Its amount and currency, if the report repeats them.
    pub amount: Option<(Decimal, String)>,
}

/// Why something has its status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// A code of the standard (`AC04`), or one of the bank's own.
    pub code: Option<String>,
    /// Words of the bank.
    pub words: Vec<String>,
}

/// What holds for one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Says<'r> {
    /// The status.
    pub status: Status,
    /// Why: its own reasons, or those of what it is a part of.
    pub reasons: &'r [Reason],
    /// Where.
    pub place: &'r Place,
    /// What is said of it by name; nothing where it is only a part of what is said.
    pub listed: Option<&'r TransactionStatus>,
}

impl Says<'_> {
    /// The first code that is given as a reason.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.reasons.iter().find_map(|reason| reason.code.as_deref())
    }
}

impl TransactionStatus {
    /// The reference by which it is named: its end-to-end identifier, or else that of its instruction.
    #[must_use]
    pub fn reference(&self) -> &str {
        self.end_to_end.as_deref().or(self.instruction.as_deref()).unwrap_or_default()
    }
}

impl StatusReport {
    /// What the report says of one transaction of the message, by the payment that it is in and its
    /// end-to-end (or instruction) identifier. Nothing where it does not speak of it.
    ///
    /// It looks through the list; whoever asks for many makes an [`index`](Self::index) first.
    #[must_use]
    pub fn of(&self, payment: &str, reference: &str) -> Option<Says<'_>> {
        let of = self.payments.iter().find(|one| one.id == payment);
        let listed =
            of.and_then(|payment| payment.listed.iter().find(|one| one.reference() == reference));
        self.holds(of, listed)
    }

    /// All listed transactions, by payment and reference.
    #[must_use]
    pub fn index(&self) -> Index<'_> {
        let payments = self.payments.iter().map(|payment| {
            let listed = payment.listed.iter().map(|one| (one.reference(), one)).collect();
            (payment.id.as_str(), (payment, listed))
        });
        Index { report: self, payments: payments.collect() }
    }

    /// All listed transactions with the payments that they are in.
    pub fn listed(&self) -> impl Iterator<Item = (&PaymentStatus, &TransactionStatus)> {
        let each = |payment| std::iter::repeat(payment);
        self.payments.iter().flat_map(move |payment| each(payment).zip(&payment.listed))
    }

    fn holds<'r>(
        &'r self,
        payment: Option<&'r PaymentStatus>,
        listed: Option<&'r TransactionStatus>,
    ) -> Option<Says<'r>> {
        let own = listed.and_then(|own| Some((own.status?, &own.reasons[..], &own.place)));
        // A whole whose parts differ says nothing of the parts.
        let whole = |status: Option<Status>| status.filter(|status| *status != Status::Part);
        let of_payment =
            payment.and_then(|of| Some((whole(of.status)?, &of.reasons[..], &of.place)));
        let differs = payment.is_some_and(|of| of.status == Some(Status::Part));
        let all = &self.original;
        let of_all = whole(all.status).map(|status| (status, &all.reasons[..], &all.place));
        let (status, reasons, place) =
            own.or(of_payment).or_else(|| of_all.filter(|_| !differs))?;
        let own_reasons = listed.map(|own| &own.reasons[..]).filter(|own| !own.is_empty());
        Some(Says { status, reasons: own_reasons.unwrap_or(reasons), place, listed })
    }
}

/// The listed transactions of one payment, by their references.
type Listed<'r> = (&'r PaymentStatus, HashMap<&'r str, &'r TransactionStatus>);

/// A report in which much is looked up.
#[derive(Debug)]
pub struct Index<'r> {
    report: &'r StatusReport,
    payments: HashMap<&'r str, Listed<'r>>,
}

impl<'r> Index<'r> {
    /// The same as [`StatusReport::of`].
    #[must_use]
    pub fn of(&self, payment: &str, reference: &str) -> Option<Says<'r>> {
        let found = self.payments.get(payment);
        let listed = found.and_then(|(_, listed)| listed.get(reference).copied());
        self.report.holds(found.map(|(payment, _)| *payment), listed)
    }
}

#[cfg(test)]
#[path = "status/tests.rs"]
mod tests;
