//! Withdrawing one bill, or marking it as paid at the desk, by its import id. The rules are those of an
//! import's lines, see [`super::publishing`]; a refusal is a decline here, since there is only one bill.

use std::sync::Arc;

use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::bills::ADVANCE;
use super::company::Company;
use super::import::{effect_name, version_of};
use super::publishing::{self, Effect};
use crate::answer::digest_of;

/// What is to be done with the bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It is taken back.
    Withdraw,
    /// It was settled at the desk.
    PaidAtDesk,
}

/// Withdraws a bill, or marks it as paid at the desk.
#[derive(Debug)]
pub struct WithdrawBill {
    /// Under which key.
    pub scope: Scope,
    /// The company.
    pub company: Arc<Company>,
    /// The company's own identifier of the bill.
    pub import_id: String,
    /// What is to be done.
    pub step: Step,
}

impl WithdrawBill {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "property.withdraw";
}

impl Command for WithdrawBill {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.company.payee.code, &self.import_id, &json!(self.step).to_string()])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Bill::by_import_id(&self.company.payee.code, &self.import_id)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let need = Bill::by_import_id(&self.company.payee.code, &self.import_id);
        // A month paid ahead is ours until it is published.
        let bill = facts.one::<Bill>(&need).filter(|_| !self.import_id.starts_with(ADVANCE));
        let applied = match self.step {
            Step::Withdraw => publishing::withdraw(bill),
            Step::PaidAtDesk => publishing::paid_at_desk(bill),
        };
        let data = json!({
            "scene": super::SCENE, "partner": self.company.payee.code, "import_id": self.import_id,
        });
        let applied = match applied {
            Ok(applied) => applied,
            Err(refused) => {
                let status = if bill.is_none() { 404 } else { 409 };
                let next = "Nothing was changed; do what the detail says first.";
                let problem = Problem::new(status, refused.code, sentence(&refused.why), next)
                    .with("import_id", self.import_id.clone())
                    .with("order", json!(bill.and_then(|bill| bill.last_order)));
                let subject = bill.map_or_else(|| facts.moment().ids.id(0), |bill| bill.id.0);
                return problem.decline("bill.withdraw_declined", subject, data);
            }
        };
        let bill = applied.bill;
        let body = json!({
            "bill": bill.id, "import_id": self.import_id, "result": effect_name(applied.effect),
            "state": bill.state, "version": bill.version, "seq": facts.moment().seq,
        });
        let kind = match applied.effect {
            Effect::Withdrawn => "bill.withdrawn",
            Effect::PaidAtDesk => "bill.paid_at_desk",
            _ => "bill.unchanged",
        };
        let changes = if applied.effect == Effect::Unchanged {
            Changes::default()
        } else {
            let bill_versions = vec![version_of(&bill, facts)];
            Changes { bills: vec![bill.clone()], bill_versions, ..Changes::default() }
        };
        Decision::done(Answer::json(200, &body), Event { kind, subject: bill.id.0, data }, changes)
    }
}

fn sentence(why: &str) -> String {
    let mut text = format!("{why}.");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}
