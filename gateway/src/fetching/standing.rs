//! What is here, waited for and late: for people, and for whoever looks after them.

use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::Serialize;

use super::errand::Errand;
use super::record::{self, Outcome};

/// Where the file of a day stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The biller's or account's code.
    pub code: String,
    /// The day.
    pub date: Date,
    /// Whether it is here, or what says that nothing was paid.
    pub here: bool,
    /// Since when it is late, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_since: Option<Instant>,
    /// How often it was asked for or came.
    pub tries: i64,
    /// When that was last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<Instant>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What was heard, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<String>,
}

impl Standing {
    /// What was heard last, for people.
    #[must_use]
    pub fn last(&self) -> String {
        match (self.tried_at, self.outcome) {
            (Some(at), Some(outcome)) => {
                let heard = self.heard.as_deref().unwrap_or_default();
                format!("{} at {at}: {heard}", outcome.name())
            }
            _ => "nothing was heard yet".to_owned(),
        }
    }
}

/// Where the files of all days stand that are over and still asked for, the oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_errand(
    store: &Store,
    errand: &Errand,
    now: Instant,
) -> Result<Vec<Standing>, StoreError> {
    of_days(store, errand, errand.days(store, now).await?, now).await
}

/// Where the files of one day stand, of everything that is fetched; whatever its age.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_day(
    store: &Store,
    errands: &[Errand],
    date: Date,
    now: Instant,
) -> Result<Vec<Standing>, StoreError> {
    let mut standings = Vec::new();
    for errand in errands {
        if errand.has_file(date) && errand.is_over(date, now) {
            standings.extend(of_days(store, errand, vec![date], now).await?);
        }
    }
    Ok(standings)
}

async fn of_days(
    store: &Store,
    errand: &Errand,
    days: Vec<Date>,
    now: Instant,
) -> Result<Vec<Standing>, StoreError> {
    let Some(first) = days.first() else { return Ok(Vec::new()) };
    let here = errand.here(store, *first).await?;
    let records = record::since(store, &errand.code, *first).await?;
    let mut standings = Vec::with_capacity(days.len());
    for date in days {
        let known = records.iter().find(|one| one.date == date);
        let late = errand.late_from(date).filter(|late| !here.has(date) && now >= *late);
        let late_since = match late {
            Some(late) if errand.is_missed(store, date).await? => Some(late),
            _ => None,
        };
        standings.push(Standing {
            code: errand.code.clone(),
            date,
            here: here.has(date),
            late_since,
            tries: known.map_or(0, |known| known.tries),
            tried_at: known.and_then(|known| known.tried_at),
            outcome: known.and_then(|known| known.outcome),
            heard: known.and_then(|known| known.heard.clone()),
        });
    }
    Ok(standings)
}
