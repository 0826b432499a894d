//! The chart of accounts: which accounts every book begins with, and how the others are named.
//!
//! | code | side | meaning |
//! |---|---|---|
//! | `deposit:…` | credit | a customer's deposit; floor zero |
//! | `customer:…` | credit | what is drawn from a customer's account with the core, on its way to a payment; floor zero |
//! | `partner:…:settlement` | credit | paid for a partner, not yet settled to it |
//! | `settlement:…` | credit | a partner's own account, to which its days are settled; floor zero |
//! | `payee:…` | credit | a second payee's account, which gets a share of a day; floor zero |
//! | `budget:…` | credit | money set aside by a named funder for discounts; floor zero |
//! | `clearing:receivable` | debit | due from clearing |
//! | `core:clearing` | debit | against the bank's core system |
//! | `payouts:transit` | credit | what the core is told to pay, until it says that it has |
//! | `receivable:fees:…` | debit | fees that a partner owes, where they are collected apart |
//! | `clearing:receivable:…`, `core:clearing:…` | debit | the same with one of several |
//! | `suspense:unknown:…` | credit | held for a partner while an outcome is not known |
//! | `suspense:unexplained:…` | credit | differences with a partner without a cause |
//! | `suspense:unknown`, `suspense:unexplained` | credit | the same without a partner |
//! | `income:fees` | credit | fees earned |
//! | `escrow:supervised` | credit | under supervision |
//! | `wallet:float` | credit | stored value |
//! | `expense:promotion` | debit | promotion paid by the bank |

use crate::account::Account;
use crate::id::AccountId;
use crate::money::{Currency, Fen, Side};

/// Against the bank's core system.
pub const CORE_CLEARING: &str = "core:clearing";
/// What the core is told to pay, until it says that it has.
pub const PAYOUTS_TRANSIT: &str = "payouts:transit";
/// Due from clearing.
pub const CLEARING_RECEIVABLE: &str = "clearing:receivable";
/// Held while an outcome is not known.
pub const SUSPENSE_UNKNOWN: &str = "suspense:unknown";
/// Differences without a cause.
pub const SUSPENSE_UNEXPLAINED: &str = "suspense:unexplained";
/// Fees earned.
pub const FEE_INCOME: &str = "income:fees";
/// Under supervision.
pub const ESCROW_SUPERVISED: &str = "escrow:supervised";
/// Stored value.
pub const WALLET_FLOAT: &str = "wallet:float";
/// Promotion paid by the bank.
pub const PROMOTION_EXPENSE: &str = "expense:promotion";

/// How the accounts begin through which the core's money passes.
const CUSTOMER: &str = "customer:";

/// The accounts every book begins with.
pub const STANDARD: [&str; 9] = [
    CORE_CLEARING,
    PAYOUTS_TRANSIT,
    CLEARING_RECEIVABLE,
    SUSPENSE_UNKNOWN,
    SUSPENSE_UNEXPLAINED,
    FEE_INCOME,
    ESCROW_SUPERVISED,
    WALLET_FLOAT,
    PROMOTION_EXPENSE,
];

/// What is paid for a partner and not yet settled to it.
pub fn partner_settlement(partner: &str) -> String {
    format!("partner:{partner}:settlement")
}

/// What is held for a partner while an outcome is not known.
pub fn suspense_unknown(partner: &str) -> String {
    format!("{SUSPENSE_UNKNOWN}:{partner}")
}

/// Differences with a partner that have no cause yet.
pub fn suspense_unexplained(partner: &str) -> String {
    format!("{SUSPENSE_UNEXPLAINED}:{partner}")
}

/// Fees that are owed by the account to which a partner is settled. The name is that account's.
pub fn fees_owed(settled: &str) -> String {
    let name = settled.rsplit(':').next().unwrap_or(settled);
    format!("receivable:fees:{name}")
}

/// A customer's deposit account.
pub fn deposit(number: &str) -> String {
    format!("deposit:{number}")
}

/// What is drawn from a customer's account with the core passes through here.
pub fn customer(number: &str) -> String {
    format!("{CUSTOMER}{number}")
}

/// The customer's number with the core, of such an account.
#[must_use]
pub fn customer_number(code: &str) -> Option<&str> {
    code.strip_prefix(CUSTOMER).filter(|number| !number.is_empty())
}

/// A funder's budget for discounts.
pub fn budget(name: &str) -> String {
    format!("budget:{name}")
}

/// Why a code names no account of the chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{code:?} names no account: expected deposit:NAME, customer:NAME, settlement:NAME, payee:NAME, budget:NAME, partner:NAME:settlement, clearing:receivable:NAME, core:clearing:NAME, suspense:unknown:NAME, suspense:unexplained:NAME, receivable:fees:NAME or one of the chart's own codes"
)]
pub struct NotInChart {
    /// The code.
    pub code: String,
}

/// A new account of a code, with the side and the floor that the chart gives to its kind.
///
/// # Errors
/// When the chart knows no such kind, or the name is empty or has characters other than letters,
/// digits, `-`, `_` and `.`.
pub fn account(id: AccountId, code: &str, currency: Currency) -> Result<Account, NotInChart> {
    let refused = || NotInChart { code: code.to_owned() };
    let named = |name: &str| {
        !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let mut parts = code.split(':');
    let kind = (parts.next().unwrap_or(""), parts.next(), parts.next(), parts.next());
    let open = |side| Account::open(id, code, side, currency);
    match kind {
        ("deposit" | "customer" | "settlement" | "payee" | "budget", Some(name), None, None)
            if named(name) =>
        {
            Ok(open(Side::Credit).with_floor(Fen::ZERO))
        }
        ("partner", Some(name), Some("settlement"), None)
        | ("suspense", Some("unknown" | "unexplained"), Some(name), None)
            if named(name) =>
        {
            Ok(open(Side::Credit))
        }
        ("receivable", Some("fees"), Some(name), None) if named(name) => Ok(open(Side::Debit)),
        ("clearing", Some("receivable"), Some(name), None)
        | ("core", Some("clearing"), Some(name), None)
            if named(name) =>
        {
            Ok(open(Side::Debit))
        }
        _ => match code {
            CORE_CLEARING | CLEARING_RECEIVABLE | PROMOTION_EXPENSE => Ok(open(Side::Debit)),
            PAYOUTS_TRANSIT | SUSPENSE_UNKNOWN | SUSPENSE_UNEXPLAINED | FEE_INCOME
            | ESCROW_SUPERVISED | WALLET_FLOAT => Ok(open(Side::Credit)),
            _ => Err(refused()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Ids;
    use crate::time::Instant;

    #[test]
    fn every_standard_account_is_in_the_chart_and_strangers_are_not() {
        let id = Ids::new(Instant(0), 0, 0).id(0);
        for code in STANDARD {
            assert!(account(id, code, Currency::CNY).is_ok(), "{code}");
        }
        for code in ["", "deposit:", "deposit:a:b", "partner:x", "deposit:张三", "nothing"] {
            assert!(account(id, code, Currency::CNY).is_err(), "{code}");
        }
    }
}
