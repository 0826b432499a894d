//! Batches whose day has come are run, and lines that failed for want of money are presented again on their
//! days, some in each run, so that a stop is heard and no partner waits for another's million.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiaozi_adapters::withholding::claimant::Claimant;
use jiaozi_ledger::id::BatchId;
use jiaozi_ledger::withholding::Batch;

use super::{Run, Worker, WorkerError};
use crate::gateway::Gateway;
use crate::withholding::run::{self, RunError};
use crate::withholding::{batches, obstacle};

/// Runs batches.
#[derive(Debug, Default)]
pub(super) struct Withholding {
    /// Up to which line this process has presented a batch: where it goes on looking.
    reached: Mutex<BTreeMap<BatchId, i64>>,
    /// Partners whose files wait, and why.
    waiting: Mutex<BTreeMap<String, String>>,
}

impl Withholding {
    async fn partner(
        &self,
        gateway: &Gateway,
        claimant: &Arc<Claimant>,
    ) -> Result<usize, WorkerError> {
        let today = claimant.payee.today(gateway.now().await?);
        let due = batches::due(gateway, claimant.code(), today).await?;
        let again = run::again(gateway, claimant).await;
        // What keeps the partner's files from being run is not asked of each of them, nor of other partners'.
        if let Some(why) = obstacle::of(&gateway.store, claimant).await? {
            self.waits(claimant.code(), !due.is_empty() || again.is_err(), &why);
            return Ok(0);
        }
        self.waiting().remove(claimant.code());
        let (mut done, mut failed) = match again {
            Ok(done) => (done, None),
            Err(error) => (0, Some(error)),
        };
        for batch in &due {
            // One file that does not run keeps no later one waiting.
            match self.part(gateway, claimant, batch).await {
                Ok(lines) => {
                    done += lines;
                    break;
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) if done == 0 => Err(error.into()),
            _ => Ok(done),
        }
    }

    /// Presents the next lines of a batch; how many.
    async fn part(
        &self,
        gateway: &Gateway,
        claimant: &Arc<Claimant>,
        batch: &Batch,
    ) -> Result<usize, RunError> {
        let after = self.reached().get(&batch.id).copied().unwrap_or(0);
        match run::part(gateway, claimant, batch, after).await? {
            Some((line, lines)) => {
                self.reached().insert(batch.id, line);
                Ok(usize::try_from(lines).unwrap_or(0))
            }
            None => {
                self.reached().remove(&batch.id);
                tracing::info!(partner = claimant.code(), batch = %batch.id, "a batch is done");
                Ok(0)
            }
        }
    }

    /// Says once what keeps a partner's files waiting.
    fn waits(&self, partner: &str, some: bool, why: &str) {
        if some && self.waiting().insert(partner.to_owned(), why.to_owned()).is_none() {
            tracing::error!(partner, why, "files of claims wait");
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reached(&self) -> std::sync::MutexGuard<'_, BTreeMap<BatchId, i64>> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker for Withholding {
    fn name(&self) -> &'static str {
        "withholding"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let claimants: Vec<Arc<Claimant>> = gateway.partners.claimants().cloned().collect();
            let (mut done, mut failed) = (0, None);
            for claimant in claimants {
                // One partner whose batch does not run keeps no other's waiting.
                match self.partner(gateway, &claimant).await {
                    Ok(lines) => done += lines,
                    Err(error) => {
                        tracing::error!(partner = claimant.code(), %error, "a batch does not run");
                        failed = Some(error);
                    }
                }
            }
            match failed {
                Some(error) if done == 0 => Err(error),
                _ => Ok(done),
            }
        })
    }
}
