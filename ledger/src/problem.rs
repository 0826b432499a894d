//! Why something was not done, as callers are told: problems (RFC 9457) with a stable code. To the books
//! they are data, like every answer.

use crate::decision::{Answer, Decision, Event};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Every `type` of a problem is this and its code. They are names; they need not resolve.
pub const TYPE_BASE: &str = "https://jiaozi.dev/problems/";

/// Why something was not done, and what the caller can do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The status of the answer.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What is the matter.
    pub detail: String,
    /// What to do next, where that can be said without knowing who asks.
    pub next: Option<&'static str>,
    /// More members, for programs.
    pub members: Map<String, Value>,
}

impl Problem {
    /// A problem without more members.
    #[must_use]
    pub fn new(
        status: u16,
        code: &'static str,
        detail: impl Into<String>,
        next: &'static str,
    ) -> Problem {
        Problem { next: Some(next), ..Problem::of_books(status, code, detail) }
    }

    /// A problem of the books' own commands, which do not know who asks and why.
    #[must_use]
    pub fn of_books(status: u16, code: &'static str, detail: impl Into<String>) -> Problem {
        Problem { status, code, detail: detail.into(), next: None, members: Map::new() }
    }

    /// The same problem with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The code in words: `bill_paid_meanwhile` is `Bill paid meanwhile`.
    #[must_use]
    pub fn title(&self) -> String {
        let mut title = self.code.replace('_', " ");
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        title
    }

    /// The answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let mut body = self.members.clone();
        body.insert("type".to_owned(), format!("{TYPE_BASE}{}", self.code).into());
        body.insert("title".to_owned(), self.title().into());
        body.insert("status".to_owned(), self.status.into());
        body.insert("code".to_owned(), self.code.into());
        body.insert("detail".to_owned(), self.detail.clone().into());
        if let Some(next) = self.next {
            body.insert("next".to_owned(), next.into());
        }
        Answer::problem(self.status, &body)
    }

    /// The decline of a command: this answer, and an event with the code and what else is given.
    #[must_use]
    pub fn decline(&self, kind: &'static str, subject: Uuid, mut data: Value) -> Decision {
        data["code"] = self.code.into();
        Decision::declined(self.answer(), Event { kind, subject, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(problem: &Problem) -> Value {
        serde_json::from_slice(&problem.answer().body).expect("JSON")
    }

    #[test]
    fn one_shape_with_and_without_what_to_do_next() {
        let of_books = Problem::of_books(422, "unknown_hold", "there is no hold 7");
        let bare = json!({
            "type": "https://jiaozi.dev/problems/unknown_hold", "title": "Unknown hold",
            "status": 422, "code": "unknown_hold", "detail": "there is no hold 7",
        });
        assert_eq!(body(&of_books), bare);
        let with_more = Problem::new(422, "unknown_hold", "there is no hold 7", "Place one.");
        let mut more = bare;
        more["next"] = "Place one.".into();
        more["short_fen"] = 3.into();
        assert_eq!(body(&with_more.with("short_fen", 3)), more);
        assert_eq!(of_books.answer().content_type, "application/problem+json");
    }

    #[test]
    fn a_decline_tells_its_code_in_the_event_too() {
        let problem = Problem::of_books(422, "unbalanced", "debits and credits differ");
        let declined = problem.decline("command.declined", Uuid::nil(), json!({"by": "x"}));
        assert_eq!(declined.event().data, json!({"by": "x", "code": "unbalanced"}));
        assert_eq!(declined.answer(), &problem.answer());
    }
}
