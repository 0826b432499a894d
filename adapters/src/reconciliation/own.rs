//! Somebody looks after a break. That explains nothing of it.

use jiaozi_ledger::breaks::{self, Break};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::BreakId;
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::resolve::no_such_break;
use crate::answer::digest_of;

/// Gives a break an owner.
#[derive(Debug)]
pub struct Own {
    /// Under which key, and who orders it.
    pub scope: Scope,
    /// The break.
    pub id: BreakId,
    /// The owner: an operator's code, or a team.
    pub owner: String,
}

/// The longest name of an owner, in characters.
const OWNER_MAX: usize = 64;

impl Own {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "reconciliation.own";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let owner = self.owner.trim();
        let length = owner.chars().count();
        if !(1..=OWNER_MAX).contains(&length) || owner.chars().any(char::is_control) {
            let detail = format!("The owner: expected a name of 1 to {OWNER_MAX} characters.");
            return Err(Problem::new(422, "owner_expected", detail, "Name an operator or a team."));
        }
        let before = facts.get::<Break>(self.id).ok_or_else(no_such_break)?;
        if !before.is_open() {
            let detail = "The break is resolved.";
            return Err(Problem::new(409, "break_resolved", detail, "There is nothing to own."));
        }
        let seq = facts.moment().seq;
        let after = Break { owner: Some(owner.to_owned()), seq, ..before.clone() };
        let told = after.told();
        let event = Event { kind: breaks::OWNED, subject: after.id.0, data: told.clone().into() };
        let changes = Changes { breaks: vec![after], ..Changes::default() };
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }
}

impl Command for Own {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.id.to_string(), &self.owner])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Break::by_id(self.id)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            problem.decline("break.declined", self.id.0, json!({"by": self.scope.partner}))
        })
    }
}
