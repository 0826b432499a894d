//! Files that come by themselves: of each errand what lies in the inbox is taken, and what is due is asked
//! for, one day after the other. One partner that does not answer keeps no other's files waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use tokio::sync::Notify;

use super::{Run, Wait, Worker};
use crate::fetching::{FetchError, Fetcher, record};
use crate::gateway::Gateway;
use crate::mailbox::Arrived;
use crate::utility::billers::Billers;

/// For how long it is not looked again which days are due, in seconds: a file that was imported by hand
/// meanwhile is asked for at most once in vain.
const LOOK_SECONDS: i64 = 20;

/// Fetches.
#[derive(Debug)]
pub(super) struct Fetching {
    billers: Billers,
    mailboxes: PathBuf,
    fetchers: OnceLock<Vec<Fetcher>>,
    state: Arc<Mutex<State>>,
    ended: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    /// Whose files are being fetched.
    under_way: BTreeSet<String>,
    /// When it is looked again what is due, by code.
    looks_at: BTreeMap<String, Instant>,
}

impl Fetching {
    pub(super) fn new(billers: Billers, mailboxes: &Path) -> Fetching {
        Fetching {
            billers,
            mailboxes: mailboxes.to_owned(),
            fetchers: OnceLock::new(),
            state: Arc::default(),
            ended: Arc::default(),
        }
    }

    /// Begins what there is to do of an errand, unless something of it is under way. Says whether.
    async fn begin(
        &self,
        gateway: &Gateway,
        fetcher: &Fetcher,
        now: Instant,
    ) -> Result<bool, FetchError> {
        let code = &fetcher.errand.code;
        if lock(&self.state).under_way.contains(code) {
            return Ok(false);
        }
        let arrived = fetcher.arrived(gateway, now).await?;
        let due = if lock(&self.state).looks_at.get(code).is_some_and(|at| now < *at) {
            Vec::new()
        } else {
            let due = fetcher.due(gateway, now).await?;
            lock(&self.state).looks_at.insert(code.clone(), now.plus_seconds(LOOK_SECONDS));
            due
        };
        if arrived.is_empty() && due.is_empty() {
            return Ok(false);
        }
        let turn = Turn::take(&self.state, &self.ended, code);
        let (gateway, billers, fetcher) = (gateway.clone(), self.billers.clone(), fetcher.clone());
        self.billers.calls.spawn(async move {
            if let Err(error) = all(&gateway, &billers, &fetcher, arrived, due).await {
                let code = &fetcher.errand.code;
                tracing::error!(code, %error, "files are not fetched; again later");
            }
            drop(turn);
        });
        Ok(true)
    }
}

/// Takes what has arrived, then asks for what is due.
async fn all(
    gateway: &Gateway,
    billers: &Billers,
    fetcher: &Fetcher,
    arrived: Vec<(Date, Arrived)>,
    due: Vec<Date>,
) -> Result<(), FetchError> {
    let code = &fetcher.errand.code;
    let mut came = BTreeSet::new();
    for (date, file) in arrived {
        let now = gateway.now().await?;
        let Some(claimed) = record::claim(&gateway.store, code, date, now).await? else { continue };
        fetcher.take(gateway, &claimed, &file).await?;
        came.insert(date);
    }
    for date in due.into_iter().filter(|date| !came.contains(date)) {
        let now = gateway.now().await?;
        let Some(claimed) = record::claim(&gateway.store, code, date, now).await? else { continue };
        fetcher.fetch(gateway, billers, &claimed).await?;
    }
    Ok(())
}

/// What is under way of an errand; given back when it ends, also in a panic.
struct Turn {
    state: Arc<Mutex<State>>,
    ended: Arc<Notify>,
    code: String,
}

impl Turn {
    fn take(state: &Arc<Mutex<State>>, ended: &Arc<Notify>, code: &str) -> Turn {
        lock(state).under_way.insert(code.to_owned());
        Turn { state: Arc::clone(state), ended: Arc::clone(ended), code: code.to_owned() }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.state).under_way.remove(&self.code);
        self.ended.notify_one();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker for Fetching {
    fn name(&self) -> &'static str {
        "fetching"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let now = gateway.now().await?;
            let fetchers = self.fetchers.get_or_init(|| Fetcher::all(gateway, &self.mailboxes));
            let (mut begun, mut failed) = (0, None);
            for fetcher in fetchers {
                // One inbox that cannot be read keeps no other waiting.
                match self.begin(gateway, fetcher, now).await {
                    Ok(some) => begun += usize::from(some),
                    Err(error) => {
                        let code = &fetcher.errand.code;
                        tracing::error!(code, %error, "files are not fetched");
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
