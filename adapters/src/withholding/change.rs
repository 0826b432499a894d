//! Changing what a mandate allows. What was debited so far counts on.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::MandateId;
use jiaozi_ledger::mandate::{Limits, Mandate, MandateState};
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::answer::{event_data, mandate_body, no_such_mandate};
use super::claimant::Claimant;
use super::terms;
use crate::answer::{digest_of, unknown_payer};

/// Changes a mandate.
#[derive(Debug)]
pub struct Change {
    /// Under which key.
    pub scope: Scope,
    /// The partner that may debit.
    pub claimant: Arc<Claimant>,
    /// The channel through which the payer changes it, whichever it was signed through: the mandate is the
    /// payer's.
    pub channel: String,
    /// The mandate.
    pub mandate: MandateId,
    /// What is allowed from now on.
    pub limits: Limits,
}

impl Change {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "mandate.change";
}

impl Command for Change {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.channel, &self.mandate.to_string(), &terms::part(&self.limits)])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        needs(self.mandate, facts)
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => declined(&problem, self.mandate, &self.channel),
        }
    }
}

impl Change {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let (before, payer) = find(self.mandate, facts)?;
        if before.state == MandateState::Revoked {
            return Err(is_revoked());
        }
        terms::checked(&self.limits, self.claimant.payee.today(facts.moment().at))?;
        let after = Mandate { limits: self.limits.clone(), ..before.clone() };
        Ok(changed(Mandate::CHANGED, after, payer, &self.channel))
    }
}

/// The facts of a payer's word about a mandate.
pub(super) fn needs(mandate: MandateId, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Mandate::by_id(mandate)];
    let payer = facts.get::<Mandate>(mandate).map(|mandate| Account::by_id(mandate.payer));
    needs.extend(payer);
    needs
}

/// A mandate, and its account.
pub(super) fn find(mandate: MandateId, facts: &Facts) -> Result<(&Mandate, &Account), Problem> {
    let mandate = facts.get::<Mandate>(mandate).ok_or_else(no_such_mandate)?;
    let payer = facts.get::<Account>(mandate.payer).ok_or_else(unknown_payer)?;
    Ok((mandate, payer))
}

/// The decision after which a mandate is like this, because of what the payer said through a channel.
pub(super) fn changed(
    kind: &'static str,
    after: Mandate,
    payer: &Account,
    through: &str,
) -> Decision {
    let answer = Answer::json(200, &mandate_body(&after, &payer.code));
    let mut data = event_data(&after);
    data["through"] = through.into();
    let event = Event { kind, subject: after.id.0, data };
    Decision::done(answer, event, Changes { mandates: vec![after], ..Changes::default() })
}

/// The decline of a payer's word about a mandate.
pub(super) fn declined(problem: &Problem, mandate: MandateId, channel: &str) -> Decision {
    let data = json!({"mandate": mandate, "channel": channel});
    problem.decline("mandate.declined", mandate.0, data)
}

/// A mandate that is over.
pub(super) fn is_revoked() -> Problem {
    let detail = "The mandate is revoked, and that is final.";
    Problem::new(409, "mandate_revoked", detail, "Sign another one.")
}
