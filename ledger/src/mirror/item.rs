//! One thing that happened on a mirrored account, by one side's word. What it says never changes; what it
//! is paired with does.

use crate::facts::{Fact, Need};
use crate::id::{AccountStatementId, ItemId};
use crate::money::Fen;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int, maybe_text};
use crate::time::{date_from_number, date_to_number};
use jiff::civil::Date;
use uuid::Uuid;

/// Defines words that are stored as numbers.
macro_rules! numbered {
    ($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $word:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $type {
            $($(#[$of])* $word,)*
        }

        impl $type {
            /// The number under which it is stored.
            #[must_use]
            pub fn code(self) -> i64 {
                match self {
                    $($type::$word => $code,)*
                }
            }

            /// The word of a stored number.
            #[must_use]
            pub fn from_code(code: i64) -> Option<$type> {
                [$($type::$word),*].into_iter().find(|word| word.code() == code)
            }
        }
    };
}

numbered! {
    /// By whose word.
    Origin {
        /// An entry of our books.
        Ours = 0,
        /// A line of their statement.
        Theirs = 1,
        /// An entry of our books by which reconciliation itself brings the mirror to what they say.
        Booking = 2,
    }
}

numbered! {
    /// What became of it.
    ItemState {
        /// Nothing of the other side is the same yet.
        Open = 0,
        /// It is the same as an item of the other side, which has the same reference.
        Paired = 1,
        /// It is the only one of its amount and days on either side.
        PairedByAmount = 2,
        /// They tell of it, and it is not in their balance.
        NotBooked = 3,
        /// Its statement was replaced.
        Withdrawn = 4,
        /// It needs no other side.
        Alone = 5,
    }
}

/// An item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The identifier.
    pub id: ItemId,
    /// The mirror's code.
    pub mirror: String,
    /// `mirror/reference`; where there is no reference, one made of day and amount.
    pub reference_key: String,
    /// Whether there is a reference.
    pub named: bool,
    /// By whose word.
    pub origin: Origin,
    /// Ours: the number of the entry on its account. Theirs: the number of the item in its statement.
    pub place: i64,
    /// Ours: the number in the feed of what has posted it. Theirs: the line of the file.
    pub source: i64,
    /// Theirs: the statement.
    pub statement: Option<AccountStatementId>,
    /// Ours: the day on which it took effect. Theirs: the day on which it was booked.
    pub date: Date,
    /// How much, in fen: above nothing is more money for us.
    pub amount: Fen,
    /// Their word for what it is, where the specification knows it; or our event.
    pub kind: Option<String>,
    /// Whether it takes an earlier one back, by their word.
    pub returned: bool,
    /// What was taken for it by their word, in fen.
    pub fees: Option<Fen>,
    /// What became of it.
    pub state: ItemState,
    /// The other side's item that is the same.
    pub pair: Option<ItemId>,
}

impl Item {
    /// The item of this identifier.
    pub fn by_id(id: ItemId) -> Need {
        Need::id::<Item>(id.0)
    }

    /// The items of a reference.
    pub fn by_reference(reference_key: &str) -> Need {
        Need::text::<Item>("reference_key", reference_key.to_owned())
    }

    /// Whether the other side's item is known.
    #[must_use]
    pub fn is_paired(&self) -> bool {
        matches!(self.state, ItemState::Paired | ItemState::PairedByAmount)
    }

    /// The item with nothing on the other side.
    #[must_use]
    pub fn reopened(&self) -> Item {
        Item { state: ItemState::Open, pair: None, ..self.clone() }
    }
}

impl Row for Item {
    const TABLE: Table = Table {
        name: "mirror_items",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("mirror", Kind::Text),
            fixed("reference_key", Kind::Text),
            fixed("named", Kind::Int),
            fixed("origin", Kind::Int),
            fixed("place", Kind::Int),
            fixed("source", Kind::Int),
            fixed("statement", Kind::Id),
            fixed("date", Kind::Int),
            fixed("amount_fen", Kind::Int),
            fixed("kind", Kind::Text),
            fixed("returned", Kind::Int),
            fixed("fees_fen", Kind::Int),
            changing("state", Kind::Int),
            changing("pair", Kind::Id),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.mirror.clone()),
            Cell::Text(self.reference_key.clone()),
            Cell::Int(i64::from(self.named)),
            Cell::Int(self.origin.code()),
            Cell::Int(self.place),
            Cell::Int(self.source),
            self.statement.map_or(Cell::Null, |statement| Cell::Id(statement.0)),
            Cell::Int(date_to_number(self.date)),
            Cell::Int(self.amount.0),
            maybe_text(self.kind.as_deref()),
            Cell::Int(i64::from(self.returned)),
            maybe_int(self.fees.map(|fees| fees.0)),
            Cell::Int(self.state.code()),
            self.pair.map_or(Cell::Null, |pair| Cell::Id(pair.0)),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Item, Corrupt> {
        Ok(Item {
            id: cells.id()?,
            mirror: cells.text()?,
            reference_key: cells.text()?,
            named: cells.int()? != 0,
            origin: cells.int_as(Origin::from_code)?,
            place: cells.int()?,
            source: cells.int()?,
            statement: cells.maybe_id()?,
            date: cells.int_as(date_from_number)?,
            amount: Fen(cells.int()?),
            kind: cells.maybe_text()?,
            returned: cells.int()? != 0,
            fees: cells.maybe_int()?.map(Fen),
            state: cells.int_as(ItemState::from_code)?,
            pair: cells.maybe_id()?,
        })
    }
}

impl Fact for Item {
    const LOOKUPS: &'static [&'static str] = &["reference_key"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "reference_key").then(|| Cell::Text(self.reference_key.clone()))
    }
}
