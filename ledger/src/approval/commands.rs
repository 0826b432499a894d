//! Proposing, deciding on and withdrawing an approval. None of them moves money: what is approved is
//! done by a command of its own.

use super::{
    APPROVED, Approval, ApprovalState, Content, PROPOSED, REJECTED, WITHDRAWN, decided, ended,
    find, over, refused,
};
use crate::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope, digest_of};
use crate::facts::{Facts, Need};
use crate::id::ApprovalId;
use crate::problem::Problem;
use serde_json::json;
use uuid::Uuid;

/// The longest reason and remark, in characters.
pub const WORDS_MAX: usize = 500;

const DECLINED: &str = "approval.declined";

/// Proposes something that takes a second operator. Who orders it is the maker.
#[derive(Debug)]
pub struct Propose {
    /// Under which key, and who.
    pub scope: Scope,
    /// What is proposed.
    pub content: Content,
    /// Why: it is shown to whoever decides, and kept out of the feed.
    pub reason: String,
}

impl Propose {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "approval.propose";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        words("reason", &self.reason)?;
        let about = Approval::by_subject(self.content.subject);
        let same = |other: &&&Approval| {
            other.is_pending() && other.content.operation == self.content.operation
        };
        if let Some(other) = facts.all::<Approval>(&about).iter().find(same) {
            let detail = format!(
                "{} is proposed for it already ({}); expected that one to be decided or withdrawn first",
                self.content.operation, other.id
            );
            return Err(
                refused(409, "already_proposed", detail).with("approval", other.id.to_string())
            );
        }
        let moment = facts.moment();
        let approval = Approval {
            id: moment.ids.id(0),
            digest: self.content.digest(),
            content: self.content.clone(),
            maker: self.scope.partner.clone(),
            proposed_at: moment.at,
            reason: self.reason.clone(),
            checker: None,
            decided_at: None,
            remark: None,
            state: ApprovalState::Open,
            seq: moment.seq,
            decided_seq: None,
            ended_seq: None,
        };
        Ok(done(201, PROPOSED, approval))
    }
}

impl Command for Propose {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&hex::encode(self.content.digest()), &self.reason])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Approval::by_subject(self.content.subject)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let about = self.content.subject;
        self.carry_out(facts).unwrap_or_else(|problem| declined(&self.scope, &problem, about))
    }
}

/// Approves or rejects what somebody else has proposed. Who orders it is the checker.
#[derive(Debug)]
pub struct DecideApproval {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
    /// Whether the checker agrees.
    pub approve: bool,
    /// What the checker has to say; a rejection says why.
    pub remark: Option<String>,
}

impl DecideApproval {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "approval.decide";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        match &self.remark {
            Some(remark) => words("remark", remark)?,
            None if self.approve => {}
            None => return Err(refused(422, "remark_missing", "a rejection says why")),
        }
        let (state, kind) = if self.approve {
            (ApprovalState::Approved, APPROVED)
        } else {
            (ApprovalState::Rejected, REJECTED)
        };
        let approval = find(facts, self.approval)?;
        let checker = &self.scope.partner;
        Ok(done(200, kind, decided(facts, approval, state, checker, self.remark.clone())?))
    }
}

impl Command for DecideApproval {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let verdict = if self.approve { "approve" } else { "reject" };
        let remark = self.remark.as_deref().unwrap_or_default();
        digest_of(&[&self.approval.to_string(), verdict, remark])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Approval::by_id(self.approval)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let about = self.approval.0;
        self.carry_out(facts).unwrap_or_else(|problem| declined(&self.scope, &problem, about))
    }
}

/// Takes a proposal back, as long as it is not carried out. Only its maker can.
#[derive(Debug)]
pub struct WithdrawApproval {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
}

impl WithdrawApproval {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "approval.withdraw";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let approval = find(facts, self.approval)?;
        if approval.maker != self.scope.partner {
            let detail =
                "only who has proposed it can withdraw it; expected it to be rejected instead";
            return Err(refused(403, "approval_of_another", detail));
        }
        if !approval.is_pending() {
            return Err(over(approval));
        }
        Ok(done(200, WITHDRAWN, ended(approval, ApprovalState::Withdrawn, facts)))
    }
}

impl Command for WithdrawApproval {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.approval.to_string()])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Approval::by_id(self.approval)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let about = self.approval.0;
        self.carry_out(facts).unwrap_or_else(|problem| declined(&self.scope, &problem, about))
    }
}

/// Words of people: something, not too much, and nothing that a terminal would obey.
pub(super) fn words(what: &'static str, text: &str) -> Result<(), Problem> {
    let length = text.chars().count();
    let plain = !text.chars().any(|c| c.is_control() && c != '\n');
    if (1..=WORDS_MAX).contains(&length) && !text.trim().is_empty() && plain {
        return Ok(());
    }
    let detail = format!("{what}: expected 1 to {WORDS_MAX} characters of text");
    Err(refused(422, "words_expected", detail))
}

fn done(status: u16, kind: &'static str, approval: Approval) -> Decision {
    let told = approval.told();
    let event = Event { kind, subject: approval.id.0, data: told.clone().into() };
    let changes = Changes { approvals: vec![approval], ..Changes::default() };
    Decision::done(Answer::json(status, &told), event, changes)
}

fn declined(scope: &Scope, problem: &Problem, about: Uuid) -> Decision {
    problem.decline(DECLINED, about, json!({"by": scope.partner}))
}
