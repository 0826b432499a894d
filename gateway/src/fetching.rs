//! Files that come by themselves: billers' files of their days and statements of accounts, as the
//! specifications say by which way, from when and by when.
//!
//! Whatever the way, a file first lies in the partner's inbox, whole, and is then taken as the command line
//! takes it: the same file again changes nothing, another one of the same day is a correction, and one that
//! is refused has no effect. So a process that ends between the two loses nothing: the file lies there, and
//! whoever comes next takes it without asking for it again.
//!
//! What became of each day is in the books: when it was asked for last, what was heard, when it is asked for
//! again. A process claims a day before it asks or takes; what a claim leaves undone is done again when it
//! has run out.
//!
//! | module | holds |
//! |---|---|
//! | [`errand`] | whose files are fetched, of which days, from when and by when |
//! | [`record`] | what became of a day, and which process has it |
//! | [`asking`] | the file got by HTTPS or by messages into the inbox |
//! | [`arriving`] | files of the inbox taken, or refused |
//! | [`standing`] | what is here, waited for and late |

pub mod arriving;
pub mod asking;
pub mod errand;
pub mod record;
pub mod standing;

use std::path::Path;

use jiaozi_adapters::spec::fetch::By;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;

use self::arriving::Came;
use self::asking::Asked;
use self::errand::Errand;
use self::record::{Fetched, Heard, Outcome};
use crate::gateway::Gateway;
use crate::mailbox::{Arrived, Mailbox};
use crate::utility::billers::Billers;
use crate::utility::saying::Mute;

/// Why a file could not be fetched now.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing could be said.
    #[error(transparent)]
    Mute(#[from] Mute),
    /// The inbox.
    #[error("the inbox: {0}")]
    Inbox(#[from] std::io::Error),
}

/// What fetches the files of one errand.
#[derive(Debug, Clone)]
pub struct Fetcher {
    /// Whose files, and how.
    pub errand: Errand,
    /// Where they lie first.
    pub mailbox: Mailbox,
}

impl Fetcher {
    /// All that an installation fetches, with the folder of its mailboxes.
    #[must_use]
    pub fn all(gateway: &Gateway, mailboxes: &Path) -> Vec<Fetcher> {
        let errands = Errand::all(&gateway.partners).into_iter();
        errands
            .map(|errand| Fetcher { mailbox: Mailbox::of(mailboxes, &errand.code), errand })
            .collect()
    }

    /// Asks for the file of a day that this process has claimed, and takes what came. Says what was heard,
    /// which is on record then; a day is let go whatever happens.
    ///
    /// # Errors
    /// When the books or the inbox cannot be used.
    pub async fn fetch(
        &self,
        gateway: &Gateway,
        billers: &Billers,
        claimed: &Fetched,
    ) -> Result<Heard, FetchError> {
        let (errand, date) = (&self.errand, claimed.date);
        let refused = claimed.refused_hash.as_deref();
        let asked = asking::ask(gateway, billers, self, date, refused).await;
        let heard = match asked {
            Ok(Asked::Came(file)) => return self.take(gateway, claimed, &file).await,
            Ok(Asked::Heard(heard)) => heard,
            Err(error) => {
                record::let_go(&gateway.store, claimed).await?;
                return Err(error);
            }
        };
        tracing::info!(code = errand.code, %date, outcome = heard.outcome.name(), says = heard.says, "no file was fetched");
        self.keep(gateway, claimed, &heard).await?;
        Ok(heard)
    }

    /// Takes a file of the inbox, of a day that this process has claimed.
    ///
    /// # Errors
    /// When the books or the inbox cannot be used.
    pub async fn take(
        &self,
        gateway: &Gateway,
        claimed: &Fetched,
        file: &Arrived,
    ) -> Result<Heard, FetchError> {
        let came = arriving::take(gateway, &self.errand, claimed.date, file).await;
        let heard = match came {
            Came::Taken(heard) => {
                self.mailbox.taken(file)?;
                heard
            }
            Came::Refused(heard) => {
                self.mailbox.refused(file, &heard.says)?;
                heard
            }
            Came::Left(heard) => heard,
            Came::Gone => {
                record::let_go(&gateway.store, claimed).await?;
                let says = format!("{} was taken by another process", file.name);
                return Ok(Heard::of(Outcome::Same, says));
            }
        };
        let (code, date) = (&self.errand.code, claimed.date);
        let (outcome, says) = (heard.outcome.name(), &heard.says);
        match heard.outcome {
            Outcome::Refused | Outcome::Stopped => {
                tracing::warn!(code, %date, file = file.name, outcome, says, "a file is not taken");
            }
            _ => tracing::info!(code, %date, file = file.name, outcome, says, "a file is taken"),
        }
        self.keep(gateway, claimed, &heard).await?;
        Ok(heard)
    }

    /// Puts on record what was heard of a day, and when it is asked for again.
    async fn keep(
        &self,
        gateway: &Gateway,
        claimed: &Fetched,
        heard: &Heard,
    ) -> Result<(), StoreError> {
        let now = gateway.now().await?;
        let next = now.plus_seconds(self.errand.again_after(heard.outcome));
        record::keep(&gateway.store, claimed, heard, now, next).await
    }

    /// The days whose file is to be asked for now, the oldest first.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn due(&self, gateway: &Gateway, now: Instant) -> Result<Vec<Date>, StoreError> {
        if self.errand.fetch.by == By::Inbox {
            return Ok(Vec::new());
        }
        let days = self.errand.days(&gateway.store, now).await?;
        let Some(first) = days.first() else { return Ok(days) };
        let here = self.errand.here(&gateway.store, *first).await?;
        let records = record::since(&gateway.store, &self.errand.code, *first).await?;
        let due = |date: &Date| {
            let known = records.iter().find(|one| one.date == *date);
            self.errand.is_due(*date, here.has(*date), known, now)
        };
        Ok(days.into_iter().filter(due).collect())
    }

    /// Files that lie in the inbox, are of this errand and may be taken now, with their days.
    ///
    /// # Errors
    /// When the inbox or the books cannot be read.
    pub async fn arrived(
        &self,
        gateway: &Gateway,
        now: Instant,
    ) -> Result<Vec<(Date, Arrived)>, FetchError> {
        let mut arrived = Vec::new();
        for file in self.mailbox.look()? {
            let Some(date) = self.errand.day_of(&file.name) else { continue };
            // What comes before its day is over waits for that.
            if !self.errand.is_over(date, now) {
                continue;
            }
            let known = record::of(&gateway.store, &self.errand.code, date).await?;
            let rests = |one: &Fetched| one.outcome == Some(Outcome::Stopped) && one.next_at > now;
            if !known.as_ref().is_some_and(rests) {
                arrived.push((date, file));
            }
        }
        Ok(arrived)
    }
}
