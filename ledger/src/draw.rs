//! Draws: what is asked of the bank's core system so that a payer whose money is there can pay. The core is
//! one more system that may not answer; what it was asked is an [instruction](crate::instruction) like a
//! partner's. A draw holds what the money is meant for, and says where the money is.
//!
//! ```text
//!              done             the scene takes it
//!   ASKED ────────────▶ DRAWN ────────────────────▶ SPENT
//!     │ │                 │ the scene declines        │ the scene gives it back
//!     │ └─ done, but in vain ──▶ RETURNING ◀──────────┘
//!     │ refused, reversed           │ reversed
//!     └──▶ REFUSED                  └──▶ RETURNED
//! ```
//!
//! | draw | its money | its instruction |
//! |---|---|---|
//! | asked | not ours yet | asked, unknown, reversing |
//! | drawn | on the customer's account, which it only passes through | done |
//! | spent | where the scene has it | done |
//! | returning | in suspense of the core | reversing, unknown; or done: then two operators give it back |
//! | returned | with the core | refused, reversed; or done, and given back by hand |
//! | refused | with the core | refused, reversed |
//!
//! *In vain*: a reversal was begun, or the customer's account here takes no money any more.
//!
//! A draw whose reversal was begun is never spent: whoever was told that the money comes back may have paid
//! in another way.

use crate::facts::{Fact, Need};
use crate::id::{AccountId, DrawId, InstructionId, OrderId};
use crate::instruction::{Instruction, InstructionState};
use crate::money::Fen;
use crate::order::{Order, OrderState};
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int, maybe_text};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The kind of the event that tells that the core has given the money.
pub const DRAWN: &str = "draw.drawn";
/// The kind of the event that tells that money of a payment that had gone on goes back to the core.
pub const RETURNING: &str = "draw.returning";
/// The kind of the event that tells that the core has that money again.
pub const RETURNED: &str = "draw.returned";

/// Where a draw stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawState {
    /// The core is asked, and has not said that it gives the money.
    Asked,
    /// The core has given the money, and the scene has not decided yet.
    Drawn,
    /// The scene has taken the money.
    Spent,
    /// The money goes back to the core.
    Returning,
    /// The core has the money again.
    Returned,
    /// The core has given nothing, and never will.
    Refused,
}

use DrawState::{Asked, Drawn, Refused, Returned, Returning, Spent};

impl DrawState {
    /// All states, in the order of their codes.
    pub const ALL: [DrawState; 6] = [Asked, Drawn, Spent, Returning, Returned, Refused];

    /// The number under which the state is stored.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            Asked => 0,
            Drawn => 1,
            Spent => 2,
            Returning => 3,
            Returned => 4,
            Refused => 5,
        }
    }

    fn from_code(code: i64) -> Option<DrawState> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Where its money is.
    #[must_use]
    pub fn money(self) -> DrawnMoney {
        match self {
            Asked | Returned | Refused => DrawnMoney::Core,
            Drawn | Spent => DrawnMoney::Customer,
            Returning => DrawnMoney::Suspense,
        }
    }
}

/// Where the money of a draw is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawnMoney {
    /// With the core: nothing of ours has moved, or all of it has moved back.
    Core,
    /// On the customer's account, from which the scene takes it and to which the scene gives it back.
    Customer,
    /// In suspense of the core.
    Suspense,
}

/// Money that is asked of the core for one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The identifier.
    pub id: DrawId,
    /// The order that it pays, once the scene has taken the money: its identifier is known before.
    pub order: OrderId,
    /// What the core was asked.
    pub instruction: InstructionId,
    /// The core's code.
    pub core: String,
    /// The customer's account here, which the money passes through.
    pub account: AccountId,
    /// How much, in fen.
    pub amount: Fen,
    /// The channel that ordered it for the payer.
    pub channel: String,
    /// `channel/reference`: the channel's own reference, unique where given.
    pub reference_key: Option<String>,
    /// The scene.
    pub scene: String,
    /// Who is to be paid.
    pub payee: String,
    /// The site paid for.
    pub site: String,
    /// The house, or the customer's number.
    pub house: String,
    /// What the scene is to do with the money, as it was ordered; JSON, without personal data.
    pub intention: String,
    /// Where it stands.
    pub state: DrawState,
    /// The code with which the scene, or we, have given up.
    pub reason: Option<String>,
    /// When it was ordered.
    pub at: Instant,
    /// The civil date of that, with the core.
    pub business_date: Date,
    /// The core's day to which it belongs; never changes.
    pub clearing_date: Date,
    /// The number in the feed of the posting by which the money came.
    pub drawn_seq: Option<i64>,
    /// The number in the feed of the posting by which it went back.
    pub returned_seq: Option<i64>,
    /// The number in the feed of the command that ordered it.
    pub seq: i64,
}

impl Draw {
    /// Where the draw stands when its instruction has become `after`.
    #[must_use]
    pub fn following(&self, after: &Instruction) -> DrawState {
        use InstructionState as Is;
        match (self.state, after.state) {
            (Asked, Is::Asked | Is::Unknown | Is::Reversing) => Asked,
            (Asked, Is::Done) if after.reversals == 0 => Drawn,
            (Asked, Is::Done) => Returning,
            (Asked, Is::Refused | Is::Reversed) => Refused,
            (Drawn | Spent, Is::Asked | Is::Unknown | Is::Reversing) => Returning,
            (Returning, Is::Refused | Is::Reversed) => Returned,
            // What the core says after that is for reconciliation.
            (state, _) => state,
        }
    }

    /// The channel's own reference.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.reference_key.as_deref().and_then(|key| key.get(self.channel.len() + 1..))
    }

    /// The payment as it is shown while there is no order of it: nothing of it is posted.
    #[must_use]
    pub fn as_order(&self, instruction: InstructionState) -> Order {
        let state = match (self.state, instruction) {
            (Asked, InstructionState::Unknown) => OrderState::Unknown,
            (Asked, InstructionState::Reversing) | (Returning, _) => OrderState::Reversing,
            (Asked | Drawn | Spent, _) => OrderState::Accepted,
            (Returned, _) | (Refused, InstructionState::Reversed) => OrderState::Reversed,
            (Refused, _) => OrderState::Refused,
        };
        Order {
            id: self.order,
            partner: self.payee.clone(),
            channel: self.channel.clone(),
            reference_key: self.reference_key.clone(),
            scene: self.scene.clone(),
            site: self.site.clone(),
            house: self.house.clone(),
            payer: self.account,
            amount: self.amount,
            discount: Fen::ZERO,
            budget: None,
            fee: Fen::ZERO,
            shares: Vec::new(),
            refunded: Fen::ZERO,
            state,
            lines: Vec::new(),
            at: self.at,
            business_date: self.business_date,
            clearing_date: self.clearing_date,
            seq: self.seq,
            cancel_seq: None,
        }
    }

    /// The draw of this identifier.
    #[must_use]
    pub fn by_id(id: DrawId) -> Need {
        Need::id::<Draw>(id.0)
    }

    /// The draw of an instruction to the core.
    #[must_use]
    pub fn by_instruction(id: InstructionId) -> Need {
        Need { table: Draw::TABLE.name, column: "instruction", value: Cell::Id(id.0) }
    }

    /// The draw that pays an order.
    #[must_use]
    pub fn by_order(id: OrderId) -> Need {
        Need { table: Draw::TABLE.name, column: "order_id", value: Cell::Id(id.0) }
    }

    /// The draw with the channel's own reference.
    #[must_use]
    pub fn by_reference(channel: &str, reference: &str) -> Need {
        Need::text::<Draw>("reference_key", format!("{channel}/{reference}"))
    }
}

impl Row for Draw {
    const TABLE: Table = Table {
        name: "draws",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("order_id", Kind::Id),
            fixed("instruction", Kind::Id),
            fixed("core", Kind::Text),
            fixed("account", Kind::Id),
            fixed("amount_fen", Kind::Int),
            fixed("channel", Kind::Text),
            fixed("reference_key", Kind::Text),
            fixed("scene", Kind::Text),
            fixed("payee", Kind::Text),
            fixed("site", Kind::Text),
            fixed("house", Kind::Text),
            fixed("intention", Kind::Text),
            changing("state", Kind::Int),
            changing("reason", Kind::Text),
            fixed("at", Kind::Int),
            fixed("business_date", Kind::Int),
            fixed("clearing_date", Kind::Int),
            changing("drawn_seq", Kind::Int),
            changing("returned_seq", Kind::Int),
            fixed("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Id(self.order.0),
            Cell::Id(self.instruction.0),
            Cell::Text(self.core.clone()),
            Cell::Id(self.account.0),
            Cell::Int(self.amount.0),
            Cell::Text(self.channel.clone()),
            maybe_text(self.reference_key.as_deref()),
            Cell::Text(self.scene.clone()),
            Cell::Text(self.payee.clone()),
            Cell::Text(self.site.clone()),
            Cell::Text(self.house.clone()),
            Cell::Text(self.intention.clone()),
            Cell::Int(self.state.code()),
            maybe_text(self.reason.as_deref()),
            Cell::Int(self.at.0),
            Cell::Int(date_to_number(self.business_date)),
            Cell::Int(date_to_number(self.clearing_date)),
            maybe_int(self.drawn_seq),
            maybe_int(self.returned_seq),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Draw, Corrupt> {
        Ok(Draw {
            id: cells.id()?,
            order: cells.id()?,
            instruction: cells.id()?,
            core: cells.text()?,
            account: cells.id()?,
            amount: Fen(cells.int()?),
            channel: cells.text()?,
            reference_key: cells.maybe_text()?,
            scene: cells.text()?,
            payee: cells.text()?,
            site: cells.text()?,
            house: cells.text()?,
            intention: cells.text()?,
            state: cells.int_as(DrawState::from_code)?,
            reason: cells.maybe_text()?,
            at: Instant(cells.int()?),
            business_date: cells.int_as(date_from_number)?,
            clearing_date: cells.int_as(date_from_number)?,
            drawn_seq: cells.maybe_int()?,
            returned_seq: cells.maybe_int()?,
            seq: cells.int()?,
        })
    }
}

impl Fact for Draw {
    const LOOKUPS: &'static [&'static str] = &["instruction", "order_id", "reference_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        match column {
            "instruction" => Some(Cell::Id(self.instruction.0)),
            "order_id" => Some(Cell::Id(self.order.0)),
            "reference_key" => Some(maybe_text(self.reference_key.as_deref())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_was_stored() {
        for state in DrawState::ALL {
            assert_eq!(DrawState::from_code(state.code()), Some(state));
        }
        assert_eq!(DrawState::from_code(6), None);
    }

    #[test]
    fn money_is_ours_exactly_between_drawn_and_returned() {
        let ours = |state: &DrawState| state.money() != DrawnMoney::Core;
        let those: Vec<DrawState> = DrawState::ALL.into_iter().filter(ours).collect();
        assert_eq!(those, [Drawn, Spent, Returning]);
    }
}
