//! A statement: what a file says before the entries of an account, and after them.

use jiaozi_ledger::money::Currency;
use jiaozi_ledger::personal::{Name, Personal};
use jiff::civil::Date;
use serde::Serialize;

use super::amount::Amount;
use super::entry::{AccountNumber, Entry};
use super::place::Place;
use super::proof::{Counted, Imbalance, Stated};

/// One thing that a file says, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A statement begins.
    Begins(Box<Head>),
    /// An entry of the statement that has begun.
    Entry(Box<Entry>),
    /// The statement ends.
    Ends(Box<Ending>),
}

/// What is known of a statement before its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Where it begins.
    pub place: Place,
    /// What kind of statement, such as `camt.053.001.08` or `MT940`.
    pub kind: String,
    /// What its writer calls it.
    pub id: Option<String>,
    /// Its number among the statements of the account.
    pub number: Option<String>,
    /// Its page.
    pub page: Option<String>,
    /// Whether it is the first of its kind.
    pub issue: Issue,
    /// The account.
    pub account: Option<Personal<AccountNumber>>,
    /// Who owns the account.
    pub owner: Option<Personal<Name>>,
    /// The currency of the account; `None`: entries say their own.
    pub currency: Option<Currency>,
    /// First day of the period.
    pub from: Option<Date>,
    /// Last day of the period.
    pub to: Option<Date>,
    /// The balance before the entries.
    pub opening: Option<Balance>,
}

/// What is known of a statement after its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// The balance after the entries.
    pub closing: Option<Balance>,
    /// The totals that the file states of itself.
    pub stated: Vec<Stated>,
    /// What was counted while reading.
    pub counted: Counted,
    /// Where the file is not what it says of itself; empty if it balances.
    pub imbalances: Vec<Imbalance>,
    /// How many more there are that are not listed.
    pub unlisted: u64,
}

impl Ending {
    /// Whether the statement is what its own totals say.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.imbalances.is_empty()
    }
}

/// A statement with all its entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// What comes before the entries.
    pub head: Head,
    /// The entries.
    pub entries: Vec<Entry>,
    /// What comes after them.
    pub ending: Ending,
}

/// A balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Where it stands in the file.
    pub place: Place,
    /// Its day, if the file says so.
    pub date: Option<Date>,
    /// How much; negative when the account is overdrawn.
    pub amount: Amount,
    /// Whether it is only the balance between two pages.
    pub intermediate: bool,
}

/// What a statement is to an earlier one of the same account and period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Issue {
    /// It stands for itself.
    #[default]
    Original,
    /// A copy for someone else.
    Copy,
    /// Sent once more.
    Duplicate,
    /// A copy, sent once more.
    CopyDuplicate,
    /// It replaces an earlier one.
    Correction,
    /// It takes an earlier one back.
    Deletion,
    /// It is a test.
    Test,
}
