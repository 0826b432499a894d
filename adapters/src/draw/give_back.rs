//! Giving back to the core what a scene has given back whole: a biller that refused or undid a payment, or
//! money of which nobody can decide any more.

use std::sync::Arc;

use jiaozi_ledger::decision::{Command, Decision, Digest, Scope};
use jiaozi_ledger::draw::{Draw, DrawState};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::DrawId;
use jiaozi_ledger::order::{Order, OrderState};
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::answer::not_drawn;
use super::follow;
use super::spend::give_up;
use crate::answer::digest_of;
use crate::utility::biller::Biller;

/// Gives the money of a draw back to the core.
#[derive(Debug)]
pub struct GiveBack {
    /// Under which key.
    pub scope: Scope,
    /// The core.
    pub core: Arc<Biller>,
    /// The draw.
    pub draw: DrawId,
    /// Why, if nobody can spend it any more: then it goes back unspent.
    pub unspendable: Option<&'static str>,
}

impl GiveBack {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "core.give_back";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let draw = facts
            .get::<Draw>(self.draw)
            .filter(|draw| draw.core == self.core.payee.code)
            .ok_or_else(not_drawn)?;
        let order = facts.get::<Order>(draw.order).map(|order| order.state);
        let reason = match (draw.state, order, self.unspendable) {
            (DrawState::Drawn, _, Some(reason)) => reason,
            (DrawState::Spent, Some(OrderState::Refused), _) => "payment_refused",
            (DrawState::Spent, Some(OrderState::Reversed), _) => "payment_reversed",
            (DrawState::Spent, Some(OrderState::Cancelled), _) => "payment_cancelled",
            _ => return Err(not_drawn()),
        };
        give_up(&self.core, facts, draw, reason)
    }
}

impl Command for GiveBack {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        // Why nobody can spend it is found anew each time, and may be something else by then.
        digest_of(&[
            &self.draw.to_string(),
            if self.unspendable.is_some() { "unspendable" } else { "" },
        ])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Draw::by_id(self.draw)];
        needs.extend(follow::needs_of(&self.core, facts.get::<Draw>(self.draw)));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"core": self.core.payee.code});
            problem.decline("draw.not_given_back", self.draw.0, data)
        })
    }
}
