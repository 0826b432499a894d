//! The events that bring people: payments posted, cancelled and refunded, as the feed tells them.
//! Pure; every other kind of event is not for us.

use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::id::{AccountId, OrderId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, fixed};
use jiaozi_ledger::store::journal::Record;
use jiaozi_ledger::time::Instant;
use serde::Deserialize;

/// The kind of the event that is a lead's evidence.
pub const POSTED: &str = "payment.posted";

/// A payment as posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The number in the feed.
    pub seq: i64,
    /// When it was posted.
    pub at: Instant,
    /// The order.
    pub order: OrderId,
    /// The partner who was paid.
    pub partner: String,
    /// The channel that ordered it.
    pub channel: String,
    /// The scene.
    pub scene: String,
    /// The site paid for.
    pub site: String,
    /// The house paid for.
    pub house: String,
    /// The account that paid.
    pub payer: AccountId,
    /// What the payer paid.
    pub amount: Fen,
}

/// What an event says of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    /// Posted.
    Posted(Posted),
    /// Taken back whole.
    Cancelled {
        /// The number in the feed.
        seq: i64,
        /// The order.
        order: OrderId,
    },
    /// Given back in part or whole.
    Refunded {
        /// The number in the feed.
        seq: i64,
        /// The order.
        order: OrderId,
        /// What the payer got.
        amount: Fen,
    },
}

impl PaymentEvent {
    /// The order.
    pub fn order(&self) -> OrderId {
        match self {
            PaymentEvent::Posted(posted) => posted.order,
            PaymentEvent::Cancelled { order, .. } | PaymentEvent::Refunded { order, .. } => *order,
        }
    }
}

/// The details of a posted payment, as far as they matter here.
#[derive(Deserialize)]
struct PostedData {
    order: OrderId,
    partner: String,
    channel: String,
    scene: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    house: String,
    payer: AccountId,
    amount_fen: i64,
}

#[derive(Deserialize)]
struct RefundedData {
    amount_fen: i64,
}

/// What an event says of a payment, if it is about one.
///
/// # Errors
/// When its details do not read: the row to keep of it.
pub fn read(record: &Record) -> Result<Option<PaymentEvent>, UnreadEvent> {
    if record.verdict != Verdict::Done {
        return Ok(None);
    }
    let seq = record.seq;
    let order = OrderId(record.subject);
    let unread = |error: serde_json::Error| UnreadEvent::of(record, &error.to_string());
    Ok(match record.kind.as_str() {
        POSTED => {
            let data: PostedData = serde_json::from_str(&record.data).map_err(unread)?;
            Some(PaymentEvent::Posted(Posted {
                seq,
                at: record.at,
                order: data.order,
                partner: data.partner,
                channel: data.channel,
                scene: data.scene,
                site: data.site,
                house: data.house,
                payer: data.payer,
                amount: Fen(data.amount_fen),
            }))
        }
        "payment.cancelled" => Some(PaymentEvent::Cancelled { seq, order }),
        "payment.refunded" => {
            let data: RefundedData = serde_json::from_str(&record.data).map_err(unread)?;
            Some(PaymentEvent::Refunded { seq, order, amount: Fen(data.amount_fen) })
        }
        _ => None,
    })
}

/// An event about a payment that could not be used. It is kept and reading goes on: one bad event
/// must not hold up all people after it, nor be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadEvent {
    /// The number in the feed.
    pub seq: i64,
    /// Its kind.
    pub kind: String,
    /// Why it could not be used.
    pub reason: String,
}

impl UnreadEvent {
    /// The row to keep of an event.
    pub(crate) fn of(record: &Record, reason: &str) -> UnreadEvent {
        UnreadEvent { seq: record.seq, kind: record.kind.clone(), reason: reason.to_owned() }
    }
}

impl Row for UnreadEvent {
    const TABLE: Table = Table {
        name: "unread_events",
        key: &["seq"],
        columns: &[fixed("seq", Kind::Int), fixed("kind", Kind::Text), fixed("reason", Kind::Text)],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![Cell::Int(self.seq), Cell::Text(self.kind.clone()), Cell::Text(self.reason.clone())]
    }

    fn from_cells(cells: &mut Cells) -> Result<UnreadEvent, Corrupt> {
        Ok(UnreadEvent { seq: cells.int()?, kind: cells.text()?, reason: cells.text()? })
    }
}
