//! Batches whose day has come are run, and lines that failed for want of money are presented again on their
//! days, some in each run, so that a stop is heard and no partner waits for another's million.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiaozi_adapters::withholding::claimant::Claimant;
use jiaozi_ledger::id::BatchId;

use super::{Run, Worker, WorkerError};
use crate::gateway::Gateway;
use crate::withholding::{batches, run};

/// Runs batches.
#[derive(Debug, Default)]
pub(super) struct Withholding {
    /// Up to which line this process has presented a batch: where it goes on looking.
    reached: Mutex<BTreeMap<BatchId, i64>>,
}

impl Withholding {
    async fn partner(
        &self,
        gateway: &Gateway,
        claimant: &Arc<Claimant>,
    ) -> Result<usize, WorkerError> {
        let today = claimant.payee.today(gateway.now().await?);
        let mut done = run::again(gateway, claimant).await?;
        if let Some(batch) = batches::due(gateway, claimant.code(), today).await?.first() {
            let after = self.reached().get(&batch.id).copied().unwrap_or(0);
            match run::part(gateway, claimant, batch, after).await? {
                Some((line, lines)) => {
                    self.reached().insert(batch.id, line);
                    done += usize::try_from(lines).unwrap_or(0);
                }
                None => {
                    self.reached().remove(&batch.id);
                    tracing::info!(partner = claimant.code(), batch = %batch.id, "a batch is done");
                }
            }
        }
        Ok(done)
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
