//! A partner's file of a clearing date, as we took it: which payments the partner says that it has.
//!
//! A file is known by its content: the same one again has no effect. Another one for the same date is a
//! correction and has the next number; what counts is the last one that is complete. Lines are never
//! changed.

use crate::facts::{Fact, Need};
use crate::id::StatementId;
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int, maybe_text};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The kind of the event that begins to take one.
pub const RECEIVED: &str = "statement.received";
/// The kind of the event of some of its lines.
pub const CONTINUED: &str = "statement.continued";
/// The kind of the event of its last lines.
pub const COMPLETED: &str = "statement.completed";

/// A partner's file of a clearing date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The identifier.
    pub id: StatementId,
    /// `partner/yyyy-mm-dd/number`, unique.
    pub statement_key: String,
    /// `partner/yyyy-mm-dd`.
    pub day_key: String,
    /// The partner.
    pub partner: String,
    /// The clearing date.
    pub date: Date,
    /// 0 for the first file of the date, 1, 2, … for corrections.
    pub number: i64,
    /// SHA-256 of the bytes, hex.
    pub content_hash: String,
    /// Its name when it came.
    pub name: String,
    /// How many lines it has.
    pub lines: i64,
    /// The sum of all their amounts, in fen.
    pub sum: Fen,
    /// How many of them are on record so far.
    pub taken: i64,
    /// When it came.
    pub received_at: Instant,
    /// When all lines were on record.
    pub completed_at: Option<Instant>,
    /// The number in the feed of the command that began to take it.
    pub seq: i64,
}

impl Statement {
    /// The unique key of a file.
    #[must_use]
    pub fn key_of(partner: &str, date: Date, number: i64) -> String {
        format!("{partner}/{date}/{number}")
    }

    /// The file of this identifier.
    pub fn by_id(id: StatementId) -> Need {
        Need::id::<Statement>(id.0)
    }

    /// The files of a partner's date, complete or not.
    pub fn of_day(partner: &str, date: Date) -> Need {
        Need::text::<Statement>("day_key", format!("{partner}/{date}"))
    }

    /// The file as it is told.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({
            "statement": self.id, "partner": self.partner, "date": self.date, "number": self.number,
            "sha256": self.content_hash, "name": self.name, "lines": self.lines,
            "sum_fen": self.sum, "taken": self.taken, "received_at": self.received_at,
            "completed_at": self.completed_at,
        })
    }
}

/// What a line says of its payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// It is paid.
    Paid,
    /// It was paid and taken back.
    Reversed,
    /// It never was.
    NotPaid,
}

impl LineState {
    /// The number under which it is stored.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            LineState::Paid => 0,
            LineState::Reversed => 1,
            LineState::NotPaid => 2,
        }
    }

    /// The state of a stored number.
    #[must_use]
    pub fn from_code(code: i64) -> Option<LineState> {
        [LineState::Paid, LineState::Reversed, LineState::NotPaid]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

/// One line of such a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// The file.
    pub statement: StatementId,
    /// `partner/reference`: our reference as it stands there, once in a file.
    pub reference_key: String,
    /// Where it stands in the file.
    pub line: i64,
    /// The customer's number, where the file says it.
    pub customer: Option<String>,
    /// How much, in fen.
    pub amount: Fen,
    /// What it says of the payment.
    pub state: LineState,
    /// When it was paid by the partner's clock, as `yyyymmddhhmmss`, where the file says it.
    pub paid_at: Option<i64>,
}

impl Row for Statement {
    const TABLE: Table = Table {
        name: "statements",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("statement_key", Kind::Text),
            fixed("day_key", Kind::Text),
            fixed("partner", Kind::Text),
            fixed("date", Kind::Int),
            fixed("number", Kind::Int),
            fixed("content_hash", Kind::Text),
            fixed("name", Kind::Text),
            fixed("lines", Kind::Int),
            fixed("sum_fen", Kind::Int),
            changing("taken", Kind::Int),
            fixed("received_at", Kind::Int),
            changing("completed_at", Kind::Int),
            fixed("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.statement_key.clone()),
            Cell::Text(self.day_key.clone()),
            Cell::Text(self.partner.clone()),
            Cell::Int(date_to_number(self.date)),
            Cell::Int(self.number),
            Cell::Text(self.content_hash.clone()),
            Cell::Text(self.name.clone()),
            Cell::Int(self.lines),
            Cell::Int(self.sum.0),
            Cell::Int(self.taken),
            Cell::Int(self.received_at.0),
            maybe_int(self.completed_at.map(|at| at.0)),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Statement, Corrupt> {
        Ok(Statement {
            id: cells.id()?,
            statement_key: cells.text()?,
            day_key: cells.text()?,
            partner: cells.text()?,
            date: cells.int_as(date_from_number)?,
            number: cells.int()?,
            content_hash: cells.text()?,
            name: cells.text()?,
            lines: cells.int()?,
            sum: Fen(cells.int()?),
            taken: cells.int()?,
            received_at: Instant(cells.int()?),
            completed_at: cells.maybe_int()?.map(Instant),
            seq: cells.int()?,
        })
    }
}

impl Fact for Statement {
    const LOOKUPS: &'static [&'static str] = &["day_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "day_key").then(|| Cell::Text(self.day_key.clone()))
    }
}

impl Row for StatementLine {
    const TABLE: Table = Table {
        name: "statement_lines",
        key: &["statement", "reference_key"],
        columns: &[
            fixed("statement", Kind::Id),
            fixed("reference_key", Kind::Text),
            fixed("line", Kind::Int),
            fixed("customer", Kind::Text),
            fixed("amount_fen", Kind::Int),
            fixed("state", Kind::Int),
            fixed("paid_at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.statement.0),
            Cell::Text(self.reference_key.clone()),
            Cell::Int(self.line),
            maybe_text(self.customer.as_deref()),
            Cell::Int(self.amount.0),
            Cell::Int(self.state.code()),
            maybe_int(self.paid_at),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<StatementLine, Corrupt> {
        Ok(StatementLine {
            statement: cells.id()?,
            reference_key: cells.text()?,
            line: cells.int()?,
            customer: cells.maybe_text()?,
            amount: Fen(cells.int()?),
            state: cells.int_as(LineState::from_code)?,
            paid_at: cells.maybe_int()?,
        })
    }
}
