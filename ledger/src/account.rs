//! Accounts: where money stands, and within which limits.

use crate::id::AccountId;
use crate::money::{Currency, Fen, Side};
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int};
use serde::{Deserialize, Serialize};

/// Whether an account takes part in transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    /// Open for entries and holds.
    Active,
    /// No entries and no new holds, until it is active again.
    Frozen,
    /// No entries ever again; the balance is zero.
    Closed,
}

impl AccountStatus {
    fn code(self) -> i64 {
        match self {
            AccountStatus::Active => 0,
            AccountStatus::Frozen => 1,
            AccountStatus::Closed => 2,
        }
    }

    fn from_code(code: i64) -> Option<AccountStatus> {
        match code {
            0 => Some(AccountStatus::Active),
            1 => Some(AccountStatus::Frozen),
            2 => Some(AccountStatus::Closed),
            _ => None,
        }
    }
}

/// The kind of the event that opens accounts. Its data list their [`Terms`] as `accounts`.
pub const OPENED: &str = "accounts.opened";

/// The kind of the event by which a command changes limits or a status. Its data list the new [`Terms`] as `accounts`.
pub const CHANGED: &str = "accounts.changed";

/// All of an account but its balances: what the event that opens or changes it says, so that the chain
/// holds it and the check can compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The identifier.
    #[serde(rename = "account")]
    pub id: AccountId,
    /// The name.
    pub code: String,
    /// The side on which it normally stands.
    pub side: Side,
    /// The currency.
    pub currency: Currency,
    /// The floor, in fen.
    #[serde(rename = "floor_fen")]
    pub floor: Option<Fen>,
    /// The ceiling, in fen.
    #[serde(rename = "ceiling_fen")]
    pub ceiling: Option<Fen>,
    /// Whether it takes part.
    pub status: AccountStatus,
}

/// One account of the books. Balances are on its normal side: positive when it stands as usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The identifier.
    pub id: AccountId,
    /// The name by which partners and rules call it, see [`crate::chart`]. Never changes.
    pub code: String,
    /// The side on which it normally stands.
    pub side: Side,
    /// The currency of every entry.
    pub currency: Currency,
    /// The posted balance less what is held may not go below this.
    pub floor: Option<Fen>,
    /// The posted balance may not go above this.
    pub ceiling: Option<Fen>,
    /// Whether it takes part.
    pub status: AccountStatus,
    /// The sum of all entries.
    pub posted: Fen,
    /// The sum of what is open on all holds.
    pub pending: Fen,
    /// The number of entries so far; the next entry gets this plus one.
    pub entries: i64,
}

impl Account {
    /// A new account without entries.
    pub fn open(id: AccountId, code: &str, side: Side, currency: Currency) -> Account {
        Account {
            id,
            code: code.to_owned(),
            side,
            currency,
            floor: None,
            ceiling: None,
            status: AccountStatus::Active,
            posted: Fen::ZERO,
            pending: Fen::ZERO,
            entries: 0,
        }
    }

    /// The same account with a floor.
    pub fn with_floor(mut self, floor: Fen) -> Account {
        self.floor = Some(floor);
        self
    }

    /// The same account with a ceiling.
    pub fn with_ceiling(mut self, ceiling: Fen) -> Account {
        self.ceiling = Some(ceiling);
        self
    }

    /// All of it but the balances.
    pub fn terms(&self) -> Terms {
        Terms {
            id: self.id,
            code: self.code.clone(),
            side: self.side,
            currency: self.currency,
            floor: self.floor,
            ceiling: self.ceiling,
            status: self.status,
        }
    }

    /// What may still be taken: posted less held.
    pub fn available(&self) -> Fen {
        Fen(self.posted.0.saturating_sub(self.pending.0))
    }

    /// The balances as they are shown and answered.
    pub fn balances(&self) -> Balances {
        Balances { posted: self.posted, pending: self.pending, available: self.available() }
    }
}

/// An account's three balances, on its normal side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balances {
    /// The sum of all entries, in fen.
    #[serde(rename = "posted_fen")]
    pub posted: Fen,
    /// The sum of open holds, in fen.
    #[serde(rename = "pending_fen")]
    pub pending: Fen,
    /// Posted less pending, in fen.
    #[serde(rename = "available_fen")]
    pub available: Fen,
}

impl Row for Account {
    const TABLE: Table = Table {
        name: "accounts",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("code", Kind::Text),
            fixed("side", Kind::Int),
            fixed("currency", Kind::Text),
            changing("floor_fen", Kind::Int),
            changing("ceiling_fen", Kind::Int),
            changing("status", Kind::Int),
            changing("posted_fen", Kind::Int),
            changing("pending_fen", Kind::Int),
            changing("entries", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.code.clone()),
            Cell::Int(self.side.code()),
            Cell::Text(self.currency.to_string()),
            maybe_int(self.floor.map(|fen| fen.0)),
            maybe_int(self.ceiling.map(|fen| fen.0)),
            Cell::Int(self.status.code()),
            Cell::Int(self.posted.0),
            Cell::Int(self.pending.0),
            Cell::Int(self.entries),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Account, Corrupt> {
        Ok(Account {
            id: cells.id()?,
            code: cells.text()?,
            side: cells.int_as(Side::from_code)?,
            currency: {
                let code = cells.text()?;
                Currency::parse(&code).ok_or_else(|| cells.corrupt())?
            },
            floor: cells.maybe_int()?.map(Fen),
            ceiling: cells.maybe_int()?.map(Fen),
            status: cells.int_as(AccountStatus::from_code)?,
            posted: Fen(cells.int()?),
            pending: Fen(cells.int()?),
            entries: cells.int()?,
        })
    }
}
