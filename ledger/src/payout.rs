//! Payouts: money of the books that the bank's core is told to pay to somebody's account there.
//!
//! ```text
//!   PREPARED ── in a file ──▶ SENT ── accepted ──▶ ACCEPTED ──▶ SETTLED
//!                              └──────── rejected ─────┴──────▶ REJECTED
//! ```
//!
//! Where the money is follows from the state: in transit from the moment when it is prepared, out of the
//! books when the core says that it is settled, back on the account when it is rejected. What the core
//! never answers stays in transit, is shown with its age, and is never told again under another name: the
//! end-to-end identifier is the payout's own for ever.
//!
//! | core says \ payout is | sent | accepted | settled | rejected |
//! |---|---|---|---|---|
//! | received, pending | noted | stale | stale | stale |
//! | accepted, in settlement | accepted | noted | stale | stale |
//! | settled | settled | settled | noted | **contested** |
//! | rejected, cancelled | rejected | rejected | **contested** | noted |
//!
//! A contested payout moves nothing, and holds its account until two operators rule. So does one whose
//! amount is another one at the core.
//!
//! | module | holds |
//! |---|---|
//! | [`file`] | the files in which payouts are told to the core |
//! | [`payable`] | what waits on an account to be paid out |

pub mod file;
pub mod payable;

use crate::chart::{CORE_CLEARING, PAYOUTS_TRANSIT};
use crate::facts::{Fact, Need};
use crate::id::{ApprovalId, PayoutFileId, PayoutId};
use crate::money::{Currency, Fen};
use crate::row::{
    Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, json, maybe_int, maybe_text,
};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The kind of the event that prepares one. Its data are the payout as it is [told](Payout::told).
pub const PREPARED: &str = "payout.prepared";
/// The kind of the event by which the core accepts it.
pub const ACCEPTED: &str = "payout.accepted";
/// The kind of the event by which it is settled.
pub const SETTLED: &str = "payout.settled";
/// The kind of the event by which its money comes back.
pub const REJECTED: &str = "payout.rejected";
/// The kind of the event by which the core says something that changes nothing.
pub const HEARD: &str = "payout.heard";
/// The kind of the event by which the core contradicts our books, or itself.
pub const CONTESTED: &str = "payout.contested";
/// The kind of the event by which an account is paid out to somewhere else.
pub const REDIRECTED: &str = "payout.redirected";
/// The kind of the event that collects fees apart.
pub const FEES_COLLECTED: &str = "fees.collected";
/// The kind of the event by which an account may be paid out again after a rejection.
pub const RELEASED: &str = "payout.released";

/// Where a payout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    /// The money is set apart; the core has not been told.
    Prepared,
    /// It is in a file for the core; what became of it is not known.
    Sent,
    /// The core has accepted it and has not settled it yet.
    Accepted,
    /// The core has paid it.
    Settled,
    /// The core has not, and will not; the money is back.
    Rejected,
}

impl PayoutState {
    /// All states.
    pub const ALL: [PayoutState; 5] = [
        PayoutState::Prepared,
        PayoutState::Sent,
        PayoutState::Accepted,
        PayoutState::Settled,
        PayoutState::Rejected,
    ];

    /// The number under which it is stored.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            PayoutState::Prepared => 0,
            PayoutState::Sent => 1,
            PayoutState::Accepted => 2,
            PayoutState::Settled => 3,
            PayoutState::Rejected => 4,
        }
    }

    /// The name, as it is told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PayoutState::Prepared => "prepared",
            PayoutState::Sent => "sent",
            PayoutState::Accepted => "accepted",
            PayoutState::Settled => "settled",
            PayoutState::Rejected => "rejected",
        }
    }

    fn from_code(code: i64) -> Option<PayoutState> {
        PayoutState::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether its money is in transit.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, PayoutState::Settled | PayoutState::Rejected)
    }
}

/// What the core says of a payout, whatever its words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It has it; nothing more.
    Received,
    /// It has accepted it.
    Accepted,
    /// It has paid it.
    Settled,
    /// It does not pay it.
    Rejected,
}

/// What comes of something said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hears {
    /// The payout goes on to this state.
    Becomes(PayoutState),
    /// It stands; the core's word is kept with it.
    Noted,
    /// It stands, and was further on already.
    Stale,
    /// It contradicts.
    Contested,
}

impl PayoutState {
    /// What comes of something that the core says: the table above.
    #[must_use]
    pub fn hears(self, said: Said) -> Hears {
        use PayoutState as S;
        match (self, said) {
            // The core cannot know what it was never told.
            (S::Prepared, _) => Hears::Contested,
            (S::Sent, Said::Received) | (S::Accepted, Said::Accepted) => Hears::Noted,
            (S::Settled, Said::Settled) | (S::Rejected, Said::Rejected) => Hears::Noted,
            (S::Sent, Said::Accepted) => Hears::Becomes(S::Accepted),
            (S::Sent | S::Accepted, Said::Settled) => Hears::Becomes(S::Settled),
            (S::Sent | S::Accepted, Said::Rejected) => Hears::Becomes(S::Rejected),
            (S::Settled, Said::Rejected) | (S::Rejected, Said::Settled) => Hears::Contested,
            (S::Accepted | S::Settled | S::Rejected, _) => Hears::Stale,
        }
    }
}

/// A part of a payout: what a clearing day had for the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `partner/yyyy-mm-dd`.
    pub day: String,
    /// How much, in fen; below nothing where the day took from the account.
    pub fen: Fen,
}

/// Money that the core is told to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// The identifier, and as 32 hexadecimal digits the end-to-end identifier.
    pub id: PayoutId,
    /// `account/yyyy-mm-dd/run`, unique.
    pub payout_key: String,
    /// The partner by whose specification it is paid.
    pub partner: String,
    /// The account of the books that it comes from.
    pub account: String,
    /// The day on which it was prepared to be paid.
    pub date: Date,
    /// 1 for the first payout of the account on that day, 2, 3, … for more.
    pub run: i64,
    /// How much, in fen.
    pub amount: Fen,
    /// The clearing days that it pays.
    pub days: Vec<Part>,
    /// What is not of these days, in fen: refunds since, corrections, what was left before.
    pub other: Fen,
    /// To whom and where, as the specification said then: text of the scene's.
    pub destination: String,
    /// The SHA-256 of that, hex.
    pub destination_digest: String,
    /// What its receiver reads on the statement.
    pub remittance: String,
    /// The currency.
    pub currency: Currency,
    /// The file in which the core was told.
    pub file: Option<PayoutFileId>,
    /// Where it stands.
    pub state: PayoutState,
    /// The core's last word, a code of ISO 20022.
    pub status: Option<String>,
    /// The core's reason, a code.
    pub reason: Option<String>,
    /// What contradicts; nothing moves until two operators have ruled.
    pub contested: Option<String>,
    /// When it was prepared.
    pub prepared_at: Instant,
    /// When it was put into a file.
    pub sent_at: Option<Instant>,
    /// When the core's last word came.
    pub heard_at: Option<Instant>,
    /// When it was settled or came back.
    pub ended_at: Option<Instant>,
    /// By which approval two operators ruled on it, if they did.
    pub approval: Option<ApprovalId>,
    /// The number in the feed of the command that prepared it.
    pub prepared_seq: i64,
    /// The number in the feed of the command that changed it last.
    pub seq: i64,
}

impl Payout {
    /// The unique key of an account's payout.
    #[must_use]
    pub fn key_of(account: &str, date: Date, run: i64) -> String {
        format!("{account}/{date}/{run}")
    }

    /// The payout of this identifier.
    pub fn by_id(id: PayoutId) -> Need {
        Need::id::<Payout>(id.0)
    }

    /// The payout of this key.
    pub fn by_key(key: &str) -> Need {
        Need::text::<Payout>("payout_key", key.to_owned())
    }

    /// By which name the core knows it, for ever.
    #[must_use]
    pub fn end_to_end(&self) -> String {
        self.id.0.simple().to_string()
    }

    /// The account on which its money is, by its state.
    #[must_use]
    pub fn where_it_is(&self, state: PayoutState) -> &str {
        match state {
            PayoutState::Settled => CORE_CLEARING,
            PayoutState::Rejected => &self.account,
            _ => PAYOUTS_TRANSIT,
        }
    }

    /// The payout as it is told: no account number, and nobody's name.
    #[must_use]
    pub fn told(&self) -> Map<String, Value> {
        let told = json!({
            "payout": self.id, "end_to_end": self.end_to_end(), "partner": self.partner,
            "account": self.account, "date": self.date, "run": self.run, "amount_fen": self.amount, "currency": self.currency,
            "days": self.days, "other_fen": self.other,
            "destination_sha256": self.destination_digest, "file": self.file, "state": self.state,
            "status": self.status, "reason": self.reason, "contested": self.contested,
            "prepared_at": self.prepared_at, "sent_at": self.sent_at, "heard_at": self.heard_at,
            "ended_at": self.ended_at, "approval": self.approval, "seq": self.seq,
        });
        match told {
            Value::Object(told) => told,
            _ => Map::new(),
        }
    }
}

impl Row for Payout {
    const TABLE: Table = Table {
        name: "payouts",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("payout_key", Kind::Text),
            fixed("partner", Kind::Text),
            fixed("account", Kind::Text),
            fixed("date", Kind::Int),
            fixed("run", Kind::Int),
            fixed("amount_fen", Kind::Int),
            fixed("days", Kind::Text),
            fixed("other_fen", Kind::Int),
            fixed("destination", Kind::Text),
            fixed("destination_digest", Kind::Text),
            fixed("remittance", Kind::Text),
            fixed("currency", Kind::Text),
            changing("file", Kind::Id),
            changing("state", Kind::Int),
            changing("status", Kind::Text),
            changing("reason", Kind::Text),
            changing("contested", Kind::Text),
            fixed("prepared_at", Kind::Int),
            changing("sent_at", Kind::Int),
            changing("heard_at", Kind::Int),
            changing("ended_at", Kind::Int),
            changing("approval", Kind::Id),
            fixed("prepared_seq", Kind::Int),
            changing("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.payout_key.clone()),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.account.clone()),
            Cell::Int(date_to_number(self.date)),
            Cell::Int(self.run),
            Cell::Int(self.amount.0),
            json(&self.days),
            Cell::Int(self.other.0),
            Cell::Text(self.destination.clone()),
            Cell::Text(self.destination_digest.clone()),
            Cell::Text(self.remittance.clone()),
            Cell::Text(self.currency.as_str().to_owned()),
            self.file.map_or(Cell::Null, |file| Cell::Id(file.0)),
            Cell::Int(self.state.code()),
            maybe_text(self.status.as_deref()),
            maybe_text(self.reason.as_deref()),
            maybe_text(self.contested.as_deref()),
            Cell::Int(self.prepared_at.0),
            maybe_int(self.sent_at.map(|at| at.0)),
            maybe_int(self.heard_at.map(|at| at.0)),
            maybe_int(self.ended_at.map(|at| at.0)),
            self.approval.map_or(Cell::Null, |approval| Cell::Id(approval.0)),
            Cell::Int(self.prepared_seq),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Payout, Corrupt> {
        Ok(Payout {
            id: cells.id()?,
            payout_key: cells.text()?,
            partner: cells.text()?,
            account: cells.text()?,
            date: cells.int_as(date_from_number)?,
            run: cells.int()?,
            amount: Fen(cells.int()?),
            days: cells.json()?,
            other: Fen(cells.int()?),
            destination: cells.text()?,
            destination_digest: cells.text()?,
            remittance: cells.text()?,
            currency: {
                let code = cells.text()?;
                Currency::parse(&code).ok_or_else(|| cells.corrupt())?
            },
            file: cells.maybe_id()?,
            state: cells.int_as(PayoutState::from_code)?,
            status: cells.maybe_text()?,
            reason: cells.maybe_text()?,
            contested: cells.maybe_text()?,
            prepared_at: Instant(cells.int()?),
            sent_at: cells.maybe_int()?.map(Instant),
            heard_at: cells.maybe_int()?.map(Instant),
            ended_at: cells.maybe_int()?.map(Instant),
            approval: cells.maybe_id()?,
            prepared_seq: cells.int()?,
            seq: cells.int()?,
        })
    }
}

impl Fact for Payout {
    const LOOKUPS: &'static [&'static str] = &["payout_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "payout_key").then(|| Cell::Text(self.payout_key.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_has_gone_or_come_back_is_never_moved_by_a_word() {
        for state in PayoutState::ALL {
            for said in [Said::Received, Said::Accepted, Said::Settled, Said::Rejected] {
                let hears = state.hears(said);
                if let Hears::Becomes(next) = hears {
                    assert!(
                        state.is_open() && state != PayoutState::Prepared,
                        "{state:?} {said:?}"
                    );
                    assert!(next.code() > state.code(), "{state:?} goes on, never back");
                }
            }
        }
        assert_eq!(PayoutState::Settled.hears(Said::Rejected), Hears::Contested);
        assert_eq!(PayoutState::Rejected.hears(Said::Settled), Hears::Contested);
        assert_eq!(PayoutState::Rejected.hears(Said::Accepted), Hears::Stale);
        assert_eq!(PayoutState::Accepted.hears(Said::Received), Hears::Stale);
    }
}
