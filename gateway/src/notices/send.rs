//! Delivers what is due: claims some notices, calls their partners, and records what came of it.

use jiaozi_ledger::row::{Cell, Row};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::time::Instant;

use super::call::Caller;
use super::{Notice, NoticeState};
use crate::config::Webhooks;
use crate::gateway::Gateway;

/// The pauses after the first, second, … attempt; the last one repeats.
const PAUSES_SECONDS: [i64; 9] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800];

/// For how long a claimed notice belongs to the process that claimed it, beyond the attempt itself.
const CLAIM_SECONDS: u64 = 30;

/// Notices whose turn it is: of each resource only the oldest that still waits.
const DUE: &str = "state = 0 and next_at <= $2 and not exists (
    select 1 from notices e where e.book = notices.book and e.partner = notices.partner
        and e.subject = notices.subject and e.seq < notices.seq and e.state = 0)
    order by next_at, seq limit $3";

/// Delivers notices.
#[derive(Debug, Clone)]
pub struct Sender {
    caller: Caller,
    claim_seconds: i64,
    retry_seconds_max: i64,
    in_flight_max: i64,
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
            in_flight_max: number(config.in_flight_max),
        })
    }

    /// Delivers what is due now. Says how many notices it has tried.
    ///
    /// # Errors
    /// When the database cannot be read or written. What was sent and not recorded is sent again.
    pub async fn run_once(&self, gateway: &Gateway) -> Result<usize, StoreError> {
        let now = gateway.now().await?;
        let due = self.claim(gateway, now).await?;
        let mut attempts = tokio::task::JoinSet::new();
        for notice in due {
            let (sender, gateway) = (self.clone(), gateway.clone());
            attempts.spawn(async move {
                let outcome = sender.caller.tell(&gateway, &notice, now).await;
                sender.after(notice, outcome, now)
            });
        }
        let mut rows = Vec::new();
        while let Some(attempted) = attempts.join_next().await {
            match attempted {
                Ok(notice) => rows.push(notice.cells()),
                Err(error) => tracing::error!(%error, "a notice's attempt ended early"),
            }
        }
        let tried = rows.len();
        if tried > 0 {
            let (mut unit, _) = gateway.store.engine().begin().await?;
            unit.write(&Notice::TABLE, rows, true).await?;
            unit.commit().await?;
        }
        Ok(tried)
    }

    async fn claim(&self, gateway: &Gateway, now: Instant) -> Result<Vec<Notice>, StoreError> {
        let binds = || vec![Cell::Int(now.0), Cell::Int(self.in_flight_max)];
        if gateway.store.find::<Notice>(DUE, binds()).await?.is_empty() {
            return Ok(Vec::new());
        }
        let (mut unit, _) = gateway.store.engine().begin().await?;
        let query = jiaozi_ledger::store::engine::Query::rows::<Notice>(DUE, binds());
        let due: Vec<Notice> = jiaozi_ledger::store::engine::records(unit.read(query).await?)?;
        let lease = self.claim_seconds;
        let claimed = due
            .iter()
            .map(|notice| Notice { next_at: now.plus_seconds(lease), ..notice.clone() }.cells())
            .collect();
        unit.write(&Notice::TABLE, claimed, true).await?;
        unit.commit().await?;
        Ok(due)
    }

    /// The notice as it stands after an attempt.
    fn after(&self, notice: Notice, outcome: anyhow::Result<()>, now: Instant) -> Notice {
        let attempts = notice.attempts + 1;
        match outcome {
            Ok(()) => Notice {
                attempts,
                state: NoticeState::Delivered,
                outcome: Some("delivered".to_owned()),
                ..notice
            },
            Err(error) => {
                let place = usize::try_from(notice.attempts).unwrap_or(usize::MAX);
                let pause = PAUSES_SECONDS[place.min(PAUSES_SECONDS.len() - 1)];
                let given_up = paused_seconds(place) >= self.retry_seconds_max;
                tracing::warn!(
                    notice = notice.id,
                    partner = notice.partner,
                    attempts,
                    error = format!("{error:#}"),
                    "a notice was not delivered"
                );
                Notice {
                    attempts,
                    next_at: now.plus_seconds(pause),
                    state: if given_up { NoticeState::GivenUp } else { NoticeState::Waiting },
                    outcome: Some(format!("{error:#}")),
                    ..notice
                }
            }
        }
    }
}

/// All pauses before the attempt at this place, in seconds.
fn paused_seconds(place: usize) -> i64 {
    let last = PAUSES_SECONDS[PAUSES_SECONDS.len() - 1];
    let pauses = PAUSES_SECONDS.into_iter().chain(std::iter::repeat(last));
    pauses.take(place.min(10_000)).sum()
}
