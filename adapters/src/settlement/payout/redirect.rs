//! An account paid out to somewhere else: one operator proposes what the specification says now, a second
//! one agrees, and from a day on it counts.

use jiaozi_ledger::approval::{self, Approval, Content};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{ApprovalId, PayableId};
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::payout::{Payout, REDIRECTED};
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{no_such_payout, payable};
use crate::answer::{digest_of, object};

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirection {
    /// What waits on the account.
    pub payable: PayableId,
    /// Whose specification says so.
    pub partner: String,
    /// The account of the books.
    pub account: String,
    /// Where it is paid out to: the digest of the specification's word.
    pub destination_sha256: String,
    /// The last characters of the number there, for whoever approves.
    pub number: String,
    /// From which day on.
    pub from: Date,
}

impl Redirection {
    /// What is proposed and approved.
    #[must_use]
    pub fn content(&self) -> Content {
        let parameters = object(json!(self));
        Content { operation: Redirect::OPERATION.to_owned(), subject: self.payable.0, parameters }
    }

    /// Reads what was proposed.
    ///
    /// # Errors
    /// What is wrong with the parameters: they were proposed by another version.
    pub fn of(content: &Content) -> serde_json::Result<Redirection> {
        serde_json::from_value(Value::Object(content.parameters.clone()))
    }
}

/// Approves where an account is paid out to. Who orders it is the checker.
#[derive(Debug)]
pub struct Redirect {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
    /// Exactly what was proposed.
    pub redirection: Redirection,
    /// What the checker has to say, kept out of the feed.
    pub remark: Option<String>,
}

impl Redirect {
    /// The operation of its idempotency scope, and of what is proposed.
    pub const OPERATION: &'static str = "payout.redirect";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let proposed = &self.redirection;
        let list = payable(facts, &proposed.account)?;
        let held: Option<Vec<&Payout>> =
            list.holds.iter().map(|held| facts.get::<Payout>(*held)).collect();
        let held = held.ok_or_else(no_such_payout)?;
        let (content, checker) = (proposed.content(), &self.scope.partner);
        let remark = self.remark.as_deref();
        let approval =
            approval::approved_and_carried_out(facts, self.approval, &content, checker, remark)?;
        let moment = facts.moment();
        let after = Payable {
            destination: Some(proposed.destination_sha256.clone()),
            destination_from: Some(proposed.from),
            // Where it was rejected it is not paid to any more. What comes to be rejected later waits for
            // two operators again, and what is contested for a ruling.
            holds: held
                .into_iter()
                .filter(|held| held.contested.is_some())
                .map(|held| held.id)
                .collect(),
            seq: moment.seq,
            ..list.clone()
        };
        let mut body = json!(proposed);
        (body["approval"], body["seq"]) = (json!(self.approval), json!(moment.seq));
        let mut data = body.clone();
        (data["maker"], data["by"]) = (approval.maker.clone().into(), checker.clone().into());
        let event = Event { kind: REDIRECTED, subject: list.id.0, data };
        let changes =
            Changes { payables: vec![after], approvals: vec![approval], ..Changes::default() };
        Ok(Decision::done(Answer::json(200, &body), event, changes))
    }
}

impl Command for Redirect {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let content = hex::encode(self.redirection.content().digest());
        let remark = self.remark.as_deref().unwrap_or_default();
        digest_of(&[&self.approval.to_string(), &content, remark])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let by_account = Payable::by_account(&self.redirection.account);
        let list = facts.one::<Payable>(&by_account);
        let held: Vec<Need> =
            list.iter().flat_map(|list| &list.holds).map(|held| Payout::by_id(*held)).collect();
        let mut needs = vec![Approval::by_id(self.approval), by_account];
        needs.extend(held);
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"by": self.scope.partner, "operation": Redirect::OPERATION});
            problem.decline("payout.declined", self.redirection.payable.0, data)
        })
    }
}
