//! Orders: a payment as the payer ordered it, and the refunds given for it.
//!
//! ```text
//!   PAID ── cancel, before its clearing day is closed ──▶ CANCELLED
//!     └──── refund ──▶ PART_REFUNDED ── refund ──▶ REFUNDED
//! ```
//!
//! Where the partner is a system that is asked first, the order begins as ACCEPTED and follows its
//! [instruction](crate::instruction), which leads it to PAID, REFUSED or REVERSED.

use crate::facts::{Fact, Need};
use crate::id::{AccountId, BillId, OrderId, RefundId};
use crate::money::Fen;
use crate::row::{
    Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, json, maybe_int, maybe_text,
};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What second payees get of an amount, in fen by account code; the rest is the partner's own. Nobody
/// with nothing is named.
pub type Shares = BTreeMap<String, Fen>;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// The payer is debited and the partner credited.
    Paid,
    /// Taken back whole before its clearing day was closed.
    Cancelled,
    /// A part given back.
    PartRefunded,
    /// All given back.
    Refunded,
    /// The payer's money is reserved and the partner asked.
    Accepted,
    /// Whether the partner has taken it is not known; the money is in suspense.
    Unknown,
    /// The partner is asked to undo it; the money is in suspense.
    Reversing,
    /// The partner has refused it; the payer has paid nothing.
    Refused,
    /// It is undone at the partner, or never came about; the payer has the money back.
    Reversed,
}

impl OrderState {
    /// All states.
    pub const ALL: [OrderState; 9] = [
        OrderState::Paid,
        OrderState::Cancelled,
        OrderState::PartRefunded,
        OrderState::Refunded,
        OrderState::Accepted,
        OrderState::Unknown,
        OrderState::Reversing,
        OrderState::Refused,
        OrderState::Reversed,
    ];

    /// The number under which the state is stored.
    pub fn code(self) -> i64 {
        match self {
            OrderState::Paid => 0,
            OrderState::Cancelled => 1,
            OrderState::PartRefunded => 2,
            OrderState::Refunded => 3,
            OrderState::Accepted => 4,
            OrderState::Unknown => 5,
            OrderState::Reversing => 6,
            OrderState::Refused => 7,
            OrderState::Reversed => 8,
        }
    }

    fn from_code(code: i64) -> Option<OrderState> {
        OrderState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// One bill's part of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The bill.
    pub bill: BillId,
    /// The partner's own identifier of the bill.
    pub import_id: String,
    /// What is charged.
    pub item: String,
    /// The month charged.
    pub period: String,
    /// The principal settled, the discount included, in fen.
    #[serde(rename = "principal_fen")]
    pub principal: Fen,
    /// The late fee, in fen.
    #[serde(rename = "late_fee_fen")]
    pub late_fee: Fen,
    /// The part of the principal that a budget paid, in fen.
    #[serde(rename = "discount_fen")]
    pub discount: Fen,
    /// Principal given back since, the discount's part included, in fen.
    #[serde(rename = "refunded_principal_fen", default)]
    pub refunded_principal: Fen,
    /// Late fee given back since, in fen.
    #[serde(rename = "refunded_late_fee_fen", default)]
    pub refunded_late_fee: Fen,
    /// Discount given back to the budget since, in fen.
    #[serde(rename = "refunded_discount_fen", default)]
    pub refunded_discount: Fen,
    /// Up to which day the bill's late fee was paid before this order: restored by a cancel.
    pub late_paid_to_before: Date,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The identifier.
    pub id: OrderId,
    /// The partner who was paid.
    pub partner: String,
    /// The channel that ordered it for the payer.
    pub channel: String,
    /// `channel/reference`: the channel's own reference, unique where given.
    pub reference_key: Option<String>,
    /// The scene.
    pub scene: String,
    /// The site (community) paid for.
    pub site: String,
    /// The house (or customer number) paid for.
    pub house: String,
    /// The account debited.
    pub payer: AccountId,
    /// What the payer paid, in fen.
    pub amount: Fen,
    /// What a budget paid on top, in fen.
    pub discount: Fen,
    /// The budget's account, where there is a discount.
    pub budget: Option<AccountId>,
    /// What the partner pays us for it, by the specification in force when it was posted, in fen.
    pub fee: Fen,
    /// What second payees get, line by line, by the specification in force when it was posted; empty
    /// where no line has any.
    pub shares: Vec<Shares>,
    /// What was given back to the payer, in fen.
    pub refunded: Fen,
    /// Where it stands.
    pub state: OrderState,
    /// The bills paid.
    pub lines: Vec<OrderLine>,
    /// The accounting instant of the payment.
    pub at: Instant,
    /// The civil date of the payment in the partner's zone.
    pub business_date: Date,
    /// The partner's clearing day, stamped at acceptance; never changes.
    pub clearing_date: Date,
    /// The number in the feed of the payment's posting.
    pub seq: i64,
    /// The number in the feed of its cancel.
    pub cancel_seq: Option<i64>,
}

impl Order {
    /// The channel's own reference.
    pub fn reference(&self) -> Option<&str> {
        self.reference_key.as_deref().and_then(|key| key.get(self.channel.len() + 1..))
    }

    /// The lines, each with what second payees get of it.
    pub fn divided(&self) -> impl Iterator<Item = (&OrderLine, Option<&Shares>)> {
        self.lines.iter().enumerate().map(|(nth, line)| (line, self.shares.get(nth)))
    }

    /// The order of this identifier.
    pub fn by_id(id: OrderId) -> Need {
        Need::id::<Order>(id.0)
    }

    /// The order with the channel's own reference.
    pub fn by_reference(channel: &str, reference: &str) -> Need {
        Need::text::<Order>("reference_key", format!("{channel}/{reference}"))
    }
}

impl Row for Order {
    const TABLE: Table = Table {
        name: "orders",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("partner", Kind::Text),
            fixed("channel", Kind::Text),
            fixed("reference_key", Kind::Text),
            fixed("scene", Kind::Text),
            fixed("site", Kind::Text),
            fixed("house", Kind::Text),
            fixed("payer", Kind::Id),
            fixed("amount_fen", Kind::Int),
            fixed("discount_fen", Kind::Int),
            fixed("budget", Kind::Id),
            fixed("fee_fen", Kind::Int),
            fixed("shares", Kind::Text),
            changing("refunded_fen", Kind::Int),
            changing("state", Kind::Int),
            changing("lines", Kind::Text),
            fixed("at", Kind::Int),
            fixed("business_date", Kind::Int),
            fixed("clearing_date", Kind::Int),
            fixed("seq", Kind::Int),
            changing("cancel_seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.channel.clone()),
            maybe_text(self.reference_key.as_deref()),
            Cell::Text(self.scene.clone()),
            Cell::Text(self.site.clone()),
            Cell::Text(self.house.clone()),
            Cell::Id(self.payer.0),
            Cell::Int(self.amount.0),
            Cell::Int(self.discount.0),
            self.budget.map_or(Cell::Null, |id| Cell::Id(id.0)),
            Cell::Int(self.fee.0),
            json(&self.shares),
            Cell::Int(self.refunded.0),
            Cell::Int(self.state.code()),
            json(&self.lines),
            Cell::Int(self.at.0),
            Cell::Int(date_to_number(self.business_date)),
            Cell::Int(date_to_number(self.clearing_date)),
            Cell::Int(self.seq),
            maybe_int(self.cancel_seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Order, Corrupt> {
        Ok(Order {
            id: cells.id()?,
            partner: cells.text()?,
            channel: cells.text()?,
            reference_key: cells.maybe_text()?,
            scene: cells.text()?,
            site: cells.text()?,
            house: cells.text()?,
            payer: cells.id()?,
            amount: Fen(cells.int()?),
            discount: Fen(cells.int()?),
            budget: cells.maybe_id()?,
            fee: Fen(cells.int()?),
            shares: cells.json()?,
            refunded: Fen(cells.int()?),
            state: cells.int_as(OrderState::from_code)?,
            lines: cells.json()?,
            at: Instant(cells.int()?),
            business_date: cells.int_as(date_from_number)?,
            clearing_date: cells.int_as(date_from_number)?,
            seq: cells.int()?,
            cancel_seq: cells.maybe_int()?,
        })
    }
}

impl Fact for Order {
    const LOOKUPS: &'static [&'static str] = &["reference_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "reference_key").then(|| maybe_text(self.reference_key.as_deref()))
    }
}

/// Money given back for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The identifier.
    pub id: RefundId,
    /// The order.
    pub order: OrderId,
    /// The partner who gives it back.
    pub partner: String,
    /// What the payer got, in fen.
    pub amount: Fen,
    /// What the budget got, in fen.
    pub discount: Fen,
    /// What came from the partner's settled money because the open day did not cover it, in fen.
    pub from_settled: Fen,
    /// Why, as the caller said.
    pub reason: String,
    /// What was given back of which bill, item by item: (item, fen).
    pub items: Vec<(String, Fen)>,
    /// What of it came out of second payees' shares of its clearing day, by item.
    pub shares: BTreeMap<String, Shares>,
    /// The accounting instant.
    pub at: Instant,
    /// The clearing day of the refund, not of the order.
    pub clearing_date: Date,
    /// The number in the feed of its posting.
    pub seq: i64,
}

impl Refund {
    /// All refunds of an order.
    pub fn by_order(order: OrderId) -> Need {
        Need { table: Refund::TABLE.name, column: "order_id", value: Cell::Id(order.0) }
    }
}

impl Row for Refund {
    const TABLE: Table = Table {
        name: "refunds",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("order_id", Kind::Id),
            fixed("partner", Kind::Text),
            fixed("amount_fen", Kind::Int),
            fixed("discount_fen", Kind::Int),
            fixed("from_settled_fen", Kind::Int),
            fixed("reason", Kind::Text),
            fixed("items", Kind::Text),
            fixed("shares", Kind::Text),
            fixed("at", Kind::Int),
            fixed("clearing_date", Kind::Int),
            fixed("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Id(self.order.0),
            Cell::Text(self.partner.clone()),
            Cell::Int(self.amount.0),
            Cell::Int(self.discount.0),
            Cell::Int(self.from_settled.0),
            Cell::Text(self.reason.clone()),
            json(&self.items),
            json(&self.shares),
            Cell::Int(self.at.0),
            Cell::Int(date_to_number(self.clearing_date)),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Refund, Corrupt> {
        Ok(Refund {
            id: cells.id()?,
            order: cells.id()?,
            partner: cells.text()?,
            amount: Fen(cells.int()?),
            discount: Fen(cells.int()?),
            from_settled: Fen(cells.int()?),
            reason: cells.text()?,
            items: cells.json()?,
            shares: cells.json()?,
            at: Instant(cells.int()?),
            clearing_date: cells.int_as(date_from_number)?,
            seq: cells.int()?,
        })
    }
}

impl Fact for Refund {
    const LOOKUPS: &'static [&'static str] = &["order_id"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "order_id").then_some(Cell::Id(self.order.0))
    }
}
