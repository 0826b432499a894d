//! A partner's clearing day: what was paid and given back on it, and how it was settled.
//!
//! The sums are kept with every payment, in the same commit, so closing a day reads one row however
//! many payments it had, and the day file can be compared with it.

use crate::facts::{Fact, Need};
use crate::id::DayId;
use crate::money::Fen;
use crate::order::Shares;
use crate::row::{
    Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, json, maybe_int, maybe_text,
};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The kind of the event that closes a day. Its data are the day as it is [told](Day::told) from then
/// on; they may say more.
pub const CLOSED: &str = "day.closed";

/// One clearing day of one partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The identifier.
    pub id: DayId,
    /// `partner/yyyy-mm-dd`, unique.
    pub day_key: String,
    /// The partner.
    pub partner: String,
    /// The clearing date.
    pub date: Date,
    /// The number of payments, cancelled ones left out.
    pub payments: i64,
    /// What payers paid, cancelled payments left out, in fen.
    pub paid: Fen,
    /// What budgets paid on top, in fen.
    pub discounts: Fen,
    /// The number of refunds.
    pub refunds: i64,
    /// What payers got back out of this day's money, in fen.
    pub refunded: Fen,
    /// What budgets got back out of this day's money, in fen.
    pub refunded_discounts: Fen,
    /// What reconciliation has given to this day's settlement, or below nothing taken from it, in fen.
    pub adjusted: Fen,
    /// Payments plus discounts less refunds per item, in fen; sums to [`Day::net`].
    pub items: BTreeMap<String, i64>,
    /// When the day was closed; nothing is added to it afterwards.
    pub closed_at: Option<Instant>,
    /// The day on which the settlement takes effect.
    pub settlement_date: Option<Date>,
    /// The gateway's fee, in fen: as earned by the day's payments so far, and once the day is closed,
    /// as charged.
    pub fee: Fen,
    /// The fee of a closed day that is collected apart, in fen: nothing was taken from the day for it.
    pub fee_apart: Fen,
    /// What second payees get of each item: as earned by the day's payments so far, less what refunds
    /// took, and once the day is closed, as settled. Items of which they get nothing are left out.
    pub shares: BTreeMap<String, Shares>,
    /// What the partner's account got, in fen; less than nothing when the fee was more than its part.
    pub settled: Fen,
    /// The number in the feed of the settlement.
    pub seq: Option<i64>,
    /// The form of its file as it was when the day was closed: text of the scene's, so that the file
    /// can be made again whatever became of the specification.
    pub form: Option<String>,
}

impl Day {
    /// A day on which nothing has happened yet.
    pub fn open(id: DayId, partner: &str, date: Date) -> Day {
        Day {
            id,
            day_key: Day::key_of(partner, date),
            partner: partner.to_owned(),
            date,
            payments: 0,
            paid: Fen::ZERO,
            discounts: Fen::ZERO,
            refunds: 0,
            refunded: Fen::ZERO,
            refunded_discounts: Fen::ZERO,
            adjusted: Fen::ZERO,
            items: BTreeMap::new(),
            closed_at: None,
            settlement_date: None,
            fee: Fen::ZERO,
            fee_apart: Fen::ZERO,
            shares: BTreeMap::new(),
            settled: Fen::ZERO,
            seq: None,
            form: None,
        }
    }

    /// What is to be settled: paid and discounts, less what was given back out of it, and what
    /// reconciliation has found.
    pub fn net(&self) -> Fen {
        let back = self.refunded.0 + self.refunded_discounts.0;
        Fen(self.paid.0 + self.discounts.0 - back + self.adjusted.0)
    }

    /// The day as it is told, in answers and in the event that closes it.
    pub fn told(&self) -> Map<String, Value> {
        let mut told = json!({
            "day": self.id, "partner": self.partner, "date": self.date, "payments": self.payments,
            "paid_fen": self.paid, "discounts_fen": self.discounts, "refunds": self.refunds,
            "refunded_fen": self.refunded, "refunded_discounts_fen": self.refunded_discounts,
            "items": self.items, "net_fen": self.net(), "fee_fen": self.fee,
            "shares": self.payees(), "settled_fen": self.settled,
            "settlement_date": self.settlement_date, "closed_at": self.closed_at, "seq": self.seq,
        });
        // A day that reconciliation has not touched is told as days were before there was one.
        if self.adjusted != Fen::ZERO {
            told["adjusted_fen"] = json!(self.adjusted);
        }
        if self.fee_apart != Fen::ZERO {
            told["fee_apart_fen"] = json!(self.fee_apart);
        }
        match told {
            Value::Object(told) => told,
            _ => Map::new(),
        }
    }

    /// What each second payee gets of all items together.
    pub fn payees(&self) -> Shares {
        let mut payees = Shares::new();
        for (payee, fen) in self.shares.values().flatten() {
            let sum = payees.entry(payee.clone()).or_default();
            // The shares are parts of the net, which fits.
            *sum = Fen(sum.0.saturating_add(fen.0));
        }
        payees
    }

    /// The unique key of a partner's day.
    pub fn key_of(partner: &str, date: Date) -> String {
        format!("{partner}/{date}")
    }

    /// The day of a partner.
    pub fn by_date(partner: &str, date: Date) -> Need {
        Need::text::<Day>("day_key", Day::key_of(partner, date))
    }
}

impl Row for Day {
    const TABLE: Table = Table {
        name: "days",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("day_key", Kind::Text),
            fixed("partner", Kind::Text),
            fixed("date", Kind::Int),
            changing("payments", Kind::Int),
            changing("paid_fen", Kind::Int),
            changing("discounts_fen", Kind::Int),
            changing("refunds", Kind::Int),
            changing("refunded_fen", Kind::Int),
            changing("refunded_discounts_fen", Kind::Int),
            changing("items", Kind::Text),
            changing("closed_at", Kind::Int),
            changing("settlement_date", Kind::Int),
            changing("fee_fen", Kind::Int),
            changing("shares", Kind::Text),
            changing("settled_fen", Kind::Int),
            changing("seq", Kind::Int),
            changing("form", Kind::Text),
            changing("adjusted_fen", Kind::Int),
            changing("fee_apart_fen", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.day_key.clone()),
            Cell::Text(self.partner.clone()),
            Cell::Int(date_to_number(self.date)),
            Cell::Int(self.payments),
            Cell::Int(self.paid.0),
            Cell::Int(self.discounts.0),
            Cell::Int(self.refunds),
            Cell::Int(self.refunded.0),
            Cell::Int(self.refunded_discounts.0),
            json(&self.items),
            maybe_int(self.closed_at.map(|at| at.0)),
            maybe_int(self.settlement_date.map(date_to_number)),
            Cell::Int(self.fee.0),
            json(&self.shares),
            Cell::Int(self.settled.0),
            maybe_int(self.seq),
            maybe_text(self.form.as_deref()),
            Cell::Int(self.adjusted.0),
            Cell::Int(self.fee_apart.0),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Day, Corrupt> {
        Ok(Day {
            id: cells.id()?,
            day_key: cells.text()?,
            partner: cells.text()?,
            date: cells.int_as(date_from_number)?,
            payments: cells.int()?,
            paid: Fen(cells.int()?),
            discounts: Fen(cells.int()?),
            refunds: cells.int()?,
            refunded: Fen(cells.int()?),
            refunded_discounts: Fen(cells.int()?),
            items: cells.json()?,
            closed_at: cells.maybe_int()?.map(Instant),
            settlement_date: cells.maybe_date()?,
            fee: Fen(cells.int()?),
            shares: cells.json()?,
            settled: Fen(cells.int()?),
            seq: cells.maybe_int()?,
            form: cells.maybe_text()?,
            adjusted: Fen(cells.int()?),
            fee_apart: Fen(cells.int()?),
        })
    }
}

impl Fact for Day {
    const LOOKUPS: &'static [&'static str] = &["day_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "day_key").then(|| Cell::Text(self.day_key.clone()))
    }
}
