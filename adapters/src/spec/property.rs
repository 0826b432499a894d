//! The terms of a property company: its communities, its items, and how its bills are paid.

use serde::Deserialize;

use super::clearing::Clearing;
use super::day_file::DayFile;
use super::fee::Fee;
use super::identity::{AccountCode, Code, Names};
use super::import::{BillFormat, RosterFormat};
use super::late_fee::LateFee;
use super::payout::Payout;
use super::prepay::Prepay;
use super::split::Split;

/// Everything about a property company, checked.
#[derive(Debug, Clone)]
pub struct Property {
    /// At least one.
    pub communities: Vec<Community>,
    /// At least one.
    pub items: Vec<Item>,
    /// Cut-off, calendar, settlement day and account.
    pub clearing: Clearing,
    /// What the partner pays us; none if nothing.
    pub fee: Option<Fee>,
    /// Where its money is paid to; none if we do not pay it.
    pub payout: Option<Payout>,
    /// What a late payer owes; none if nothing.
    pub late_fee: Option<LateFee>,
    /// Shares of other payees.
    pub splits: Vec<Split>,
    /// How bills are paid.
    pub payment: Payment,
    /// None: money is never given back through us.
    pub refund: Option<Refund>,
    /// Budgets that discounts come from.
    pub budgets: Vec<Budget>,
    /// Plans to pay months ahead.
    pub prepay: Vec<Prepay>,
    /// Bill files that it sends; the first is the usual one.
    pub bills: Vec<BillFormat>,
    /// Roster files that it sends.
    pub rosters: Vec<RosterFormat>,
    /// The day's file that we send.
    pub day_file: DayFile,
}

impl Property {
    /// An item by its code.
    #[must_use]
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code.as_str() == code)
    }

    /// Whether a bill of this item may be paid with this much of what is open.
    #[must_use]
    pub fn accepts_payment(&self, item: &str, amount_fen: i64, open_fen: i64) -> bool {
        if amount_fen == open_fen {
            return amount_fen > 0;
        }
        let own = self.item(item).and_then(|i| i.partial);
        own.unwrap_or(self.payment.partial) == Partial::Allowed
            && amount_fen >= self.payment.partial_minimum_fen.max(1)
            && amount_fen < open_fen
    }
}

/// One community that the company manages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Community {
    /// Its code.
    pub code: Code,
    /// Its names.
    pub name: Names,
    /// Households that a complete roster has, for a plausibility notice.
    pub households: u32,
}

/// Something that can be on a bill.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its code.
    pub code: Code,
    /// Its names.
    pub name: Names,
    /// Overrides `payment.partial` for this item.
    pub partial: Option<Partial>,
    /// Whether the late fee runs on it.
    #[serde(default = "yes")]
    pub late_fee: bool,
}

fn yes() -> bool {
    true
}

/// How bills are paid.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// How long a quoted amount binds us.
    pub quote_valid_seconds: u32,
    /// Whether a part of a bill may be paid.
    pub partial: Partial,
    /// The smallest part.
    #[serde(default)]
    pub partial_minimum_fen: i64,
}

/// Whether a part of a bill may be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Partial {
    /// A part is welcome.
    Allowed,
    /// The whole or nothing.
    Refused,
}

/// Whether and how long money can be given back through us.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Civil days after the business date of the payment, the last one included.
    pub within_days: u32,
    /// Whether a part may be given back.
    pub partial: Partial,
}

/// A budget that discounts are taken from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Its account.
    pub account: AccountCode,
    /// What it may spend in all.
    pub limit_fen: i64,
}
