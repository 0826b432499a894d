//! What is said to a partner and how its answers are read: five messages, each a list of fields and the
//! description of its answer. How they travel is in [`super::outbound`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::day_file::Align;
use super::file_shape::Unit;
use super::identity::Code;
use super::pattern::{Pattern, PeriodPattern};
use super::request_path::RequestPath;

/// The section `[message]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// What is due?
    pub query: Option<Message>,
    /// It is paid (销账); of the core: debit the customer's account.
    pub write_off: Option<Message>,
    /// What became of it?
    pub ask: Option<Message>,
    /// Take it back (冲正).
    pub reversal: Option<Message>,
    /// The file of a day, please (对账).
    pub day_file: Option<Message>,
}

/// One thing that is said to a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// What is due?
    Query,
    /// It is paid (销账).
    WriteOff,
    /// What became of it?
    Ask,
    /// Take it back (冲正).
    Reversal,
    /// The file of a day, please (对账).
    DayFile,
}

impl Verb {
    /// All of them.
    pub const ALL: [Verb; 5] =
        [Self::Query, Self::WriteOff, Self::Ask, Self::Reversal, Self::DayFile];

    /// Its name in a specification.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::WriteOff => "write_off",
            Self::Ask => "ask",
            Self::Reversal => "reversal",
            Self::DayFile => "day_file",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Messages {
    /// The message for a verb, if the partner has it.
    #[must_use]
    pub fn of(&self, verb: Verb) -> Option<&Message> {
        match verb {
            Verb::Query => self.query.as_ref(),
            Verb::WriteOff => self.write_off.as_ref(),
            Verb::Ask => self.ask.as_ref(),
            Verb::Reversal => self.reversal.as_ref(),
            Verb::DayFile => self.day_file.as_ref(),
        }
    }
}

/// One message.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The partner's code of this message, for fields whose source is `message`.
    pub code: Option<String>,
    /// HTTP method; POST if left out.
    pub method: Option<Method>,
    /// Path at the address.
    pub path: Option<RequestPath>,
    /// The outermost element of XML, where it is another than that of all messages.
    pub root: Option<FieldPath>,
    /// Under which reference it is sent.
    #[serde(default)]
    pub reference: Under,
    /// Its fields in their order.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// How the answer is read.
    pub answer: MessageAnswer,
}

/// HTTP method of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Fields in the query of the address.
    Get,
    /// Fields in the body.
    Post,
}

impl Method {
    /// The method's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Under which reference a message is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Under {
    /// One of its own.
    #[default]
    Own,
    /// That of the message that it is about.
    Original,
}

/// Where a field stands: names joined by full stops, such as `data.bills.billId`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldPath(String);

impl FieldPath {
    /// The path `code`.
    pub(super) fn code() -> Self {
        Self("code".to_owned())
    }

    /// The whole path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its names, from the outermost.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }
}

impl TryFrom<String> for FieldPath {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let name = |part: &str| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        };
        if text.chars().count() <= 80 && text.split('.').count() <= 6 && text.split('.').all(name) {
            Ok(Self(text))
        } else {
            Err(format!(
                "`{}` is not accepted, expected the name of a field such as CustNo, or names joined by full stops",
                text.escape_debug()
            ))
        }
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One field that we write, or that an answer repeats.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Where it stands.
    pub name: FieldPath,
    /// What it holds, or
    pub source: Option<FieldSource>,
    /// its text.
    pub value: Option<String>,
    /// Which of the kept values, with source `carried`.
    pub carried: Option<Code>,
    /// Unit of an amount.
    pub unit: Option<Unit>,
    /// How a date or time is written.
    pub pattern: Option<Pattern>,
    /// JSON: a number, not a text.
    #[serde(default)]
    pub number: bool,
    /// JSON, XML, form: all values that were kept, not one.
    #[serde(default)]
    pub list: bool,
    /// Length in bytes in a `fixed` body.
    pub bytes: Option<u32>,
    /// Side to which the text stands in a `fixed` body.
    #[serde(default)]
    pub align: Align,
    /// What fills the rest.
    pub pad: Option<char>,
}

/// What a field can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldSource {
    /// The partner's code of the message.
    Message,
    /// The reference under which the message is sent.
    Reference,
    /// The reference of the message that this one is about.
    OriginalReference,
    /// The date that stood in that message.
    OriginalDate,
    /// When the message is sent, in the partner's zone.
    Time,
    /// The clearing date of the payment, or of the file.
    ClearingDate,
    /// The customer number.
    Customer,
    /// What is paid.
    Amount,
    /// A value that the answer to the query gave.
    Carried,
    /// Which part of the file is wanted, from 1.
    Part,
    /// The signature.
    Signature,
}

/// One field of an answer with a `fixed` body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Its name, which other keys refer to.
    pub name: FieldPath,
    /// Length in bytes.
    pub bytes: u32,
    /// Side to which the text stands.
    #[serde(default)]
    pub align: Align,
    /// What fills the rest; a blank if left out.
    pub pad: Option<char>,
}

/// What codes or words of a partner mean.
pub type Codes = BTreeMap<String, Outcome>;

/// What became of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was asked for was done; of a query: something is due.
    Done,
    /// The partner did not do it, and will not.
    Refused,
    /// The payment was done and taken back, or a reversal was done.
    Reversed,
    /// There is nothing to pay.
    NothingDue,
    /// The partner has no such customer, or the core no such account.
    NoSuchCustomer,
    /// There is not enough on the customer's account with the core.
    NotEnough,
    /// The customer's account with the core is frozen or closed.
    Frozen,
    /// The partner knows nothing under our reference.
    NotFound,
    /// The partner is still at it.
    InProgress,
    /// Nobody can tell from this answer.
    #[default]
    Unknown,
}

/// How the answer to one message is read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageAnswer {
    /// The outermost element of XML, where it is another than that of all answers.
    pub root: Option<FieldPath>,
    /// The fields of a `fixed` body after the head, in their order.
    #[serde(default)]
    pub fields: Vec<Cell>,
    /// What codes mean.
    pub codes: Codes,
    /// What any other code means.
    #[serde(default)]
    pub otherwise: Outcome,
    /// A second word that decides when the code means `done`.
    pub status: Option<Status>,
    /// What the answer repeats of our message.
    #[serde(default)]
    pub echo: Vec<Field>,
    /// The partner's own reference.
    pub their_reference: Option<FieldPath>,
    /// The amount of the payment as the partner has it.
    pub amount: Option<AmountAt>,
    /// Query: values that later messages need, by the names under which they are kept.
    #[serde(default)]
    pub carry: BTreeMap<Code, FieldPath>,
    /// Query: name of the customer.
    pub customer_name: Option<FieldPath>,
    /// Query: what all lines are for that do not say it themselves.
    pub period: Option<PeriodAt>,
    /// Query: what is due in all.
    pub total: Option<AmountAt>,
    /// Query: the lines of the bill.
    pub lines: Option<Lines>,
    /// Day file: where the file is.
    pub file: Option<FileAt>,
}

/// Where an answer has a file, or says where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileAt {
    /// Its content, or
    pub content: Option<FieldPath>,
    /// the name under which it lies at the address.
    pub name: Option<FieldPath>,
    /// How the content is written.
    #[serde(default)]
    pub form: ContentForm,
    /// Which part of the file this is, from 1.
    pub part: Option<FieldPath>,
    /// How many parts the file has.
    pub parts: Option<FieldPath>,
}

/// How the content of a file is written in an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentForm {
    /// As it is.
    #[default]
    Plain,
    /// In base64.
    Base64,
    /// In hexadecimal digits.
    Hex,
}

/// A second word of an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Where it stands.
    pub name: FieldPath,
    /// What its words mean; any other: unknown.
    pub map: Codes,
}

/// An amount in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountAt {
    /// Where it stands.
    pub name: FieldPath,
    /// Unit of the number.
    pub unit: Unit,
    /// Whether full-width digits are accepted.
    #[serde(default)]
    pub full_width: bool,
}

/// A period in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodAt {
    /// Where it stands.
    pub name: FieldPath,
    /// How it is written; left out: a text of the partner's own, such as a term.
    pub pattern: Option<PeriodPattern>,
}

/// The lines of a bill. Names are those within one element of the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// The element that is repeated; left out: the answer itself is the only line.
    pub each: Option<FieldPath>,
    /// What the line is called; left out: by the name of the biller's item.
    pub label: Option<FieldPath>,
    /// What it is for.
    pub period: Option<PeriodAt>,
    /// How much.
    pub amount: AmountAt,
    /// How much of late fee.
    pub late_fee: Option<AmountAt>,
    /// Whether the amount includes the late fee.
    #[serde(default)]
    pub late_fee_included: bool,
}
