//! What the core says of a payout. The table of [`jiaozi_ledger::payout`] says what comes of it; where the
//! money goes follows from the state.

use jiaozi_ledger::book;
use jiaozi_ledger::command::refusal_code;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::PayoutId;
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::payout::{self, Hears, Payout, PayoutState, Said};
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::{come_back, moved, needs_of, no_such_payout, payable};
use crate::answer::digest_of;
use crate::iso20022::status::{Status, is_of_a_copy};

/// What a status means to us.
#[must_use]
pub fn said(status: Status) -> Said {
    if status.is_settled() {
        return Said::Settled;
    }
    if status.is_refused() {
        return Said::Rejected;
    }
    match status {
        Status::Received | Status::Pending | Status::PartlyAuthorised | Status::Part => {
            Said::Received
        }
        _ => Said::Accepted,
    }
}

/// Takes what the core says of a payout.
#[derive(Debug)]
pub struct Hear {
    /// Under which key.
    pub scope: Scope,
    /// The payout.
    pub payout: PayoutId,
    /// Its status.
    pub status: Status,
    /// Why: a code.
    pub reason: Option<String>,
    /// What of it is not what we told the core, in a word: `amount`.
    pub differs: Option<&'static str>,
    /// The report in which the core says it: its own identifier.
    pub report: String,
}

impl Hear {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "payout.hear";

    fn is_of_a_copy(&self) -> bool {
        is_of_a_copy(self.status, self.reason.as_deref())
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let moment = facts.moment();
        let before = facts.get::<Payout>(self.payout).ok_or_else(no_such_payout)?;
        let list = payable(facts, &before.account)?;
        let mut after = Payout {
            status: Some(self.status.code().to_owned()),
            reason: self.reason.clone(),
            heard_at: Some(moment.at),
            seq: moment.seq,
            ..before.clone()
        };
        let hears = match (before.contested.is_some(), self.differs) {
            _ if self.is_of_a_copy() => Hears::Stale,
            // Two operators decide; until then nothing that the core says does. What they decided on before it
            // came is outdated.
            (true, _) => Hears::Noted,
            (false, Some(_)) => Hears::Contested,
            (false, None) => before.state.hears(said(self.status)),
        };
        let mut changes = Changes::default();
        let kind = match hears {
            Hears::Stale => {
                after = before.clone();
                payout::HEARD
            }
            Hears::Noted => payout::HEARD,
            Hears::Contested => {
                let why = self.differs.unwrap_or(self.status.code());
                // Its word is in the contest; what it said before stands.
                (after.status, after.reason) = (before.status.clone(), before.reason.clone());
                after.contested = Some(why.to_owned());
                let held = list.clone().held_by(before.id);
                changes.payables.push(Payable { seq: moment.seq, ..held });
                payout::CONTESTED
            }
            Hears::Becomes(state) => {
                let draft = moved(facts, before, state)?;
                after.state = state;
                after.ended_at = (!state.is_open()).then_some(moment.at);
                changes.draft = (!draft.lines.is_empty()).then_some(draft);
                if state == PayoutState::Rejected {
                    let back = come_back(list, before).held_by(before.id);
                    changes.payables.push(Payable { seq: moment.seq, ..back });
                }
                match state {
                    PayoutState::Settled => payout::SETTLED,
                    PayoutState::Rejected => payout::REJECTED,
                    _ => payout::ACCEPTED,
                }
            }
        };
        if hears != Hears::Stale {
            changes.payouts.push(after.clone());
        }
        book::preview(facts, &changes).map_err(|refusal| {
            let detail = format!("The books do not take it: {refusal}.");
            Problem::of_books(422, refusal_code(&refusal), detail)
        })?;
        let told = after.told();
        let mut data = json!(told);
        data["said"] = json!(self.status);
        data["report"] = json!(self.report);
        let event = Event { kind, subject: after.id.0, data: data.clone() };
        let mut body = data;
        body["event"] = kind.into();
        if self.is_of_a_copy() {
            body["copy"] = true.into();
        }
        Ok(Decision::done(Answer::json(200, &body), event, changes))
    }
}

impl Command for Hear {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let reason = self.reason.as_deref().unwrap_or_default();
        let differs = self.differs.unwrap_or_default();
        let payout = self.payout.to_string();
        digest_of(&[&payout, self.status.code(), reason, differs, &self.report])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        needs_of(self.payout, facts)
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"said": self.status, "report": self.report});
            problem.decline("payout.declined", self.payout.0, data)
        })
    }
}
