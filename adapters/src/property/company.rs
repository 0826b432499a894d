//! A property company as the scene knows it: its specification with the calendar found and the
//! currency read, resolved once when specifications are loaded. It is not a record of the books.

use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::chart;
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::order::Shares;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::spec::PartnerSpec;
use crate::spec::calendar::{Calendar, Calendars};
use crate::spec::clearing;
use crate::spec::day_file::DayForm;
use crate::spec::identity::Zone;
use crate::spec::prepay::Prepay;
use crate::spec::property::{Partial, Property};
use crate::spec::split::divide;

/// A property company, ready for decisions.
#[derive(Debug, Clone)]
pub struct Company {
    /// Its code.
    pub code: String,
    /// The zone of its business dates.
    pub zone: TimeZone,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Its terms.
    pub terms: Property,
    /// The working days by which it is settled.
    pub calendar: Calendar,
}

impl Company {
    /// The company of a specification; nothing if it is of another kind or its calendar is not there.
    #[must_use]
    pub fn of(spec: &PartnerSpec, calendars: &Calendars) -> Option<Company> {
        let terms = spec.property()?.clone();
        Some(Company {
            code: spec.partner.code.as_str().to_owned(),
            zone: spec.partner.zone.time_zone().clone(),
            currency: Currency::parse(spec.partner.currency.as_str())?,
            calendar: calendars.get(&terms.clearing.calendar)?.clone(),
            terms,
        })
    }

    /// The codes of the accounts that must be open before its first payment, for `OpenAccounts`: what is
    /// paid for it, its own account, second payees and budgets. Fee income is in every chart.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        let mut codes = vec![self.settlement(), self.settled().to_owned()];
        codes.extend(self.terms.splits.iter().map(|split| split.payee.to_string()));
        codes.extend(self.terms.budgets.iter().map(|budget| budget.account.to_string()));
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
        self.terms.clearing.account.as_str()
    }

    /// The civil date of an instant at the company.
    #[must_use]
    pub fn today(&self, at: Instant) -> Date {
        at.date_in(&self.zone)
    }

    /// The clearing date of an instant by the cut-off; nothing at the end of the calendar.
    #[must_use]
    pub fn clearing_date(&self, at: Instant) -> Option<Date> {
        clearing::clearing_date(at.timestamp(), self.terms.clearing.cut_off, &self.zone)
    }

    /// The late fee that is due if the bill is paid on a day: that of what is unpaid since it became
    /// due, less that of the days already paid for. With the difference, the grace and the cap count
    /// from the due date however often a part is paid.
    #[must_use]
    pub fn late_fee(&self, bill: &Bill, paid_on: Date) -> Option<Fen> {
        let charged = self.terms.item(&bill.item).is_some_and(|item| item.late_fee);
        let Some(rule) = self.terms.late_fee.as_ref().filter(|_| charged) else {
            return Some(Fen::ZERO);
        };
        let unpaid = bill.unpaid();
        let whole = rule.of(unpaid.0, bill.due, paid_on)?;
        let before = rule.of(unpaid.0, bill.due, bill.late_paid_to)?;
        Some(Fen(whole.checked_sub(before)?.max(0)))
    }

    /// The fee that the company pays us for a payment of so much.
    #[must_use]
    pub fn fee(&self, paid: Fen) -> Option<Fen> {
        match &self.terms.fee {
            Some(fee) => fee.of(paid.0).map(Fen),
            None => Some(Fen::ZERO),
        }
    }

    /// All that the file of a day depends on besides the day, as text to be kept with it.
    #[must_use]
    pub fn day_form(&self) -> String {
        let zone = Zone::of(self.zone.clone());
        json!(DayForm { zone, file: self.terms.day_file.clone() }).to_string()
    }

    /// What second payees get of an amount of an item; nothing if the amount is below nothing.
    #[must_use]
    pub fn shares(&self, item: &str, amount: Fen) -> Option<Shares> {
        let own = &self.terms.clearing.account;
        let parts = divide(&self.terms.splits, own, item, amount.0)?;
        let others = parts.into_iter().filter(|(account, _)| account != own);
        Some(others.map(|(account, fen)| (account.to_string(), Fen(fen))).collect())
    }

    /// A plan to pay ahead.
    #[must_use]
    pub fn plan(&self, code: &str) -> Option<&Prepay> {
        self.terms.prepay.iter().find(|plan| plan.code.as_str() == code)
    }

    /// Whether an item can be paid ahead.
    #[must_use]
    pub fn sells_ahead(&self, item: &str) -> bool {
        self.terms.prepay.iter().any(|plan| plan.item.as_str() == item)
    }

    /// Whether a part of a bill of this item may be paid.
    #[must_use]
    pub fn takes_parts(&self, item: &str) -> bool {
        let own = self.terms.item(item).and_then(|item| item.partial);
        own.unwrap_or(self.terms.payment.partial) == Partial::Allowed
    }
}
