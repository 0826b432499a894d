//! A biller as the scene knows it: its specification, resolved once when specifications are loaded. It is
//! not a record of the books.

use std::sync::Arc;
use std::time::Duration;

use jiaozi_ledger::chart;
use jiaozi_ledger::instruction::{Now, Schedule};
use jiaozi_ledger::money::Currency;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;

use super::SCENE;
use super::by_files::ByFiles;
use crate::draw;
use crate::settlement::payee::Payee;
use crate::spec::PartnerSpec;
use crate::spec::calendar::Calendars;
use crate::spec::outbound::{NotFound, ReferenceForm, Reversal};
use crate::spec::reconciliation::Reconciliation;

/// What somebody whom we call is to us: it decides where the money of an instruction goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A biller, who is paid.
    Biller,
    /// The bank's core system, which gives customers' money and takes it back.
    Core,
}

/// A biller, ready for decisions; or the core, which is asked and followed up in the same way.
#[derive(Debug, Clone)]
pub struct Biller {
    /// What it is to us.
    pub role: Role,
    /// As every scene settles with it.
    pub payee: Arc<Payee>,
    /// The item under which its money counts in its days.
    pub item: String,
    /// How it is asked again.
    pub schedule: Schedule,
    /// How long after a payment was handed in the biller may still be told of it: others wait for its
    /// answer until the schedule says, and then take it for unknown.
    pub told_within: Duration,
    /// What our references there look like.
    pub reference: ReferenceForm,
    /// When it is told, if it is told of payments and reversals by files.
    pub files: Option<ByFiles>,
    /// For how many seconds a quote binds us.
    pub quote_valid_seconds: i64,
    /// What is booked where its files and our books differ.
    pub reconciliation: Reconciliation,
}

/// What a restart may take, on top of the longest call: an instruction without an outcome after that has
/// lost the process that carried it out.
const RESTART_SECONDS: i64 = 30;

impl Biller {
    /// The biller, or the core, of a specification; nothing if it is of another kind or its calendar is not
    /// there.
    #[must_use]
    pub fn of(spec: &PartnerSpec, calendars: &Calendars) -> Option<Biller> {
        let role = if spec.core().is_some() { Role::Core } else { Role::Biller };
        let terms = spec.called()?;
        let payee = Payee {
            code: spec.partner.code.as_str().to_owned(),
            scene: if role == Role::Core { draw::SCENE } else { SCENE },
            zone: spec.partner.zone.time_zone().clone(),
            currency: Currency::parse(spec.partner.currency.as_str())?,
            clearing: terms.clearing.clone(),
            calendar: calendars.get(&terms.clearing.calendar)?.clone(),
            fee: terms.fee.clone(),
            splits: Vec::new(),
            payout: terms.payout.clone(),
            day_file: None,
        };
        let outbound = &terms.outbound;
        let timeouts = outbound.timeouts;
        let seconds = |waits: &[u32]| waits.iter().map(|wait| i64::from(*wait)).collect();
        let schedule = Schedule {
            // Twice the time to connect: until there is a place, and until there is a connection.
            await_seconds: i64::from(timeouts.connect_seconds) * 2
                + i64::from(timeouts.answer_seconds)
                + RESTART_SECONDS,
            ask_after: seconds(&outbound.schedule.ask_after_seconds),
            reverse_after: seconds(&outbound.schedule.reverse_after_seconds),
            reversals_max: outbound.schedule.reverse_attempts_max.map_or(i64::MAX, i64::from),
            reversible: outbound.schedule.reversal == Reversal::UntilCutOff,
            not_found_is_final: outbound.schedule.not_found == NotFound::Final,
        };
        Some(Biller {
            role,
            payee: Arc::new(payee),
            item: terms.item.code.as_str().to_owned(),
            told_within: Duration::from_secs(u64::from(timeouts.connect_seconds) * 2)
                + Duration::from_secs(RESTART_SECONDS.unsigned_abs()),
            schedule,
            reference: outbound.reference.clone(),
            files: outbound
                .files
                .as_ref()
                .map(|files| ByFiles::of(files, spec.partner.zone.time_zone())),
            quote_valid_seconds: i64::from(terms.quote_valid_seconds),
            reconciliation: terms.reconciliation,
        })
    }

    /// The codes of the accounts that must be open before its first payment: those of every payee, and
    /// its suspense. Nobody settles with the core: it has its suspense alone.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        let mut codes = match self.role {
            Role::Biller => self.payee.accounts(),
            Role::Core => Vec::new(),
        };
        codes.push(self.suspense());
        codes.push(self.unexplained());
        codes
    }

    /// The account of the differences with it that have no cause yet.
    #[must_use]
    pub fn unexplained(&self) -> String {
        chart::suspense_unexplained(&self.payee.code)
    }

    /// The account of what is held for it while an outcome is not known.
    #[must_use]
    pub fn suspense(&self) -> String {
        chart::suspense_unknown(&self.payee.code)
    }

    /// When an instruction that was accepted at an instant is looked at first: once an answer would be there,
    /// or when it goes into a file.
    #[must_use]
    pub fn first_due(&self, at: Instant, clearing_date: Date) -> Instant {
        match &self.files {
            Some(files) => files.leaves_at(at, self.payee.day_ends_at(clearing_date)),
            None => at.plus_seconds(self.schedule.await_seconds),
        }
    }

    /// An instant as an instruction of a clearing day sees it.
    #[must_use]
    pub fn now(&self, at: Instant, clearing_date: Date) -> Now {
        Now { at, day_ends_at: self.payee.day_ends_at(clearing_date) }
    }
}
