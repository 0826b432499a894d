//! The writer: commands from all doors meet in one queue; what is waiting is decided and committed
//! together, bounded in count, and nobody is answered before the commit has returned.

use super::batch::{Failure, Result};
use super::gather::{Bounds, Gather, Unanswered};
use super::{Store, StoreError};
use crate::decision::Command;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::{oneshot, watch};
use tracing::Instrument;
use uuid::Uuid;

/// How much of one batch commands may take together, in units of a payment. Larger batches answer
/// later without committing many more a second.
const BATCH_WEIGHT: usize = 256;

/// How many commands may wait before callers are told to come back.
const QUEUE_LENGTH: usize = 8_192;

/// The queue's end at which doors put commands. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: Gather<Arc<dyn Command>, Result>,
    in_progress: Arc<Mutex<HashSet<Uuid>>>,
    committed: watch::Receiver<i64>,
}

/// Is done when the writer has ended.
#[derive(Debug)]
pub struct Ended(oneshot::Receiver<()>);

impl Future for Ended {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Nothing is ever sent: the other end goes with the thread.
        Pin::new(&mut self.0).poll(context).map(|_| ())
    }
}

/// Takes the scope out again when the answer is there, or when its caller has left.
struct InProgress {
    scopes: Arc<Mutex<HashSet<Uuid>>>,
    scope: Uuid,
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.scopes.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.scope);
    }
}

impl Writer {
    /// Starts the writer of a store, on a thread of its own: everybody waits for it, so at none of its
    /// steps does it queue behind the requests that the runtime has to serve. It ends when the last
    /// clone of the handle is gone and the queue is empty; the future says when.
    ///
    /// Needs a runtime, which drives what the writer waits for.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: Store) -> std::result::Result<(Writer, Ended), StoreError> {
        let (commits, committed) = watch::channel(0);
        let bounds = Bounds {
            waiting: QUEUE_LENGTH,
            batch: BATCH_WEIGHT,
            weight: |command: &Arc<dyn Command>| command.weight(),
        };
        let (queue, gathering) =
            Gather::new(bounds, move |commands| commit(store.clone(), commands, commits.clone()));
        let (alive, ended) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                runtime.block_on(gathering);
                drop(alive);
            })
            .map_err(|error| StoreError::Unavailable(format!("no thread to write: {error}")))?;
        Ok((Writer { queue, in_progress: Arc::default(), committed }, Ended(ended)))
    }

    /// Puts a command into the queue and waits for its answer.
    ///
    /// The command is decided even when the caller stops waiting: its answer is kept under its key.
    ///
    /// # Errors
    /// [`Failure`]; for a command that was recorded there is always a reply instead.
    pub async fn submit(&self, command: Arc<dyn Command>) -> Result {
        let scope = command.scope().fingerprint();
        let operation = command.scope().operation;
        if !self.in_progress.lock().unwrap_or_else(PoisonError::into_inner).insert(scope) {
            return Err(Failure::InProgress);
        }
        let in_progress = InProgress { scopes: Arc::clone(&self.in_progress), scope };
        let span = tracing::info_span!("commit", operation, seq = tracing::field::Empty);
        // When the caller leaves early, a repeat may enter the queue behind it and is then replayed.
        let watch = async move {
            let result = self.queue.ask(command).await.unwrap_or_else(|unanswered| {
                Err(match unanswered {
                    Unanswered::Busy => Failure::Overloaded,
                    Unanswered::Ended => {
                        Failure::OutcomeUnknown(StoreError::Unavailable(unanswered.to_string()))
                    }
                })
            });
            drop(in_progress);
            if let Ok(reply) = &result {
                tracing::Span::current().record("seq", reply.seq);
            }
            result
        };
        watch.instrument(span).await
    }

    /// The number in the feed of the last command that this writer committed; 0 before the first.
    /// Readers of the feed wait for it to change. Other processes commit too and are not seen here, so
    /// whoever waits looks at the feed from time to time anyway.
    pub fn committed(&self) -> watch::Receiver<i64> {
        self.committed.clone()
    }

    /// Whether it has ended before its time, by a defect: nothing is written by this process any more.
    pub fn has_ended(&self) -> bool {
        self.queue.has_ended()
    }

    /// How many commands wait now.
    pub fn queue_length(&self) -> usize {
        self.queue.waiting()
    }
}

async fn commit(
    store: Store,
    commands: Vec<Arc<dyn Command>>,
    commits: watch::Sender<i64>,
) -> Vec<Result> {
    let results = store.run(&commands).await;
    let failed = results.iter().filter(|result| result.is_err()).count();
    tracing::debug!(commands = commands.len(), failed, "batch committed");
    let last =
        results.iter().flatten().filter(|reply| !reply.replayed).map(|reply| reply.seq).max();
    if let Some(last) = last {
        commits.send_replace(last);
    }
    results
}
