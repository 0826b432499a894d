//! One batch: recognise, load, decide, write, commit; see the table in [`crate::store`].
//!
//! When the database refuses what a batch wrote, the batch is taken back and run again in halves, so
//! that only the offender fails. When it is not known whether a commit happened, the scopes are read
//! back before anyone is answered.
//!
//! | module | holds |
//! |---|---|
//! | [`record`](mod@record) | the row that a decided command leaves, and its link of the chain |
//! | `rows` | what is read before deciding and written after it |

mod record;
mod rows;

use super::engine::{Head, Unit};
use super::journal::Record;
use super::{Store, StoreError};
use crate::book::{self, Refusal};
use crate::decision::{Answer, Command, Digest, Verdict};
use crate::facts::{Facts, Moment};
use crate::id::Ids;
use crate::time::Instant;
pub(super) use record::link;
use rows::Pages;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use uuid::Uuid;

/// The most commands of one transaction: identifiers tell that many places of a batch apart.
const LARGEST: usize = Ids::PLACES;

/// What the caller of a command gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The number of the command in the feed.
    pub seq: i64,
    /// The accounting time at which it was decided.
    pub at: Instant,
    /// Whether it was carried out.
    pub verdict: Verdict,
    /// The answer, byte for byte as the first time.
    pub answer: Answer,
    /// Whether this is the answer to an earlier request with the same key.
    pub replayed: bool,
}

/// Why a command has no answer. Nothing was recorded for it, except where the outcome is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The key was used before for something else.
    #[error("the idempotency key was used before with another body")]
    Conflict,
    /// The same key is being decided right now.
    #[error("a request with the same idempotency key is in progress")]
    InProgress,
    /// Too much is waiting.
    #[error("too many requests are waiting")]
    Overloaded,
    /// The store cannot do it now; nothing was done.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The connection broke while committing and the outcome cannot be read yet. The same key will
    /// tell.
    #[error("the outcome is not known yet: ask again with the same idempotency key ({0})")]
    OutcomeUnknown(StoreError),
    /// The command decided what the books do not take: a defect, nothing was done.
    #[error("the decision was refused by the books: {0}")]
    Defect(String),
}

/// What comes of one command.
pub type Result = std::result::Result<Reply, Failure>;

/// A command with its scope's fingerprint, which is asked for at every step.
struct Asked<'a> {
    command: &'a dyn Command,
    scope: Uuid,
}

/// Runs a batch and answers its commands in their order.
pub(super) async fn run(store: &Store, commands: &[Arc<dyn Command>]) -> Vec<Result> {
    let asked: Vec<Asked<'_>> = commands
        .iter()
        .map(|command| Asked { command: command.as_ref(), scope: command.scope().fingerprint() })
        .collect();
    let mut results = Vec::with_capacity(commands.len());
    // What is still to be run, the last part first.
    let mut waiting: Vec<&[Asked<'_>]> = asked.chunks(LARGEST).rev().collect();
    while let Some(part) = waiting.pop() {
        match attempt(store, part).await {
            Ok(done) => results.extend(done),
            Err(Broken::Before(error)) if is_a_commands_fault(&error) && part.len() > 1 => {
                let (first, second) = part.split_at(part.len() / 2);
                waiting.push(second);
                waiting.push(first);
            }
            Err(Broken::Before(error)) => {
                results.extend(part.iter().map(|_| Err(Failure::Store(error.clone()))));
            }
            Err(Broken::Committing(error, decided)) => {
                results.extend(read_back(store, part, error, decided).await);
            }
        }
    }
    results
}

/// Whether an error comes from what one command asked or touched, so that the others are not to
/// suffer from it.
fn is_a_commands_fault(error: &StoreError) -> bool {
    matches!(error, StoreError::Refused(_) | StoreError::Corrupt(_))
}

/// Where a batch broke.
enum Broken {
    /// Before the commit: nothing was done.
    Before(StoreError),
    /// While committing: the outcome is not known. With what would have been answered.
    Committing(StoreError, Vec<Result>),
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Broken {
        Broken::Before(error)
    }
}

async fn attempt(store: &Store, asked: &[Asked<'_>]) -> std::result::Result<Vec<Result>, Broken> {
    let (mut unit, head) = store.engine().begin().await?;
    match decide_and_write(store, unit.as_mut(), head, asked).await {
        Ok((results, true)) => match unit.commit().await {
            Ok(()) => Ok(results),
            Err(error) => Err(Broken::Committing(error, results)),
        },
        Ok((results, false)) => {
            // Nothing was written: whether the end of the transaction is heard does not matter.
            let _ = unit.rollback().await;
            Ok(results)
        }
        Err(error) => {
            // The first error is the one to tell; a connection that cannot even roll back is dropped,
            // which rolls back too.
            let _ = unit.rollback().await;
            Err(Broken::Before(error))
        }
    }
}

/// What is known of a scope.
enum Known {
    /// The database has its record.
    Stored(Box<Record>),
    /// A command earlier in this batch had it: its place, and what it asked.
    Here(usize, Digest),
}

async fn decide_and_write(
    store: &Store,
    unit: &mut dyn Unit,
    head: Head,
    asked: &[Asked<'_>],
) -> std::result::Result<(Vec<Result>, bool), StoreError> {
    let now = store.clock().now().0.saturating_add(head.clock_offset);
    let at = Instant(now.max(head.at.0));
    let seed = store.draw_seed()?;
    let moment = |seq, place| Moment { at, seq, ids: Ids::new(at, seed, place) };

    let mut known = recognise(unit, asked).await?;
    let fresh = asked.iter().filter(|asked| !known.contains_key(&asked.scope));
    let mut facts = Facts::new(moment(head.seq + 1, 0));
    let defects = rows::load(unit, &mut facts, fresh.collect()).await?;

    let mut pages = Pages::default();
    let mut tip = head;
    let mut results: Vec<Result> = Vec::with_capacity(asked.len());
    for (Asked { command, scope }, place) in asked.iter().zip(0u16..) {
        let result = match known.get(scope) {
            Some(Known::Stored(record)) => replay(*command, record),
            Some(Known::Here(place, body_digest)) => {
                repeat(*command, results.get(*place), body_digest)
            }
            None if defects.contains(scope) => {
                Err(Failure::Defect("the command panicked".to_owned()))
            }
            None => {
                facts.set_moment(moment(tip.seq + 1, place));
                decide(*command, *scope, &mut facts, &mut pages, tip).map(|record| {
                    tip = Head { seq: record.seq, hash: record.hash, at, ..tip };
                    known.insert(*scope, Known::Here(results.len(), record.body_digest));
                    let reply = reply(&record, false);
                    pages.records.push(record.into_cells());
                    reply
                })
            }
        };
        results.push(result);
    }
    if tip.seq == head.seq {
        return Ok((results, false));
    }
    rows::write(unit, &facts, pages).await?;
    unit.move_head(tip).await?;
    Ok((results, true))
}

/// The records that the batch's scopes already have.
async fn recognise(
    unit: &mut dyn Unit,
    asked: &[Asked<'_>],
) -> std::result::Result<HashMap<Uuid, Known>, StoreError> {
    let records = rows::recorded(unit, asked).await?;
    Ok(records.into_iter().map(|record| (record.scope, Known::Stored(Box::new(record)))).collect())
}

/// Decides one command over the facts, applies it to them, and makes its record.
fn decide(
    command: &dyn Command,
    scope: Uuid,
    facts: &mut Facts,
    pages: &mut Pages,
    tip: Head,
) -> std::result::Result<Record, Failure> {
    // A defect in one command must not take the others, or the process, with it. The facts are only
    // changed afterwards, by `keep`.
    let decided = catch_unwind(AssertUnwindSafe(|| {
        let decision = command.decide(facts);
        let outcome = book::preview(facts, &decision.changes)?;
        Ok((decision, outcome, command.body_digest()))
    }));
    let (decision, outcome, body_digest) = decided
        .map_err(|_| Failure::Defect("the decision panicked".to_owned()))?
        .map_err(|refusal: Refusal| Failure::Defect(refusal.to_string()))?;
    pages.take(&decision.changes, &outcome);
    book::keep(facts, &decision.changes, &outcome);
    let moment = facts.moment();
    Ok(record::make(command.scope(), scope, body_digest, decision, &outcome.entries, moment, tip))
}

/// The answer to a key that was used before.
fn replay(command: &dyn Command, record: &Record) -> Result {
    if command.body_digest() == record.body_digest {
        Ok(reply(record, true))
    } else {
        Err(Failure::Conflict)
    }
}

/// The answer to a key that was used earlier in the same batch.
fn repeat(command: &dyn Command, first: Option<&Result>, body_digest: &Digest) -> Result {
    match first {
        Some(Ok(first)) if command.body_digest() == *body_digest => {
            Ok(Reply { replayed: true, ..first.clone() })
        }
        _ => Err(Failure::Conflict),
    }
}

fn reply(record: &Record, replayed: bool) -> Reply {
    Reply {
        seq: record.seq,
        at: record.at,
        verdict: record.verdict,
        answer: Answer {
            status: record.status,
            content_type: record.content_type.clone(),
            body: record.answer.clone(),
        },
        replayed,
    }
}

/// After a commit whose outcome is not known: what the book says about each scope. Reading begins by
/// locking the head, so it waits until the lost transaction has ended one way or the other.
async fn read_back(
    store: &Store,
    asked: &[Asked<'_>],
    error: StoreError,
    decided: Vec<Result>,
) -> Vec<Result> {
    let known = match store.engine().begin().await {
        Ok((mut unit, _)) => {
            let known = rows::recorded(unit.as_mut(), asked).await;
            let _ = unit.rollback().await;
            known
        }
        Err(error) => Err(error),
    };
    let Ok(records) = known else {
        tracing::warn!(commands = asked.len(), %error, "the outcome of a commit is not known");
        return decided
            .into_iter()
            .map(|decided| match decided {
                // Its answer was there before this batch.
                Ok(Reply { replayed: true, .. }) | Err(_) => decided,
                Ok(_) => Err(Failure::OutcomeUnknown(error.clone())),
            })
            .collect();
    };
    let records: HashMap<Uuid, Record> =
        records.into_iter().map(|record| (record.scope, record)).collect();
    asked
        .iter()
        .zip(decided)
        .map(|(asked, decided)| match (decided, records.get(&asked.scope)) {
            // What was decided is what is recorded: it was this batch's commit, and it happened.
            (Ok(reply), Some(record)) if is_of(&reply, record) => Ok(reply),
            // Another process has recorded its own decision meanwhile.
            (Ok(_), Some(record)) => replay(asked.command, record),
            (Ok(_), None) => Err(Failure::Store(error.clone())),
            (Err(failure), _) => Err(failure),
        })
        .collect()
}

fn is_of(reply: &Reply, record: &Record) -> bool {
    reply.seq == record.seq && reply.answer.body == record.answer
}
