//! What is to be said to a partner, and what came back, as values.

use std::collections::BTreeMap;

use jiaozi_ledger::money::Fen;
use jiaozi_ledger::personal::{Name, Personal};
use jiff::civil::{Date, DateTime};
use thiserror::Error;

use crate::spec::message::{Outcome, Verb};
use crate::spec::raw_line::Found;

/// One thing to be said. A repeat is the same value again, so that it has the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// What.
    pub verb: Verb,
    /// Our reference of this message; never used for another one.
    pub reference: String,
    /// The message that this one is about: needed to ask and to reverse.
    pub original: Option<Original>,
    /// When it is said, in the partner's zone.
    pub at: DateTime,
    /// The clearing date of the payment, or of the file; of a query, that of a payment made now.
    pub clearing_date: Date,
    /// The customer number, in the form that [`crate::spec::biller::Customer::read`] gives; empty where a
    /// file is asked for.
    pub customer: String,
    /// What is paid; a query has none.
    pub amount: Option<Fen>,
    /// What the answer to the query gave for later messages, as [`Reading::carried`] had it.
    pub carried: BTreeMap<String, String>,
    /// Which part of a file is asked for, from 1.
    pub part: u32,
}

/// A message that another one is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its reference.
    pub reference: String,
    /// The civil date on which it was said, in the partner's zone.
    pub date: Date,
}

/// A message ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// HTTP method; `POST` where the transport has none.
    pub method: &'static str,
    /// Path and query at the address; empty where the transport has none.
    pub path: String,
    /// HTTP headers, `Content-Type` among them; empty where the transport has none.
    pub headers: Vec<(String, String)>,
    /// The body, without the length that a frame puts before it.
    pub body: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// HTTP status; none where the transport has none.
    pub status: Option<u16>,
    /// HTTP headers.
    pub headers: &'a [(String, String)],
    /// The body, without a frame's length.
    pub body: &'a [u8],
}

/// An answer that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What became of the message.
    pub outcome: Outcome,
    /// The partner's code; of an HTTP status that is not read, `HTTP 503`.
    pub code: String,
    /// The partner's explanation, cut to 200 characters.
    pub message: Option<String>,
    /// The amount of the payment as the partner has it.
    pub amount: Option<Fen>,
    /// What later messages need; several values of one name are lines of one text.
    pub carried: BTreeMap<String, String>,
    /// The partner's own reference.
    pub their_reference: Option<String>,
    /// What is due: of a query that is done.
    pub due: Option<Due>,
    /// The file, or a part of it: of a question for one that is done.
    pub file: Option<FilePart>,
}

/// What an answer has of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePart {
    /// Some of its bytes.
    Content {
        /// The bytes.
        bytes: Vec<u8>,
        /// How many parts the file has.
        parts: u32,
    },
    /// The name under which it lies at the address.
    Named(String),
}

/// A bill as the partner has it at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Name of the customer.
    pub customer_name: Option<Personal<Name>>,
    /// What it consists of; may be empty.
    pub lines: Vec<DueLine>,
    /// All together, late fees included. Above zero.
    pub total: Fen,
}

/// One line of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueLine {
    /// What the partner calls it; none: the name of the biller's item.
    pub label: Option<String>,
    /// `2026-11`, `2026Q4`, or a text of the partner's own.
    pub period: Option<String>,
    /// Without late fee.
    pub amount: Fen,
    /// On top of it.
    pub late_fee: Fen,
}

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub struct Unsayable {
    /// The message, or the field of it.
    pub place: String,
    /// What is wrong, and what was expected.
    pub problem: String,
}

/// Why an answer cannot be meant. The outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: found {found}, expected {expected}")]
pub struct Unreadable {
    /// The part of the answer, or the field of it.
    pub place: String,
    /// What stands there, as far as it may be shown.
    pub found: Found,
    /// What should.
    pub expected: String,
}

impl Unsayable {
    pub(super) fn new(place: impl Into<String>, problem: impl Into<String>) -> Unsayable {
        Unsayable { place: place.into(), problem: problem.into() }
    }
}

impl Unreadable {
    pub(super) fn new(
        place: impl Into<String>,
        found: Found,
        expected: impl Into<String>,
    ) -> Unreadable {
        Unreadable { place: place.into(), found, expected: expected.into() }
    }
}
