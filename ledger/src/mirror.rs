//! Mirrors: accounts of ours that stand for an account of ours elsewhere, at the core, at a clearing, at a
//! wallet. What happened on either side is an [`item::Item`]; items of both sides that are the same thing
//! are paired, and what is left over is a break ([`crate::breaks`]).
//!
//! | module | holds |
//! |---|---|
//! | here | the mirror: how far our entries have become items |
//! | [`account_statement`] | what the other side says of a day |
//! | [`standing`] | whether a statement goes on with another one, replaces it, or clashes with it |
//! | [`item`] | one thing that happened, by one side's word |

pub mod account_statement;
pub mod item;
pub mod standing;

use crate::facts::{Fact, Need};
use crate::id::{AccountId, MirrorId};
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed};
use uuid::Uuid;

/// The kind of the event by which entries of ours have become items.
pub const MIRRORED: &str = "mirror.entries_taken";
/// The kind of the event that pairs items.
pub const PAIRED: &str = "mirror.paired";
/// The kind of the event by which items of a statement that was replaced count no more.
pub const WITHDRAWN: &str = "mirror.withdrawn";
/// The kind of the event that says with which statements an account was compared.
pub const COMPARED: &str = "mirror.compared";

/// A mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The identifier.
    pub id: MirrorId,
    /// The code of its specification; unique.
    pub code: String,
    /// The account of the books.
    pub account: AccountId,
    /// The account's last entry from before reconciliation began; 0 when there was none.
    pub base_nth: i64,
    /// The account's balance with it, in fen: above nothing where we have money there.
    pub base: Fen,
    /// The account's last entry that has become an item.
    pub taken: i64,
    /// The number of its statements: that of the command in the feed with which the last one was complete,
    /// or with which there was a mirror. What was read under another number decides nothing.
    pub evidence: i64,
    /// The number of the statements with which it was last compared to the end.
    pub compared: i64,
    /// The account's last entry with which it was last compared to the end.
    pub compared_taken: i64,
    /// The number in the feed of the command that changed it last.
    pub seq: i64,
}

impl Mirror {
    /// Whether there are statements or items with which it was not compared to the end.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.compared < self.evidence || self.compared_taken < self.taken
    }

    /// The mirror of this code.
    pub fn by_code(code: &str) -> Need {
        Need::text::<Mirror>("code", code.to_owned())
    }
}

impl Row for Mirror {
    const TABLE: Table = Table {
        name: "mirrors",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("code", Kind::Text),
            fixed("account", Kind::Id),
            fixed("base_nth", Kind::Int),
            fixed("base_fen", Kind::Int),
            changing("taken", Kind::Int),
            changing("evidence", Kind::Int),
            changing("compared", Kind::Int),
            changing("compared_taken", Kind::Int),
            changing("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.code.clone()),
            Cell::Id(self.account.0),
            Cell::Int(self.base_nth),
            Cell::Int(self.base.0),
            Cell::Int(self.taken),
            Cell::Int(self.evidence),
            Cell::Int(self.compared),
            Cell::Int(self.compared_taken),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Mirror, Corrupt> {
        Ok(Mirror {
            id: cells.id()?,
            code: cells.text()?,
            account: cells.id()?,
            base_nth: cells.int()?,
            base: Fen(cells.int()?),
            taken: cells.int()?,
            evidence: cells.int()?,
            compared: cells.int()?,
            compared_taken: cells.int()?,
            seq: cells.int()?,
        })
    }
}

impl Fact for Mirror {
    const LOOKUPS: &'static [&'static str] = &["code"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "code").then(|| Cell::Text(self.code.clone()))
    }
}
