//! Bills: something due to a partner, in versions.
//!
//! ```text
//!                 pay in part            pay the rest
//!   PUBLISHED ───────────────▶ PARTIAL ───────────────▶ PAID
//!       │  ▲                      │                       │
//!       │  └──────────────────────┴──────── refund ───────┘
//!       └── withdraw / paid at the desk ──▶ WITHDRAWN / PAID_AT_DESK ── published again ──▶ PUBLISHED
//! ```
//!
//! Every change of a bill, a payment included, raises its `revision`: a quote names the revision that
//! it priced, so a quote for a bill that has changed meanwhile is recognised as such.

use crate::facts::{Fact, Need};
use crate::id::{BillId, OrderId};
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a bill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillState {
    /// Due, nothing paid.
    Published,
    /// Due, a part paid.
    Partial,
    /// Paid in full.
    Paid,
    /// Taken back by the partner.
    Withdrawn,
    /// Settled outside, at the partner's desk.
    PaidAtDesk,
}

impl BillState {
    /// Whether the bill can be paid.
    pub fn is_payable(self) -> bool {
        matches!(self, BillState::Published | BillState::Partial)
    }

    /// The number under which the state is stored.
    pub fn code(self) -> i64 {
        match self {
            BillState::Published => 0,
            BillState::Partial => 1,
            BillState::Paid => 2,
            BillState::Withdrawn => 3,
            BillState::PaidAtDesk => 4,
        }
    }

    fn from_code(code: i64) -> Option<BillState> {
        [
            BillState::Published,
            BillState::Partial,
            BillState::Paid,
            BillState::Withdrawn,
            BillState::PaidAtDesk,
        ]
        .into_iter()
        .find(|state| state.code() == code)
    }
}

/// A bill as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The identifier.
    pub id: BillId,
    /// The partner to whom it is due.
    pub partner: String,
    /// `partner/import id`: the partner's own identifier, unique.
    pub import_key: String,
    /// `partner/house`: what the bills of one house share.
    pub house_key: String,
    /// The community (or other site) of the house.
    pub site: String,
    /// What is charged, as the specification names it.
    pub item: String,
    /// The month charged, `yyyy-mm`.
    pub period: String,
    /// The principal, in fen.
    pub amount: Fen,
    /// The principal paid so far, discounts included, refunds taken off, in fen.
    pub paid: Fen,
    /// The last day on which nothing is added.
    pub due: Date,
    /// Late fees are paid up to this day; before the first late fee, the due date.
    pub late_paid_to: Date,
    /// Where it stands.
    pub state: BillState,
    /// Raised by each import that changes what is due.
    pub version: i64,
    /// Raised by every change, payments included.
    pub revision: i64,
    /// Whether it was made by paying ahead and the partner has not published it yet.
    pub advance: bool,
    /// The order that paid it last: a refusal to change what is paid can name it.
    pub last_order: Option<OrderId>,
}

impl Bill {
    /// The principal that is still to be paid.
    pub fn unpaid(&self) -> Fen {
        Fen(self.amount.0.saturating_sub(self.paid.0).max(0))
    }

    /// The partner's own identifier.
    pub fn import_id(&self) -> &str {
        self.import_key.get(self.partner.len() + 1..).unwrap_or("")
    }

    /// The house.
    pub fn house(&self) -> &str {
        self.house_key.get(self.partner.len() + 1..).unwrap_or("")
    }

    /// The key that is shared by the bills of one house of a partner.
    pub fn house_key_of(partner: &str, house: &str) -> String {
        format!("{partner}/{house}")
    }

    /// The bill of this identifier.
    pub fn by_id(id: BillId) -> Need {
        Need::id::<Bill>(id.0)
    }

    /// The bill with the partner's own identifier.
    pub fn by_import_id(partner: &str, import_id: &str) -> Need {
        Need::text::<Bill>("import_key", format!("{partner}/{import_id}"))
    }

    /// All bills of a house.
    pub fn by_house(partner: &str, house: &str) -> Need {
        Need::text::<Bill>("house_key", Bill::house_key_of(partner, house))
    }
}

impl Row for Bill {
    const TABLE: Table = Table {
        name: "bills",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("partner", Kind::Text),
            changing("import_key", Kind::Text),
            fixed("house_key", Kind::Text),
            changing("site", Kind::Text),
            changing("item", Kind::Text),
            changing("period", Kind::Text),
            changing("amount_fen", Kind::Int),
            changing("paid_fen", Kind::Int),
            changing("due", Kind::Int),
            changing("late_paid_to", Kind::Int),
            changing("state", Kind::Int),
            changing("version", Kind::Int),
            changing("revision", Kind::Int),
            changing("advance", Kind::Int),
            changing("last_order", Kind::Id),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.import_key.clone()),
            Cell::Text(self.house_key.clone()),
            Cell::Text(self.site.clone()),
            Cell::Text(self.item.clone()),
            Cell::Text(self.period.clone()),
            Cell::Int(self.amount.0),
            Cell::Int(self.paid.0),
            Cell::Int(date_to_number(self.due)),
            Cell::Int(date_to_number(self.late_paid_to)),
            Cell::Int(self.state.code()),
            Cell::Int(self.version),
            Cell::Int(self.revision),
            Cell::Int(i64::from(self.advance)),
            self.last_order.map_or(Cell::Null, |id| Cell::Id(id.0)),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Bill, Corrupt> {
        Ok(Bill {
            id: cells.id()?,
            partner: cells.text()?,
            import_key: cells.text()?,
            house_key: cells.text()?,
            site: cells.text()?,
            item: cells.text()?,
            period: cells.text()?,
            amount: Fen(cells.int()?),
            paid: Fen(cells.int()?),
            due: cells.int_as(date_from_number)?,
            late_paid_to: cells.int_as(date_from_number)?,
            state: cells.int_as(BillState::from_code)?,
            version: cells.int()?,
            revision: cells.int()?,
            advance: cells.int()? != 0,
            last_order: cells.maybe_id()?,
        })
    }
}

impl Fact for Bill {
    const LOOKUPS: &'static [&'static str] = &["import_key", "house_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        match column {
            "import_key" => Some(Cell::Text(self.import_key.clone())),
            "house_key" => Some(Cell::Text(self.house_key.clone())),
            _ => None,
        }
    }
}

/// What one version of a bill said: kept when the next one comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillVersion {
    /// The bill.
    pub bill: BillId,
    /// The version, from 1.
    pub version: i64,
    /// The principal, in fen.
    pub amount: Fen,
    /// The due date.
    pub due: Date,
    /// What this version did to the bill.
    pub state: BillState,
    /// When it was imported.
    pub at: Instant,
}

impl Row for BillVersion {
    const TABLE: Table = Table {
        name: "bill_versions",
        key: &["bill", "version"],
        columns: &[
            fixed("bill", Kind::Id),
            fixed("version", Kind::Int),
            fixed("amount_fen", Kind::Int),
            fixed("due", Kind::Int),
            fixed("state", Kind::Int),
            fixed("at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.bill.0),
            Cell::Int(self.version),
            Cell::Int(self.amount.0),
            Cell::Int(date_to_number(self.due)),
            Cell::Int(self.state.code()),
            Cell::Int(self.at.0),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<BillVersion, Corrupt> {
        Ok(BillVersion {
            bill: cells.id()?,
            version: cells.int()?,
            amount: Fen(cells.int()?),
            due: cells.int_as(date_from_number)?,
            state: cells.int_as(BillState::from_code)?,
            at: Instant(cells.int()?),
        })
    }
}

/// Which orders paid a bill: the way from the partner's own reference to its payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillPayment {
    /// The bill.
    pub bill: BillId,
    /// The order.
    pub order: OrderId,
}

impl Row for BillPayment {
    const TABLE: Table = Table {
        name: "bill_payments",
        key: &["bill", "order_id"],
        columns: &[fixed("bill", Kind::Id), fixed("order_id", Kind::Id)],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::Id(self.bill.0), Cell::Id(self.order.0)]
    }

    fn from_cells(cells: &mut Cells) -> Result<BillPayment, Corrupt> {
        Ok(BillPayment { bill: cells.id()?, order: cells.id()? })
    }
}
