//! Reconciliation of accounts that mirror one elsewhere: a statement is taken, our entries are laid beside
//! it, and what differs is a break until evidence or two operators resolve it.
//!
//! What matches is found by the database and paired some hundred at a time, so that memory does not grow
//! with the statement; only what is left over is looked at one by one. Everything is found again in the
//! tables: a run that was interrupted is simply started again, and a run more changes nothing.
//!
//! | module | thought |
//! |---|---|
//! | [`proving`] | a file read to its end: whose statements it holds, and whether they are what they say |
//! | [`taking`] | a file proved, put on record, and its accounts compared |
//! | [`entries`] | our entries become items |
//! | [`matching`] | items of both sides that are the same |
//! | [`settling`] | what is left over, and its breaks |
//! | [`summary`] | what an account came to by a day |

pub mod entries;
pub mod matching;
pub mod proving;
pub mod settling;
pub mod summary;
pub mod taking;

use std::sync::Arc;

use jiaozi_adapters::mirror::chain;
use jiaozi_adapters::mirror::compare::EVIDENCE_CHANGED;
use jiaozi_adapters::mirror::compared::Compared;
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_ledger::decision::{Command, Scope};
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::batch::{Failure, Reply};
use jiaozi_ledger::store::{Store, StoreError};

use crate::clock::{SystemClock, new_id};
use crate::gateway::Gateway;
use crate::imports::submit;
use crate::record::WORKER;

/// How often an account is compared again because another statement was complete meanwhile.
const READINGS_MAX: u32 = 5;

/// Why an account could not be compared to the end. It is found again.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The writer.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The books declined a part.
    #[error("{subject}: declined with {answer}")]
    Declined {
        /// What it was about.
        subject: String,
        /// Their answer.
        answer: String,
    },
    /// Another statement was complete meanwhile.
    #[error("{subject}: other statements were completed meanwhile")]
    EvidenceChanged {
        /// What it was about.
        subject: String,
    },
    /// A statement was not taken to its end.
    #[error(
        "the statement {name} of {date} was not taken to its end; import it first, or a correction of it"
    )]
    HalfTaken {
        /// Its name.
        name: String,
        /// Its day.
        date: jiff::civil::Date,
    },
}

/// Compares an account as far as its statements go. How many breaks were opened, changed or resolved.
///
/// # Errors
/// The first part that could not be done; those before it are, and the rest is when it is run again.
pub async fn compare(gateway: &Gateway, spec: &Arc<MirrorSpec>) -> Result<u64, CompareError> {
    let mut left = READINGS_MAX;
    loop {
        left -= 1;
        match compare_once(gateway, spec).await {
            Err(CompareError::EvidenceChanged { .. }) if left > 0 => {}
            ended => return ended,
        }
    }
}

async fn compare_once(gateway: &Gateway, spec: &Arc<MirrorSpec>) -> Result<u64, CompareError> {
    if let Some(half) = half_taken(&gateway.store, &spec.code).await?.into_iter().next() {
        return Err(CompareError::HalfTaken { name: half.name, date: half.date });
    }
    let mirror = entries::take(gateway, spec).await?.mirror;
    matching::withdraw(gateway, spec).await?;
    matching::pair(gateway, spec).await?;
    // Read after the number of the statements, so that a later one is found out.
    let statements = current(&gateway.store, &spec.code).await?;
    let Some(reach) = chain::reach(spec, &statements) else { return Ok(0) };
    let counting = statements.iter().map(|one| one.id).collect();
    let by = settling::By { reach, counting, evidence: mirror.evidence };
    let items = settling::items(gateway, spec, Arc::new(by)).await?;
    let balances = settling::balances(gateway, spec, &mirror, &statements).await?;
    // What was booked is on the account too. Where something else was posted meanwhile, that is not compared.
    let after = entries::take(gateway, spec).await?;
    let taken = if after.others { mirror.taken } else { after.mirror.taken };
    if mirror.compared < mirror.evidence || mirror.compared_taken < taken {
        let (scope, evidence) = (once(Compared::OPERATION), mirror.evidence);
        let command = Compared { scope, spec: Arc::clone(spec), evidence, taken };
        carried_out(gateway, &spec.code, Arc::new(command)).await?;
    }
    Ok(items + balances)
}

/// The statements of an account that count, in their order.
///
/// # Errors
/// When the database cannot be read.
pub async fn current(store: &Store, code: &str) -> Result<Vec<AccountStatement>, StoreError> {
    let clause = "mirror = $2 and completed_at is not null and replaced_by is null order by date";
    let mut found: Vec<AccountStatement> =
        store.find(clause, vec![Cell::Text(code.to_owned())]).await?;
    chain::sort(&mut found);
    Ok(found)
}

/// The statements of an account that were not taken to their end, and that no other one replaces.
///
/// # Errors
/// When the database cannot be read.
pub async fn half_taken(store: &Store, code: &str) -> Result<Vec<AccountStatement>, StoreError> {
    let clause = "mirror = $2 and completed_at is null and replaced_by is null order by seq";
    store.find(clause, vec![Cell::Text(code.to_owned())]).await
}

/// A scope that is used once: what happens depends on what there is.
fn once(operation: &'static str) -> Scope {
    Scope { partner: WORKER.to_owned(), operation, key: new_id(&SystemClock).to_string() }
}

/// Hands a part in; a decline is an error here.
async fn carried_out(
    gateway: &Gateway,
    subject: &str,
    command: Arc<dyn Command>,
) -> Result<Reply, CompareError> {
    let reply = submit(gateway, command).await?;
    match reply.verdict {
        jiaozi_ledger::decision::Verdict::Done => Ok(reply),
        jiaozi_ledger::decision::Verdict::Declined => {
            let subject = subject.to_owned();
            let told: serde_json::Value =
                serde_json::from_slice(&reply.answer.body).unwrap_or_default();
            if told["code"] == EVIDENCE_CHANGED {
                return Err(CompareError::EvidenceChanged { subject });
            }
            let answer = String::from_utf8_lossy(&reply.answer.body).into_owned();
            Err(CompareError::Declined { subject, answer })
        }
    }
}
