//! Delivers what is due: claims notices, calls their partners, and records what came of it.
//!
//! Nobody waits for anybody: each call is a task of its own that ends when its partner answers or its
//! time is over, and what it has left is recorded together with what others have left meanwhile, in the
//! transaction that claims the next ones. How many are under way to whom, [`Places`] says.

use std::sync::{Arc, Mutex, PoisonError};

use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::time::Instant;
use tokio::sync::Notify;

use super::call::Caller;
use super::places::Places;
use super::{Notice, NoticeState, claim};
use crate::config::Webhooks;
use crate::gateway::Gateway;

/// The pauses after the first, second, … attempt; the last one repeats.
const PAUSES_SECONDS: [i64; 9] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800];

/// For how long a claimed notice belongs to the process that claimed it, beyond the attempt itself.
const CLAIM_SECONDS: u64 = 30;

/// Delivers notices.
#[derive(Debug)]
pub struct Sender {
    caller: Caller,
    claim_seconds: i64,
    retry_seconds_max: i64,
    desk: tokio::sync::Mutex<Desk>,
    ended: Arc<Ended>,
}

/// What is under way, and what is to be recorded.
#[derive(Debug)]
struct Desk {
    places: Places,
    unrecorded: Vec<Attempt>,
}

/// Where attempts put what came of them.
#[derive(Debug, Default)]
struct Ended {
    attempts: Mutex<Vec<Attempt>>,
    more: Notify,
}

/// An attempt that has ended: the notice as it was claimed, and nothing or what went wrong.
#[derive(Debug)]
struct Attempt {
    notice: Notice,
    outcome: anyhow::Result<()>,
}

impl Sender {
    /// A sender under the configured limits.
    ///
    /// # Errors
    /// When the cryptography offers no protocol version in common with TLS clients: never, as built.
    pub fn new(config: &Webhooks) -> Result<Sender, rustls::Error> {
        // All are at most a few thousand: the configuration says so.
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        Ok(Sender {
            caller: Caller::new(config)?,
            claim_seconds: number(config.attempt_seconds + CLAIM_SECONDS),
            retry_seconds_max: number(config.retry_hours_max * 3_600),
            desk: tokio::sync::Mutex::new(Desk {
                places: Places::new(config.in_flight_max, config.partner_in_flight_max),
                unrecorded: Vec::new(),
            }),
            ended: Arc::default(),
        })
    }

    /// Records what has ended and begins what is due, as far as there are places; it waits for no
    /// partner. Says how many attempts have ended since the last time.
    ///
    /// # Errors
    /// When the database cannot be read or written. What was sent is recorded the next time; if this
    /// process ends before, it is sent again.
    pub async fn run_once(&self, gateway: &Gateway) -> Result<usize, StoreError> {
        let mut desk = self.desk.lock().await;
        let now = gateway.now().await?;
        self.collect(&mut desk, now);
        let mut due = Vec::new();
        for (partner, places) in desk.places.free(claim::waiting(&gateway.store).await?, now) {
            due.extend(claim::due(&gateway.store, &partner, now, places).await?);
        }
        let recorded = desk.unrecorded.len();
        for notice in self.keep(gateway, &desk.unrecorded, due, now).await? {
            desk.places.take(&notice.partner);
            self.begin(gateway, notice, now);
        }
        desk.unrecorded.clear();
        Ok(recorded)
    }

    /// Waits until nothing is under way any more, and records it; begins nothing.
    ///
    /// # Errors
    /// When the database cannot be read or written; what was not recorded is sent again.
    pub async fn finish(&self, gateway: &Gateway) -> Result<(), StoreError> {
        let mut desk = self.desk.lock().await;
        loop {
            let now = gateway.now().await?;
            self.collect(&mut desk, now);
            self.keep(gateway, &desk.unrecorded, Vec::new(), now).await?;
            desk.unrecorded.clear();
            if desk.places.taken() == 0 {
                return Ok(());
            }
            self.ended.more.notified().await;
        }
    }

    /// Comes when an attempt has ended, or when somebody [`wakes`](Sender::wake) it.
    pub async fn woken(&self) {
        self.ended.more.notified().await;
    }

    /// There may be something to send.
    pub fn wake(&self) {
        self.ended.more.notify_one();
    }

    /// Takes in what has ended.
    fn collect(&self, desk: &mut Desk, now: Instant) {
        let ended = self.ended.attempts.lock().unwrap_or_else(PoisonError::into_inner).split_off(0);
        for attempt in ended {
            let Attempt { notice, outcome } = &attempt;
            if let Err(error) = outcome {
                tracing::warn!(
                    notice = notice.id,
                    partner = notice.partner,
                    attempts = notice.attempts + 1,
                    error = format!("{error:#}"),
                    "a notice was not delivered"
                );
            }
            if desk.places.give_back(&notice.partner, outcome.is_ok(), now) {
                tracing::warn!(
                    partner = notice.partner,
                    "nothing is heard: from now on one notice at a time, with pauses"
                );
            }
            desk.unrecorded.push(attempt);
        }
    }

    /// Writes what has ended and claims what is due, in one transaction. Gives back what is now ours.
    async fn keep(
        &self,
        gateway: &Gateway,
        ended: &[Attempt],
        due: Vec<Notice>,
        now: Instant,
    ) -> Result<Vec<Notice>, StoreError> {
        if ended.is_empty() && due.is_empty() {
            return Ok(Vec::new());
        }
        let (mut unit, _) = gateway.store.engine().begin().await?;
        for Attempt { notice, outcome } in ended {
            match outcome {
                Ok(()) => claim::heard(unit.as_mut(), notice).await?,
                Err(error) => {
                    let (next_at, state) = self.after_failure(notice, now);
                    let outcome = format!("{error:#}");
                    claim::failed(unit.as_mut(), notice, next_at, state, &outcome).await?;
                }
            }
        }
        let until = now.plus_seconds(self.claim_seconds);
        let mut claimed = Vec::with_capacity(due.len());
        for notice in due {
            claimed.extend(claim::claim(unit.as_mut(), notice, until).await?);
        }
        unit.commit().await?;
        Ok(claimed)
    }

    /// Tells a notice in a task of its own.
    fn begin(&self, gateway: &Gateway, notice: Notice, now: Instant) {
        let (caller, gateway, ended) =
            (self.caller.clone(), gateway.clone(), Arc::clone(&self.ended));
        let told = notice.clone();
        // A task within the task: should a call end in a panic, its place is given back all the same.
        let call = tokio::spawn(async move { caller.tell(&gateway, &told, now).await });
        tokio::spawn(async move {
            let outcome = call.await.unwrap_or_else(|error| Err(error.into()));
            let attempt = Attempt { notice, outcome };
            ended.attempts.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
            ended.more.notify_one();
        });
    }

    /// When a notice whose attempt has failed is tried again, and whether it is.
    fn after_failure(&self, notice: &Notice, now: Instant) -> (Instant, NoticeState) {
        let place = usize::try_from(notice.attempts).unwrap_or(usize::MAX);
        let pause = PAUSES_SECONDS[place.min(PAUSES_SECONDS.len() - 1)];
        let given_up = paused_seconds(place) >= self.retry_seconds_max;
        let state = if given_up { NoticeState::GivenUp } else { NoticeState::Waiting };
        (now.plus_seconds(pause), state)
    }
}

/// All pauses before the attempt at this place, in seconds.
fn paused_seconds(place: usize) -> i64 {
    let last = PAUSES_SECONDS[PAUSES_SECONDS.len() - 1];
    let pauses = PAUSES_SECONDS.into_iter().chain(std::iter::repeat(last));
    pauses.take(place.min(10_000)).sum()
}
