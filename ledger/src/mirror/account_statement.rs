//! A statement of an account of ours elsewhere, as we took it. It is known by the file's content and its
//! place in it: the same file again has no effect. One that says the same days anew ([`super::standing`])
//! replaces the one before; both stay on record.

use crate::facts::{Fact, Need};
use crate::id::AccountStatementId;
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int, maybe_text};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde_json::{Value, json};
use uuid::Uuid;

/// The kind of the event that begins to take one.
pub const RECEIVED: &str = "account_statement.received";
/// The kind of the event of some of its items.
pub const CONTINUED: &str = "account_statement.continued";
/// The kind of the event of its last items.
pub const COMPLETED: &str = "account_statement.completed";

/// A statement of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountStatement {
    /// The identifier.
    pub id: AccountStatementId,
    /// `mirror/content hash/place in the file/yyyy-mm-dd`, unique.
    pub statement_key: String,
    /// The mirror's code.
    pub mirror: String,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub date: Date,
    /// Its number among the account's statements, where it has one.
    pub number: Option<String>,
    /// Its page, where it has one.
    pub page: Option<String>,
    /// SHA-256 of the file's bytes, hex.
    pub content_hash: String,
    /// The file's name when it came.
    pub name: String,
    /// The balance before its entries, in fen, where it says so.
    pub opening: Option<Fen>,
    /// The balance after them, in fen, where it says so.
    pub closing: Option<Fen>,
    /// How many items it has.
    pub lines: i64,
    /// How many of them are on record so far.
    pub taken: i64,
    /// When it came.
    pub received_at: Instant,
    /// When all its items were on record.
    pub completed_at: Option<Instant>,
    /// By which later statement of the same days it was replaced.
    pub replaced_by: Option<AccountStatementId>,
    /// The number in the feed of the command that began to take it.
    pub seq: i64,
}

impl AccountStatement {
    /// The statement of this identifier.
    pub fn by_id(id: AccountStatementId) -> Need {
        Need::id::<AccountStatement>(id.0)
    }

    /// The statements of a mirror.
    pub fn of_mirror(mirror: &str) -> Need {
        Need::text::<AccountStatement>("mirror", mirror.to_owned())
    }

    /// The key of a statement by its file and day.
    #[must_use]
    pub fn key_of(mirror: &str, content_hash: &str, place: usize, date: Date) -> String {
        format!("{mirror}/{content_hash}/{place}/{date}")
    }

    /// File and place in it, whatever the day: its key without that.
    #[must_use]
    pub fn source(&self) -> &str {
        self.statement_key.rsplit_once('/').map_or(&self.statement_key, |(source, _)| source)
    }

    /// Whether its items count.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.completed_at.is_some() && self.replaced_by.is_none()
    }

    /// The statement as it is told.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({
            "statement": self.id, "account": self.mirror, "from": self.from, "date": self.date,
            "number": self.number, "page": self.page, "sha256": self.content_hash,
            "name": self.name, "opening_fen": self.opening, "closing_fen": self.closing,
            "lines": self.lines, "taken": self.taken, "received_at": self.received_at,
            "completed_at": self.completed_at, "replaced_by": self.replaced_by,
        })
    }
}

impl Row for AccountStatement {
    const TABLE: Table = Table {
        name: "account_statements",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("statement_key", Kind::Text),
            fixed("mirror", Kind::Text),
            fixed("from_date", Kind::Int),
            fixed("date", Kind::Int),
            fixed("number", Kind::Text),
            fixed("page", Kind::Text),
            fixed("content_hash", Kind::Text),
            fixed("name", Kind::Text),
            fixed("opening_fen", Kind::Int),
            fixed("closing_fen", Kind::Int),
            fixed("lines", Kind::Int),
            changing("taken", Kind::Int),
            fixed("received_at", Kind::Int),
            changing("completed_at", Kind::Int),
            changing("replaced_by", Kind::Id),
            fixed("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.statement_key.clone()),
            Cell::Text(self.mirror.clone()),
            Cell::Int(date_to_number(self.from)),
            Cell::Int(date_to_number(self.date)),
            maybe_text(self.number.as_deref()),
            maybe_text(self.page.as_deref()),
            Cell::Text(self.content_hash.clone()),
            Cell::Text(self.name.clone()),
            maybe_int(self.opening.map(|opening| opening.0)),
            maybe_int(self.closing.map(|closing| closing.0)),
            Cell::Int(self.lines),
            Cell::Int(self.taken),
            Cell::Int(self.received_at.0),
            maybe_int(self.completed_at.map(|at| at.0)),
            self.replaced_by.map_or(Cell::Null, |other| Cell::Id(other.0)),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<AccountStatement, Corrupt> {
        Ok(AccountStatement {
            id: cells.id()?,
            statement_key: cells.text()?,
            mirror: cells.text()?,
            from: cells.int_as(date_from_number)?,
            date: cells.int_as(date_from_number)?,
            number: cells.maybe_text()?,
            page: cells.maybe_text()?,
            content_hash: cells.text()?,
            name: cells.text()?,
            opening: cells.maybe_int()?.map(Fen),
            closing: cells.maybe_int()?.map(Fen),
            lines: cells.int()?,
            taken: cells.int()?,
            received_at: Instant(cells.int()?),
            completed_at: cells.maybe_int()?.map(Instant),
            replaced_by: cells.maybe_id()?,
            seq: cells.int()?,
        })
    }
}

impl Fact for AccountStatement {
    const LOOKUPS: &'static [&'static str] = &["mirror"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "mirror").then(|| Cell::Text(self.mirror.clone()))
    }
}
