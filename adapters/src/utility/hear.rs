//! Hearing of an instruction: an answer, a silence, a line of a file, a ruling. Whatever is heard is on
//! record, also when it changes nothing; what it changes is the table of the instruction's states.
//!
//! News is never lost. When the books cannot carry it out (the payer's account was frozen meanwhile), the
//! instruction rests where it is, contested, with the reason. It is heard again from time to time, until the
//! books take it or two operators rule. Money that the core
//! has given then goes back to it, and is in suspense meanwhile: it has left the customer's account there.

use std::sync::Arc;

use jiaozi_ledger::book;
use jiaozi_ledger::decision::{Answer, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::InstructionId;
use jiaozi_ledger::instruction::{Instruction, InstructionState, News};
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::answer::{event_data, order_body};
use super::biller::Biller;
use super::follow::{self, Followed};
use crate::answer::{self, digest_of};
use crate::draw;

/// How long it takes until news that the books did not take is heard again, in seconds.
const AGAIN_SECONDS: i64 = 60;

/// Hears of an instruction.
#[derive(Debug)]
pub struct Hear {
    /// Under which key: [`Hear::key`].
    pub scope: Scope,
    /// The biller.
    pub biller: Arc<Biller>,
    /// The instruction.
    pub instruction: InstructionId,
    /// What is heard.
    pub news: News,
    /// The try of the step to which it belongs.
    pub tried: i64,
    /// The partner's own reference, if it told one.
    pub their_reference: Option<String>,
    /// Why: the partner's code, or a word of ours.
    pub reason: Option<String>,
}

impl Hear {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "utility.hear";

    /// The key of news that the books did not take before, heard again at the instant for which that was due.
    #[must_use]
    pub fn key_again(instruction: &Instruction, news: News) -> String {
        let due = instruction.due_at.map_or(0, |due| due.0);
        format!("{}/again/{due}", Hear::key(instruction.id, news, instruction.tries))
    }

    /// The key of a piece of news: the same news of the same try has one effect, whoever brings it.
    #[must_use]
    pub fn key(instruction: InstructionId, news: News, tried: i64) -> String {
        format!("{instruction}/{}/{tried}", news.name())
    }
}

impl Command for Hear {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Who says it and in which words does not make it other news.
    fn body_digest(&self) -> Digest {
        digest_of(&[&Hear::key(self.instruction, self.news, self.tried)])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Instruction::by_id(self.instruction)];
        let instruction = facts.get::<Instruction>(self.instruction);
        needs.extend(follow::needs(&self.biller, instruction, facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({"partner": self.biller.payee.code, "news": self.news.name()});
                problem.decline("instruction.not_heard", self.instruction.0, data)
            }
        }
    }
}

impl Hear {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let before = facts
            .get::<Instruction>(self.instruction)
            .filter(|instruction| instruction.partner == self.biller.payee.code)
            .ok_or_else(answer::no_such_order)?;
        let now = self.biller.now(facts.moment().at, before.clearing_date);
        let mut after = before.heard(self.news, self.tried, &self.biller.schedule, now);
        if self.their_reference.is_some() {
            after.their_reference.clone_from(&self.their_reference);
        }
        if self.reason.is_some() && !before.state.has_ended() {
            after.reason.clone_from(&self.reason);
        }
        // What the books did not take before, they take now.
        if before.not_taken().is_some() && after.state != before.state {
            (after.contested, after.reason) = (false, self.reason.clone());
        }
        let followed = match self.possible(facts, before, after.clone()) {
            Ok(followed) => followed,
            Err(problem) => self.otherwise(facts, before, &after, &problem)?,
        };
        let (answer, event) = told(self.news, before, &followed);
        Ok(Decision::done(answer, event, followed.changes))
    }

    fn possible(
        &self,
        facts: &Facts,
        before: &Instruction,
        after: Instruction,
    ) -> Result<Followed, Problem> {
        let followed = follow::changes(&self.biller, facts, before, after)?;
        book::preview(facts, &followed.changes).map_err(|refusal| {
            answer::refused(&refusal, &self.biller.payee, &self.biller.accounts())
        })?;
        Ok(followed)
    }

    /// What becomes of news that the books cannot carry out.
    fn otherwise(
        &self,
        facts: &Facts,
        before: &Instruction,
        after: &Instruction,
        problem: &Problem,
    ) -> Result<Followed, Problem> {
        let core = &self.biller;
        match draw::follow::given_in_vain(core, facts, before, after, problem.code) {
            Some(followed) => followed,
            None => self.rest(facts, before, problem),
        }
    }

    /// The instruction as it is, with the reason why it does not go on.
    fn rest(
        &self,
        facts: &Facts,
        before: &Instruction,
        problem: &Problem,
    ) -> Result<Followed, Problem> {
        let again_at = facts.moment().at.plus_seconds(AGAIN_SECONDS);
        let rested = before.held_up(self.news, problem.code, again_at);
        follow::changes(&self.biller, facts, before, rested)
    }
}

/// What is answered, and what the feed tells, of an instruction that has gone on.
pub(super) fn told(news: News, before: &Instruction, followed: &Followed) -> (Answer, Event) {
    let Followed { order, instruction: after, .. } = followed;
    if let Some(moved) = &followed.draw {
        return draw::answer::told(news, before, after, moved);
    }
    let kind = match after.state {
        state if state == before.state => Instruction::HEARD,
        InstructionState::Asked => Instruction::HEARD,
        InstructionState::Unknown => "payment.unknown",
        InstructionState::Reversing => "payment.reversing",
        // Readers of the feed count a payment once, and take it off if it had been posted.
        InstructionState::Done if before.posted_seq.is_none() => "payment.posted",
        InstructionState::Done => "payment.kept",
        InstructionState::Refused | InstructionState::Reversed if before.posted_seq.is_some() => {
            "payment.cancelled"
        }
        InstructionState::Refused => "payment.refused",
        InstructionState::Reversed => "payment.reversed",
    };
    let mut data = event_data(order, after);
    data["news"] = news.name().into();
    let answer = Answer::json(200, &order_body(order, after));
    (answer, Event { kind, subject: order.id.0, data })
}
