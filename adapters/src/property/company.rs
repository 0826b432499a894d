//! A property company as the scene knows it: its specification with the calendar found and the
//! currency read, resolved once when specifications are loaded. It is not a record of the books.

use std::sync::Arc;

use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::money::{Currency, Fen};
use jiff::civil::Date;

use super::SCENE;
use crate::settlement::payee::Payee;
use crate::spec::PartnerSpec;
use crate::spec::calendar::Calendars;
use crate::spec::prepay::Prepay;
use crate::spec::property::{Partial, Property};

/// A property company, ready for decisions.
#[derive(Debug, Clone)]
pub struct Company {
    /// As every scene settles with it.
    pub payee: Arc<Payee>,
    /// Its terms.
    pub terms: Property,
}

impl Company {
    /// The company of a specification; nothing if it is of another kind or its calendar is not there.
    #[must_use]
    pub fn of(spec: &PartnerSpec, calendars: &Calendars) -> Option<Company> {
        let terms = spec.property()?.clone();
        let payee = Payee {
            code: spec.partner.code.as_str().to_owned(),
            scene: SCENE,
            zone: spec.partner.zone.time_zone().clone(),
            currency: Currency::parse(spec.partner.currency.as_str())?,
            clearing: terms.clearing.clone(),
            calendar: calendars.get(&terms.clearing.calendar)?.clone(),
            fee: terms.fee.clone(),
            splits: terms.splits.clone(),
            payout: terms.payout.clone(),
            day_file: Some(terms.day_file.clone()),
        };
        Some(Company { payee: Arc::new(payee), terms })
    }

    /// The codes of the accounts that must be open before its first payment, for `OpenAccounts`: those of
    /// every payee, and its budgets.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        let mut codes = self.payee.accounts();
        codes.extend(self.terms.budgets.iter().map(|budget| budget.account.to_string()));
        codes.sort();
        codes.dedup();
        codes
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
