//! Spending drawn money: the scene's own command decides, and what becomes of the draw is decided with it,
//! in one commit. What the scene declines goes back to the core. So a process that ends in between pays
//! nothing twice and forgets nothing.

use std::sync::Arc;

use jiaozi_ledger::book;
use jiaozi_ledger::decision::{Command, Decision, Digest, Scope, Verdict};
use jiaozi_ledger::draw::{Draw, DrawState};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::DrawId;
use jiaozi_ledger::instruction::News;
use jiaozi_ledger::problem::Problem;
use serde::Deserialize;
use serde_json::json;

use super::answer::{not_drawn, told};
use super::follow;
use crate::answer::{self, digest_of};
use crate::utility::biller::Biller;

/// Spends the money of a draw by the command of a scene, which pays the draw's order from the draw's
/// account.
#[derive(Debug)]
pub struct Spend<C> {
    /// Under which key.
    pub scope: Scope,
    /// The core.
    pub core: Arc<Biller>,
    /// The draw.
    pub draw: DrawId,
    /// What the scene does with the money.
    pub payment: C,
}

/// The operation of the idempotency scope of [`Spend`].
pub const OPERATION: &str = "core.spend";

impl<C: Command> Spend<C> {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let draw = facts
            .get::<Draw>(self.draw)
            .filter(|draw| draw.state == DrawState::Drawn && draw.core == self.core.payee.code)
            .ok_or_else(not_drawn)?;
        let decision = self.payment.decide(facts);
        if decision.verdict() == Verdict::Done {
            let mut changes = decision.changes().clone();
            changes.draws.push(Draw { state: DrawState::Spent, ..draw.clone() });
            let (answer, event) = (decision.answer().clone(), decision.event().clone());
            let done = Decision::done(answer, event, changes);
            return Ok(done.with_event_member("draw", json!(draw.id)));
        }
        #[derive(Deserialize)]
        struct Declined {
            code: String,
        }
        let declined = serde_json::from_slice::<Declined>(&decision.answer().body);
        let reason = declined.map_or_else(|_| "declined".to_owned(), |declined| declined.code);
        give_up(&self.core, facts, draw, &reason)
    }
}

/// Lets the money of a draw go back.
pub(super) fn give_up(
    core: &Biller,
    facts: &Facts,
    draw: &Draw,
    reason: &str,
) -> Result<Decision, Problem> {
    let before = facts
        .get::<jiaozi_ledger::instruction::Instruction>(draw.instruction)
        .ok_or_else(answer::no_such_order)?;
    let followed = follow::returning(core, facts, draw, reason)?;
    book::preview(facts, &followed.changes)
        .map_err(|refusal| answer::refused(&refusal, &core.payee, &core.accounts()))?;
    let moved = followed.draw.as_ref().ok_or_else(not_drawn)?;
    let (answer, event) = told(News::TakenBack, before, &followed.instruction, moved);
    Ok(Decision::done(answer, event, followed.changes))
}

impl<C: Command> Command for Spend<C> {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.draw.to_string()])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Draw::by_id(self.draw)];
        needs.extend(follow::needs_of(&self.core, facts.get::<Draw>(self.draw)));
        needs.extend(self.payment.needs(facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            problem.decline("draw.not_spent", self.draw.0, json!({"core": self.core.payee.code}))
        })
    }

    fn weight(&self) -> usize {
        self.payment.weight()
    }
}
