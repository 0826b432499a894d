//! The files in which a partner is told of instructions, and of their reversals. An instruction is told in
//! one file for ever, and a file is made of its records alone, so that it can be made again bit for bit.

use super::Instruction;
use crate::decision::digest;
use crate::facts::{Fact, Need};
use crate::id::{InstructionFileId, InstructionId};
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, json, maybe_int};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The kind of the event that makes one. Its data are the file as it is [told](InstructionFile::told).
pub const MADE: &str = "instruction_file.made";

/// The kind of the event that says that one lies in the partner's outbox.
pub const PUT: &str = "instruction_file.put";

/// What a file tells of its instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// That they are to be carried out.
    Payments,
    /// That they are to be undone.
    Reversals,
}

impl Told {
    /// Both.
    pub const ALL: [Told; 2] = [Told::Payments, Told::Reversals];

    /// The number under which it is stored.
    pub fn code(self) -> i64 {
        match self {
            Told::Payments => 0,
            Told::Reversals => 1,
        }
    }

    fn from_code(code: i64) -> Option<Told> {
        Told::ALL.into_iter().find(|told| told.code() == code)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Told::Payments => "payments",
            Told::Reversals => "reversals",
        }
    }
}

/// A file of instructions. Nothing of it ever changes but when it was put into the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstructionFile {
    /// The identifier, and as 32 hexadecimal digits the message identifier.
    pub id: InstructionFileId,
    /// `partner/yyyy-mm-dd/number`, unique.
    pub file_key: String,
    /// The partner.
    pub partner: String,
    /// What is told.
    pub verb: Told,
    /// The file in which its instructions were told, where a message of reversals is about one.
    pub about: Option<InstructionFileId>,
    /// The clearing day of its instructions.
    pub date: Date,
    /// 1 for the first file of that day, 2, 3, … for more, whatever they tell.
    pub number: i64,
    /// What the file is called, unique at the partner.
    pub name: String,
    /// The instructions that it tells of, in their order.
    pub of: Vec<InstructionId>,
    /// The sum of their amounts, in fen.
    pub sum: Fen,
    /// All else that the bytes depend on, as the specification was then: text of the door's.
    pub terms: String,
    /// When it was made.
    pub made_at: Instant,
    /// Until when an answer is waited for.
    pub answer_by: Instant,
    /// When it lay in the outbox for the first time.
    pub put_at: Option<Instant>,
    /// The number in the feed of the command that made it.
    pub seq: i64,
}

impl InstructionFile {
    /// The unique key of a file.
    #[must_use]
    pub fn key_of(partner: &str, date: Date, number: i64) -> String {
        format!("{partner}/{date}/{number}")
    }

    /// The file of this identifier.
    pub fn by_id(id: InstructionFileId) -> Need {
        Need::id::<InstructionFile>(id.0)
    }

    /// The file of this key.
    pub fn by_key(key: &str) -> Need {
        Need::text::<InstructionFile>("file_key", key.to_owned())
    }

    /// By which name the partner knows the message, for ever, where messages have one.
    #[must_use]
    pub fn message(&self) -> String {
        self.id.0.simple().to_string()
    }

    /// By which name it knows the one payment of which such a message consists.
    #[must_use]
    pub fn payment(&self) -> String {
        format!("{}-1", self.message())
    }

    /// The reference under which the file tells of an instruction.
    #[must_use]
    pub fn reference<'i>(&self, instruction: &'i Instruction) -> &'i str {
        match self.verb {
            Told::Payments => instruction.reference(),
            Told::Reversals => &instruction.reversal_reference,
        }
    }

    /// The file as it is told.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({
            "file": self.id, "partner": self.partner, "tells": self.verb, "about": self.about, "date": self.date,
            "number": self.number, "name": self.name, "of": self.of, "sum_fen": self.sum,
            "terms_sha256": hex::encode(digest(self.terms.as_bytes())), "made_at": self.made_at,
            "answer_by": self.answer_by, "seq": self.seq,
        })
    }
}

impl Row for InstructionFile {
    const TABLE: Table = Table {
        name: "instruction_files",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("file_key", Kind::Text),
            fixed("partner", Kind::Text),
            fixed("verb", Kind::Int),
            fixed("about", Kind::Id),
            fixed("date", Kind::Int),
            fixed("number", Kind::Int),
            fixed("name", Kind::Text),
            fixed("of_instructions", Kind::Text),
            fixed("sum_fen", Kind::Int),
            fixed("terms", Kind::Text),
            fixed("made_at", Kind::Int),
            fixed("answer_by", Kind::Int),
            changing("put_at", Kind::Int),
            fixed("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.file_key.clone()),
            Cell::Text(self.partner.clone()),
            Cell::Int(self.verb.code()),
            self.about.map_or(Cell::Null, |file| Cell::Id(file.0)),
            Cell::Int(date_to_number(self.date)),
            Cell::Int(self.number),
            Cell::Text(self.name.clone()),
            json(&self.of),
            Cell::Int(self.sum.0),
            Cell::Text(self.terms.clone()),
            Cell::Int(self.made_at.0),
            Cell::Int(self.answer_by.0),
            maybe_int(self.put_at.map(|at| at.0)),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<InstructionFile, Corrupt> {
        Ok(InstructionFile {
            id: cells.id()?,
            file_key: cells.text()?,
            partner: cells.text()?,
            verb: cells.int_as(Told::from_code)?,
            about: cells.maybe_id()?,
            date: cells.int_as(date_from_number)?,
            number: cells.int()?,
            name: cells.text()?,
            of: cells.json()?,
            sum: Fen(cells.int()?),
            terms: cells.text()?,
            made_at: Instant(cells.int()?),
            answer_by: Instant(cells.int()?),
            put_at: cells.maybe_int()?.map(Instant),
            seq: cells.int()?,
        })
    }
}

impl Fact for InstructionFile {
    const LOOKUPS: &'static [&'static str] = &["file_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "file_key").then(|| Cell::Text(self.file_key.clone()))
    }
}
