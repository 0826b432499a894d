//! Taking a payment back at the biller (冲正): possible until the biller's day is over, and only where the
//! biller can undo. The money waits in suspense until the biller has answered; afterwards it is a refund
//! ([`super::refund`]).

use std::sync::Arc;

use jiaozi_ledger::book;
use jiaozi_ledger::decision::{Answer, Command, Decision, Digest, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::instruction::{Instruction, InstructionState, News};
use jiaozi_ledger::order::Order;
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::biller::Biller;
use super::hear::told;
use super::{SCENE, follow};
use crate::answer::{self, digest_of, no_such_order};
use crate::caller::Caller;

/// Takes a payment back.
#[derive(Debug)]
pub struct TakeBack {
    /// Under which key.
    pub scope: Scope,
    /// The biller.
    pub biller: Arc<Biller>,
    /// Who asks for it.
    pub caller: Caller,
    /// The order.
    pub order: OrderId,
}

impl TakeBack {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "utility.take_back";
}

impl Command for TakeBack {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.biller.payee.code, self.caller.name(), &self.order.to_string()])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Order::by_id(self.order), Instruction::of_order(self.order)];
        needs.extend(follow::needs(&self.biller, self.instruction(facts), facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({
                    "scene": SCENE, "partner": self.biller.payee.code, "caller": self.caller.name(),
                });
                problem.decline("payment.cancel_declined", self.order.0, data)
            }
        }
    }
}

impl TakeBack {
    fn instruction<'f>(&self, facts: &'f Facts) -> Option<&'f Instruction> {
        facts.one::<Instruction>(&Instruction::of_order(self.order))
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let order = facts
            .get::<Order>(self.order)
            .filter(|order| self.caller.sees(order) && order.partner == self.biller.payee.code)
            .ok_or_else(no_such_order)?;
        let before = self.instruction(facts).ok_or_else(no_such_order)?;
        let now = self.biller.now(facts.moment().at, order.clearing_date);
        match before.state {
            InstructionState::Done | InstructionState::Unknown if before.can_reverse(now) => {}
            InstructionState::Done | InstructionState::Unknown => {
                let detail = "The biller takes nothing back any more for this payment.";
                let next = "Ask the bank: two of its operators can give it back.";
                return Err(Problem::new(409, "too_late_to_reverse", detail, next));
            }
            InstructionState::Asked => {
                let detail = "The biller has not answered yet.";
                return Err(Problem::new(409, "payment_pending", detail, "Read the order first."));
            }
            InstructionState::Reversing => {
                let detail = "It is being taken back already.";
                return Err(Problem::new(409, "already_reversing", detail, "Read the order."));
            }
            InstructionState::Refused | InstructionState::Reversed => {
                let detail = "The payer has the money already.";
                return Err(Problem::new(409, "not_paid", detail, "There is nothing left to do."));
            }
        }
        let after = before.heard(News::TakenBack, 0, &self.biller.schedule, now);
        let followed = follow::changes(&self.biller, facts, before, after)?;
        book::preview(facts, &followed.changes).map_err(|refusal| {
            answer::refused(&refusal, &self.biller.payee, &self.biller.accounts())
        })?;
        let (answer, event) = told(News::TakenBack, before, &followed);
        Ok(Decision::done(Answer { status: 202, ..answer }, event, followed.changes))
    }
}
