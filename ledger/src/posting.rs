//! Postings: the draft of a transaction, the entries it becomes, and postings that an outside fact
//! forces beyond a limit.

use crate::id::{AccountId, DebtId};
use crate::money::{Fen, Side};
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use crate::time::Instant;

/// One line of a draft: an amount on one side of one account. The amount is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The account.
    pub account: AccountId,
    /// The side.
    pub side: Side,
    /// The amount, more than nothing.
    pub amount: Fen,
}

/// A transaction as a decision proposes it: two or more lines whose debits equal their credits in
/// every currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The lines, in the order in which they will be numbered.
    pub lines: Vec<Line>,
    /// When the cause took effect, if not at the accounting time.
    pub effective_at: Option<Instant>,
    /// The outside fact that has already made this true, if it may pass limits for that reason.
    pub forced: Option<String>,
}

impl Draft {
    /// A draft without lines.
    pub fn new() -> Draft {
        Draft::default()
    }

    /// Adds a debit; an amount of nothing adds no line.
    pub fn debit(self, account: AccountId, amount: Fen) -> Draft {
        self.line(account, Side::Debit, amount)
    }

    /// Adds a credit; an amount of nothing adds no line.
    pub fn credit(self, account: AccountId, amount: Fen) -> Draft {
        self.line(account, Side::Credit, amount)
    }

    fn line(mut self, account: AccountId, side: Side, amount: Fen) -> Draft {
        if amount != Fen::ZERO {
            self.lines.push(Line { account, side, amount });
        }
        self
    }
}

/// A posted line: never changed, never deleted. Its key begins with the account, so that a statement
/// is a range read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The account.
    pub account: AccountId,
    /// The number of the entry on its account, from 1.
    pub nth: i64,
    /// The number in the feed of the command that caused it.
    pub seq: i64,
    /// The number of the line within its transaction, from 0.
    pub line: i64,
    /// The side.
    pub side: Side,
    /// The amount, more than nothing.
    pub amount: Fen,
    /// The account's posted balance after this entry, on its normal side.
    pub balance_after: Fen,
}

impl Row for Entry {
    const TABLE: Table = Table {
        name: "entries",
        key: &["account", "nth"],
        columns: &[
            fixed("account", Kind::Id),
            fixed("nth", Kind::Int),
            fixed("seq", Kind::Int),
            fixed("line", Kind::Int),
            fixed("side", Kind::Int),
            fixed("amount_fen", Kind::Int),
            fixed("balance_after_fen", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.account.0),
            Cell::Int(self.nth),
            Cell::Int(self.seq),
            Cell::Int(self.line),
            Cell::Int(self.side.code()),
            Cell::Int(self.amount.0),
            Cell::Int(self.balance_after.0),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Entry, Corrupt> {
        Ok(Entry {
            account: cells.id()?,
            nth: cells.int()?,
            seq: cells.int()?,
            line: cells.int()?,
            side: cells.int_as(Side::from_code)?,
            amount: Fen(cells.int()?),
            balance_after: Fen(cells.int()?),
        })
    }
}

/// What a forced posting left beyond an account's limit, on record until it is collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debt {
    /// The identifier.
    pub id: DebtId,
    /// The account beyond its limit.
    pub account: AccountId,
    /// By how much further the posting went beyond the limit than the account was before, in fen.
    pub amount: Fen,
    /// How much of it is settled since, in fen.
    pub settled: Fen,
    /// The outside fact that forced it.
    pub fact: String,
    /// The number in the feed of the posting.
    pub seq: i64,
}

impl Row for Debt {
    const TABLE: Table = Table {
        name: "debts",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("account", Kind::Id),
            fixed("amount_fen", Kind::Int),
            changing("settled_fen", Kind::Int),
            fixed("fact", Kind::Text),
            fixed("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Id(self.account.0),
            Cell::Int(self.amount.0),
            Cell::Int(self.settled.0),
            Cell::Text(self.fact.clone()),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Debt, Corrupt> {
        Ok(Debt {
            id: cells.id()?,
            account: cells.id()?,
            amount: Fen(cells.int()?),
            settled: Fen(cells.int()?),
            fact: cells.text()?,
            seq: cells.int()?,
        })
    }
}
