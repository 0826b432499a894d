//! What is asked of an office, and what it says.

use jiff::civil::Date;

use super::office::{Bill, Customer};

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// What is due?
    Query,
    /// It is paid (销账).
    Pay,
    /// What became of it?
    Ask,
    /// Take it back (冲正).
    Reverse,
}

/// One message to an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What it is about.
    pub verb: Verb,
    /// The reference of the payment that it is about; of a query, its own.
    pub reference: String,
    /// The date with which that reference was sent, where the interface repeats it.
    pub sent_on: Option<Date>,
    /// The customer number, where the interface names it.
    pub customer: Option<String>,
    /// The amount in fen, where there is one.
    pub amount_fen: Option<i64>,
    /// The bills that are paid, where the interface names them; otherwise all.
    pub bills: Option<Vec<String>>,
    /// What the interface repeats from the answer to a query: contract, meter, term. It must be the
    /// customer's.
    pub repeats: Option<String>,
    /// What the answer has to repeat, as the interface sees fit.
    pub echo: Vec<String>,
}

/// What an office says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// So much is due.
    Due {
        /// From whom.
        customer: Customer,
        /// For what: at least one.
        bills: Vec<Bill>,
    },
    /// A payment is booked.
    Booked {
        /// The office's own number of it.
        theirs: String,
        /// By whom.
        customer: String,
        /// How much.
        amount_fen: i64,
    },
    /// A payment is in progress.
    InProgress {
        /// By whom.
        customer: String,
        /// How much.
        amount_fen: i64,
    },
    /// No.
    Refused(Refusal),
    /// Where a payment stands.
    Stands {
        /// Where.
        standing: Standing,
        /// By whom; nobody if only its reversal came.
        customer: Option<String>,
        /// How much.
        amount_fen: i64,
        /// The office's own number of it, if it is booked.
        theirs: Option<String>,
    },
    /// A payment is taken back, or will be refused should it still come.
    Reversed,
    /// A code by script, whatever happened.
    Code(String),
}

/// Why an office says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such customer.
    NoSuchCustomer,
    /// There is nothing due.
    NothingDue,
    /// The amount is not what is due.
    AmountDiffers,
    /// The reference has been used with other content.
    OtherContent,
    /// There is not enough on the account.
    NotEnough,
    /// The account is frozen.
    Frozen,
    /// Its reversal came first.
    ReversedBefore,
    /// There is no such reference.
    NoSuchReference,
    /// The day is cut.
    TooLate,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is booked.
    Booked,
    /// It is in progress.
    InProgress,
    /// It was refused.
    Refused,
    /// It was taken back.
    Reversed,
    /// Its reversal came and it never did; should it still come, it is refused.
    NeverCame,
}

impl Outcome {
    /// The same with an amount that is off, where there is one.
    pub(super) fn be_off_by(&mut self, off: i64) {
        let amount_fen = match self {
            Outcome::Due { bills, .. } => bills.first_mut().map(|bill| &mut bill.amount_fen),
            Outcome::Booked { amount_fen, .. }
            | Outcome::InProgress { amount_fen, .. }
            | Outcome::Stands { amount_fen, .. } => Some(amount_fen),
            Outcome::Refused(_) | Outcome::Reversed | Outcome::Code(_) => None,
        };
        if let Some(amount_fen) = amount_fen {
            *amount_fen = amount_fen.saturating_add(off);
        }
    }
}
