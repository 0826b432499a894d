//! Withholding: a partner's file of claims under mandates, and what became of each of its lines.
//!
//! ```text
//!   RECEIVED ── all lines are here ──▶ VALIDATED ── first line ──▶ RUNNING ── no line is left ──▶ DONE
//!                                                                                                  │
//!   REJECTED (the file as a whole is wrong)                     RESULT_SENT ◀── handed over ───────┘
//! ```
//!
//! A rejected file had no effect; the same bytes come again as a new try when they are understood after
//! all. The counters say how far it is, and are part of the commit of every line.
//!
//! | module | holds |
//! |---|---|
//! | [`line`] | a line, and its outcomes |

pub mod line;

pub use line::{BatchLine, LineOutcome, LineState};

use crate::facts::{Fact, Need};
use crate::id::BatchId;
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// The file is proved; its lines are being taken in.
    Received,
    /// The file as a whole is wrong: nothing was done.
    Rejected,
    /// All lines are here and wait for their day.
    Validated,
    /// Some lines were presented.
    Running,
    /// Every line was presented.
    Done,
    /// Its result was handed to the partner.
    ResultSent,
}

impl BatchState {
    /// All states, in the order of their codes.
    pub const ALL: [BatchState; 6] = [
        BatchState::Received,
        BatchState::Rejected,
        BatchState::Validated,
        BatchState::Running,
        BatchState::Done,
        BatchState::ResultSent,
    ];

    /// The number under which the state is stored.
    pub fn code(self) -> i64 {
        match self {
            BatchState::Received => 0,
            BatchState::Rejected => 1,
            BatchState::Validated => 2,
            BatchState::Running => 3,
            BatchState::Done => 4,
            BatchState::ResultSent => 5,
        }
    }

    fn from_code(code: i64) -> Option<BatchState> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether every line was presented at least once.
    pub fn is_done(self) -> bool {
        matches!(self, BatchState::Done | BatchState::ResultSent)
    }
}

/// A partner's file of claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The identifier.
    pub id: BatchId,
    /// Whose file it is.
    pub partner: String,
    /// `partner/SHA-256`: the same bytes are the same batch.
    pub hash_key: String,
    /// `partner/name`: another file does not come under the name of one that was taken.
    pub name_key: String,
    /// Who handed it in.
    pub handed_in_by: String,
    /// Its length in bytes.
    pub bytes: i64,
    /// Its lines.
    pub lines: i64,
    /// What they claim together, in fen.
    pub sum: Fen,
    /// Where it stands.
    pub state: BatchState,
    /// Lines that were taken in.
    pub loaded: i64,
    /// Lines that were presented at least once.
    pub presented: i64,
    /// Lines of which all was debited.
    pub done: i64,
    /// Lines of which a part was debited.
    pub partial: i64,
    /// Lines of which nothing was and will be debited.
    pub refused: i64,
    /// Lines that wait to be presented again.
    pub waiting: i64,
    /// What was debited, in fen.
    pub debited: Fen,
    /// The day from which on it is presented.
    pub run_on: Date,
    /// When it was received.
    pub at: Instant,
    /// When its result was handed over first.
    pub sent_at: Option<Instant>,
    /// The number in the feed of the command that received it.
    pub seq: i64,
}

impl Batch {
    /// The file's name.
    pub fn name(&self) -> &str {
        self.name_key.get(self.partner.len() + 1..).unwrap_or_default()
    }

    /// The SHA-256 of the file, hex.
    pub fn hash(&self) -> &str {
        self.hash_key.get(self.partner.len() + 1..).unwrap_or_default()
    }

    /// The batch of this identifier.
    pub fn by_id(id: BatchId) -> Need {
        Need::id::<Batch>(id.0)
    }

    /// The batch of these bytes.
    pub fn by_hash(partner: &str, hash: &str) -> Need {
        Need::text::<Batch>("hash_key", format!("{partner}/{hash}"))
    }

    /// The batches that came under this name.
    pub fn by_name(partner: &str, name: &str) -> Need {
        Need::text::<Batch>("name_key", format!("{partner}/{name}"))
    }

    /// The batch after a line was presented: what became of it, and whether that was its first time. A
    /// line that was presented before has been waiting.
    #[must_use]
    pub fn presented(&self, line: &BatchLine) -> Option<Batch> {
        let mut after = self.clone();
        if line.tries == 1 {
            after.presented += 1;
        } else {
            after.waiting -= 1;
        }
        match line.state {
            LineState::Done => after.done += 1,
            LineState::Partial => after.partial += 1,
            LineState::Refused => after.refused += 1,
            LineState::Waiting => after.waiting += 1,
            LineState::New => {}
        }
        after.debited = after.debited.plus(line.debited)?;
        if after.state == BatchState::Validated {
            after.state = BatchState::Running;
        }
        Some(after)
    }
}

impl Row for Batch {
    const TABLE: Table = Table {
        name: "batches",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("partner", Kind::Text),
            fixed("hash_key", Kind::Text),
            changing("name_key", Kind::Text),
            changing("handed_in_by", Kind::Text),
            fixed("bytes", Kind::Int),
            changing("lines", Kind::Int),
            changing("sum_fen", Kind::Int),
            changing("state", Kind::Int),
            changing("loaded", Kind::Int),
            changing("presented", Kind::Int),
            changing("done", Kind::Int),
            changing("partial", Kind::Int),
            changing("refused", Kind::Int),
            changing("waiting", Kind::Int),
            changing("debited_fen", Kind::Int),
            changing("run_on", Kind::Int),
            changing("at", Kind::Int),
            changing("sent_at", Kind::Int),
            changing("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.hash_key.clone()),
            Cell::Text(self.name_key.clone()),
            Cell::Text(self.handed_in_by.clone()),
            Cell::Int(self.bytes),
            Cell::Int(self.lines),
            Cell::Int(self.sum.0),
            Cell::Int(self.state.code()),
            Cell::Int(self.loaded),
            Cell::Int(self.presented),
            Cell::Int(self.done),
            Cell::Int(self.partial),
            Cell::Int(self.refused),
            Cell::Int(self.waiting),
            Cell::Int(self.debited.0),
            Cell::Int(date_to_number(self.run_on)),
            Cell::Int(self.at.0),
            maybe_int(self.sent_at.map(|at| at.0)),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Batch, Corrupt> {
        Ok(Batch {
            id: cells.id()?,
            partner: cells.text()?,
            hash_key: cells.text()?,
            name_key: cells.text()?,
            handed_in_by: cells.text()?,
            bytes: cells.int()?,
            lines: cells.int()?,
            sum: Fen(cells.int()?),
            state: cells.int_as(BatchState::from_code)?,
            loaded: cells.int()?,
            presented: cells.int()?,
            done: cells.int()?,
            partial: cells.int()?,
            refused: cells.int()?,
            waiting: cells.int()?,
            debited: Fen(cells.int()?),
            run_on: cells.int_as(date_from_number)?,
            at: Instant(cells.int()?),
            sent_at: cells.maybe_int()?.map(Instant),
            seq: cells.int()?,
        })
    }
}

impl Fact for Batch {
    const LOOKUPS: &'static [&'static str] = &["hash_key", "name_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        match column {
            "hash_key" => Some(Cell::Text(self.hash_key.clone())),
            "name_key" => Some(Cell::Text(self.name_key.clone())),
            _ => None,
        }
    }
}
