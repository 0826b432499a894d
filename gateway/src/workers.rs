//! What the gateway does by itself: notices written and sent, payers made people, holds expired, days
//! closed, payouts prepared.
//!
//! Each worker is asked to do what there is to do until it has caught up, takes a breath, and then waits
//! for a commit, for a word of its own, for a second (other processes commit too, and some things become
//! due by time alone), or for the end. A worker that fails says so in the log, waits longer each time, and
//! goes on: what it did not do is still to be done, because every worker finds its work in the books and
//! leaves its progress there. Several processes may run the same workers.
//!
//! | worker | role | its work | why twice is harmless |
//! |---|---|---|---|
//! | [`notices`] `write` | webhooks | the feed after its cursor | cursor and notices in one transaction |
//! | [`notices`] `send` | webhooks | notices that are due | a claim; the same identifier in every attempt |
//! | [`people`] | workers | the feed after its cursor | cursor and people in one transaction |
//! | [`holds`] | workers | holds past their time | one idempotency key a hold |
//! | [`days`] | workers | days past their cut-off | a closed day is closed |
//! | [`instructions`] | workers | instructions whose step is due | a claim; the same news has one effect |
//! | [`filed`] | workers | files for and of partners that are told so | what is in a file is on record before it is put |
//! | [`draws`] | workers | the feed after its cursor, where a core is in force | a draw is spent and given back once |
//! | [`withholding`] | workers | batches and lines whose day has come | one idempotency key a line and try |
//! | [`breaks`] | workers | breaks whose payments change, and of which nobody knows | the same news has one effect |
//! | [`payouts`] | workers | accounts whose settled days are due | a day is in one payout of an account |
//! | [`mirrors`] | workers | accounts with entries that were not compared | finds everything as it should be |
//! | [`fetching`] | workers | files in inboxes, and days whose file is due | a claim; a file is taken once |

mod breaks;
mod days;
mod draws;
mod fetching;
mod filed;
mod holds;
mod instructions;
mod metrics;
mod mirrors;
mod notices;
mod payouts;
mod people;
mod withholding;

use std::ops::ControlFlow;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Failure;
use opentelemetry::metrics::Meter;
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::metrics::Instruments;
use crate::config::{Config, Role};
use crate::days::DayError;
use crate::fetching::FetchError;
use crate::filed::FiledError;
use crate::gateway::Gateway;
use crate::payouts::preparing::PrepareError;
use crate::utility::billers::Billers;
use crate::withholding::run::RunError;

/// The longest wait for work.
const IDLE: Duration = Duration::from_secs(1);

/// The pause of a worker that has caught up. Under load it then finds the commits of the pause together
/// and shares one of its own among them; when it has been quiet for longer, it hears the next commit at
/// once.
const BREATH: Duration = Duration::from_millis(100);

/// The first pause after a failure; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Why a worker could not go on for now.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A command could not be handed in.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// A day.
    #[error(transparent)]
    Day(#[from] DayError),
    /// A batch.
    #[error(transparent)]
    Batch(#[from] RunError),
    /// Files.
    #[error(transparent)]
    Filed(#[from] FiledError),
    /// A payout.
    #[error(transparent)]
    Payout(#[from] PrepareError),
    /// A file.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A draw.
    #[error("a draw cannot go on: {0}")]
    Draw(String),
    /// People.
    #[error(transparent)]
    People(#[from] jiaozi_acquisition::Error),
}

/// A boxed future.
pub type Wait<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A boxed future of one run.
pub type Run<'a> = Wait<'a, Result<usize, WorkerError>>;

/// Something that the gateway does by itself.
pub trait Worker: Send + Sync {
    /// Its name, in logs and metrics.
    fn name(&self) -> &'static str;

    /// The reader of the feed that it is, if it is one.
    fn reader(&self) -> Option<&'static str> {
        None
    }

    /// From how much on a run may have left something undone. One that did less has caught up.
    fn run_max(&self) -> usize {
        1
    }

    /// How long it rests when it has caught up.
    fn breath(&self) -> Duration {
        BREATH
    }

    /// Does a part of what there is to do. Says how much: nothing means that nothing is left for now.
    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a>;

    /// Comes when there may be something to do that no commit tells of.
    fn woken(&self) -> Wait<'_, ()> {
        Box::pin(std::future::pending())
    }

    /// Ends what it has under way beside its runs.
    fn finish<'a>(&'a self, _gateway: &'a Gateway) -> Wait<'a, Result<(), WorkerError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The workers of a process's roles.
///
/// # Errors
/// When the cryptography offers no protocol in common with TLS clients: never, as built.
pub fn of_roles(
    gateway: &Gateway,
    config: &Config,
    billers: &Billers,
) -> Result<Vec<Box<dyn Worker>>, rustls::Error> {
    let mut workers: Vec<Box<dyn Worker>> = Vec::new();
    if config.roles.has(Role::Webhooks) {
        let (write, send) = notices::of(&config.webhooks)?;
        workers.push(Box::new(write));
        workers.push(Box::new(send));
    }
    if config.roles.has(Role::Workers) {
        let mailboxes = &config.mailboxes.folder;
        workers.extend(readers(&config.days.folder, mailboxes, billers));
        workers.push(Box::new(filed::ByFiles::new(gateway, mailboxes)));
    }
    Ok(workers)
}

/// The workers of the role `workers`.
#[must_use]
pub fn readers(day_files: &Path, mailboxes: &Path, billers: &Billers) -> Vec<Box<dyn Worker>> {
    let mut workers: Vec<Box<dyn Worker>> = vec![
        Box::new(people::People),
        Box::new(holds::Expiry),
        Box::new(days::Closer::new(day_files.to_owned())),
        Box::new(instructions::FollowUp::new(billers.clone())),
        Box::new(withholding::Withholding::default()),
        Box::new(breaks::LastQuery::new(billers.clone())),
        Box::new(payouts::Preparing::default()),
        Box::new(mirrors::Mirrors::default()),
        Box::new(fetching::Fetching::new(billers.clone(), mailboxes)),
    ];
    if billers.core().is_some() {
        workers.push(Box::new(draws::Draws::new(billers.clone())));
    }
    workers
}

/// Starts workers. They end when `stop` says so, each after what it is doing, and the set is then
/// empty.
pub fn start(
    gateway: &Gateway,
    workers: Vec<Box<dyn Worker>>,
    meter: &Meter,
    stop: &watch::Receiver<bool>,
) -> JoinSet<()> {
    let instruments = Instruments::new(meter);
    let mut running = JoinSet::new();
    for worker in workers {
        let (gateway, stop, instruments) = (gateway.clone(), stop.clone(), instruments.clone());
        running.spawn(run(gateway, worker, instruments, stop));
    }
    running
}

async fn run(
    gateway: Gateway,
    worker: Box<dyn Worker>,
    instruments: Instruments,
    mut stop: watch::Receiver<bool>,
) {
    let mut committed = gateway.writer.committed();
    let mut pause = PAUSE_MIN;
    while !*stop.borrow_and_update() {
        // Marked before the work begins: a commit during it is not slept through.
        committed.mark_unchanged();
        let done = worker.run_once(&gateway).await;
        if let Some(reader) = worker.reader() {
            instruments.lag(&gateway, reader).await;
        }
        let (wait, failed) = match done {
            Ok(done) => {
                instruments.done(worker.name(), done);
                pause = PAUSE_MIN;
                if done >= worker.run_max() {
                    continue;
                }
                if sleep_unless_ended(worker.breath(), &mut stop).await.is_break() {
                    break;
                }
                // What it did may have made more work that no commit tells of.
                if done > 0 {
                    continue;
                }
                (IDLE, false)
            }
            Err(error) => {
                instruments.failed(worker.name());
                tracing::error!(worker = worker.name(), %error, pause_s = pause.as_secs(), "a worker waits after a failure");
                let wait = pause;
                pause = (pause * 2).min(PAUSE_MAX);
                (wait, true)
            }
        };
        tokio::select! {
            ended = stop.wait_for(|stop| *stop) => {
                drop(ended);
                break;
            }
            // After a failure a commit is no reason to hurry.
            Ok(()) = committed.changed(), if !failed => {}
            () = worker.woken(), if !failed => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    if let Err(error) = worker.finish(&gateway).await {
        tracing::error!(worker = worker.name(), %error, "what was under way is not on record");
    }
}

/// Sleeps, unless the end comes first.
async fn sleep_unless_ended(time: Duration, stop: &mut watch::Receiver<bool>) -> ControlFlow<()> {
    tokio::select! {
        ended = stop.wait_for(|stop| *stop) => {
            drop(ended);
            ControlFlow::Break(())
        }
        () = tokio::time::sleep(time) => ControlFlow::Continue(()),
    }
}
