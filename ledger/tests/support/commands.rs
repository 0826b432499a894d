//! Commands for tests.

use jiaozi_ledger::account::{self, Account};
use jiaozi_ledger::command::{AccountRef, ChangeHold, HoldStep, PlaceHold, Post};
use jiaozi_ledger::day;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope, digest};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::HoldId;
use jiaozi_ledger::money::{Fen, Side};
use jiaozi_ledger::store::batch::Reply;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// A scope of the tests' partner.
pub fn scope(key: &str) -> Scope {
    Scope { partner: "test".to_owned(), operation: "test", key: key.to_owned() }
}

/// An account by its code.
pub fn code(code: &str) -> AccountRef {
    AccountRef::Code(code.to_owned())
}

/// A transfer.
pub fn post(key: &str, from: &str, to: &str, amount: i64) -> Arc<dyn Command> {
    post_between(key, code(from), code(to), amount)
}

/// A transfer between accounts named in any way.
pub fn post_between(key: &str, from: AccountRef, to: AccountRef, amount: i64) -> Arc<dyn Command> {
    Arc::new(Post {
        scope: scope(key),
        lines: vec![(from, Side::Debit, Fen(amount)), (to, Side::Credit, Fen(amount))],
        effective_at: None,
    })
}

/// A reservation for a minute.
pub fn place_hold(key: &str, account: &str, amount: i64, tolerance: i64) -> Arc<dyn Command> {
    place_hold_for(key, account, amount, tolerance, 60)
}

/// A reservation for some seconds.
pub fn place_hold_for(
    key: &str,
    account: &str,
    amount: i64,
    tolerance: i64,
    seconds: i64,
) -> Arc<dyn Command> {
    Arc::new(PlaceHold {
        scope: scope(key),
        account: code(account),
        amount: Fen(amount),
        tolerance: Fen(tolerance),
        seconds,
    })
}

/// A step of a hold.
pub fn change_hold(key: &str, hold: HoldId, step: HoldStep) -> Arc<dyn Command> {
    Arc::new(ChangeHold { scope: scope(key), hold, step })
}

/// The identifier in the answer to a placed hold.
pub fn hold_of(reply: &Reply) -> HoldId {
    let body: serde_json::Value = serde_json::from_slice(&reply.answer.body).expect("JSON");
    body["id"].as_str().expect("an id").parse().expect("an id")
}

/// A command that decides as the test says.
pub struct Scripted {
    scope: Scope,
    needs: Vec<Need>,
    decide: Box<dyn Fn(&Facts) -> Decision + Send + Sync>,
}

impl Scripted {
    /// A command with a decision of its own.
    pub fn deciding(
        key: &str,
        needs: Vec<Need>,
        decide: impl Fn(&Facts) -> Decision + Send + Sync + 'static,
    ) -> Arc<dyn Command> {
        Arc::new(Scripted { scope: scope(key), needs, decide: Box::new(decide) })
    }

    /// A command that is carried out with some changes.
    pub fn doing(
        key: &str,
        needs: Vec<Need>,
        changes: impl Fn(&Facts) -> Changes + Send + Sync + 'static,
    ) -> Arc<dyn Command> {
        Scripted::deciding(key, needs, move |facts| done(changes(facts)))
    }
}

/// A decision that is carried out. Its event says what the check wants to hear of it.
pub fn done(changes: Changes) -> Decision {
    let closed = changes.days.iter().find(|day| day.closed_at.is_some());
    let (kind, data) = if let Some(day) = closed {
        (day::CLOSED, day.told().into())
    } else if !changes.accounts.is_empty() {
        let accounts: Vec<_> = changes.accounts.iter().map(Account::terms).collect();
        (account::CHANGED, json!({ "accounts": accounts }))
    } else {
        ("test.done", Value::Null)
    };
    let event = Event { kind, subject: uuid::Uuid::nil(), data };
    Decision::done(Answer::json(200, &"done"), event, changes)
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scope.fmt(f)
    }
}

impl Command for Scripted {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest(self.scope.key.as_bytes())
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        self.needs.clone()
    }

    fn decide(&self, facts: &Facts) -> Decision {
        (self.decide)(facts)
    }
}
