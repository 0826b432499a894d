//! What an operator approves was proposed by somebody who may propose.

use jiaozi_ledger::approval::Approval;
use jiaozi_ledger::decision::{Command, Decision, Digest, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::operator::{Operator, Role};
use jiaozi_ledger::problem::Problem;
use serde_json::json;
use uuid::Uuid;

/// A command that approves what an operator has proposed. Whether that operator may still propose is asked in
/// the commit: of two persons who agree, one who was sent away is none.
#[derive(Debug)]
pub(super) struct Approving<C> {
    command: C,
    /// Nobody where nobody has to prove who proposes.
    maker: Option<String>,
}

impl<C> Approving<C> {
    pub(super) fn of(approval: &Approval, command: C) -> Approving<C> {
        Approving { command, maker: Operator::code_of(&approval.maker).map(str::to_owned) }
    }

    /// Why the maker's word does not count any more.
    fn outdated(&self, facts: &Facts) -> Option<Problem> {
        let maker = self.maker.as_deref()?;
        let operator = facts.one::<Operator>(&Operator::by_code(maker));
        let may = operator
            .is_some_and(|one| one.revoked_at.is_none() && one.roles.contains(&Role::Maker));
        (!may).then(|| {
            let detail = format!(
                "operator {maker}, who has proposed it, is no maker any more; expected it to be proposed by one who is"
            );
            Problem::of_books(409, "maker_refused", detail)
        })
    }
}

impl<C: Command> Command for Approving<C> {
    fn scope(&self) -> &Scope {
        self.command.scope()
    }

    fn body_digest(&self) -> Digest {
        self.command.body_digest()
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = self.command.needs(facts);
        needs.extend(self.maker.as_deref().map(Operator::by_code));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.outdated(facts) {
            None => self.command.decide(facts),
            Some(problem) => {
                let data = json!({"operation": self.scope().operation});
                problem.decline("approval.declined", Uuid::nil(), data)
            }
        }
    }

    fn weight(&self) -> usize {
        self.command.weight()
    }
}
