//! One batch: recognise, load, decide, write, commit; see the table in [`crate::store`].
//!
//! When the database refuses what a batch wrote, the batch is taken back and run again in halves, so
//! that only the offender fails. When it is not known whether a commit happened, the scopes are read
//! back before anyone is answered.

use super::engine::{Engine, Head, Unit};
use super::journal::Record;
use super::{Store, StoreError};
use crate::book::{self, Refusal};
use crate::chain::{self, Link};
use crate::decision::{Answer, Command, Decision, ROUNDS, Verdict, digest};
use crate::facts::{Fact, Facts, Moment, Need, Shelved, for_every_shelf};
use crate::id::Ids;
use crate::row::{Cell, Row, Table};
use crate::store::engine::records;
use crate::time::Instant;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use uuid::Uuid;

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

/// Runs a batch and answers its commands in their order.
pub(super) async fn run(store: &Store, commands: &[Arc<dyn Command>]) -> Vec<Result> {
    let mut results = Vec::with_capacity(commands.len());
    // Halves still to be run, the last first.
    let mut waiting = vec![commands];
    while let Some(part) = waiting.pop() {
        if part.is_empty() {
            continue;
        }
        match attempt(store, part).await {
            Ok(done) => results.extend(done),
            Err(Broken::Before(StoreError::Refused(_))) if part.len() > 1 => {
                let (first, second) = part.split_at(part.len() / 2);
                waiting.push(second);
                waiting.push(first);
            }
            Err(Broken::Before(error)) => {
                results.extend(part.iter().map(|_| Err(Failure::Store(error.clone()))));
            }
            Err(Broken::Committing(error)) => results.extend(read_back(store, part, error).await),
        }
    }
    results
}

/// Where a batch broke.
enum Broken {
    /// Before the commit: nothing was done.
    Before(StoreError),
    /// While committing: the outcome is not known.
    Committing(StoreError),
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Broken {
        Broken::Before(error)
    }
}

async fn attempt(
    store: &Store,
    commands: &[Arc<dyn Command>],
) -> std::result::Result<Vec<Result>, Broken> {
    let (mut unit, head) = begin(store.engine().as_ref()).await?;
    match decide_and_write(store, unit.as_mut(), head, commands).await {
        Ok((results, true)) => {
            unit.commit().await.map_err(Broken::Committing)?;
            Ok(results)
        }
        Ok((results, false)) => {
            unit.rollback().await?;
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

/// Begins, once more on a fresh connection if the first one turns out to be gone: nothing has been
/// written yet, so this is safe.
async fn begin(engine: &dyn Engine) -> std::result::Result<(Box<dyn Unit>, Head), StoreError> {
    match engine.begin().await {
        Err(StoreError::Unavailable(_)) => engine.begin().await,
        other => other,
    }
}

/// Everything of a batch that is written at its end.
#[derive(Default)]
struct Pages {
    records: Vec<Vec<Cell>>,
    entries: Vec<Vec<Cell>>,
    debts: Vec<Vec<Cell>>,
    bill_versions: Vec<Vec<Cell>>,
    bill_payments: Vec<Vec<Cell>>,
}

async fn decide_and_write(
    store: &Store,
    unit: &mut dyn Unit,
    head: Head,
    commands: &[Arc<dyn Command>],
) -> std::result::Result<(Vec<Result>, bool), StoreError> {
    let now = store.clock().now().0.saturating_add(head.clock_offset);
    let at = Instant(now.max(head.at.0));
    let mut seed = [0u8; 8];
    getrandom::fill(&mut seed)
        .map_err(|_| StoreError::Unavailable("no random bytes for identifiers".to_owned()))?;
    let seed = u64::from_be_bytes(seed);
    let moment = |seq, place| Moment { at, seq, ids: Ids::new(at, seed, place) };

    let mut known = recognise(unit, commands).await?;
    let fresh: Vec<&Arc<dyn Command>> = commands
        .iter()
        .filter(|command| !known.contains_key(&command.scope().fingerprint()))
        .collect();
    let mut facts = Facts::new(moment(head.seq + 1, 0));
    load(unit, &mut facts, &fresh).await?;

    let mut pages = Pages::default();
    let mut tip = head;
    let mut results = Vec::with_capacity(commands.len());
    for (command, place) in commands.iter().zip(0u16..) {
        let scope = command.scope().fingerprint();
        if let Some(record) = known.get(&scope) {
            results.push(replay(command.as_ref(), record));
            continue;
        }
        facts.set_moment(moment(tip.seq + 1, place));
        match decide(command.as_ref(), &mut facts, &mut pages, tip) {
            Ok(record) => {
                tip = Head { seq: record.seq, hash: record.hash, at, ..tip };
                results.push(Ok(reply(&record, false)));
                pages.records.push(record.cells());
                known.insert(scope, record);
            }
            Err(failure) => results.push(Err(failure)),
        }
    }
    if tip.seq == head.seq {
        return Ok((results, false));
    }
    write(unit, &facts, pages, tip).await?;
    Ok((results, true))
}

/// The records that the batch's scopes already have.
async fn recognise(
    unit: &mut dyn Unit,
    commands: &[Arc<dyn Command>],
) -> std::result::Result<HashMap<Uuid, Record>, StoreError> {
    let scopes = commands.iter().map(|command| Cell::Id(command.scope().fingerprint())).collect();
    let rows = unit.select_in(&Record::TABLE, "scope", scopes).await?;
    let records: Vec<Record> = records(rows)?;
    Ok(records.into_iter().map(|record| (record.scope, record)).collect())
}

/// Loads what the commands need, in rounds, each over the whole batch.
async fn load(
    unit: &mut dyn Unit,
    facts: &mut Facts,
    commands: &[&Arc<dyn Command>],
) -> std::result::Result<(), StoreError> {
    for _ in 0..ROUNDS {
        let mut missing: HashSet<Need> = HashSet::new();
        for command in commands {
            missing.extend(command.needs(facts).into_iter().filter(|need| !facts.knows(need)));
        }
        if missing.is_empty() {
            return Ok(());
        }
        load_round(unit, facts, missing).await?;
    }
    Ok(())
}

macro_rules! load_and_write_shelves {
    ($(($field:ident, $type:ty)),* $(,)?) => {
        async fn load_round(
            unit: &mut dyn Unit,
            facts: &mut Facts,
            needs: HashSet<Need>,
        ) -> std::result::Result<(), StoreError> {
            $(load_table::<$type>(unit, facts, &needs).await?;)*
            Ok(())
        }

        async fn write_shelves(
            unit: &mut dyn Unit,
            facts: &Facts,
        ) -> std::result::Result<(), StoreError> {
            $(if <$type as Shelved>::shelf(facts).has_changes() {
                let mut rows: Vec<(Uuid, Vec<Cell>)> = <$type as Shelved>::shelf(facts)
                    .changed()
                    .map(|row| (row.key(), row.cells()))
                    .collect();
                // In the order of their keys: neighbouring pages once each, and the same order always.
                rows.sort_by_key(|(key, _)| *key);
                let rows = rows.into_iter().map(|(_, cells)| cells).collect();
                unit.write(&<$type as Row>::TABLE, rows, true).await?;
            })*
            Ok(())
        }
    };
}
for_every_shelf!(load_and_write_shelves);

async fn load_table<T: Fact>(
    unit: &mut dyn Unit,
    facts: &mut Facts,
    needs: &HashSet<Need>,
) -> std::result::Result<(), StoreError> {
    let mut by_column: HashMap<&'static str, Vec<Need>> = HashMap::new();
    for need in needs.iter().filter(|need| need.table == T::TABLE.name) {
        by_column.entry(need.column).or_default().push(need.clone());
    }
    for (column, needs) in by_column {
        let values = needs.iter().map(|need| need.value.clone()).collect();
        let rows = unit.select_in(&T::TABLE, column, values).await?;
        T::shelf_mut(facts).load(&needs, records(rows)?);
    }
    Ok(())
}

/// Decides one command over the facts, applies it to them, and makes its record.
fn decide(
    command: &dyn Command,
    facts: &mut Facts,
    pages: &mut Pages,
    tip: Head,
) -> std::result::Result<Record, Failure> {
    // A defect in one command must not take the others, or the process, with it. The facts are only
    // changed by `apply`, after the decision.
    let decision = catch_unwind(AssertUnwindSafe(|| command.decide(facts)))
        .map_err(|_| Failure::Defect("the decision panicked".to_owned()))?;
    let outcome = book::apply(facts, &decision.changes)
        .map_err(|refusal: Refusal| Failure::Defect(refusal.to_string()))?;
    let changes = &decision.changes;
    pages.bill_versions.extend(changes.bill_versions.iter().map(Row::cells));
    pages.bill_payments.extend(changes.bill_payments.iter().map(Row::cells));
    pages.debts.extend(outcome.debts.iter().map(Row::cells));
    pages.entries.extend(outcome.entries.iter().map(Row::cells));
    Ok(record(command, decision, &outcome.entries, facts.moment(), tip))
}

fn record(
    command: &dyn Command,
    decision: Decision,
    entries: &[crate::posting::Entry],
    moment: &Moment,
    tip: Head,
) -> Record {
    let effective_at =
        decision.changes.draft.as_ref().and_then(|draft| draft.effective_at).unwrap_or(moment.at);
    let Decision { verdict, answer, event, .. } = decision;
    let scope = command.scope();
    let data = event.data.to_string();
    let mut record = Record {
        seq: moment.seq,
        at: moment.at,
        effective_at,
        partner: scope.partner.clone(),
        operation: scope.operation.to_owned(),
        idempotency_key: scope.key.clone(),
        scope: scope.fingerprint(),
        body_digest: command.body_digest(),
        verdict,
        status: answer.status,
        answer_digest: chain::answer_digest(
            i64::from(answer.status),
            &answer.content_type,
            &answer.body,
        ),
        content_type: answer.content_type,
        answer: answer.body,
        kind: event.kind.to_owned(),
        subject: event.subject,
        data,
        hash: chain::GENESIS,
    };
    record.hash = link(&record, entries).hash(&tip.hash);
    record
}

/// The link of the chain that a record with its entries makes.
pub(super) fn link<'a>(record: &'a Record, entries: &'a [crate::posting::Entry]) -> Link<'a> {
    Link {
        book: super::BOOK,
        seq: record.seq,
        at: record.at,
        effective_at: record.effective_at,
        scope: record.scope,
        body_digest: record.body_digest,
        verdict: record.verdict,
        answer_digest: record.answer_digest,
        kind: &record.kind,
        subject: record.subject,
        data_digest: digest(record.data.as_bytes()),
        entries,
    }
}

async fn write(
    unit: &mut dyn Unit,
    facts: &Facts,
    pages: Pages,
    tip: Head,
) -> std::result::Result<(), StoreError> {
    use crate::bill::{BillPayment, BillVersion};
    use crate::posting::{Debt, Entry};
    write_shelves(unit, facts).await?;
    let new: [(&Table, Vec<Vec<Cell>>); 5] = [
        (&Entry::TABLE, pages.entries),
        (&Debt::TABLE, pages.debts),
        (&BillVersion::TABLE, pages.bill_versions),
        (&BillPayment::TABLE, pages.bill_payments),
        (&Record::TABLE, pages.records),
    ];
    for (table, rows) in new {
        if !rows.is_empty() {
            unit.write(table, rows, false).await?;
        }
    }
    unit.move_head(tip).await
}

/// The answer to a key that was used before.
fn replay(command: &dyn Command, record: &Record) -> Result {
    if command.body_digest() == record.body_digest {
        Ok(reply(record, true))
    } else {
        Err(Failure::Conflict)
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

/// After a commit whose outcome is not known: what the book says about each scope.
async fn read_back(store: &Store, commands: &[Arc<dyn Command>], error: StoreError) -> Vec<Result> {
    let known = match begin(store.engine().as_ref()).await {
        Ok((mut unit, _)) => {
            let known = recognise(unit.as_mut(), commands).await;
            let _ = unit.rollback().await;
            known
        }
        Err(error) => Err(error),
    };
    let Ok(known) = known else {
        return commands.iter().map(|_| Err(Failure::OutcomeUnknown(error.clone()))).collect();
    };
    commands
        .iter()
        .map(|command| match known.get(&command.scope().fingerprint()) {
            Some(record) => {
                replay(command.as_ref(), record).map(|reply| Reply { replayed: false, ..reply })
            }
            None => Err(Failure::Store(error.clone())),
        })
        .collect()
}
