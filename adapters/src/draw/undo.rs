//! Undoing a payment that was paid from an account with the core: the scene's own command undoes it, and
//! the money goes on its way back to the core in the same commit. It is possible while the core's day
//! lasts.

use std::sync::Arc;

use jiaozi_ledger::book;
use jiaozi_ledger::decision::{Command, Decision, Digest, Scope, Verdict};
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::DrawId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::answer::not_drawn;
use super::follow;
use super::possible::can_go_back;
use crate::answer::{self, digest_of};
use crate::utility::biller::Biller;

/// Undoes a payment by the command of its scene.
#[derive(Debug)]
pub struct Undo<C> {
    /// The core.
    pub core: Arc<Biller>,
    /// The draw.
    pub draw: DrawId,
    /// What undoes the payment; its key is the key.
    pub cancel: C,
}

impl<C: Command> Undo<C> {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let draw = facts
            .get::<Draw>(self.draw)
            .filter(|draw| draw.core == self.core.payee.code)
            .ok_or_else(not_drawn)?;
        let instruction = facts.get::<Instruction>(draw.instruction).ok_or_else(not_drawn)?;
        can_go_back(&self.core, draw, instruction, facts.moment().at)?;
        let decision = self.cancel.decide(facts);
        if decision.verdict() == Verdict::Declined {
            return Ok(decision);
        }
        let followed = follow::returning(&self.core, facts, draw, "payment_cancelled")?;
        let mut changes = decision.changes().clone();
        if let (Some(whole), Some(own)) = (&mut changes.draft, followed.changes.draft) {
            whole.lines.extend(own.lines);
        }
        changes.draws = followed.changes.draws;
        changes.instructions = followed.changes.instructions;
        book::preview(facts, &changes).map_err(|refusal| {
            answer::refused(&refusal, &self.core.payee, &self.core.accounts())
        })?;
        let (answer, event) = (decision.answer().clone(), decision.event().clone());
        let done = Decision::done(answer, event, changes);
        Ok(done.with_event_member("draw", json!(draw.id)))
    }
}

impl<C: Command> Command for Undo<C> {
    fn scope(&self) -> &Scope {
        self.cancel.scope()
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.draw.to_string(), &hex::encode(self.cancel.body_digest())])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Draw::by_id(self.draw)];
        needs.extend(follow::needs_of(&self.core, facts.get::<Draw>(self.draw)));
        needs.extend(self.cancel.needs(facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"core": self.core.payee.code});
            problem.decline("payment.cancel_declined", self.draw.0, data)
        })
    }
}
