//! Whoever is paid through us and settled with, as every scene needs it: the specification's rules about
//! days and money with the calendar found and the currency read, resolved once when specifications are
//! loaded. It is not a record of the books.

use jiaozi_ledger::chart;
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::order::Shares;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::spec::calendar::{Calendar, CalendarError};
use crate::spec::clearing::{self, Clearing};
use crate::spec::day_file::{DayFile, DayForm};
use crate::spec::fee::Fee;
use crate::spec::identity::Zone;
use crate::spec::payout::{Destination, Payout, Settle};
use crate::spec::split::{Split, divide};

/// Someone who is paid through us, ready for decisions.
#[derive(Debug, Clone)]
pub struct Payee {
    /// Its code.
    pub code: String,
    /// The scene in which it is paid.
    pub scene: &'static str,
    /// The zone of its business dates.
    pub zone: TimeZone,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Its cut-off, and where and when it is settled.
    pub clearing: Clearing,
    /// The working days by which it is settled.
    pub calendar: Calendar,
    /// What it pays us.
    pub fee: Option<Fee>,
    /// Who else gets a part of what is paid for it.
    pub splits: Vec<Split>,
    /// Where it and second payees are paid out to; nothing if we do not pay them.
    pub payout: Option<Payout>,
    /// The file that we send it of each day, if it wants one.
    pub day_file: Option<DayFile>,
}

impl Payee {
    /// The codes of the accounts that must be open before its first payment: what is paid for it, its own
    /// account and those of second payees. Fee income is in every chart.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        let mut codes = vec![self.settlement(), self.settled().to_owned()];
        codes.extend(self.splits.iter().map(|split| split.payee.to_string()));
        codes.extend(self.is_gross().then(|| self.fees_owed()));
        codes.sort();
        codes.dedup();
        codes
    }

    /// The account of what is paid for it and not yet settled.
    #[must_use]
    pub fn settlement(&self) -> String {
        chart::partner_settlement(&self.code)
    }

    /// Its own account, to which days are settled.
    #[must_use]
    pub fn settled(&self) -> &str {
        self.clearing.account.as_str()
    }

    /// The account of fees that it owes, where they are collected apart.
    #[must_use]
    pub fn fees_owed(&self) -> String {
        chart::fees_owed(self.settled())
    }

    /// Whether its fees are collected apart from its days.
    #[must_use]
    pub fn is_gross(&self) -> bool {
        self.payout.as_ref().is_some_and(|payout| payout.settle == Settle::Gross)
    }

    /// The accounts of the books that are paid out by its specification, its own first.
    #[must_use]
    pub fn paid_out(&self) -> Vec<&str> {
        let Some(payout) = &self.payout else { return Vec::new() };
        let others = payout.payee.iter().map(|payee| payee.account.as_str());
        std::iter::once(self.settled()).chain(others).collect()
    }

    /// Where an account of the books is paid out to.
    #[must_use]
    pub fn destination(&self, account: &str) -> Option<&Destination> {
        let payout = self.payout.as_ref()?;
        if account == self.settled() {
            return Some(&payout.to);
        }
        let other = payout.payee.iter().find(|payee| payee.account.as_str() == account);
        other.map(|payee| &payee.to)
    }

    /// The civil date of an instant where it is.
    #[must_use]
    pub fn today(&self, at: Instant) -> Date {
        at.date_in(&self.zone)
    }

    /// The clearing date of an instant by the cut-off; nothing at the end of the calendar.
    #[must_use]
    pub fn clearing_date(&self, at: Instant) -> Option<Date> {
        clearing::clearing_date(at.timestamp(), self.clearing.cut_off, &self.zone)
    }

    /// When a clearing date is over; at the end of time where no calendar knows.
    #[must_use]
    pub fn day_ends_at(&self, date: Date) -> Instant {
        let end = clearing::day_end(date, self.clearing.cut_off, &self.zone);
        end.map_or(Instant(i64::MAX), Instant::from)
    }

    /// The day on which a clearing date is settled.
    ///
    /// # Errors
    /// The calendar does not cover the days in question.
    pub fn settlement_date(&self, date: Date) -> Result<Date, CalendarError> {
        self.clearing.settlement_date(date, &self.calendar)
    }

    /// The fee that it pays us for a payment of so much.
    #[must_use]
    pub fn fee(&self, paid: Fen) -> Option<Fen> {
        match &self.fee {
            Some(fee) => fee.of(paid.0).map(Fen),
            None => Some(Fen::ZERO),
        }
    }

    /// What second payees get of an amount of an item; nothing if the amount is below nothing.
    #[must_use]
    pub fn shares(&self, item: &str, amount: Fen) -> Option<Shares> {
        let own = &self.clearing.account;
        let parts = divide(&self.splits, own, item, amount.0)?;
        let others = parts.into_iter().filter(|(account, _)| account != own);
        Some(others.map(|(account, fen)| (account.to_string(), Fen(fen))).collect())
    }

    /// All that the file of a day depends on besides the day, as text to be kept with it; nothing where it
    /// gets no file.
    #[must_use]
    pub fn day_form(&self) -> Option<String> {
        let zone = Zone::of(self.zone.clone());
        let file = self.day_file.clone()?;
        Some(json!(DayForm { zone, file }).to_string())
    }
}
