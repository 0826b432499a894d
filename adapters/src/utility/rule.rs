//! Two operators rule whether a payment whose outcome is not known was done: the last word where nobody
//! else can say it.

use std::sync::Arc;

use jiaozi_ledger::approval::{self, Approval, Content};
use jiaozi_ledger::book;
use jiaozi_ledger::decision::{Command, Decision, Digest, Scope};
use jiaozi_ledger::draw::{Draw, DrawState};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{ApprovalId, InstructionId};
use jiaozi_ledger::instruction::{Instruction, InstructionState, News};
use jiaozi_ledger::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::biller::Biller;
use super::follow;
use super::hear::told;
use crate::answer::{self, digest_of};
use crate::draw;

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// The instruction.
    pub instruction: InstructionId,
    /// Where it stood when this was proposed: the same word means something else in another state.
    pub state: InstructionState,
    /// How often it had been asked to be undone: it may be unknown again, and undone meanwhile.
    pub reversals: i64,
    /// Where the draw of an instruction to the core stood.
    pub draw: Option<DrawState>,
    /// Whether it was done.
    pub done: bool,
}

impl Ruling {
    /// A ruling on an instruction, and on its draw if it is one to the core, as they stand now.
    #[must_use]
    pub fn on(instruction: &Instruction, draw: Option<&Draw>, done: bool) -> Ruling {
        Ruling {
            instruction: instruction.id,
            state: instruction.state,
            reversals: instruction.reversals,
            draw: draw.map(|draw| draw.state),
            done,
        }
    }

    /// What is proposed and approved.
    #[must_use]
    pub fn content(&self) -> Content {
        let parameters = match json!(self) {
            Value::Object(parameters) => parameters,
            _ => Map::new(),
        };
        Content { operation: Rule::OPERATION.to_owned(), subject: self.instruction.0, parameters }
    }

    /// Reads what was proposed.
    ///
    /// # Errors
    /// What is wrong with the parameters: they were proposed by another version.
    pub fn of(content: &Content) -> serde_json::Result<Ruling> {
        serde_json::from_value(Value::Object(content.parameters.clone()))
    }
}

/// Approves a ruling and carries it out, in one commit. Who orders it is the checker.
#[derive(Debug)]
pub struct Rule {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
    /// The biller.
    pub biller: Arc<Biller>,
    /// Exactly what was proposed.
    pub ruling: Ruling,
    /// What the checker has to say, kept out of the feed.
    pub remark: Option<String>,
}

impl Rule {
    /// The operation of its idempotency scope, and of what is proposed.
    pub const OPERATION: &'static str = "utility.rule";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let before = facts
            .get::<Instruction>(self.ruling.instruction)
            .filter(|instruction| instruction.partner == self.biller.payee.code)
            .ok_or_else(answer::no_such_order)?;
        let by_hand = draw::follow::given_back_by_hand(facts, before, self.ruling.done);
        if before.state.has_ended() && !by_hand {
            let detail = "Its outcome is known already.";
            let next = "Read the payment; a difference with the partner is a break.";
            return Err(Problem::new(409, "outcome_known", detail, next));
        }
        let draw = facts.one::<Draw>(&Draw::by_instruction(before.id));
        if Ruling::on(before, draw, self.ruling.done) != self.ruling {
            let detail =
                "The payment does not stand any more where it stood when this was proposed.";
            return Err(Problem::new(
                409,
                "ruling_outdated",
                detail,
                "Withdraw it, and propose it anew.",
            ));
        }
        let (content, checker) = (self.ruling.content(), &self.scope.partner);
        let remark = self.remark.as_deref();
        let approval =
            approval::approved_and_carried_out(facts, self.approval, &content, checker, remark)?;
        let now = self.biller.now(facts.moment().at, before.clearing_date);
        let news = News::Ruled { done: self.ruling.done };
        let mut after = before.heard(news, before.tries, &self.biller.schedule, now);
        after.reason = Some(format!("ruled: {}", self.approval));
        let mut followed = if by_hand {
            draw::follow::returned_by_hand(&self.biller, facts, after)?
        } else {
            follow::changes(&self.biller, facts, before, after)?
        };
        followed.changes.approvals.push(approval.clone());
        book::preview(facts, &followed.changes).map_err(|refusal| {
            answer::refused(&refusal, &self.biller.payee, &self.biller.accounts())
        })?;
        let (answer, mut event) = told(news, before, &followed);
        (event.data["maker"], event.data["by"]) = (approval.maker.into(), checker.clone().into());
        Ok(Decision::done(answer, event, followed.changes))
    }
}

impl Command for Rule {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let content = hex::encode(self.ruling.content().digest());
        let remark = self.remark.as_deref().unwrap_or_default();
        digest_of(&[&self.approval.to_string(), &content, remark])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let id = self.ruling.instruction;
        let mut needs = vec![Instruction::by_id(id), Approval::by_id(self.approval)];
        needs.extend(follow::needs(&self.biller, facts.get::<Instruction>(id), facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"by": self.scope.partner, "operation": Rule::OPERATION});
            problem.decline("instruction.not_ruled", self.ruling.instruction.0, data)
        })
    }
}
