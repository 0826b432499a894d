//! What waits on an account to be paid out: the clearing days that were settled to it and are in no payout
//! yet, and fees that are collected apart. One record an account, changed in the commit that closes a day
//! or prepares a payout, so that no day is paid twice or forgotten.

use crate::account::Account;
use crate::facts::{Fact, Need};
use crate::id::{PayableId, PayoutId};
use crate::money::Fen;
use crate::row::{
    Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, json, maybe_int, maybe_text,
};
use crate::time::date_to_number;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A clearing day that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// `partner/yyyy-mm-dd`.
    pub day: String,
    /// From which day on it may be paid out.
    pub settlement_date: Date,
    /// What it has for the account, in fen; below nothing where it took from it.
    pub fen: Fen,
}

/// What waits on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payable {
    /// The identifier.
    pub id: PayableId,
    /// The account, unique.
    pub account: String,
    /// The days that are in no payout, in the order in which they were closed.
    pub waiting: Vec<Waiting>,
    /// Fees that are owed by the account, by the month of their clearing days (`2026-11`), in fen.
    pub fees: BTreeMap<String, Fen>,
    /// All of them, in fen.
    pub fees_fen: Fen,
    /// The SHA-256 of where the account is paid out to, hex; nothing before the first payout.
    pub destination: Option<String>,
    /// From which day on, where two operators have changed it.
    pub destination_from: Option<Date>,
    /// The payouts that keep the account from being paid out: rejected, or contested. Each is taken away by
    /// itself, so that one of them never hides another.
    pub holds: BTreeSet<PayoutId>,
    /// The day of the last payout.
    pub last_date: Option<Date>,
    /// Its run on that day.
    pub last_run: i64,
    /// The number in the feed of the command that changed it last.
    pub seq: i64,
}

/// What an account can pay out on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// How much, in fen: all that is on the account but what days have put there that are not due yet.
    pub amount: Fen,
    /// The days that are due.
    pub days: Vec<Waiting>,
    /// The days that are not.
    pub later: Vec<Waiting>,
}

impl Payable {
    /// An account on which nothing waits yet.
    #[must_use]
    pub fn open(id: PayableId, account: &str) -> Payable {
        Payable {
            id,
            account: account.to_owned(),
            waiting: Vec::new(),
            fees: BTreeMap::new(),
            fees_fen: Fen::ZERO,
            destination: None,
            destination_from: None,
            holds: BTreeSet::new(),
            last_date: None,
            last_run: 0,
            seq: 0,
        }
    }

    /// The same, held by one more payout.
    #[must_use]
    pub fn held_by(mut self, payout: PayoutId) -> Payable {
        self.holds.insert(payout);
        self
    }

    /// What waits on this account.
    pub fn by_account(account: &str) -> Need {
        Need::text::<Payable>("account", account.to_owned())
    }

    /// What the account can pay out on a day; nothing where sums do not fit.
    #[must_use]
    pub fn due(&self, account: &Account, date: Date) -> Option<Due> {
        let (days, later): (Vec<_>, Vec<_>) =
            self.waiting.iter().cloned().partition(|waiting| waiting.settlement_date <= date);
        let not_due = Fen::total(later.iter().map(|waiting| waiting.fen.max(Fen::ZERO)))?;
        let floor = account.floor.unwrap_or(Fen::ZERO);
        let free = account.available().minus(floor)?.minus(not_due)?;
        Some(Due { amount: free.max(Fen::ZERO), days, later })
    }

    /// Fees of the months before that of a day, in fen.
    #[must_use]
    pub fn fees_before(&self, date: Date) -> Option<Fen> {
        let month = Payable::month_of(date);
        Fen::total(self.fees.range(..month).map(|(_, fen)| *fen))
    }

    /// Adds a fee that is owed for a clearing day; nothing where sums do not fit.
    #[must_use]
    pub fn owe(&mut self, clearing: Date, fee: Fen) -> Option<()> {
        let month = self.fees.entry(Payable::month_of(clearing)).or_default();
        *month = month.plus(fee)?;
        self.fees_fen = self.fees_fen.plus(fee)?;
        Some(())
    }

    /// Takes so much of what is owed for months before that of a day, the oldest first; nothing where it
    /// is not owed.
    #[must_use]
    pub fn collect(&mut self, date: Date, fee: Fen) -> Option<()> {
        let (month, mut left) = (Payable::month_of(date), fee);
        for (_, owed) in self.fees.range_mut(..month) {
            let taken = left.min(*owed);
            (*owed, left) = (owed.minus(taken)?, left.minus(taken)?);
        }
        self.fees.retain(|_, owed| *owed != Fen::ZERO);
        self.fees_fen = self.fees_fen.minus(fee)?;
        (left == Fen::ZERO).then_some(())
    }

    /// The month of a day, as fees are kept by.
    #[must_use]
    pub fn month_of(date: Date) -> String {
        format!("{:04}-{:02}", date.year(), date.month())
    }

    /// The run of the next payout on a day.
    #[must_use]
    pub fn next_run(&self, date: Date) -> i64 {
        if self.last_date == Some(date) { self.last_run + 1 } else { 1 }
    }
}

impl Row for Payable {
    const TABLE: Table = Table {
        name: "payables",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("account", Kind::Text),
            changing("waiting", Kind::Text),
            changing("fees", Kind::Text),
            changing("fees_fen", Kind::Int),
            changing("destination", Kind::Text),
            changing("destination_from", Kind::Int),
            changing("holds", Kind::Text),
            changing("last_date", Kind::Int),
            changing("last_run", Kind::Int),
            changing("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.account.clone()),
            json(&self.waiting),
            json(&self.fees),
            Cell::Int(self.fees_fen.0),
            maybe_text(self.destination.as_deref()),
            maybe_int(self.destination_from.map(date_to_number)),
            json(&self.holds),
            maybe_int(self.last_date.map(date_to_number)),
            Cell::Int(self.last_run),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Payable, Corrupt> {
        Ok(Payable {
            id: cells.id()?,
            account: cells.text()?,
            waiting: cells.json()?,
            fees: cells.json()?,
            fees_fen: Fen(cells.int()?),
            destination: cells.maybe_text()?,
            destination_from: cells.maybe_date()?,
            holds: cells.json()?,
            last_date: cells.maybe_date()?,
            last_run: cells.int()?,
            seq: cells.int()?,
        })
    }
}

impl Fact for Payable {
    const LOOKUPS: &'static [&'static str] = &["account"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "account").then(|| Cell::Text(self.account.clone()))
    }
}
