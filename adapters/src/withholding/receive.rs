//! Receiving a file of claims that is proved as a whole, and rejecting one that is not.

use std::sync::Arc;

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::BatchId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::withholding::{Batch, BatchState};
use serde_json::json;
use uuid::Uuid;

use super::answer::batch_body;
use super::claimant::Claimant;
use crate::answer::digest_of;

/// A file, as far as it is known as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOfClaims {
    /// The SHA-256 of its bytes, hex.
    pub hash: String,
    /// Its name.
    pub name: String,
    /// Who hands it in.
    pub by: String,
    /// Its length in bytes.
    pub bytes: i64,
    /// Its lines.
    pub lines: i64,
    /// What they claim together, in fen.
    pub sum: Fen,
}

impl FileOfClaims {
    /// Under which key it is received: read as other lines, or under another name, it is another try.
    fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.hash, self.lines, self.sum.0, self.name)
    }

    fn digest(&self, partner: &str) -> Digest {
        digest_of(&[partner, &self.key(), &self.bytes.to_string()])
    }

    fn needs(&self, partner: &str) -> Vec<Need> {
        vec![Batch::by_hash(partner, &self.hash), Batch::by_name(partner, &self.name)]
    }

    fn batch(
        &self,
        partner: &str,
        facts: &Facts,
        state: BatchState,
        run_on: jiff::civil::Date,
    ) -> Batch {
        let moment = facts.moment();
        let earlier = facts.one::<Batch>(&Batch::by_hash(partner, &self.hash));
        Batch {
            // The same bytes are the same batch, also when they were rejected before.
            id: earlier.map_or_else(|| moment.ids.id::<BatchId>(0), |batch| batch.id),
            partner: partner.to_owned(),
            hash_key: format!("{partner}/{}", self.hash),
            name_key: format!("{partner}/{}", self.name),
            handed_in_by: self.by.clone(),
            bytes: self.bytes,
            lines: self.lines,
            sum: self.sum,
            state,
            loaded: 0,
            presented: 0,
            done: 0,
            partial: 0,
            refused: 0,
            waiting: 0,
            debited: Fen::ZERO,
            run_on,
            at: moment.at,
            sent_at: None,
            seq: moment.seq,
        }
    }
}

/// The batch of some bytes that were taken before.
fn taken<'f>(file: &FileOfClaims, partner: &str, facts: &'f Facts) -> Option<&'f Batch> {
    let same = facts.one::<Batch>(&Batch::by_hash(partner, &file.hash));
    same.filter(|batch| batch.state != BatchState::Rejected)
}

/// Receives a file whose totals, numbers and claims are right.
#[derive(Debug)]
pub struct Receive {
    /// Under which key: [`Receive::scope`].
    pub scope: Scope,
    /// Whose file it is.
    pub claimant: Arc<Claimant>,
    /// The file.
    pub file: FileOfClaims,
}

impl Receive {
    /// Receives a file.
    #[must_use]
    pub fn new(claimant: Arc<Claimant>, file: FileOfClaims) -> Receive {
        let partner = claimant.code().to_owned();
        let scope = Scope { partner, operation: "withholding.receive", key: file.key() };
        Receive { scope, claimant, file }
    }
}

impl Command for Receive {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        self.file.digest(self.claimant.code())
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        self.file.needs(self.claimant.code())
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({"partner": self.claimant.code(), "name": self.file.name, "sha256": self.file.hash});
                problem.decline("batch.declined", Uuid::nil(), data)
            }
        }
    }
}

impl Receive {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let partner = self.claimant.code();
        if let Some(batch) = taken(&self.file, partner, facts) {
            let body = batch_body(batch);
            let event = Event { kind: "batch.repeated", subject: batch.id.0, data: json!(body) };
            return Ok(Decision::done(Answer::json(200, &body), event, Changes::default()));
        }
        let named = facts.all::<Batch>(&Batch::by_name(partner, &self.file.name));
        if let Some(other) = named.into_iter().find(|batch| batch.state != BatchState::Rejected) {
            let detail = format!("A file of this name with other content came at {}.", other.at);
            let next = "Check which of the two is meant; send it under another name.";
            return Err(Problem::new(409, "file_name_used", detail, next)
                .with("batch", json!(other.id))
                .with("sha256", other.hash()));
        }
        let run_on = self.claimant.run_on(facts.moment().at).map_err(|error| {
            Problem::new(409, "calendar_ends", error.to_string(), "Tell the bank.")
        })?;
        let state = if self.file.lines == 0 { BatchState::Validated } else { BatchState::Received };
        let batch = self.file.batch(partner, facts, state, run_on);
        let body = batch_body(&batch);
        let event = Event { kind: "batch.received", subject: batch.id.0, data: json!(body) };
        let changes = Changes { batches: vec![batch], ..Changes::default() };
        Ok(Decision::done(Answer::json(201, &body), event, changes))
    }
}

/// Keeps that a file was rejected as a whole. It has no other effect, and none on a file of these bytes
/// that was taken before.
#[derive(Debug)]
pub struct Reject {
    /// Under which key.
    pub scope: Scope,
    /// Whose file it is.
    pub claimant: Arc<Claimant>,
    /// The file.
    pub file: FileOfClaims,
    /// In how many places it is wrong.
    pub places: i64,
}

impl Reject {
    /// Rejects a file.
    #[must_use]
    pub fn new(claimant: Arc<Claimant>, file: FileOfClaims, places: i64) -> Reject {
        let partner = claimant.code().to_owned();
        let key = format!("{}/{places}", file.key());
        let scope = Scope { partner, operation: "withholding.reject", key };
        Reject { scope, claimant, file, places }
    }
}

impl Command for Reject {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        self.file.digest(self.claimant.code())
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        self.file.needs(self.claimant.code())
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let partner = self.claimant.code();
        let today = self.claimant.payee.today(facts.moment().at);
        let known = taken(&self.file, partner, facts).is_some();
        let batch = self.file.batch(partner, facts, BatchState::Rejected, today);
        let mut body = batch_body(&batch);
        body.insert("places".to_owned(), self.places.into());
        let event = Event { kind: "batch.rejected", subject: batch.id.0, data: json!(body) };
        let batches = if known { Vec::new() } else { vec![batch] };
        Decision::done(Answer::json(200, &body), event, Changes { batches, ..Changes::default() })
    }
}
