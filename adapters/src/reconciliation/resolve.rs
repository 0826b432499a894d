//! A break resolved by two operators: what it has in suspense goes where they say, in the commit with
//! which the second one approves.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::approval::{self, Approval, Content};
use jiaozi_ledger::book;
use jiaozi_ledger::breaks::{self, Break, BreakKind, Cause};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{ApprovalId, BreakId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::booking;
use crate::answer::{self, digest_of, not_opened, too_large};
use crate::utility::biller::Biller;

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    /// The break.
    #[serde(rename = "break")]
    pub id: BreakId,
    /// What it has in suspense, in fen, as the maker saw it.
    #[serde(rename = "booked_fen")]
    pub booked: Fen,
    /// By how much our side is above theirs with that, in fen, as the maker saw it: an account's break moves
    /// this too; nothing at a biller's.
    #[serde(rename = "left_fen", default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Fen>,
    /// The account that gets it, or gives it where it is below nothing; none where nothing is booked. Of a
    /// difference of status, the account that gets the payment from the partner; none if the partner keeps it.
    pub account: Option<String>,
}

impl Proposed {
    /// What is proposed and approved.
    #[must_use]
    pub fn content(&self) -> Content {
        let parameters = match json!(self) {
            Value::Object(parameters) => parameters,
            _ => Map::new(),
        };
        Content { operation: Resolve::OPERATION.to_owned(), subject: self.id.0, parameters }
    }

    /// Reads what was proposed.
    ///
    /// # Errors
    /// What is wrong with the parameters: they were proposed by another version.
    pub fn of(content: &Content) -> serde_json::Result<Proposed> {
        serde_json::from_value(Value::Object(content.parameters.clone()))
    }
}

/// Approves the resolution of a break and posts it, in one commit. Who orders it is the checker.
#[derive(Debug)]
pub struct Resolve {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
    /// The biller.
    pub biller: Arc<Biller>,
    /// Exactly what was proposed.
    pub proposed: Proposed,
    /// What the checker has to say, kept out of the feed.
    pub remark: Option<String>,
}

impl Resolve {
    /// The operation of its idempotency scope, and of what is proposed.
    pub const OPERATION: &'static str = "reconciliation.resolve";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let before = facts
            .get::<Break>(self.proposed.id)
            .filter(|one| one.partner == self.biller.payee.code)
            .ok_or_else(no_such_break)?;
        if !before.is_open() || before.booked != self.proposed.booked {
            let detail = "The break is not any more what was proposed.";
            return Err(Problem::new(409, "break_changed", detail, "Propose it anew."));
        }
        resolvable(before)?;
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
        let ours = self.biller.accounts();
        book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, &self.biller.payee, &ours))?;
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }

    fn post(
        &self,
        facts: &Facts,
        before: &Break,
        after: &mut Break,
        changes: &mut Changes,
    ) -> Result<(), Problem> {
        let code = match (&self.proposed.account, before.booked) {
            (None, Fen::ZERO) => return Ok(()),
            (Some(code), Fen::ZERO) if before.kind == BreakKind::Status => {
                return self.take_from_partner(facts, before, after, code, changes);
            }
            (Some(code), booked) if booked != Fen::ZERO => code,
            _ => {
                let detail = "A break with something in suspense needs an account, one of status may have one, another one none.";
                return Err(Problem::new(422, "account_expected", detail, "Propose it anew."));
            }
        };
        let back = before.booked.negated().ok_or_else(too_large)?;
        if *code == self.biller.payee.settlement() {
            return booking::book(&self.biller, facts, before.clearing_date, back, changes);
        }
        suitable(code, &[])?;
        let account = |code: &str| {
            facts.account(code).map(|account| account.id).ok_or_else(|| not_opened(code))
        };
        let (suspense, other) = (account(&self.biller.unexplained())?, account(code)?);
        changes.draft = Some(if before.booked > Fen::ZERO {
            Draft::new().debit(suspense, before.booked).credit(other, before.booked)
        } else {
            Draft::new().debit(other, back).credit(suspense, back)
        });
        after.moved = before.moved.plus(before.booked).ok_or_else(too_large)?;
        Ok(())
    }

    /// A difference of status has booked nothing: the partner has the money of a payment that it says it
    /// has not. It goes to the account from what we owe the partner.
    fn take_from_partner(
        &self,
        facts: &Facts,
        before: &Break,
        after: &mut Break,
        code: &str,
        changes: &mut Changes,
    ) -> Result<(), Problem> {
        suitable(code, &[])?;
        booking::book(&self.biller, facts, before.clearing_date, before.gap, changes)?;
        let account = |code: &str| {
            facts.account(code).map(|account| account.id).ok_or_else(|| not_opened(code))
        };
        let (partner, other) = (account(&self.biller.payee.settlement())?, account(code)?);
        changes.draft = Some(Draft::new().debit(partner, before.gap).credit(other, before.gap));
        after.moved = before.moved.plus(before.gap).ok_or_else(too_large)?;
        Ok(())
    }
}

/// Makes sure that money may be resolved to an account. What is in suspense, in transit, a partner's or a
/// core customer's is what open items and days say, and changes with nothing else; nor do those `besides`.
///
/// # Errors
/// It may not.
pub(crate) fn suitable(code: &str, besides: &[&str]) -> Result<(), Problem> {
    let of_items = ["suspense:", "partner:", "payouts:", "receivable:", "customer:"];
    if of_items.iter().chain(besides).any(|of_items| code.starts_with(of_items)) {
        let detail = format!("Nothing can be resolved to {code}.");
        let next = "Name the account to which the money belongs.";
        return Err(Problem::new(422, "account_not_suitable", detail, next));
    }
    Ok(())
}

impl Command for Resolve {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let content = hex::encode(self.proposed.content().digest());
        let remark = self.remark.as_deref().unwrap_or_default();
        digest_of(&[&self.approval.to_string(), &content, remark])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Approval::by_id(self.approval), Break::by_id(self.proposed.id)];
        needs.extend(self.proposed.account.iter().map(|code| Account::by_code(code)));
        if let Some(before) = facts.get::<Break>(self.proposed.id) {
            needs.extend(booking::needs(&self.biller, before.clearing_date, facts));
        }
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"by": self.scope.partner, "operation": Resolve::OPERATION});
            problem.decline("break.declined", self.proposed.id.0, data)
        })
    }
}

/// Two operators resolve what nothing else can any more: while a file that is still to come or the outcome
/// of the payment itself decides, they would decide too early, and nobody would look again.
fn resolvable(before: &Break) -> Result<(), Problem> {
    let (detail, next) = match (before.kind, before.cause) {
        (BreakKind::Unknown, _) => (
            "The outcome of the payment is not known.",
            "Wait for it, or let two operators rule whether it was done.",
        ),
        (_, Cause::CutOff) => {
            ("The file of the next day may have the payment.", "Wait for that file.")
        }
        _ => return Ok(()),
    };
    Err(Problem::new(409, "break_not_ripe", detail, next))
}

/// A break that is not there.
pub(crate) fn no_such_break() -> Problem {
    let detail = "There is no such break.";
    Problem::new(404, "not_found", detail, "Read `jiaozi break list`.")
}
