//! Instructions whose step is due are carried out, for each biller as many at a time as it takes. A biller
//! that does not answer keeps nobody else waiting.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::time::Instant;
use tokio::sync::Notify;

use super::{Run, Wait, Worker};
use crate::gateway::Gateway;
use crate::outbound::breaker::Phase;
use crate::utility::billers::{Billers, Reached};
use crate::utility::follow_up;

/// For how long a claimed step belongs to the process that claimed it, beyond the call itself.
const CLAIM_SECONDS: i64 = 30;

/// Carries out what is due.
#[derive(Debug)]
pub(super) struct FollowUp {
    billers: Billers,
    under_way: Arc<Mutex<BTreeMap<String, usize>>>,
    ended: Arc<Notify>,
}

impl FollowUp {
    pub(super) fn new(billers: Billers) -> FollowUp {
        FollowUp { billers, under_way: Arc::default(), ended: Arc::default() }
    }

    /// How many more steps a biller may be asked for now.
    fn free(&self, reached: &Reached) -> usize {
        if reached.line.as_ref().is_some_and(|line| line.phase() == Phase::Open) {
            return 0;
        }
        let most = reached.terms().map_or(0, |terms| terms.outbound.limits.in_flight_max);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let taken = lock(&self.under_way).get(reached.code()).copied().unwrap_or(0);
        most.saturating_sub(taken)
    }

    async fn claim(
        &self,
        gateway: &Gateway,
        reached: &Reached,
        due: Vec<Instruction>,
    ) -> Result<Vec<Instruction>, StoreError> {
        if due.is_empty() {
            return Ok(due);
        }
        let wait = reached.biller.schedule.await_seconds + CLAIM_SECONDS;
        let until = gateway.now().await?.plus_seconds(wait);
        let (mut unit, _) = gateway.store.engine().begin().await?;
        let mut claimed = Vec::with_capacity(due.len());
        for instruction in due {
            if follow_up::claim(unit.as_mut(), &instruction, until).await? {
                claimed.push(instruction);
            }
        }
        unit.commit().await?;
        Ok(claimed)
    }

    /// Begins what is due at a biller; says how much.
    async fn of_biller(
        &self,
        gateway: &Gateway,
        reached: &Reached,
        now: Instant,
    ) -> Result<usize, StoreError> {
        let free = self.free(reached);
        if free == 0 {
            return Ok(0);
        }
        let due = follow_up::due(gateway, reached, now, free).await?;
        let claimed = self.claim(gateway, reached, due).await?;
        let begun = claimed.len();
        for instruction in claimed {
            self.begin(gateway, instruction);
        }
        Ok(begun)
    }

    fn begin(&self, gateway: &Gateway, instruction: Instruction) {
        let (gateway, billers) = (gateway.clone(), self.billers.clone());
        let place = Place::take(&self.under_way, &self.ended, &instruction.partner);
        self.billers.calls.spawn(async move {
            let carried = follow_up::carry_out(&gateway, &billers, &instruction).await;
            if let Err(error) = carried {
                tracing::error!(partner = instruction.partner, %error, "a step is not carried out; again later");
            }
            drop(place);
        });
    }
}

/// A step under way, given back when it ends, also in a panic.
struct Place {
    under_way: Arc<Mutex<BTreeMap<String, usize>>>,
    ended: Arc<Notify>,
    partner: String,
}

impl Place {
    fn take(
        under_way: &Arc<Mutex<BTreeMap<String, usize>>>,
        ended: &Arc<Notify>,
        partner: &str,
    ) -> Place {
        *lock(under_way).entry(partner.to_owned()).or_default() += 1;
        Place {
            under_way: Arc::clone(under_way),
            ended: Arc::clone(ended),
            partner: partner.to_owned(),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(taken) = lock(&self.under_way).get_mut(&self.partner) {
            *taken = taken.saturating_sub(1);
        }
        self.ended.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker for FollowUp {
    fn name(&self) -> &'static str {
        "instructions"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let now = gateway.now().await?;
            let (mut begun, mut failed) = (0, None);
            for reached in self.billers.all() {
                // One biller whose instructions cannot be read keeps no other waiting.
                match self.of_biller(gateway, reached, now).await {
                    Ok(number) => begun += number,
                    Err(error) => {
                        tracing::error!(partner = reached.code(), %error, "steps are not claimed");
                        failed = Some(error);
                    }
                }
            }
            match failed {
                Some(error) if begun == 0 => Err(error.into()),
                _ => Ok(begun),
            }
        })
    }

    fn woken(&self) -> Wait<'_, ()> {
        Box::pin(self.ended.notified())
    }
}
