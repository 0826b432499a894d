//! That an account was compared to the end with the statements and entries that were here: without it a
//! comparison that was cut short would not be found again.

use std::sync::Arc;

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::mirror::{COMPARED, Mirror};
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use crate::answer::digest_of;
use crate::spec::mirror::MirrorSpec;

/// Puts on record with which statements and entries an account was compared.
#[derive(Debug)]
pub struct Compared {
    /// Under which key: a new one each time.
    pub scope: Scope,
    /// The mirror.
    pub spec: Arc<MirrorSpec>,
    /// The number of its statements.
    pub evidence: i64,
    /// The last of its entries.
    pub taken: i64,
}

impl Compared {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "mirror.compared";
}

impl Command for Compared {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.spec.code, &self.evidence.to_string(), &self.taken.to_string()])
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Mirror::by_code(&self.spec.code)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let code = &self.spec.code;
        let told = json!({"account": code, "evidence": self.evidence, "taken": self.taken});
        let Some(before) = facts.one::<Mirror>(&Mirror::by_code(code)) else {
            let detail = "The account was never compared.";
            return Problem::new(409, "mirror_moved", detail, "Import a statement first.").decline(
                "mirror.declined",
                uuid::Uuid::nil(),
                told,
            );
        };
        let compared = before.compared.max(self.evidence);
        let compared_taken = before.compared_taken.max(self.taken);
        let seq = facts.moment().seq;
        let after = Mirror { compared, compared_taken, seq, ..before.clone() };
        let event = Event { kind: COMPARED, subject: after.id.0, data: told.clone() };
        let changes = Changes { mirrors: vec![after], ..Changes::default() };
        Decision::done(Answer::json(200, &told), event, changes)
    }
}
