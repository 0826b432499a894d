//! The files in which the core is told what to pay. A payout is in one file for ever, and a file is made
//! of its records alone, so that it can be made again bit for bit.

use crate::decision::digest;
use crate::facts::{Fact, Need};
use crate::id::PayoutFileId;
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, fixed};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde_json::{Value, json};
use uuid::Uuid;

/// The kind of the event that makes one. Its data are the file as it is [told](PayoutFile::told).
pub const MADE: &str = "payout_file.made";

/// A file of payouts. Nothing of it ever changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutFile {
    /// The identifier, and as 32 hexadecimal digits the message identifier.
    pub id: PayoutFileId,
    /// `yyyy-mm-dd/number`, unique.
    pub file_key: String,
    /// The day on which the core is to pay.
    pub date: Date,
    /// 1 for the first file of that day, 2, 3, … for more.
    pub number: i64,
    /// How many payouts it has.
    pub payouts: i64,
    /// The sum of their amounts, in fen.
    pub sum: Fen,
    /// Who pays and from which account at the core, as the installation was set then: text of the door's.
    pub debtor: String,
    /// When it was made.
    pub made_at: Instant,
    /// The number in the feed of the command that made it.
    pub seq: i64,
}

impl PayoutFile {
    /// The unique key of a file.
    #[must_use]
    pub fn key_of(date: Date, number: i64) -> String {
        format!("{date}/{number}")
    }

    /// The file of this key.
    pub fn by_key(key: &str) -> Need {
        Need::text::<PayoutFile>("file_key", key.to_owned())
    }

    /// By which name the core knows the message, for ever.
    #[must_use]
    pub fn message(&self) -> String {
        self.id.0.simple().to_string()
    }

    /// By which name it knows the one payment of which the message consists.
    #[must_use]
    pub fn payment(&self) -> String {
        format!("{}-1", self.message())
    }

    /// The file as it is told.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({
            "file": self.id, "message": self.message(), "date": self.date, "number": self.number,
            "payouts": self.payouts, "sum_fen": self.sum,
            "debtor_sha256": hex::encode(digest(self.debtor.as_bytes())), "made_at": self.made_at, "seq": self.seq,
        })
    }
}

impl Row for PayoutFile {
    const TABLE: Table = Table {
        name: "payout_files",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("file_key", Kind::Text),
            fixed("date", Kind::Int),
            fixed("number", Kind::Int),
            fixed("payouts", Kind::Int),
            fixed("sum_fen", Kind::Int),
            fixed("debtor", Kind::Text),
            fixed("made_at", Kind::Int),
            fixed("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.file_key.clone()),
            Cell::Int(date_to_number(self.date)),
            Cell::Int(self.number),
            Cell::Int(self.payouts),
            Cell::Int(self.sum.0),
            Cell::Text(self.debtor.clone()),
            Cell::Int(self.made_at.0),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<PayoutFile, Corrupt> {
        Ok(PayoutFile {
            id: cells.id()?,
            file_key: cells.text()?,
            date: cells.int_as(date_from_number)?,
            number: cells.int()?,
            payouts: cells.int()?,
            sum: Fen(cells.int()?),
            debtor: cells.text()?,
            made_at: Instant(cells.int()?),
            seq: cells.int()?,
        })
    }
}

impl Fact for PayoutFile {
    const LOOKUPS: &'static [&'static str] = &["file_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "file_key").then(|| Cell::Text(self.file_key.clone()))
    }
}
