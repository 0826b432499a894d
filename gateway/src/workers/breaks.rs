//! Breaks that are brought on: payments that become something else are judged again, and where nobody knows
//! and no file has it, the biller is asked a last time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::id::BreakId;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::time::Instant;

use super::{Run, Worker};
use crate::gateway::Gateway;
use crate::outbound::breaker::Phase;
use crate::reconciliation::{asking, following};
use crate::utility::billers::Billers;

/// How long it takes until a biller that did not answer is asked again, in seconds.
const AGAIN_SECONDS: i64 = 60;

/// Asks a last time.
#[derive(Debug)]
pub(super) struct LastQuery {
    billers: Billers,
    /// When each was asked last.
    asked: Mutex<BTreeMap<BreakId, Instant>>,
    /// Up to which number of the feed this process has followed payments.
    followed: Mutex<Option<i64>>,
}

impl LastQuery {
    pub(super) fn new(billers: Billers) -> LastQuery {
        LastQuery { billers, asked: Mutex::default(), followed: Mutex::default() }
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, BTreeMap<BreakId, Instant>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn followed(&self) -> std::sync::MutexGuard<'_, Option<i64>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is time to ask; if it is, it is taken for asked.
    fn is_time(&self, id: BreakId, now: Instant) -> bool {
        let mut asked = self.asked();
        let waits = asked.get(&id).is_some_and(|at| now < at.plus_seconds(AGAIN_SECONDS));
        if !waits {
            asked.insert(id, now);
        }
        !waits
    }
}

impl Worker for LastQuery {
    fn name(&self) -> &'static str {
        "breaks"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let from = *self.followed();
            let (to, mut done) = following::follow(gateway, from).await?;
            *self.followed() = Some(to);
            let waiting = asking::waiting(gateway).await?;
            let ids: BTreeSet<BreakId> = waiting.iter().map(|one| one.id).collect();
            self.asked().retain(|id, _| ids.contains(id));
            let now = gateway.now().await?;
            let mut of_partner: BTreeMap<String, Vec<Break>> = BTreeMap::new();
            for one in waiting {
                of_partner.entry(one.partner.clone()).or_default().push(one);
            }
            // A biller that answers late keeps no other's payments waiting.
            let partners =
                of_partner.into_values().map(|breaks| self.bring_on(gateway, breaks, now));
            for brought_on in futures_util::future::join_all(partners).await {
                done += brought_on?;
            }
            Ok(done)
        })
    }
}

impl LastQuery {
    /// Brings the breaks of one biller on, one after the other. Says how many.
    async fn bring_on(
        &self,
        gateway: &Gateway,
        breaks: Vec<Break>,
        now: Instant,
    ) -> Result<usize, StoreError> {
        let mut done = 0;
        for one in breaks {
            let Some(reached) = self.billers.get(&one.partner) else { continue };
            let Some(ours) = asking::payment(gateway, &one).await? else { continue };
            let open = reached.line.as_ref().is_some_and(|line| line.phase() == Phase::Open);
            if !ours.state.has_ended() && (open || !self.is_time(one.id, now)) {
                continue;
            }
            // One that fails keeps no other waiting; it is found again.
            match asking::bring_on(gateway, &self.billers, &one, &ours).await {
                Ok(()) => done += 1,
                Err(error) => {
                    tracing::error!(partner = one.partner, %error, "a break is not brought on; again later");
                }
            }
        }
        Ok(done)
    }
}
