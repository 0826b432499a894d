//! Signing a mandate: a payer allows a partner to debit an account under a contract.

use std::sync::Arc;

use jiaozi_ledger::account::AccountStatus;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::MandateId;
use jiaozi_ledger::mandate::{Limits, Mandate, MandateState};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use serde_json::json;
use uuid::Uuid;

use super::answer::{event_data, mandate_body};
use super::claimant::Claimant;
use super::terms;
use crate::answer::{account_part, digest_of, unknown_payer};

/// Signs a mandate.
#[derive(Debug)]
pub struct Sign {
    /// Under which key.
    pub scope: Scope,
    /// The partner that may debit.
    pub claimant: Arc<Claimant>,
    /// The channel through which the payer signs.
    pub channel: String,
    /// The contract's number at the partner.
    pub contract: String,
    /// The payer's account.
    pub payer: AccountRef,
    /// The blind index of the account holder's name.
    pub name_index: Vec<u8>,
    /// What is allowed.
    pub limits: Limits,
}

impl Sign {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "mandate.sign";
}

impl Command for Sign {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let (payer, name) = (account_part(&self.payer), hex::encode(&self.name_index));
        let limits = terms::part(&self.limits);
        digest_of(&[self.claimant.code(), &self.channel, &self.contract, &payer, &name, &limits])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![self.payer.need(), self.of_contract()]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({
                    "partner": self.claimant.code(), "channel": self.channel, "contract": self.contract,
                });
                problem.decline("mandate.declined", Uuid::nil(), data)
            }
        }
    }
}

impl Sign {
    fn of_contract(&self) -> Need {
        Mandate::of_contract(self.claimant.code(), &self.contract)
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let moment = facts.moment();
        terms::checked(&self.limits, self.claimant.payee.today(moment.at))?;
        let payer = self.payer.find(facts).ok_or_else(unknown_payer)?;
        if payer.status != AccountStatus::Active || payer.currency != self.claimant.payee.currency {
            let detail =
                "The account is frozen, closed, or of another currency than the partner's.";
            let next = "Use another account, or ask the bank.";
            return Err(Problem::new(422, "account_not_active", detail, next));
        }
        let all = facts.all::<Mandate>(&self.of_contract());
        if let Some(there) = all.into_iter().find(|one| one.state != MandateState::Revoked) {
            let detail = "There is a mandate for this contract that is not revoked.";
            let problem = Problem::new(409, "mandate_exists", detail, "Revoke it first.");
            // Whose it is, is told to nobody but its own channel.
            let own = there.channel == self.channel && there.payer == payer.id;
            return Err(if own { problem.with("mandate", json!(there.id)) } else { problem });
        }
        let mandate = Mandate {
            id: moment.ids.id::<MandateId>(0),
            partner: self.claimant.code().to_owned(),
            contract_key: format!("{}/{}", self.claimant.code(), self.contract),
            channel: self.channel.clone(),
            payer: payer.id,
            name_index: self.name_index.clone(),
            limits: self.limits.clone(),
            state: MandateState::Signed,
            month: 0,
            month_debited: Fen::ZERO,
            at: moment.at,
            seq: moment.seq,
        };
        let answer = Answer::json(201, &mandate_body(&mandate, &payer.code));
        let data = event_data(&mandate);
        let event = Event { kind: Mandate::SIGNED, subject: mandate.id.0, data };
        let changes = Changes { mandates: vec![mandate], ..Changes::default() };
        Ok(Decision::done(answer, event, changes))
    }
}
