//! Mandates: what a payer has allowed a partner to debit by itself, under a contract number there.
//!
//! ```text
//!   SIGNED ── suspend ──▶ SUSPENDED ── resume ──▶ SIGNED
//!     └────── revoke ─────────┴──────────────────▶ REVOKED
//! ```
//!
//! | said by the payer | signed | suspended | revoked |
//! |---|---|---|---|
//! | change | changed | changed | refused |
//! | suspend | → suspended | stays | refused |
//! | resume | stays | → signed | refused |
//! | revoke | → revoked | → revoked | stays |
//!
//! A contract has one mandate at a time: it can be signed anew only when the former one is revoked, and
//! then is another mandate. The holder's name as the partner writes it is kept as a blind index only: it
//! is compared, never read.

use crate::facts::{Fact, Need};
use crate::id::{AccountId, MandateId};
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, json, maybe_int};
use crate::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a mandate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MandateState {
    /// In force between its days.
    Signed,
    /// Nothing is debited until the payer resumes it.
    Suspended,
    /// Nothing is debited ever again.
    Revoked,
}

impl MandateState {
    /// All states, in the order of their codes.
    pub const ALL: [MandateState; 3] =
        [MandateState::Signed, MandateState::Suspended, MandateState::Revoked];

    /// The number under which the state is stored.
    pub fn code(self) -> i64 {
        match self {
            MandateState::Signed => 0,
            MandateState::Suspended => 1,
            MandateState::Revoked => 2,
        }
    }

    fn from_code(code: i64) -> Option<MandateState> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Where a mandate stands after the payer's word; nothing where the word cannot be followed any more.
    #[must_use]
    pub fn after(self, word: Word) -> Option<MandateState> {
        match (self, word) {
            (_, Word::Revoke) => Some(MandateState::Revoked),
            (MandateState::Revoked, _) => None,
            (_, Word::Suspend) => Some(MandateState::Suspended),
            (_, Word::Resume) => Some(MandateState::Signed),
        }
    }
}

/// What a payer says of a mandate that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// Debit nothing for now.
    Suspend,
    /// Debit again.
    Resume,
    /// Debit nothing ever again.
    Revoke,
}

/// What happens when less is there than is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "policy", rename_all = "snake_case")]
pub enum Partial {
    /// Nothing is debited.
    None,
    /// What is there is debited, if it is at least so much.
    WhatIsThere {
        /// The least that is debited, in fen.
        minimum_fen: Fen,
    },
}

/// On which days what failed for want of money is presented again, and how often at the most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Again {
    /// Days of the month, rising; the last day of a month that is shorter.
    pub days: Vec<i8>,
    /// How often at the most.
    pub times_max: i64,
}

impl Again {
    /// The first agreed day after a date.
    #[must_use]
    pub fn next_after(&self, date: Date) -> Option<Date> {
        let mut month = date.first_of_month();
        for _ in 0..2 {
            let last = month.days_in_month();
            let days =
                self.days.iter().filter_map(|day| month.with().day((*day).min(last)).build().ok());
            if let Some(day) = days.filter(|day| *day > date).min() {
                return Some(day);
            }
            month = month.last_of_month().tomorrow().ok()?;
        }
        None
    }
}

/// What the payer can change of a mandate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most of one debit, in fen.
    pub of_debit: Fen,
    /// The most of a calendar month in the partner's zone, in fen; nothing: no such limit.
    pub of_month: Option<Fen>,
    /// The first day on which it may be used.
    pub valid_from: Date,
    /// The last day on which it may be used; nothing: until it is revoked.
    pub valid_to: Option<Date>,
    /// What happens when less is there than is asked for.
    pub partial: Partial,
    /// What happens when nothing was debited for want of money.
    pub again: Again,
}

/// What a payer has allowed a partner to debit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// The identifier.
    pub id: MandateId,
    /// The partner.
    pub partner: String,
    /// `partner/contract`: the contract's number there.
    pub contract_key: String,
    /// The channel through which it was signed, which is told of every debit.
    pub channel: String,
    /// The payer's account.
    pub payer: AccountId,
    /// The blind index of the account holder's name as the partner writes it.
    pub name_index: Vec<u8>,
    /// What is allowed.
    pub limits: Limits,
    /// Where it stands.
    pub state: MandateState,
    /// The month of its last debit, `yyyymm`; 0 before the first.
    pub month: i64,
    /// What was debited in that month, in fen.
    pub month_debited: Fen,
    /// When it was signed.
    pub at: Instant,
    /// The number in the feed of the command that signed it.
    pub seq: i64,
}

impl Mandate {
    /// The kind of the event that signs a mandate.
    pub const SIGNED: &'static str = "mandate.signed";
    /// The kind of the event that changes what it allows.
    pub const CHANGED: &'static str = "mandate.changed";
    /// The kind of the event that suspends it.
    pub const SUSPENDED: &'static str = "mandate.suspended";
    /// The kind of the event that resumes it.
    pub const RESUMED: &'static str = "mandate.resumed";
    /// The kind of the event that revokes it.
    pub const REVOKED: &'static str = "mandate.revoked";

    /// The contract's number at the partner.
    pub fn contract(&self) -> &str {
        self.contract_key.get(self.partner.len() + 1..).unwrap_or_default()
    }

    /// The mandate of this identifier.
    pub fn by_id(id: MandateId) -> Need {
        Need::id::<Mandate>(id.0)
    }

    /// The mandates of a contract, revoked ones too.
    pub fn of_contract(partner: &str, contract: &str) -> Need {
        Need::text::<Mandate>("contract_key", format!("{partner}/{contract}"))
    }

    /// Whether a date is between its days.
    #[must_use]
    pub fn covers(&self, date: Date) -> bool {
        self.limits.valid_from <= date && self.limits.valid_to.is_none_or(|last| date <= last)
    }

    /// What was debited in the month of a date.
    #[must_use]
    pub fn debited_in(&self, date: Date) -> Fen {
        if self.month == month_of(date) { self.month_debited } else { Fen::ZERO }
    }

    /// Whether so much more may be debited on a date.
    #[must_use]
    pub fn allows(&self, amount: Fen, date: Date) -> bool {
        let in_month = self.debited_in(date).plus(amount);
        let within = |most: Fen| in_month.is_some_and(|sum| sum <= most);
        amount <= self.limits.of_debit && self.limits.of_month.is_none_or(within)
    }

    /// The mandate after a debit; nothing when the sum does not fit.
    #[must_use]
    pub fn debited(&self, amount: Fen, date: Date) -> Option<Mandate> {
        let month_debited = self.debited_in(date).plus(amount)?;
        Some(Mandate { month: month_of(date), month_debited, ..self.clone() })
    }
}

fn month_of(date: Date) -> i64 {
    i64::from(date.year()) * 100 + i64::from(date.month())
}

impl Row for Mandate {
    const TABLE: Table = Table {
        name: "mandates",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("partner", Kind::Text),
            fixed("contract_key", Kind::Text),
            fixed("channel", Kind::Text),
            fixed("payer", Kind::Id),
            fixed("name_index", Kind::Bytes),
            changing("debit_max_fen", Kind::Int),
            changing("month_max_fen", Kind::Int),
            changing("valid_from", Kind::Int),
            changing("valid_to", Kind::Int),
            changing("partial", Kind::Text),
            changing("again", Kind::Text),
            changing("state", Kind::Int),
            changing("month", Kind::Int),
            changing("month_debited_fen", Kind::Int),
            fixed("at", Kind::Int),
            fixed("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.contract_key.clone()),
            Cell::Text(self.channel.clone()),
            Cell::Id(self.payer.0),
            Cell::Bytes(self.name_index.clone()),
            Cell::Int(self.limits.of_debit.0),
            maybe_int(self.limits.of_month.map(|most| most.0)),
            Cell::Int(date_to_number(self.limits.valid_from)),
            maybe_int(self.limits.valid_to.map(date_to_number)),
            json(&self.limits.partial),
            json(&self.limits.again),
            Cell::Int(self.state.code()),
            Cell::Int(self.month),
            Cell::Int(self.month_debited.0),
            Cell::Int(self.at.0),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Mandate, Corrupt> {
        Ok(Mandate {
            id: cells.id()?,
            partner: cells.text()?,
            contract_key: cells.text()?,
            channel: cells.text()?,
            payer: cells.id()?,
            name_index: cells.bytes()?,
            limits: Limits {
                of_debit: Fen(cells.int()?),
                of_month: cells.maybe_int()?.map(Fen),
                valid_from: cells.int_as(date_from_number)?,
                valid_to: cells.maybe_date()?,
                partial: cells.json()?,
                again: cells.json()?,
            },
            state: cells.int_as(MandateState::from_code)?,
            month: cells.int()?,
            month_debited: Fen(cells.int()?),
            at: Instant(cells.int()?),
            seq: cells.int()?,
        })
    }
}

impl Fact for Mandate {
    const LOOKUPS: &'static [&'static str] = &["contract_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "contract_key").then(|| Cell::Text(self.contract_key.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_next_agreed_day_is_in_this_month_or_the_next() {
        let again = Again { days: vec![5, 31], times_max: 2 };
        assert_eq!(again.next_after(date(2026, 11, 4)), Some(date(2026, 11, 5)));
        assert_eq!(again.next_after(date(2026, 11, 5)), Some(date(2026, 11, 30)));
        assert_eq!(again.next_after(date(2026, 11, 30)), Some(date(2026, 12, 5)));
        assert_eq!(again.next_after(date(2026, 12, 31)), Some(date(2027, 1, 5)));
        assert_eq!(
            Again { days: vec![31], times_max: 1 }.next_after(date(2027, 1, 31)),
            Some(date(2027, 2, 28))
        );
        assert_eq!(Again::default().next_after(date(2026, 11, 4)), None);
    }

    #[test]
    fn a_revoked_mandate_takes_no_other_word() {
        for state in MandateState::ALL {
            for word in [Word::Suspend, Word::Resume, Word::Revoke] {
                let revoked = state == MandateState::Revoked && word != Word::Revoke;
                assert_eq!(state.after(word).is_none(), revoked, "{state:?} {word:?}");
            }
        }
    }
}
