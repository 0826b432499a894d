//! Days past their cut-off are closed, and their files kept.
//!
//! A partner's days are closed one after the other without a gap, empty ones too. The first is the one
//! on which the gateway first knew the partner; no day before that is made up. Which date was looked at
//! last is remembered, so that between two cut-offs a run costs a comparison.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::row::Cell;
use jiff::civil::Date;

use super::{Run, Worker, WorkerError};
use crate::days::{self, keep};
use crate::gateway::Gateway;
use crate::operators::Who;

/// Days of one partner that are closed in one run: between two runs a stop is heard.
const DAYS: usize = 31;

/// How many closed days are looked at for a missing file after a start.
const FILES: i64 = 31;

/// Closes days.
#[derive(Debug)]
pub(super) struct Closer {
    folder: PathBuf,
    /// By partner, the open date up to which everything is done.
    done: Mutex<BTreeMap<String, Date>>,
}

impl Closer {
    pub(super) fn new(folder: PathBuf) -> Closer {
        Closer { folder, done: Mutex::default() }
    }

    async fn partner(&self, gateway: &Gateway, payee: &Payee) -> Result<usize, WorkerError> {
        let open = days::open_date(gateway, payee).await?;
        let before = self.done().get(&payee.code).copied();
        if before == Some(open) {
            return Ok(0);
        }
        // A file that cannot be made now is made later; it must not keep days from being closed.
        let mut unkept = None;
        if before.is_none() && payee.day_file.is_some() {
            unkept = self.make_up_for_files(gateway, payee).await.err();
        }
        let due = days::due(&gateway.store, payee, open).await?;
        let (mut closed, mut left) = (0, 0);
        // A day that does not close keeps no later one open: each is settled by what counts in it alone.
        for date in &due {
            if closed == DAYS {
                left += 1;
                continue;
            }
            match days::close(gateway, &payee.code, *date, &Who::Worker).await {
                Ok(_) => {
                    closed += 1;
                    tracing::info!(partner = payee.code, %date, "the day is closed");
                    unkept = self.keep(gateway, payee, *date).await.err().or(unkept);
                }
                Err(error) => {
                    tracing::error!(partner = payee.code, %date, %error, "the day is not closed");
                    unkept = unkept.or(Some(error.into()));
                }
            }
        }
        if let Some(error) = unkept {
            self.done().remove(&payee.code);
            return Err(error);
        }
        if left == 0 {
            self.done().insert(payee.code.clone(), open);
        }
        Ok(closed)
    }

    /// Days that were closed by a process that did not live to write their files.
    async fn make_up_for_files(&self, gateway: &Gateway, payee: &Payee) -> Result<(), WorkerError> {
        let clause = "partner = $2 and closed_at is not null order by date desc limit $3";
        let binds = vec![Cell::Text(payee.code.clone()), Cell::Int(FILES)];
        let closed: Vec<Day> = gateway.store.find(clause, binds).await?;
        let mut unkept = None;
        for day in closed.iter().rev() {
            if !keep::is_kept(&self.folder, &payee.code, day.date) {
                unkept = self.keep(gateway, payee, day.date).await.err().or(unkept);
            }
        }
        unkept.map_or(Ok(()), Err)
    }

    /// Keeps the file of a day, for a partner that gets one.
    async fn keep(&self, gateway: &Gateway, payee: &Payee, date: Date) -> Result<(), WorkerError> {
        if payee.day_file.is_none() {
            return Ok(());
        }
        let file = days::file(gateway, &payee.code, date, &mut |_| {}).await?;
        let path =
            keep::keep(&self.folder, &payee.code, date, &file).map_err(days::DayError::from)?;
        tracing::info!(partner = payee.code, %date, path = %path.display(), "the day's file is kept");
        Ok(())
    }

    fn done(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Date>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker for Closer {
    fn name(&self) -> &'static str {
        "days"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let payees: Vec<Arc<Payee>> = gateway.partners.payees().cloned().collect();
            let (mut closed, mut failed) = (0, None);
            for payee in payees {
                // One partner whose day does not close keeps no other's open.
                match self.partner(gateway, &payee).await {
                    Ok(days) => closed += days,
                    Err(error) => {
                        tracing::error!(partner = payee.code, %error, "a day is not closed");
                        failed = Some(error);
                    }
                }
            }
            match failed {
                Some(error) if closed == 0 => Err(error),
                _ => Ok(closed),
            }
        })
    }
}
