//! A break of a mirrored account resolved by two operators: what it has in suspense goes where they say, and
//! as far as nothing was booked the mirror is brought to what they say against that account. It is posted in
//! the commit with which the second one approves. Where what was moved before is what they say now, there is
//! nothing to post.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::approval::{self, Approval};
use jiaozi_ledger::breaks::{self, Break, Cause};
use jiaozi_ledger::chart;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{ApprovalId, PayoutId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::payout::Payout;
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::compare::{opened, preview};
use crate::answer::{digest_of, too_large};
use crate::reconciliation::resolve::{Proposed, no_such_break, suitable};
use crate::settlement::payout::rule::came_back;
use crate::spec::mirror::MirrorSpec;

/// Approves the resolution of a break and posts it, in one commit. Who orders it is the checker.
#[derive(Debug)]
pub struct ResolveMirror {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
    /// The mirror.
    pub spec: Arc<MirrorSpec>,
    /// Exactly what was proposed.
    pub proposed: Proposed,
    /// What the checker has to say, kept out of the feed.
    pub remark: Option<String>,
}

impl ResolveMirror {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "mirror.resolve";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let before = facts
            .get::<Break>(self.proposed.id)
            .filter(|one| one.partner == self.spec.code)
            .ok_or_else(no_such_break)?;
        let left = left(before)?;
        let proposed = (self.proposed.booked, self.proposed.left);
        if !before.is_open() || proposed != (before.booked, Some(left)) {
            let detail = "The break is not any more what was proposed.";
            return Err(Problem::new(409, "break_changed", detail, "Propose it anew."));
        }
        if before.cause == Cause::InTransit {
            let detail = "It is in transit, and its days are not over.";
            let next = "Wait for their next statement.";
            return Err(Problem::new(409, "break_in_transit", detail, next));
        }
        if returned_payout(before)
            .and_then(|id| facts.get::<Payout>(id))
            .is_some_and(|payout| came_back(payout, before))
        {
            let detail = "It is the money of a payout that came back.";
            let next = "Rule on the payout: `jiaozi payout propose PAYOUT --not-paid`.";
            return Err(Problem::new(409, "payout_returned", detail, next));
        }
        let (content, checker) = (self.proposed.content(), &self.scope.partner);
        let remark = self.remark.as_deref();
        let approval =
            approval::approved_and_carried_out(facts, self.approval, &content, checker, remark)?;
        let moment = facts.moment();
        let mut after = before.approved(self.approval, moment.at, moment.seq);
        let mut changes = Changes::default();
        self.post(facts, before, &mut after, &mut changes)?;
        let told = after.told();
        let mut data = json!(told);
        (data["maker"], data["by"]) = (approval.maker.clone().into(), checker.clone().into());
        data["account"] = json!(self.proposed.account);
        let event = Event { kind: breaks::RESOLVED, subject: after.id.0, data };
        changes.breaks.push(after);
        changes.approvals.push(approval);
        preview(facts, &changes)?;
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }

    fn post(
        &self,
        facts: &Facts,
        before: &Break,
        after: &mut Break,
        changes: &mut Changes,
    ) -> Result<(), Problem> {
        let nothing = (before.booked, left(before)?) == (Fen::ZERO, Fen::ZERO);
        let code = match &self.proposed.account {
            // What two people have moved before is what they say now.
            None if nothing && before.moved != Fen::ZERO => return Ok(()),
            Some(code) if !nothing => code,
            Some(_) => {
                let detail = "There is nothing to be moved.";
                return Err(Problem::new(
                    409,
                    "break_changed",
                    detail,
                    "Propose it without an account.",
                ));
            }
            None => {
                let detail =
                    "A break of an account is resolved by a posting; an account was expected.";
                return Err(Problem::new(422, "account_expected", detail, "Propose it anew."));
            }
        };
        // A mirror is what somebody else says.
        suitable(code, &[chart::CORE_CLEARING, chart::CLEARING_RECEIVABLE])?;
        let other = opened(facts, code)?;
        // What it has in suspense leaves it, and the mirror is brought to what they say as far as it is not.
        let to_mirror = left(before)?.negated().ok_or_else(too_large)?;
        let fen = before.booked.plus(to_mirror).ok_or_else(too_large)?;
        // What the mirror gets for a day belongs to that day.
        let of_day = to_mirror != Fen::ZERO;
        let effective_at = of_day.then(|| self.spec.begins(before.clearing_date)).flatten();
        let mut draft = Draft { effective_at, ..Draft::new() };
        for (account, fen) in [
            (opened(facts, &self.spec.unexplained())?, before.booked),
            (opened(facts, &self.spec.account)?, to_mirror),
            (other, fen.negated().ok_or_else(too_large)?),
        ] {
            let back = fen.negated().ok_or_else(too_large)?;
            draft = if fen > Fen::ZERO {
                draft.debit(account, fen)
            } else {
                draft.credit(account, back)
            };
        }
        changes.draft = Some(draft);
        after.moved = before.moved.plus(fen).ok_or_else(too_large)?;
        Ok(())
    }
}

/// The payout that a break of theirs names, if it does.
fn returned_payout(one: &Break) -> Option<PayoutId> {
    let named = (one.cause == Cause::Returned).then(|| one.reference())?;
    uuid::Uuid::try_parse(named).ok().map(PayoutId)
}

/// By how much our side is above theirs with what was booked.
fn left(one: &Break) -> Result<Fen, Problem> {
    i64::try_from(one.left()).map(Fen).map_err(|_| too_large())
}

impl Command for ResolveMirror {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let content = hex::encode(self.proposed.content().digest());
        let remark = self.remark.as_deref().unwrap_or_default();
        digest_of(&[&self.approval.to_string(), &content, remark])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let before = facts.get::<Break>(self.proposed.id);
        let payout = before.and_then(returned_payout).map(Payout::by_id);
        let mut needs = vec![
            Approval::by_id(self.approval),
            Break::by_id(self.proposed.id),
            Account::by_code(&self.spec.account),
            Account::by_code(&self.spec.unexplained()),
        ];
        needs.extend(payout);
        needs.extend(self.proposed.account.iter().map(|code| Account::by_code(code)));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"by": self.scope.partner, "operation": ResolveMirror::OPERATION});
            problem.decline("break.declined", self.proposed.id.0, data)
        })
    }
}
