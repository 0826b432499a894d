//! Leaving an event in the feed without moving money: a file was taken in, a key was added. It gives
//! what happened outside the books a number, a time and a link of the chain.

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use serde_json::{Value, json};
use uuid::Uuid;

/// Who does what the gateway does by itself, as records name it.
pub const WORKER: &str = "worker";

/// A command that changes nothing and leaves one event. Its answer is the event's data with number
/// and time, so a repeat is answered with what was recorded first.
#[derive(Debug)]
pub struct LeaveEvent {
    /// Under which key.
    pub scope: Scope,
    /// The digest of what happened: a repeat with another is a conflict.
    pub digest: Digest,
    /// What happened, `noun.verb`.
    pub kind: &'static str,
    /// To what; a new identifier if it has none.
    pub subject: Option<Uuid>,
    /// The details: an object, without personal data.
    pub data: Value,
}

impl Command for LeaveEvent {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        self.digest
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        Vec::new()
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let moment = facts.moment();
        let subject = self.subject.unwrap_or_else(|| moment.ids.id(0));
        let mut answer = self.data.clone();
        if let Value::Object(members) = &mut answer {
            members.insert("id".to_owned(), json!(subject));
            members.insert("seq".to_owned(), json!(moment.seq));
            members.insert("at".to_owned(), json!(moment.at));
        }
        let event = Event { kind: self.kind, subject, data: self.data.clone() };
        Decision::done(Answer::json(200, &answer), event, Changes::default())
    }
}
