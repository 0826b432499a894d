//! A payer's word about a mandate: suspend it, resume it, revoke it. Said twice it has the first effect.

use jiaozi_ledger::decision::{Command, Decision, Digest, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::MandateId;
use jiaozi_ledger::mandate::{Mandate, Word};
use jiaozi_ledger::problem::Problem;

use super::change::{changed, declined, find, is_revoked, needs};
use crate::answer::digest_of;

/// Says a word about a mandate.
#[derive(Debug)]
pub struct Say {
    /// Under which key.
    pub scope: Scope,
    /// The channel through which the payer says it, whichever it was signed through.
    pub channel: String,
    /// The mandate.
    pub mandate: MandateId,
    /// What the payer says.
    pub word: Word,
}

impl Say {
    /// The operation of its idempotency scope.
    #[must_use]
    pub fn operation(word: Word) -> &'static str {
        match word {
            Word::Suspend => "mandate.suspend",
            Word::Resume => "mandate.resume",
            Word::Revoke => "mandate.revoke",
        }
    }
}

impl Command for Say {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.channel, &self.mandate.to_string(), Say::operation(self.word)])
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

impl Say {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let (before, payer) = find(self.mandate, facts)?;
        let state = before.state.after(self.word).ok_or_else(is_revoked)?;
        let kind = match self.word {
            Word::Suspend => Mandate::SUSPENDED,
            Word::Resume => Mandate::RESUMED,
            Word::Revoke => Mandate::REVOKED,
        };
        Ok(changed(kind, Mandate { state, ..before.clone() }, payer, &self.channel))
    }
}
