//! A partner that claims under mandates as the scene knows it: its specification, resolved once when
//! specifications are loaded.

use std::sync::Arc;

use jiaozi_ledger::time::Instant;
use jiff::civil::Date;

use crate::settlement::payee::Payee;
use crate::spec::PartnerSpec;
use crate::spec::calendar::CalendarError;
use crate::spec::withholding::Withholding;
use crate::utility::biller::Biller;

/// A partner that claims, ready for decisions.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// As every scene settles with it.
    pub payee: Arc<Payee>,
    /// The item under which its money counts in its days.
    pub item: String,
    /// How its files look, and what is sent back.
    pub terms: Arc<Withholding>,
}

impl Claimant {
    /// The claimant of a biller's specification; nothing if payers cannot sign mandates for it.
    #[must_use]
    pub fn of(spec: &PartnerSpec, biller: &Biller) -> Option<Claimant> {
        let terms = spec.biller()?.withholding.clone()?;
        let (payee, item) = (Arc::clone(&biller.payee), biller.item.clone());
        Some(Claimant { payee, item, terms: Arc::new(terms) })
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.payee.code
    }

    /// The day on which a file is run that comes at an instant.
    ///
    /// # Errors
    /// The calendar does not cover the days in question.
    pub fn run_on(&self, at: Instant) -> Result<Date, CalendarError> {
        self.terms.run.day_after(self.payee.today(at), &self.payee.calendar)
    }
}
