//! A lead: a person whom a scene of a partner brought, with the posting that shows it; and the
//! payments that it stands on. Lists of leads are in [`crate::leads`].

use crate::table::maybe_id;
use jiaozi_ledger::id::{OrderId, PersonId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use jiaozi_ledger::time::Instant;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A lead. The identifier follows from the posting that shows it, and grows with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeadId(pub Uuid);

impl fmt::Display for LeadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Uuid> for LeadId {
    fn from(id: Uuid) -> LeadId {
        LeadId(id)
    }
}

impl From<LeadId> for Uuid {
    fn from(id: LeadId) -> Uuid {
        id.0
    }
}

impl FromStr for LeadId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<LeadId, uuid::Error> {
        Uuid::parse_str(text).map(LeadId)
    }
}

words! {
    /// How far a lead has come. The reader of the feed only makes new ones.
    LeadState {
        /// Nobody has looked at it yet.
        New = 0 "new",
        /// What the ledger knows was put together.
        Analysed = 1 "analysed",
        /// Those whom we may not approach are out.
        Screened = 2 "screened",
        /// In a layer.
        Classified = 3 "classified",
        /// Kept warm.
        Nurturing = 4 "nurturing",
        /// Matched with an offer.
        Matched = 5 "matched",
        /// Somebody's task.
        Assigned = 6 "assigned",
        /// A customer.
        Converted = 7 "converted",
        /// Said no, or gone.
        Lost = 8 "lost",
        /// Back in the pool.
        Recycled = 9 "recycled",
    }
}

/// A lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The identifier.
    pub id: LeadId,
    /// The person.
    pub person: PersonId,
    /// The partner where they paid.
    pub partner: String,
    /// The scene in which they paid.
    pub scene: String,
    /// The evidence: the number in the feed of the first payment.
    pub seq: i64,
    /// The order of that payment.
    pub order: OrderId,
    /// The channel through which it was ordered.
    pub channel: String,
    /// The site paid for.
    pub site: String,
    /// The house paid for.
    pub house: String,
    /// When it was posted.
    pub at: Instant,
    /// How far it has come.
    pub state: LeadState,
    /// How many payments were posted, the first included.
    pub payments: i64,
    /// How many of them were cancelled since.
    pub cancelled: i64,
    /// When the last one was posted.
    pub last_at: Instant,
    /// The lead that took this one over when two people turned out to be one.
    pub merged_into: Option<LeadId>,
}

impl Row for Lead {
    const TABLE: Table = Table {
        name: "leads",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            changing("person", Kind::Id),
            fixed("partner", Kind::Text),
            fixed("scene", Kind::Text),
            fixed("seq", Kind::Int),
            fixed("order_id", Kind::Id),
            fixed("channel", Kind::Text),
            fixed("site", Kind::Text),
            fixed("house", Kind::Text),
            fixed("at", Kind::Int),
            changing("state", Kind::Int),
            changing("payments", Kind::Int),
            changing("cancelled", Kind::Int),
            changing("last_at", Kind::Int),
            changing("merged_into", Kind::Id),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Id(self.person.0),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.scene.clone()),
            Cell::Int(self.seq),
            Cell::Id(self.order.0),
            Cell::Text(self.channel.clone()),
            Cell::Text(self.site.clone()),
            Cell::Text(self.house.clone()),
            Cell::Int(self.at.0),
            Cell::Int(self.state.code()),
            Cell::Int(self.payments),
            Cell::Int(self.cancelled),
            Cell::Int(self.last_at.0),
            maybe_id(self.merged_into),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Lead, Corrupt> {
        Ok(Lead {
            id: cells.id()?,
            person: cells.id()?,
            partner: cells.text()?,
            scene: cells.text()?,
            seq: cells.int()?,
            order: cells.id()?,
            channel: cells.text()?,
            site: cells.text()?,
            house: cells.text()?,
            at: Instant(cells.int()?),
            state: cells.int_as(LeadState::from_code)?,
            payments: cells.int()?,
            cancelled: cells.int()?,
            last_at: Instant(cells.int()?),
            merged_into: cells.maybe_id()?,
        })
    }
}

words! {
    /// What became of a payment.
    PaymentState {
        /// Posted; perhaps refunded in part or whole.
        Posted = 0 "posted",
        /// Taken back whole.
        Cancelled = 1 "cancelled",
    }
}

/// A payment that a lead stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadPayment {
    /// The order.
    pub order: OrderId,
    /// The lead.
    pub lead: LeadId,
    /// The number in the feed.
    pub seq: i64,
    /// The partner who was paid.
    pub partner: String,
    /// The site paid for.
    pub site: String,
    /// The house paid for.
    pub house: String,
    /// What the payer paid, in fen.
    pub amount: Fen,
    /// What was given back since, in fen.
    pub refunded: Fen,
    /// What became of it.
    pub state: PaymentState,
    /// When it was posted.
    pub at: Instant,
    /// The last number in the feed that changed this: what comes again changes nothing.
    pub last_seq: i64,
}

impl Row for LeadPayment {
    const TABLE: Table = Table {
        name: "lead_payments",
        key: &["order_id"],
        columns: &[
            fixed("order_id", Kind::Id),
            changing("lead", Kind::Id),
            fixed("seq", Kind::Int),
            fixed("partner", Kind::Text),
            fixed("site", Kind::Text),
            fixed("house", Kind::Text),
            fixed("amount_fen", Kind::Int),
            changing("refunded_fen", Kind::Int),
            changing("state", Kind::Int),
            fixed("at", Kind::Int),
            changing("last_seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.order.0),
            Cell::Id(self.lead.0),
            Cell::Int(self.seq),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.site.clone()),
            Cell::Text(self.house.clone()),
            Cell::Int(self.amount.0),
            Cell::Int(self.refunded.0),
            Cell::Int(self.state.code()),
            Cell::Int(self.at.0),
            Cell::Int(self.last_seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<LeadPayment, Corrupt> {
        Ok(LeadPayment {
            order: cells.id()?,
            lead: cells.id()?,
            seq: cells.int()?,
            partner: cells.text()?,
            site: cells.text()?,
            house: cells.text()?,
            amount: Fen(cells.int()?),
            refunded: Fen(cells.int()?),
            state: cells.int_as(PaymentState::from_code)?,
            at: Instant(cells.int()?),
            last_seq: cells.int()?,
        })
    }
}
