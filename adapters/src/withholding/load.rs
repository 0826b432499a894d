//! Taking the lines of a received file in, some at a time. With the last one the batch is validated.

use std::sync::Arc;

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{BatchId, BatchLineId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::withholding::{Batch, BatchLine, BatchState, LineState};
use serde_json::json;

use super::answer::{batch_body, no_such_batch};
use super::claimant::Claimant;
use crate::answer::{digest_of, too_large};

/// A line of a file, its name already an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The line of the file, from 1.
    pub line: i64,
    /// The partner's own number of the line.
    pub number: String,
    /// The contract.
    pub contract: String,
    /// The code of the account to debit; empty where the file names none.
    pub account: String,
    /// The blind index of the account holder's name; empty where the file names none.
    pub name_index: Vec<u8>,
    /// The period.
    pub period: String,
    /// What is claimed, in fen.
    pub amount: Fen,
}

/// Takes some lines in.
#[derive(Debug)]
pub struct Load {
    /// Under which key: [`Load::new`].
    pub scope: Scope,
    /// Whose file it is.
    pub claimant: Arc<Claimant>,
    /// Its batch.
    pub batch: BatchId,
    /// How many lines were taken in before.
    pub before: i64,
    /// The lines that follow them.
    pub claims: Vec<Claim>,
}

impl Load {
    /// How many lines are taken in at a time, at the most: few enough that payments behind them in the
    /// queue hardly wait.
    pub const LINES_MAX: usize = 1_000;

    /// Takes the lines after the first `before` in.
    #[must_use]
    pub fn new(claimant: Arc<Claimant>, batch: BatchId, before: i64, claims: Vec<Claim>) -> Load {
        let partner = claimant.code().to_owned();
        let key = format!("{batch}/{before}");
        let scope = Scope { partner, operation: "withholding.load", key };
        Load { scope, claimant, batch, before, claims }
    }
}

impl Command for Load {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let lines: Vec<String> = self
            .claims
            .iter()
            .map(|claim| {
                let name = hex::encode(&claim.name_index);
                json!([
                    claim.line,
                    claim.number,
                    claim.contract,
                    claim.account,
                    name,
                    claim.period,
                    claim.amount,
                ])
                .to_string()
            })
            .collect();
        digest_of(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Batch::by_id(self.batch)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({"partner": self.claimant.code(), "before": self.before});
                problem.decline("batch.declined", self.batch.0, data)
            }
        }
    }

    /// A line is one row, a payment about eight.
    fn weight(&self) -> usize {
        self.claims.len() / 8 + 1
    }
}

impl Load {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let batch = facts
            .get::<Batch>(self.batch)
            .filter(|batch| batch.partner == self.claimant.code())
            .ok_or_else(no_such_batch)?;
        let count = i64::try_from(self.claims.len()).map_err(|_| too_large())?;
        let all = batch.loaded + count;
        if batch.state != BatchState::Received || batch.loaded != self.before || all > batch.lines {
            let detail = format!("{} of {} lines are here already.", batch.loaded, batch.lines);
            let next = "Hand the file in again from its beginning.";
            return Err(Problem::new(409, "lines_out_of_order", detail, next));
        }
        let state = if all == batch.lines { BatchState::Validated } else { BatchState::Received };
        let batch = Batch { loaded: all, state, ..batch.clone() };
        let ids = facts.moment().ids;
        let lines = self.claims.iter().zip(0u16..).map(|(claim, nth)| BatchLine {
            id: ids.id::<BatchLineId>(nth),
            batch: self.batch,
            partner: self.claimant.code().to_owned(),
            line: claim.line,
            number: claim.number.clone(),
            contract: claim.contract.clone(),
            account: claim.account.clone(),
            name_index: claim.name_index.clone(),
            period: claim.period.clone(),
            amount: claim.amount,
            state: LineState::New,
            outcome: None,
            debited: Fen::ZERO,
            order: None,
            tries: 0,
            again_on: None,
        });
        let batch_lines: Vec<BatchLine> = lines.collect();
        let kind = if state == BatchState::Validated { "batch.validated" } else { "batch.loaded" };
        let body = batch_body(&batch);
        let event = Event { kind, subject: batch.id.0, data: json!(body) };
        let changes = Changes { batches: vec![batch], batch_lines, ..Changes::default() };
        Ok(Decision::done(Answer::json(200, &body), event, changes))
    }
}
