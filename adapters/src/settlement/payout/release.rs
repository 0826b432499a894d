//! An account paid out again after a rejection: one operator has looked at why and proposes it, a second one
//! agrees. Whoever exports and imports files alone can have nobody paid twice.

use jiaozi_ledger::approval::{self, Approval, Content};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{ApprovalId, PayoutId};
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::payout::{Payout, PayoutState, RELEASED};
use jiaozi_ledger::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{needs_of, no_such_payout, payable};
use crate::answer::{digest_of, object};

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeing {
    /// The rejected payout.
    pub payout: PayoutId,
}

impl Freeing {
    /// What is proposed and approved.
    #[must_use]
    pub fn content(&self) -> Content {
        let parameters = object(json!(self));
        Content { operation: Release::OPERATION.to_owned(), subject: self.payout.0, parameters }
    }

    /// Reads what was proposed.
    ///
    /// # Errors
    /// What is wrong with the parameters: they were proposed by another version.
    pub fn of(content: &Content) -> serde_json::Result<Freeing> {
        serde_json::from_value(Value::Object(content.parameters.clone()))
    }
}

/// Approves that the account of a rejected payout is released. Who orders it is the checker.
#[derive(Debug)]
pub struct Release {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
    /// Exactly what was proposed.
    pub freeing: Freeing,
    /// What the checker has to say, kept out of the feed.
    pub remark: Option<String>,
}

impl Release {
    /// The operation of its idempotency scope, and of what is proposed.
    pub const OPERATION: &'static str = "payout.release";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let payout = facts.get::<Payout>(self.freeing.payout).ok_or_else(no_such_payout)?;
        let list = payable(facts, &payout.account)?;
        let holds = list.holds.contains(&payout.id)
            && payout.state == PayoutState::Rejected
            && payout.contested.is_none();
        if !holds {
            let detail = "This payout keeps no account from being paid out, or it is contested.";
            let next = "Take the rejected payout that `jiaozi payout list` shows as holding.";
            return Err(Problem::new(409, "payout_holds_nothing", detail, next));
        }
        let (content, checker) = (self.freeing.content(), &self.scope.partner);
        let remark = self.remark.as_deref();
        let approval =
            approval::approved_and_carried_out(facts, self.approval, &content, checker, remark)?;
        let moment = facts.moment();
        let mut after = Payable { seq: moment.seq, ..list.clone() };
        after.holds.remove(&payout.id);
        let body = json!({
            "payout": payout.id, "partner": payout.partner, "account": payout.account,
            "approval": self.approval, "maker": approval.maker, "by": checker, "seq": moment.seq,
        });
        let event = Event { kind: RELEASED, subject: payout.id.0, data: body.clone() };
        let changes =
            Changes { payables: vec![after], approvals: vec![approval], ..Changes::default() };
        Ok(Decision::done(Answer::json(200, &body), event, changes))
    }
}

impl Command for Release {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let content = hex::encode(self.freeing.content().digest());
        let remark = self.remark.as_deref().unwrap_or_default();
        digest_of(&[&self.approval.to_string(), &content, remark])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = needs_of(self.freeing.payout, facts);
        needs.push(Approval::by_id(self.approval));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"by": self.scope.partner, "operation": Release::OPERATION});
            problem.decline("payout.declined", self.freeing.payout.0, data)
        })
    }
}
