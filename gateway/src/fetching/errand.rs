//! Whose files are fetched, of which days, from when and by when.

use std::sync::Arc;

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_adapters::spec::fetch::{Fetch, Naming};
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_adapters::spec::pattern::Pattern;
use jiaozi_adapters::spec::statement::EmptyDay;
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::statement::Statement;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::{Instant, date_from_number, date_to_number};
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::record::{Fetched, Outcome};
use crate::partners::Partners;

/// For how many days a file is asked for. One that is older is asked for by hand.
pub const DAYS: i64 = 31;

const DAY_SECONDS: i64 = 24 * 60 * 60;

const FIRST: &str = "select coalesce(min(clearing_date), 0) from instructions
    where book = $1 and partner = $2";

/// A statement whose files come by themselves.
#[derive(Debug, Clone)]
pub struct Errand {
    /// The code of the biller, the core or the account.
    pub code: String,
    /// The partner at whose address the files lie, or whom messages are said to.
    pub partner: String,
    /// How they come.
    pub fetch: Fetch,
    /// Whose they are.
    pub whose: Whose,
    name: String,
    date_pattern: Pattern,
}

/// Whose files.
#[derive(Debug, Clone)]
pub enum Whose {
    /// A biller's, or the core's: of its clearing dates.
    Payee(Arc<Payee>, EmptyDay),
    /// An account's: of its working days.
    Account(Arc<MirrorSpec>),
}

/// The days of which there is evidence.
#[derive(Debug, Clone)]
pub struct Here(Vec<(Date, Date)>);

impl Here {
    /// Whether there is of a day.
    #[must_use]
    pub fn has(&self, date: Date) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&date))
    }
}

impl Errand {
    /// All of an installation.
    #[must_use]
    pub fn all(partners: &Partners) -> Vec<Errand> {
        let called = partners.all_called().filter_map(|biller| {
            let code = biller.payee.code.clone();
            let statement = partners.spec(&code)?.called()?.statement.as_ref()?;
            Some(Errand {
                partner: code.clone(),
                code,
                fetch: statement.fetch.clone()?,
                whose: Whose::Payee(Arc::clone(&biller.payee), statement.empty_day),
                name: statement.name.clone(),
                date_pattern: statement.date_pattern.clone(),
            })
        });
        let accounts = partners.mirrors().filter_map(|spec| {
            let statement = spec.statement.as_ref()?;
            let partner = statement.partner.as_ref().map(|partner| partner.as_str().to_owned());
            Some(Errand {
                code: spec.code.clone(),
                partner: partner.unwrap_or_else(|| spec.code.clone()),
                fetch: statement.fetch.clone(),
                whose: Whose::Account(Arc::clone(spec)),
                name: statement.name.clone(),
                date_pattern: statement.date_pattern.clone(),
            })
        });
        called.chain(accounts).collect()
    }

    /// What its files are called.
    #[must_use]
    pub fn naming(&self) -> Naming<'_> {
        Naming { name: &self.name, date_pattern: &self.date_pattern }
    }

    /// The day of which a file of the inbox is by its name; nothing if it is none of this errand.
    #[must_use]
    pub fn day_of(&self, name: &str) -> Option<Date> {
        let corrected = || {
            let corrections = self.fetch.corrections.as_deref()?;
            self.naming().day_of_correction(corrections, name)
        };
        self.naming().day(name).or_else(corrected)
    }

    /// Whether a day is over.
    #[must_use]
    pub fn is_over(&self, date: Date, now: Instant) -> bool {
        self.open(now).is_some_and(|open| date < open)
    }

    /// The day that is not over.
    fn open(&self, now: Instant) -> Option<Date> {
        match &self.whose {
            Whose::Payee(payee, _) => payee.clearing_date(now),
            Whose::Account(spec) => Some(spec.day_of(now)),
        }
    }

    /// The days of which a file is to come and that are over, as far back as files are asked for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn days(&self, store: &Store, now: Instant) -> Result<Vec<Date>, StoreError> {
        let Some(open) = self.open(now) else { return Ok(Vec::new()) };
        let Some(begun) = self.begun(store).await? else { return Ok(Vec::new()) };
        let first = begun.max(open.saturating_sub(DAYS.days()));
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        Ok(days.take_while(|day| *day < open).filter(|day| self.has_file(*day)).collect())
    }

    /// Whether a day is one of which files are made.
    #[must_use]
    pub fn has_file(&self, date: Date) -> bool {
        match &self.whose {
            Whose::Payee(..) => true,
            Whose::Account(spec) => spec.calendar.is_working_day(date).unwrap_or(false),
        }
    }

    /// The first day: of a biller's first payment; the one since which an account is reconciled.
    async fn begun(&self, store: &Store) -> Result<Option<Date>, StoreError> {
        if let Whose::Account(spec) = &self.whose {
            return Ok(Some(spec.since));
        }
        let binds = vec![Cell::Int(BOOK), Cell::Text(self.code.clone())];
        Ok(date_from_number(store.number(FIRST, binds).await?))
    }

    /// The days from one on of which there is evidence: the file, or, where a biller sends none of a day on
    /// which nothing was paid, the file of a later day.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn here(&self, store: &Store, first: Date) -> Result<Here, StoreError> {
        let binds = vec![Cell::Text(self.code.clone()), Cell::Int(date_to_number(first))];
        Ok(Here(match &self.whose {
            Whose::Payee(_, empty_day) => {
                let clause = "partner = $2 and date >= $3 and completed_at is not null";
                let files: Vec<Statement> = store.find(clause, binds).await?;
                match (empty_day, files.iter().map(|file| file.date).max()) {
                    (EmptyDay::HasNone, Some(last)) => vec![(first, last)],
                    _ => files.iter().map(|file| (file.date, file.date)).collect(),
                }
            }
            Whose::Account(_) => {
                let clause = "mirror = $2 and date >= $3 and completed_at is not null
                    and replaced_by is null";
                let files: Vec<AccountStatement> = store.find(clause, binds).await?;
                files.iter().map(|file| (file.from, file.date)).collect()
            }
        }))
    }

    /// From when the file of a day is asked for; nothing where the calendar does not tell.
    #[must_use]
    pub fn asked_from(&self, date: Date) -> Option<Instant> {
        let from = match &self.whose {
            Whose::Payee(payee, _) => self.fetch.asked_from(date, &payee.calendar, &payee.zone),
            Whose::Account(spec) => {
                self.fetch.asked_from(date, &spec.calendar, spec.zone.time_zone())
            }
        };
        from.ok()
    }

    /// When it is late; nothing where the calendar does not tell.
    #[must_use]
    pub fn late_from(&self, date: Date) -> Option<Instant> {
        match &self.whose {
            Whose::Payee(payee, _) => self.fetch.late_from(date, &payee.calendar, &payee.zone).ok(),
            Whose::Account(spec) => spec.late_from(date).ok().flatten(),
        }
    }

    /// Whether the file of a day that is over is to be asked for now, as what is known of it says.
    #[must_use]
    pub fn is_due(&self, date: Date, here: bool, known: Option<&Fetched>, now: Instant) -> bool {
        let Some(from) = self.asked_from(date) else { return false };
        if known.is_some_and(|known| known.claimed_until > now) {
            return false;
        }
        let next = known.map(|known| known.next_at);
        match (here, self.fetch.again_until(from)) {
            (false, _) => now >= from && next.is_none_or(|next| next <= now),
            (true, Some(until)) => {
                // Once a day it may have been corrected.
                now < until && next.unwrap_or_else(|| from.plus_seconds(DAY_SECONDS)) <= now
            }
            (true, None) => false,
        }
    }

    /// After how many seconds a day is asked for again.
    #[must_use]
    pub fn again_after(&self, outcome: Outcome) -> i64 {
        match outcome {
            Outcome::Taken | Outcome::Same => DAY_SECONDS,
            _ => i64::from(self.fetch.every_minutes) * 60,
        }
    }

    /// Whether a day has a file whatever was paid; otherwise it is missed only where something was.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_missed(&self, store: &Store, date: Date) -> Result<bool, StoreError> {
        let Whose::Payee(_, EmptyDay::HasNone) = &self.whose else { return Ok(true) };
        let sql = "select count(*) from instructions where book = $1 and partner = $2
            and clearing_date = $3";
        let binds =
            vec![Cell::Int(BOOK), Cell::Text(self.code.clone()), Cell::Int(date_to_number(date))];
        Ok(store.number(sql, binds).await? > 0)
    }
}
