//! A correction by hand: one operator proposes it, a second one approves it, and with that it is posted.

use super::{AccountRef, refusal_code};
use crate::account::Account;
use crate::approval::Approval;
use crate::approval::{self, Content};
use crate::book;
use crate::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope, digest_of};
use crate::facts::{Facts, Need};
use crate::id::{AccountId, ApprovalId};
use crate::money::Fen;
use crate::posting::Draft;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What is moved: from the account debited to the account credited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// The account debited.
    pub debit: AccountId,
    /// The account credited.
    pub credit: AccountId,
    /// How much.
    #[serde(rename = "amount_fen")]
    pub amount: Fen,
}

/// What is on these accounts belongs to open items and to clearing days, one by one, and goes only with
/// them.
const TIED: [&str; 6] = [
    "suspense:unknown:",
    "suspense:unexplained:",
    "partner:",
    "customer:",
    "payouts:transit",
    "receivable:fees:",
];

impl Adjustment {
    /// What is proposed and approved. The accounts are named by their identifiers; it is about the one
    /// debited.
    #[must_use]
    pub fn content(&self) -> Content {
        let parameters = match json!(self) {
            Value::Object(parameters) => parameters,
            _ => Map::new(),
        };
        Content { operation: Adjust::OPERATION.to_owned(), subject: self.debit.0, parameters }
    }

    /// Reads what was proposed.
    ///
    /// # Errors
    /// What is wrong with the parameters: they were proposed by another version.
    pub fn of(content: &Content) -> serde_json::Result<Adjustment> {
        serde_json::from_value(Value::Object(content.parameters.clone()))
    }
}

/// Approves an adjustment and posts it, in one commit. Who orders it is the checker.
#[derive(Debug)]
pub struct Adjust {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
    /// What is moved; exactly what was proposed.
    pub adjustment: Adjustment,
    /// What the checker has to say, kept out of the feed.
    pub remark: Option<String>,
}

impl Adjust {
    /// The operation of its idempotency scope, and of what is proposed.
    pub const OPERATION: &'static str = "books.adjust";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let Adjustment { debit, credit, amount } = self.adjustment;
        let (content, checker) = (self.adjustment.content(), &self.scope.partner);
        let remark = self.remark.as_deref();
        let approval =
            approval::approved_and_carried_out(facts, self.approval, &content, checker, remark)?;
        for id in [debit, credit] {
            let code = facts.get::<Account>(id).map_or("", |account| account.code.as_str());
            if TIED.iter().any(|of_items| code.starts_with(of_items)) {
                let detail = format!(
                    "{code} holds what its open items or clearing days say; expected a break to be resolved, an outcome to be ruled, or fees to be collected"
                );
                return Err(Problem::of_books(422, "account_of_items", detail));
            }
        }
        let draft = Draft::new().debit(debit, amount).credit(credit, amount);
        let changes =
            Changes { draft: Some(draft), approvals: vec![approval.clone()], ..Changes::default() };
        book::preview(facts, &changes).map_err(|refusal| {
            Problem::of_books(422, refusal_code(&refusal), refusal.to_string())
        })?;
        let told = approval.told();
        let mut data = json!({"maker": approval.maker, "by": checker, "approval": self.approval});
        if let Some(data) = data.as_object_mut() {
            data.extend(content.parameters);
        }
        let event = Event { kind: "books.adjusted", subject: self.approval.0, data };
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }
}

impl Command for Adjust {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let content = hex::encode(self.adjustment.content().digest());
        let remark = self.remark.as_deref().unwrap_or_default();
        digest_of(&[&self.approval.to_string(), &content, remark])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        let accounts = [self.adjustment.debit, self.adjustment.credit];
        let accounts = accounts.map(|account| AccountRef::Id(account).need());
        [Approval::by_id(self.approval)].into_iter().chain(accounts).collect()
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"by": self.scope.partner, "operation": Adjust::OPERATION});
            problem.decline("books.adjust_declined", self.approval.0, data)
        })
    }
}
