//! An account paid out again after a rejection: somebody has looked at why, and says so.

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::PayoutId;
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::payout::{Payout, PayoutState, RELEASED};
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::{needs_of, no_such_payout, payable};
use crate::answer::digest_of;

/// Releases the account of a rejected payout.
#[derive(Debug)]
pub struct Release {
    /// Under which key, and who.
    pub scope: Scope,
    /// The rejected payout.
    pub payout: PayoutId,
}

impl Release {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "payout.release";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let payout = facts.get::<Payout>(self.payout).ok_or_else(no_such_payout)?;
        let list = payable(facts, &payout.account)?;
        let holds = list.holds.contains(&payout.id)
            && payout.state == PayoutState::Rejected
            && payout.contested.is_none();
        if !holds {
            let detail = "This payout keeps no account from being paid out, or it is contested.";
            let next = "Take the rejected payout that `jiaozi payout list` shows as holding.";
            return Err(Problem::new(409, "payout_holds_nothing", detail, next));
        }
        let moment = facts.moment();
        let mut after = Payable { seq: moment.seq, ..list.clone() };
        after.holds.remove(&payout.id);
        let body = json!({
            "payout": payout.id, "partner": payout.partner, "account": payout.account,
            "by": self.scope.partner, "seq": moment.seq,
        });
        let event = Event { kind: RELEASED, subject: payout.id.0, data: body.clone() };
        let changes = Changes { payables: vec![after], ..Changes::default() };
        Ok(Decision::done(Answer::json(200, &body), event, changes))
    }
}

impl Command for Release {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.payout.to_string()])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        needs_of(self.payout, facts)
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"by": self.scope.partner});
            problem.decline("payout.declined", self.payout.0, data)
        })
    }
}
