//! Breaks: where a partner's file of the day and our books do not say the same of a payment, or an account's
//! statement and our mirror of it not the same of a movement ([`crate::mirror`]). A break has an age, an
//! owner, a suggested cause and, in the end, a resolution.
//!
//! What a break has moved into suspense is [`Break::booked`]. Owner and cause change nothing of it: only
//! outside evidence (a later file, a late answer) takes a booking back, or two operators move it where it
//! belongs.

use crate::facts::{Fact, Need};
use crate::id::{ApprovalId, BreakId};
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int, maybe_text};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The kind of the event that opens one, or opens it again.
pub const OPENED: &str = "break.opened";
/// The kind of the event by which it is another one than before.
pub const CHANGED: &str = "break.changed";
/// The kind of the event that resolves it.
pub const RESOLVED: &str = "break.resolved";
/// The kind of the event that gives it an owner.
pub const OWNED: &str = "break.owned";

/// Defines words that are stored and told by their names.
macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $word:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $type {
            $($(#[$of])* $word,)*
        }

        impl $type {
            /// The name, as it is stored and told.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $($type::$word => $name,)*
                }
            }

            fn named(name: &str) -> Option<$type> {
                [$($type::$word),*].into_iter().find(|word| word.name() == name)
            }
        }
    };
}

words! {
    /// In what the two sides differ.
    BreakKind {
        /// We say that it is done; their files do not have it.
        OnlyOurs = "only_ours",
        /// They say that it is paid; we have nothing, or refused or reversed it.
        OnlyTheirs = "only_theirs",
        /// Both have it, with other amounts.
        Amount = "amount",
        /// Both have it, and they say that it is not paid, or taken back.
        Status = "status",
        /// We do not know what became of it, and their file does not have it.
        Unknown = "unknown",
        /// A statement's balance does not follow from what was before.
        Balance = "balance",
    }
}

words! {
    /// What may be the cause: a suggestion, which explains nothing yet.
    Cause {
        /// It may be in the file of the next day.
        CutOff = "cut_off",
        /// Neither the file of its day nor that of the next has it.
        NotListed = "not_listed",
        /// Its outcome is not known yet; the partner is asked a last time.
        StatusNotKnown = "status_not_known",
        /// The file of another day has it too.
        Duplicate = "duplicate",
        /// One side's amount is a hundred times the other's: yuan and fen.
        AmountUnit = "amount_unit",
        /// Another amount.
        OtherAmount = "other_amount",
        /// The reference is none of ours.
        UnknownReference = "unknown_reference",
        /// We took it for refused.
        RefusedHere = "refused_here",
        /// We took it for reversed.
        ReversedHere = "reversed_here",
        /// They took it back.
        ReversedThere = "reversed_there",
        /// They say that it was never paid.
        NotPaidThere = "not_paid_there",
        /// Two operators had resolved it before the file said otherwise.
        RuledOtherwise = "ruled_otherwise",
        /// In transit: ours, and not theirs before its days are over.
        InTransit = "in_transit",
        /// They have taken something for their service.
        Charges = "charges",
        /// What was paid came back.
        Returned = "returned",
        /// They know of it, and have not booked it.
        NotBookedThere = "not_booked_there",
        /// It has no reference, and not exactly one of ours could be meant.
        NoReference = "no_reference",
        /// The first statement does not open with what we had then.
        OpeningDiffers = "opening_differs",
        /// The statement before is not there.
        StatementMissing = "statement_missing",
        /// The statement says some days again that another one has told.
        StatementOverlap = "statement_overlap",
    }
}

words! {
    /// What resolved a break.
    Resolution {
        /// Both sides say the same now.
        Evidence = "evidence",
        /// Two operators.
        Approved = "approved",
    }
}

/// A break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The identifier.
    pub id: BreakId,
    /// `partner/reference`, or `partner/reference/date` for a line that another file has too; unique.
    pub break_key: String,
    /// The partner.
    pub partner: String,
    /// The clearing date: ours, where we have it.
    pub clearing_date: Date,
    /// `partner/reference`.
    pub reference_key: String,
    /// In what the two sides differ.
    pub kind: BreakKind,
    /// Our amount, in fen; nothing where we have none.
    pub ours: Fen,
    /// Their amount, in fen; nothing where they have none.
    pub theirs: Fen,
    /// How much of it is unexplained while it is open, in fen; never below nothing.
    pub gap: Fen,
    /// What it has in suspense now, in fen: above nothing where the partner has too much by our books.
    pub booked: Fen,
    /// What two operators have moved from there elsewhere than to the partner, in fen, signed in the same
    /// way.
    pub moved: Fen,
    /// What may be the cause.
    pub cause: Cause,
    /// Who looks after it.
    pub owner: Option<String>,
    /// Since when it is open, by the books' time.
    pub since: Instant,
    /// What resolved it; nothing while it is open.
    pub resolution: Option<Resolution>,
    /// When.
    pub resolved_at: Option<Instant>,
    /// By which approval, where two operators did.
    pub approval: Option<ApprovalId>,
    /// The number in the feed of the command that changed it last.
    pub seq: i64,
}

impl Break {
    /// The break as it is once two operators have resolved it: nothing of it is left in suspense or
    /// unexplained.
    #[must_use]
    pub fn approved(&self, approval: ApprovalId, at: Instant, seq: i64) -> Break {
        Break {
            gap: Fen::ZERO,
            booked: Fen::ZERO,
            resolution: Some(Resolution::Approved),
            resolved_at: Some(at),
            approval: Some(approval),
            seq,
            ..self.clone()
        }
    }

    /// By how much our side is above theirs with what was booked, in fen.
    #[must_use]
    pub fn left(&self) -> i128 {
        let sum = |fen: [Fen; 3]| fen.into_iter().map(|fen| i128::from(fen.0)).sum::<i128>();
        sum([self.ours, self.booked, self.moved]) - i128::from(self.theirs.0)
    }

    /// The break of this identifier.
    pub fn by_id(id: BreakId) -> Need {
        Need::id::<Break>(id.0)
    }

    /// The break of this key.
    pub fn by_key(key: &str) -> Need {
        Need::text::<Break>("break_key", key.to_owned())
    }

    /// Our reference at the partner.
    #[must_use]
    pub fn reference(&self) -> &str {
        self.reference_key.get(self.partner.len() + 1..).unwrap_or_default()
    }

    /// Whether nothing has resolved it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolution.is_none()
    }

    /// The break as it is told.
    #[must_use]
    pub fn told(&self) -> Map<String, Value> {
        let told = json!({
            "break": self.id, "partner": self.partner, "clearing_date": self.clearing_date,
            "reference": self.reference(), "kind": self.kind, "ours_fen": self.ours,
            "theirs_fen": self.theirs, "unexplained_fen": self.gap, "booked_fen": self.booked,
            "moved_fen": self.moved, "cause": self.cause, "owner": self.owner, "since": self.since,
            "state": if self.is_open() { "open" } else { "resolved" },
            "resolution": self.resolution, "resolved_at": self.resolved_at,
            "approval": self.approval, "seq": self.seq,
        });
        match told {
            Value::Object(told) => told,
            _ => Map::new(),
        }
    }
}

impl Row for Break {
    const TABLE: Table = Table {
        name: "breaks",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("break_key", Kind::Text),
            fixed("partner", Kind::Text),
            fixed("clearing_date", Kind::Int),
            fixed("reference_key", Kind::Text),
            changing("kind", Kind::Text),
            changing("ours_fen", Kind::Int),
            changing("theirs_fen", Kind::Int),
            changing("gap_fen", Kind::Int),
            changing("booked_fen", Kind::Int),
            changing("moved_fen", Kind::Int),
            changing("cause", Kind::Text),
            changing("owner", Kind::Text),
            changing("since", Kind::Int),
            changing("resolution", Kind::Text),
            changing("resolved_at", Kind::Int),
            changing("approval", Kind::Id),
            changing("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.break_key.clone()),
            Cell::Text(self.partner.clone()),
            Cell::Int(date_to_number(self.clearing_date)),
            Cell::Text(self.reference_key.clone()),
            Cell::Text(self.kind.name().to_owned()),
            Cell::Int(self.ours.0),
            Cell::Int(self.theirs.0),
            Cell::Int(self.gap.0),
            Cell::Int(self.booked.0),
            Cell::Int(self.moved.0),
            Cell::Text(self.cause.name().to_owned()),
            maybe_text(self.owner.as_deref()),
            Cell::Int(self.since.0),
            maybe_text(self.resolution.map(Resolution::name)),
            maybe_int(self.resolved_at.map(|at| at.0)),
            self.approval.map_or(Cell::Null, |approval| Cell::Id(approval.0)),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Break, Corrupt> {
        Ok(Break {
            id: cells.id()?,
            break_key: cells.text()?,
            partner: cells.text()?,
            clearing_date: cells.int_as(date_from_number)?,
            reference_key: cells.text()?,
            kind: word(cells, BreakKind::named)?,
            ours: Fen(cells.int()?),
            theirs: Fen(cells.int()?),
            gap: Fen(cells.int()?),
            booked: Fen(cells.int()?),
            moved: Fen(cells.int()?),
            cause: word(cells, Cause::named)?,
            owner: cells.maybe_text()?,
            since: Instant(cells.int()?),
            resolution: match cells.maybe_text()? {
                Some(name) => Some(Resolution::named(&name).ok_or_else(|| cells.corrupt())?),
                None => None,
            },
            resolved_at: cells.maybe_int()?.map(Instant),
            approval: cells.maybe_id()?,
            seq: cells.int()?,
        })
    }
}

/// The next cell, a word.
fn word<T>(cells: &mut Cells, named: fn(&str) -> Option<T>) -> Result<T, Corrupt> {
    let name = cells.text()?;
    named(&name).ok_or_else(|| cells.corrupt())
}

impl Fact for Break {
    const LOOKUPS: &'static [&'static str] = &["break_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "break_key").then(|| Cell::Text(self.break_key.clone()))
    }
}
