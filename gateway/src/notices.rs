//! Notices to partners: Standard Webhooks, read from the feed, in order for each resource, repeated
//! with growing pauses for days, and always to be had again from the feed by its number.
//!
//! A notice is claimed before it is sent, so that several processes share the work; a process that dies
//! with a claim leaves it to the others when the claim runs out. Delivery is at least once, under the
//! same identifier. A partner that hangs or is gone costs the others nothing.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`write`] | the feed turned into notices, in the same transaction as its cursor |
//! | [`send`] | what is due, delivered |
//! | [`claim`] | whose turn it is, which process has it, what came of it |
//! | [`places`] | how many are under way, to each partner and in total |
//! | [`call`], [`sign`] | one call |

pub mod call;
pub mod claim;
pub mod places;
pub mod send;
pub mod sign;
pub mod write;

use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_text};
use jiaozi_ledger::time::Instant;
use uuid::Uuid;

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeState {
    /// To be sent, or to be sent again.
    Waiting,
    /// The partner answered with success.
    Delivered,
    /// Given up after the last attempt; the partner can read the feed.
    GivenUp,
}

impl NoticeState {
    /// The number under which it is stored.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            NoticeState::Waiting => 0,
            NoticeState::Delivered => 1,
            NoticeState::GivenUp => 2,
        }
    }

    fn from_code(code: i64) -> Option<NoticeState> {
        [NoticeState::Waiting, NoticeState::Delivered, NoticeState::GivenUp]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

/// One notice to one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its identifier, the same in every attempt: the `webhook-id`.
    pub id: String,
    /// To whom.
    pub partner: String,
    /// The number of its event in the feed.
    pub seq: i64,
    /// What it tells.
    pub kind: String,
    /// The resource: notices about one resource are sent in order.
    pub subject: Uuid,
    /// What is sent, byte for byte.
    pub body: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is to be tried next.
    pub next_at: Instant,
    /// Where it stands.
    pub state: NoticeState,
    /// What came of the last attempt.
    pub outcome: Option<String>,
}

impl Row for Notice {
    const TABLE: Table = Table {
        name: "notices",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Text),
            fixed("partner", Kind::Text),
            fixed("seq", Kind::Int),
            fixed("kind", Kind::Text),
            fixed("subject", Kind::Id),
            fixed("body", Kind::Text),
            changing("attempts", Kind::Int),
            changing("next_at", Kind::Int),
            changing("state", Kind::Int),
            changing("outcome", Kind::Text),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Text(self.id.clone()),
            Cell::Text(self.partner.clone()),
            Cell::Int(self.seq),
            Cell::Text(self.kind.clone()),
            Cell::Id(self.subject),
            Cell::Text(self.body.clone()),
            Cell::Int(self.attempts),
            Cell::Int(self.next_at.0),
            Cell::Int(self.state.code()),
            maybe_text(self.outcome.as_deref()),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Notice, Corrupt> {
        Ok(Notice {
            id: cells.text()?,
            partner: cells.text()?,
            seq: cells.int()?,
            kind: cells.text()?,
            subject: cells.id()?,
            body: cells.text()?,
            attempts: cells.int()?,
            next_at: Instant(cells.int()?),
            state: cells.int_as(NoticeState::from_code)?,
            outcome: cells.maybe_text()?,
        })
    }
}
