//! Adding, changing and revoking operators.
//!
//! Nobody changes their own record, so an administrator always remains: the last one cannot revoke
//! themselves. An administrator has no other role, so whoever appoints makers and checkers is none.

use super::{ADDED, CHANGED, CODE_MAX, Operator, REVOKED, Role, is_code};
use crate::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope, digest_of};
use crate::facts::{Facts, Need};
use crate::problem::Problem;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

const DECLINED: &str = "operator.declined";

/// Adds an operator.
#[derive(Debug)]
pub struct AddOperator {
    /// Under which key.
    pub scope: Scope,
    /// The code.
    pub code: String,
    /// What the operator may order.
    pub roles: BTreeSet<Role>,
    /// The public key, which the door has understood.
    pub public_key: String,
    /// Whether this is the first operator of the book, whom nobody can add: an administrator, once.
    pub first: bool,
}

impl AddOperator {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "operator.add";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        if !is_code(&self.code) {
            return Err(problem(
                422,
                "operator_code",
                format!(
                    "expected a code of 1 to {CODE_MAX} lower-case letters, digits, `.`, `-` and `_`"
                ),
            ));
        }
        sound(&self.roles)?;
        if facts.one::<Operator>(&Operator::by_code(&self.code)).is_some() {
            let detail = format!("there is an operator {} already", self.code);
            return Err(problem(409, "operator_exists", detail));
        }
        free(facts, &self.public_key)?;
        if self.first {
            if self.roles != BTreeSet::from([Role::Administrator]) {
                let detail = "the first operator is an administrator and nothing else";
                return Err(problem(422, "operator_roles", detail));
            }
            if let Some(first) = facts.one::<Operator>(&Operator::first_of_all()) {
                let detail = format!("the first operator was {}", first.code);
                return Err(problem(409, "operator_not_first", detail));
            }
        }
        let moment = facts.moment();
        let operator = Operator {
            id: moment.ids.id(0),
            code: self.code.clone(),
            roles: self.roles.clone(),
            public_key: self.public_key.clone(),
            first: self.first,
            since: moment.at,
            revoked_at: None,
            seq: moment.seq,
        };
        Ok(done(&self.scope, 201, ADDED, operator))
    }
}

impl Command for AddOperator {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let first = if self.first { "first" } else { "" };
        digest_of(&[&self.code, &names(&self.roles), &self.public_key, first])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![
            Operator::by_code(&self.code),
            Operator::by_public_key(&self.public_key),
            Operator::first_of_all(),
        ]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| declined(&self.scope, &problem, &self.code))
    }
}

/// Gives an operator other roles, another key, or both.
#[derive(Debug)]
pub struct ChangeOperator {
    /// Under which key.
    pub scope: Scope,
    /// The operator's code.
    pub code: String,
    /// The roles from now on, if they change.
    pub roles: Option<BTreeSet<Role>>,
    /// The public key from now on, if it changes.
    pub public_key: Option<String>,
}

impl ChangeOperator {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "operator.change";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let mut operator = of_another(facts, &self.scope, &self.code)?;
        if let Some(roles) = &self.roles {
            sound(roles)?;
            operator.roles = roles.clone();
        }
        if let Some(key) = &self.public_key
            && *key != operator.public_key
        {
            free(facts, key)?;
            operator.public_key = key.clone();
        }
        operator.seq = facts.moment().seq;
        Ok(done(&self.scope, 200, CHANGED, operator))
    }
}

impl Command for ChangeOperator {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let roles = self.roles.as_ref().map(names).unwrap_or_default();
        digest_of(&[&self.code, &roles, self.public_key.as_deref().unwrap_or_default()])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Operator::by_code(&self.code)];
        needs.extend(self.public_key.as_deref().map(Operator::by_public_key));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| declined(&self.scope, &problem, &self.code))
    }
}

/// Revokes an operator: nothing is taken from them any more. It cannot be taken back.
#[derive(Debug)]
pub struct RevokeOperator {
    /// Under which key.
    pub scope: Scope,
    /// The operator's code.
    pub code: String,
}

impl RevokeOperator {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "operator.revoke";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let operator = of_another(facts, &self.scope, &self.code)?;
        let moment = facts.moment();
        let operator = Operator { revoked_at: Some(moment.at), seq: moment.seq, ..operator };
        Ok(done(&self.scope, 200, REVOKED, operator))
    }
}

impl Command for RevokeOperator {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.code])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Operator::by_code(&self.code)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| declined(&self.scope, &problem, &self.code))
    }
}

/// The operator with a code, who is not revoked and not the one who orders this.
fn of_another(facts: &Facts, scope: &Scope, code: &str) -> Result<Operator, Problem> {
    let operator = facts
        .one::<Operator>(&Operator::by_code(code))
        .ok_or_else(|| problem(404, "unknown_operator", format!("there is no operator {code}")))?;
    if operator.revoked_at.is_some() {
        return Err(problem(
            409,
            "operator_revoked",
            format!("operator {code} is revoked already"),
        ));
    }
    if scope.partner == Operator::actor(code) {
        let detail = "nobody changes their own record; expected another administrator";
        return Err(problem(403, "operator_own_record", detail));
    }
    Ok(operator.clone())
}

/// Roles that one person may have together.
fn sound(roles: &BTreeSet<Role>) -> Result<(), Problem> {
    if roles.is_empty() {
        return Err(problem(422, "operator_roles", "expected at least one role"));
    }
    if roles.contains(&Role::Administrator) && roles.len() > 1 {
        let detail = "an administrator has no other role: who appoints makers and checkers is none";
        return Err(problem(422, "operator_roles", detail));
    }
    Ok(())
}

fn free(facts: &Facts, public_key: &str) -> Result<(), Problem> {
    match facts.one::<Operator>(&Operator::by_public_key(public_key)) {
        None => Ok(()),
        Some(other) => {
            let detail = format!("the key is operator {}'s; expected one of their own", other.code);
            Err(problem(409, "operator_key_taken", detail))
        }
    }
}

fn names(roles: &BTreeSet<Role>) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(",")
}

fn problem(status: u16, code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::of_books(status, code, detail)
}

fn done(scope: &Scope, status: u16, kind: &'static str, operator: Operator) -> Decision {
    let mut data = operator.told();
    data["by"] = scope.partner.as_str().into();
    let mut answer = data.clone();
    answer["seq"] = operator.seq.into();
    let event = Event { kind, subject: operator.id.0, data };
    let changes = Changes { operators: vec![operator], ..Changes::default() };
    Decision::done(Answer::json(status, &answer), event, changes)
}

fn declined(scope: &Scope, problem: &Problem, code: &str) -> Decision {
    problem.decline(DECLINED, Uuid::nil(), json!({"operator": code, "by": scope.partner}))
}
