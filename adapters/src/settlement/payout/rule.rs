//! What became of a payout of which the core says nothing, or two things, or of which the statement of its
//! account says that the money came back: two operators have asked it, and rule that it was paid or was not.
//! Where the money is follows from that.

use jiaozi_ledger::approval::{self, Approval, Content};
use jiaozi_ledger::book;
use jiaozi_ledger::breaks::{Break, Cause};
use jiaozi_ledger::command::refusal_code;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{ApprovalId, BreakId, PayoutId};
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::payout::{self, Payout, PayoutState};
use jiaozi_ledger::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{come_back, moved, needs_of, no_such_payout, paid_after_all, payable};
use crate::answer::{digest_of, object};

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutRuling {
    /// The payout.
    pub payout: PayoutId,
    /// Where it stood, as the maker saw it.
    pub state: PayoutState,
    /// What contradicts, as the maker saw it.
    pub contested: Option<String>,
    /// The number in the feed of what had changed it last, as the maker saw it: a word of the core that came
    /// since may say otherwise.
    pub seq: i64,
    /// Whether the core has paid it.
    pub settled: bool,
    /// The break of the account's statement by which the money of a settled one came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<BreakId>,
}

impl PayoutRuling {
    /// A ruling on a payout as it stands now.
    #[must_use]
    pub fn on(payout: &Payout, settled: bool) -> PayoutRuling {
        PayoutRuling {
            payout: payout.id,
            state: payout.state,
            contested: payout.contested.clone(),
            seq: payout.seq,
            settled,
            returned: None,
        }
    }

    /// What is proposed and approved.
    #[must_use]
    pub fn content(&self) -> Content {
        let parameters = object(json!(self));
        Content { operation: RulePayout::OPERATION.to_owned(), subject: self.payout.0, parameters }
    }

    /// Reads what was proposed.
    ///
    /// # Errors
    /// What is wrong with the parameters: they were proposed by another version.
    pub fn of(content: &Content) -> serde_json::Result<PayoutRuling> {
        serde_json::from_value(Value::Object(content.parameters.clone()))
    }
}

/// Whether a break says that the money of a settled payout has come back: it is open, and their statement
/// lists the whole of it once more, the other way.
#[must_use]
pub fn came_back(payout: &Payout, returned: &Break) -> bool {
    payout.state == PayoutState::Settled
        && returned.is_open()
        && returned.cause == Cause::Returned
        && returned.theirs == payout.amount
        && returned.reference() == payout.end_to_end()
}

/// Approves a ruling and carries it out, in one commit. Who orders it is the checker.
#[derive(Debug)]
pub struct RulePayout {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
    /// Exactly what was proposed.
    pub ruling: PayoutRuling,
    /// What the checker has to say, kept out of the feed.
    pub remark: Option<String>,
}

impl RulePayout {
    /// The operation of its idempotency scope, and of what is proposed.
    pub const OPERATION: &'static str = "payout.rule";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let ruling = &self.ruling;
        let before = facts.get::<Payout>(ruling.payout).ok_or_else(no_such_payout)?;
        let now = PayoutRuling::on(before, ruling.settled);
        if (PayoutRuling { returned: ruling.returned, ..now }) != *ruling {
            let detail = "The payout is not any more what was proposed.";
            return Err(Problem::new(409, "payout_changed", detail, "Propose it anew."));
        }
        let told = before.state != PayoutState::Prepared;
        let returned = ruling.returned.and_then(|id| facts.get::<Break>(id));
        let came_back = !ruling.settled && returned.is_some_and(|one| came_back(before, one));
        let open = before.state.is_open() || before.contested.is_some() || came_back;
        if !open || (ruling.settled && !told) {
            let detail = "What became of it is known, or the core was never told.";
            return Err(Problem::new(409, "payout_known", detail, "There is nothing to rule."));
        }
        let (content, checker) = (ruling.content(), &self.scope.partner);
        let remark = self.remark.as_deref();
        let approval =
            approval::approved_and_carried_out(facts, self.approval, &content, checker, remark)?;
        let moment = facts.moment();
        let state = if ruling.settled { PayoutState::Settled } else { PayoutState::Rejected };
        let after = Payout {
            state,
            contested: None,
            ended_at: Some(moment.at),
            approval: Some(self.approval),
            seq: moment.seq,
            ..before.clone()
        };
        let mut draft = moved(facts, before, state)?;
        if before.state == PayoutState::Rejected && state == PayoutState::Settled {
            // The money may have been paid out again since: what is missing is the account's debt.
            draft.forced = Some(format!("the core has paid {} after all", before.payout_key));
        }
        let list = payable(facts, &before.account)?;
        let list = match (before.state, state) {
            (PayoutState::Rejected, PayoutState::Settled) => paid_after_all(list, before),
            (PayoutState::Rejected, _) | (_, PayoutState::Settled) => list.clone(),
            _ => come_back(list, before),
        };
        // Two people have looked at it: nothing is held any more because of this payout. Others hold still.
        let mut list = Payable { seq: moment.seq, ..list };
        list.holds.remove(&before.id);
        let changes = Changes {
            draft: (!draft.lines.is_empty()).then_some(draft),
            payouts: vec![after.clone()],
            payables: vec![list],
            approvals: vec![approval.clone()],
            ..Changes::default()
        };
        book::preview(facts, &changes).map_err(|refusal| {
            let detail = format!("The books do not take it: {refusal}.");
            Problem::of_books(422, refusal_code(&refusal), detail)
        })?;
        let told = after.told();
        let mut data = json!(told);
        (data["maker"], data["by"]) = (approval.maker.into(), checker.clone().into());
        let kind = if ruling.settled { payout::SETTLED } else { payout::REJECTED };
        let event = Event { kind, subject: after.id.0, data };
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }
}

impl Command for RulePayout {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let content = hex::encode(self.ruling.content().digest());
        let remark = self.remark.as_deref().unwrap_or_default();
        digest_of(&[&self.approval.to_string(), &content, remark])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = needs_of(self.ruling.payout, facts);
        needs.extend(self.ruling.returned.map(Break::by_id));
        needs.push(Approval::by_id(self.approval));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"by": self.scope.partner, "operation": RulePayout::OPERATION});
            problem.decline("payout.declined", self.ruling.payout.0, data)
        })
    }
}
