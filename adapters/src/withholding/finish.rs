//! The end of a batch: no line is left that was not presented, and its result was handed over.

use std::sync::Arc;

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::BatchId;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::withholding::{Batch, BatchState};
use serde_json::json;

use super::answer::{batch_body, no_such_batch};
use super::claimant::Claimant;
use crate::answer::digest_of;

/// The kind of the event that says that every line of a batch was presented.
pub const DONE: &str = "withholding.done";

/// Says that every line of a batch was presented.
#[derive(Debug)]
pub struct Finish {
    scope: Scope,
    claimant: Arc<Claimant>,
    batch: BatchId,
}

impl Finish {
    /// Finishes a batch.
    #[must_use]
    pub fn new(claimant: Arc<Claimant>, batch: BatchId) -> Finish {
        let scope = scope(&claimant, "withholding.finish", batch);
        Finish { scope, claimant, batch }
    }
}

impl Command for Finish {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.batch.to_string()])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Batch::by_id(self.batch)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let finished = find(&self.claimant, self.batch, facts).and_then(|batch| {
            let runs = matches!(batch.state, BatchState::Validated | BatchState::Running);
            if runs && batch.presented == batch.lines {
                return Ok(Batch { state: BatchState::Done, ..batch.clone() });
            }
            let detail = format!("{} of {} lines were presented.", batch.presented, batch.lines);
            Err(Problem::new(409, "batch_not_done", detail, "Wait until all are."))
        });
        told(finished, DONE, self.batch)
    }
}

/// Says that the result of a batch was handed over; the first time counts.
#[derive(Debug)]
pub struct HandOver {
    scope: Scope,
    claimant: Arc<Claimant>,
    batch: BatchId,
}

impl HandOver {
    /// Hands the result of a batch over.
    #[must_use]
    pub fn new(claimant: Arc<Claimant>, batch: BatchId) -> HandOver {
        let scope = scope(&claimant, "withholding.hand_over", batch);
        HandOver { scope, claimant, batch }
    }
}

impl Command for HandOver {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.batch.to_string()])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Batch::by_id(self.batch)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let sent = find(&self.claimant, self.batch, facts).and_then(|batch| {
            if batch.state == BatchState::Done {
                let sent_at = Some(facts.moment().at);
                return Ok(Batch { state: BatchState::ResultSent, sent_at, ..batch.clone() });
            }
            let detail = "The batch has no result yet, or it was handed over before.";
            Err(Problem::new(409, "batch_not_done", detail, "Read the batch."))
        });
        told(sent, "withholding.result_sent", self.batch)
    }
}

fn scope(claimant: &Claimant, operation: &'static str, batch: BatchId) -> Scope {
    Scope { partner: claimant.code().to_owned(), operation, key: batch.to_string() }
}

fn find<'f>(claimant: &Claimant, batch: BatchId, facts: &'f Facts) -> Result<&'f Batch, Problem> {
    let batch = facts.get::<Batch>(batch).filter(|batch| batch.partner == claimant.code());
    batch.ok_or_else(no_such_batch)
}

fn told(after: Result<Batch, Problem>, kind: &'static str, batch: BatchId) -> Decision {
    match after {
        Ok(after) => {
            let body = batch_body(&after);
            let event = Event { kind, subject: after.id.0, data: json!(body) };
            let changes = Changes { batches: vec![after], ..Changes::default() };
            Decision::done(Answer::json(200, &body), event, changes)
        }
        Err(problem) => problem.decline("batch.declined", batch.0, json!({})),
    }
}
