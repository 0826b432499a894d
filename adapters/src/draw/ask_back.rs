//! Asking a biller to take back a payment that was paid from an account with the core: only while the core
//! takes the money back too. What the biller gives back goes on to the core by
//! [`GiveBack`](super::give_back::GiveBack).

use std::sync::Arc;

use jiaozi_ledger::decision::{Command, Decision, Digest, Scope};
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::DrawId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::answer::not_drawn;
use super::follow;
use super::possible::can_go_back;
use crate::answer::digest_of;
use crate::utility::biller::Biller;

/// Asks for a payment back by the command of its scene.
#[derive(Debug)]
pub struct AskBack<C> {
    /// The core.
    pub core: Arc<Biller>,
    /// The draw.
    pub draw: DrawId,
    /// What asks for the payment; its key is the key.
    pub take_back: C,
}

impl<C: Command> AskBack<C> {
    fn possible(&self, facts: &Facts) -> Result<(), Problem> {
        let draw = facts
            .get::<Draw>(self.draw)
            .filter(|draw| draw.core == self.core.payee.code)
            .ok_or_else(not_drawn)?;
        let instruction = facts.get::<Instruction>(draw.instruction).ok_or_else(not_drawn)?;
        can_go_back(&self.core, draw, instruction, facts.moment().at)
    }
}

impl<C: Command> Command for AskBack<C> {
    fn scope(&self) -> &Scope {
        self.take_back.scope()
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.draw.to_string(), &hex::encode(self.take_back.body_digest())])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Draw::by_id(self.draw)];
        needs.extend(follow::needs_of(&self.core, facts.get::<Draw>(self.draw)));
        needs.extend(self.take_back.needs(facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.possible(facts) {
            Ok(()) => self.take_back.decide(facts),
            Err(problem) => {
                let data = json!({"core": self.core.payee.code});
                problem.decline("payment.cancel_declined", self.draw.0, data)
            }
        }
    }

    fn weight(&self) -> usize {
        self.take_back.weight()
    }
}
