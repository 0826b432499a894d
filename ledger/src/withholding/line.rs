//! A line of a batch: one claim under a contract, and what became of it.
//!
//! ```text
//!   NEW ──▶ DONE | PARTIAL | REFUSED
//!    └────▶ WAITING ── presented again on an agreed day ──▶ DONE | PARTIAL | REFUSED | WAITING
//! ```
//!
//! Only want of money lets a line wait. The order that pays it has the claim as its reference, so that a
//! contract is debited for a period once, whatever file claims it.

use crate::facts::{Fact, Need};
use crate::id::{BatchId, BatchLineId, OrderId};
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int};
use crate::time::date_to_number;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Not presented yet.
    New,
    /// All was debited.
    Done,
    /// A part was debited, and that was all.
    Partial,
    /// Nothing was debited, and nothing will be.
    Refused,
    /// Nothing was debited for want of money; it is presented again.
    Waiting,
}

impl LineState {
    /// All states, in the order of their codes.
    pub const ALL: [LineState; 5] = [
        LineState::New,
        LineState::Done,
        LineState::Partial,
        LineState::Refused,
        LineState::Waiting,
    ];

    /// The number under which the state is stored.
    pub fn code(self) -> i64 {
        match self {
            LineState::New => 0,
            LineState::Done => 1,
            LineState::Partial => 2,
            LineState::Refused => 3,
            LineState::Waiting => 4,
        }
    }

    fn from_code(code: i64) -> Option<LineState> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

macro_rules! outcomes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $name:literal),* $(,)?) => {
        /// What came of presenting a line. The partner's own word for each is in its specification.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum LineOutcome { $($(#[$doc])* $variant,)* }

        impl LineOutcome {
            /// All outcomes, in the order of their codes.
            pub const ALL: &'static [LineOutcome] = &[$(LineOutcome::$variant,)*];

            /// The number under which it is stored.
            pub fn code(self) -> i64 {
                match self { $(LineOutcome::$variant => $code,)* }
            }

            /// Its name, as programs know it.
            pub fn name(self) -> &'static str {
                match self { $(LineOutcome::$variant => $name,)* }
            }
        }
    };
}

outcomes! {
    /// All was debited.
    Done = 0 "done",
    /// A part was debited, as the mandate allows.
    Partial = 1 "partial",
    /// There was not enough.
    Insufficient = 2 "insufficient",
    /// The payer's account is closed.
    AccountClosed = 3 "account_closed",
    /// The payer's account is frozen.
    AccountFrozen = 4 "account_frozen",
    /// The account is not the mandate's.
    AccountMismatch = 5 "account_mismatch",
    /// The name is not the mandate's.
    NameMismatch = 6 "name_mismatch",
    /// There is no mandate for the contract.
    NoMandate = 7 "no_mandate",
    /// The payer has suspended it.
    Suspended = 8 "suspended",
    /// The payer has revoked it.
    Revoked = 9 "revoked",
    /// It is not in force on the day: not yet, or no longer.
    Expired = 10 "expired",
    /// It is more than the mandate allows for a debit or a month.
    AboveLimit = 11 "above_limit",
    /// The contract was debited for the period already.
    Duplicate = 12 "duplicate",
    /// The books do not take it for another reason.
    NotPossible = 13 "not_possible",
}

impl LineOutcome {
    fn from_code(code: i64) -> Option<LineOutcome> {
        Self::ALL.iter().copied().find(|outcome| outcome.code() == code)
    }
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchLine {
    /// The identifier.
    pub id: BatchLineId,
    /// Its batch.
    pub batch: BatchId,
    /// Whose file it is of.
    pub partner: String,
    /// The line of the file, from 1.
    pub line: i64,
    /// The partner's own number of the line.
    pub number: String,
    /// The contract's number at the partner.
    pub contract: String,
    /// The code of the account to debit; empty where the file names none.
    pub account: String,
    /// The blind index of the account holder's name; empty where the file names none.
    pub name_index: Vec<u8>,
    /// The period charged, `2026-11` or `2026Q4`.
    pub period: String,
    /// What is claimed, in fen.
    pub amount: Fen,
    /// Where it stands.
    pub state: LineState,
    /// What came of it last; nothing before it was presented.
    pub outcome: Option<LineOutcome>,
    /// What was debited, in fen.
    pub debited: Fen,
    /// The payment, where something was debited.
    pub order: Option<OrderId>,
    /// How often it was presented.
    pub tries: i64,
    /// When it is presented again.
    pub again_on: Option<Date>,
}

impl BatchLine {
    /// The line of this identifier.
    pub fn by_id(id: BatchLineId) -> Need {
        Need::id::<BatchLine>(id.0)
    }

    /// What came of the line when it was presented for the `round`th time, 0 being the first, and what was
    /// debited then; nothing if it was not. A line that was presented again had failed for want of money
    /// before.
    pub fn in_round(&self, round: i64) -> Option<(LineOutcome, Fen)> {
        match self.tries.cmp(&(round + 1)) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal => self.outcome.map(|outcome| (outcome, self.debited)),
            std::cmp::Ordering::Greater => Some((LineOutcome::Insufficient, Fen::ZERO)),
        }
    }
}

impl Row for BatchLine {
    const TABLE: Table = Table {
        name: "batch_lines",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("batch", Kind::Id),
            fixed("partner", Kind::Text),
            fixed("line", Kind::Int),
            fixed("number", Kind::Text),
            fixed("contract", Kind::Text),
            fixed("account", Kind::Text),
            fixed("name_index", Kind::Bytes),
            fixed("period", Kind::Text),
            fixed("amount_fen", Kind::Int),
            changing("state", Kind::Int),
            changing("outcome", Kind::Int),
            changing("debited_fen", Kind::Int),
            changing("order_id", Kind::Id),
            changing("tries", Kind::Int),
            changing("again_on", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Id(self.batch.0),
            Cell::Text(self.partner.clone()),
            Cell::Int(self.line),
            Cell::Text(self.number.clone()),
            Cell::Text(self.contract.clone()),
            Cell::Text(self.account.clone()),
            Cell::Bytes(self.name_index.clone()),
            Cell::Text(self.period.clone()),
            Cell::Int(self.amount.0),
            Cell::Int(self.state.code()),
            maybe_int(self.outcome.map(LineOutcome::code)),
            Cell::Int(self.debited.0),
            self.order.map_or(Cell::Null, |id| Cell::Id(id.0)),
            Cell::Int(self.tries),
            maybe_int(self.again_on.map(date_to_number)),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<BatchLine, Corrupt> {
        Ok(BatchLine {
            id: cells.id()?,
            batch: cells.id()?,
            partner: cells.text()?,
            line: cells.int()?,
            number: cells.text()?,
            contract: cells.text()?,
            account: cells.text()?,
            name_index: cells.bytes()?,
            period: cells.text()?,
            amount: Fen(cells.int()?),
            state: cells.int_as(LineState::from_code)?,
            outcome: match cells.maybe_int()? {
                Some(code) => Some(LineOutcome::from_code(code).ok_or_else(|| cells.corrupt())?),
                None => None,
            },
            debited: Fen(cells.int()?),
            order: cells.maybe_id()?,
            tries: cells.int()?,
            again_on: cells.maybe_date()?,
        })
    }
}

impl Fact for BatchLine {
    const LOOKUPS: &'static [&'static str] = &[];

    fn key(&self) -> Uuid {
        self.id.0
    }
}
