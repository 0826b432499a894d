//! A biller as the scene knows it: its specification, resolved once when specifications are loaded. It is
//! not a record of the books.

use std::sync::Arc;

use jiaozi_ledger::chart;
use jiaozi_ledger::instruction::{Now, Schedule};
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;

use crate::settlement::payee::Payee;

/// A biller, ready for decisions.
#[derive(Debug, Clone)]
pub struct Biller {
    /// As every scene settles with it.
    pub payee: Arc<Payee>,
    /// The item under which its money counts in its days.
    pub item: String,
    /// How it is asked again.
    pub schedule: Schedule,
    /// For how many seconds a quote binds us.
    pub quote_valid_seconds: i64,
}

impl Biller {
    /// The codes of the accounts that must be open before its first payment: those of every payee, and
    /// its suspense.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        let mut codes = self.payee.accounts();
        codes.push(self.suspense());
        codes.push(chart::suspense_unexplained(&self.payee.code));
        codes
    }

    /// The account of what is held for it while an outcome is not known.
    #[must_use]
    pub fn suspense(&self) -> String {
        chart::suspense_unknown(&self.payee.code)
    }

    /// An instant as an instruction of a clearing day sees it.
    #[must_use]
    pub fn now(&self, at: Instant, clearing_date: Date) -> Now {
        let day_is_over = self.payee.clearing_date(at).is_none_or(|today| today > clearing_date);
        Now { at, day_is_over }
    }
}
