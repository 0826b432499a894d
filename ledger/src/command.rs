//! The books' own commands, which need no scene: opening accounts, posting, holds, and corrections by
//! hand.
//!
//! Scenes have commands of their own; these serve the command line, the bank's channels and the
//! benches, and show the shape that every command has.

mod adjust;

pub use adjust::{Adjust, Adjustment};

use crate::account::{self, Account, Balances};
use crate::book::{self, Refusal};
use crate::chart;
use crate::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope, digest};
use crate::facts::{Facts, Moment, Need};
use crate::hold::Hold;
use crate::id::{AccountId, HoldId};
use crate::money::{Currency, Fen, Side};
use crate::posting::Draft;
use crate::problem::Problem;
use crate::time::Instant;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// Opens those of some accounts that do not exist yet. Repeating it is harmless.
#[derive(Debug)]
pub struct OpenAccounts {
    scope: Scope,
    codes: Vec<String>,
    currency: Currency,
}

impl OpenAccounts {
    /// Opens accounts of the chart by their codes. The key is made of the codes, so the same list
    /// has one effect.
    pub fn new(partner: &str, mut codes: Vec<String>, currency: Currency) -> OpenAccounts {
        codes.sort();
        codes.dedup();
        let key = hex::encode(digest(codes.join("\n").as_bytes()));
        let scope = Scope { partner: partner.to_owned(), operation: "accounts.open", key };
        OpenAccounts { scope, codes, currency }
    }
}

impl Command for OpenAccounts {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest(format!("{}\n{}", self.currency, self.codes.join("\n")).as_bytes())
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        self.codes.iter().map(|code| Account::by_code(code)).collect()
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let mut changes = Changes::default();
        let mut listed = Vec::new();
        for (code, nth) in self.codes.iter().zip(0u16..) {
            let account = match facts.account(code) {
                Some(account) => account.clone(),
                None => match chart::account(facts.moment().ids.id(nth), code, self.currency) {
                    Ok(account) => {
                        changes.accounts.push(account.clone());
                        account
                    }
                    Err(refused) => {
                        return declined(Uuid::nil(), "not_in_chart", &refused.to_string());
                    }
                },
            };
            listed.push(json!({"account": account.id, "code": account.code}));
        }
        let opened: Vec<_> = changes.accounts.iter().map(Account::terms).collect();
        let data = json!({"accounts": opened});
        let event = Event { kind: account::OPENED, subject: Uuid::nil(), data };
        Decision::done(Answer::json(200, &json!({"accounts": listed})), event, changes)
    }

    fn weight(&self) -> usize {
        1 + self.codes.len() / 8
    }
}

/// Which account a command means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AccountRef {
    /// By identifier.
    Id(AccountId),
    /// By code.
    Code(String),
}

impl AccountRef {
    /// The need for it.
    pub fn need(&self) -> Need {
        match self {
            AccountRef::Id(id) => Account::by_id(*id),
            AccountRef::Code(code) => Account::by_code(code),
        }
    }

    /// The account, if it was loaded and exists.
    pub fn find<'a>(&self, facts: &'a Facts) -> Option<&'a Account> {
        match self {
            AccountRef::Id(id) => facts.get(*id),
            AccountRef::Code(code) => facts.account(code),
        }
    }

    fn describe(&self) -> String {
        match self {
            AccountRef::Id(id) => id.to_string(),
            AccountRef::Code(code) => code.clone(),
        }
    }

    /// Adds itself to what a body digest is made of: such digests are kept for ever, so they are made
    /// of bytes that are written down here and not of a debug format.
    fn encode(&self, bytes: &mut Vec<u8>) {
        match self {
            AccountRef::Id(id) => {
                bytes.push(b'I');
                bytes.extend_from_slice(id.0.as_bytes());
            }
            AccountRef::Code(code) => {
                bytes.push(b'C');
                bytes.extend_from_slice(&(code.len() as u32).to_be_bytes());
                bytes.extend_from_slice(code.as_bytes());
            }
        }
    }
}

/// Posts one transaction as given.
#[derive(Debug)]
pub struct Post {
    /// Under which key.
    pub scope: Scope,
    /// The lines: account, side, amount.
    pub lines: Vec<(AccountRef, Side, Fen)>,
    /// When the cause took effect, if not now.
    pub effective_at: Option<Instant>,
}

impl Command for Post {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let mut bytes = Vec::with_capacity(64);
        for (account, side, amount) in &self.lines {
            account.encode(&mut bytes);
            bytes.push(side.code() as u8);
            bytes.extend_from_slice(&amount.0.to_be_bytes());
        }
        if let Some(at) = self.effective_at {
            bytes.push(b'@');
            bytes.extend_from_slice(&at.0.to_be_bytes());
        }
        digest(&bytes)
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        self.lines.iter().map(|(account, _, _)| account.need()).collect()
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let subject: Uuid = facts.moment().ids.id(0);
        let mut draft = Draft { effective_at: self.effective_at, ..Draft::new() };
        for (account, side, amount) in &self.lines {
            let Some(account) = account.find(facts) else {
                return unknown_account(subject, account);
            };
            draft = match side {
                Side::Debit => draft.debit(account.id, *amount),
                Side::Credit => draft.credit(account.id, *amount),
            };
        }
        let changes = Changes { draft: Some(draft), ..Changes::default() };
        settle(facts, subject, "transaction.posted", json!({}), changes)
    }
}

/// Reserves money on an account.
#[derive(Debug)]
pub struct PlaceHold {
    /// Under which key.
    pub scope: Scope,
    /// The account.
    pub account: AccountRef,
    /// How much.
    pub amount: Fen,
    /// How much more than that may be captured.
    pub tolerance: Fen,
    /// For how many seconds, from the accounting time.
    pub seconds: i64,
}

impl Command for PlaceHold {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let mut bytes = Vec::with_capacity(64);
        self.account.encode(&mut bytes);
        for number in [self.amount.0, self.tolerance.0, self.seconds] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        digest(&bytes)
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![self.account.need()]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let moment = facts.moment();
        let id: HoldId = moment.ids.id(0);
        let Some(account) = self.account.find(facts) else {
            return unknown_account(id.0, &self.account);
        };
        if !self.amount.is_positive() || self.tolerance < Fen::ZERO || self.seconds <= 0 {
            return declined(
                id.0,
                "not_positive",
                "expected a positive amount and duration and a tolerance of at least nothing",
            );
        }
        let expires_at = moment.at.plus_seconds(self.seconds);
        let hold = Hold::place(id, account.id, self.amount, self.tolerance, expires_at);
        let data = json!({"hold": id, "held_fen": hold.held, "expires_at": expires_at});
        let changes = Changes { holds: vec![hold], ..Changes::default() };
        settle(facts, id.0, "hold.placed", data, changes)
    }
}

/// What is done to a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldStep {
    /// Captures an amount to an account; `last` gives back the rest.
    Capture {
        /// How much.
        amount: Fen,
        /// The account credited.
        to: AccountRef,
        /// Whether nothing more will be captured.
        last: bool,
    },
    /// Gives back what is open.
    Void,
    /// Gives back what is open because the time has run out.
    Expire,
}

/// Captures, voids or expires a hold.
#[derive(Debug)]
pub struct ChangeHold {
    /// Under which key.
    pub scope: Scope,
    /// The hold.
    pub hold: HoldId,
    /// What is done.
    pub step: HoldStep,
}

impl Command for ChangeHold {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let mut bytes = self.hold.0.as_bytes().to_vec();
        match &self.step {
            HoldStep::Void => bytes.push(b'V'),
            HoldStep::Expire => bytes.push(b'X'),
            HoldStep::Capture { amount, to, last } => {
                bytes.push(b'P');
                bytes.extend_from_slice(&amount.0.to_be_bytes());
                to.encode(&mut bytes);
                bytes.push(u8::from(*last));
            }
        }
        digest(&bytes)
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![Hold::by_id(self.hold)];
        if let Some(hold) = facts.get::<Hold>(self.hold) {
            needs.push(Account::by_id(hold.account));
        }
        if let HoldStep::Capture { to, .. } = &self.step {
            needs.push(to.need());
        }
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let subject = self.hold.0;
        let Some(hold) = facts.get::<Hold>(self.hold) else {
            return declined(subject, "unknown_hold", &format!("there is no hold {}", self.hold));
        };
        let after = match &self.step {
            HoldStep::Capture { amount, last, .. } => hold.capture(*amount, *last),
            HoldStep::Void => hold.void(),
            HoldStep::Expire => hold.expire(facts.moment().at),
        };
        let after = match after {
            Ok(after) => after,
            Err(refusal) => return declined(subject, "hold_refused", &refusal.to_string()),
        };
        let data = json!({
            "hold": after.id, "open_fen": after.open, "captured_fen": after.captured,
            "voided_fen": after.voided, "expired_fen": after.expired,
        });
        let account = after.account;
        let mut changes = Changes { holds: vec![after], ..Changes::default() };
        let kind = match &self.step {
            HoldStep::Void => "hold.voided",
            HoldStep::Expire => "hold.expired",
            HoldStep::Capture { amount, to, .. } => {
                let Some(to) = to.find(facts) else {
                    return unknown_account(subject, to);
                };
                changes.draft = Some(Draft::new().debit(account, *amount).credit(to.id, *amount));
                "hold.captured"
            }
        };
        settle(facts, subject, kind, data, changes)
    }
}

/// Balances of an account, by code.
#[derive(Debug, Serialize)]
struct BalanceLine<'a> {
    account: &'a str,
    #[serde(flatten)]
    balances: Balances,
}

/// The answer to a command that was carried out.
#[derive(Debug, Serialize)]
struct Settled<'a> {
    id: Uuid,
    seq: i64,
    at: Instant,
    detail: &'a serde_json::Value,
    balances: Vec<BalanceLine<'a>>,
}

fn settle(
    facts: &Facts,
    subject: Uuid,
    kind: &'static str,
    data: serde_json::Value,
    changes: Changes,
) -> Decision {
    let outcome = match book::preview(facts, &changes) {
        Ok(outcome) => outcome,
        Err(refusal) => return declined(subject, refusal_code(&refusal), &refusal.to_string()),
    };
    let Moment { at, seq, .. } = *facts.moment();
    let balances = outcome
        .accounts
        .values()
        .map(|account| BalanceLine { account: &account.code, balances: account.balances() });
    let settled = Settled { id: subject, seq, at, detail: &data, balances: balances.collect() };
    let answer = Answer::json(201, &settled);
    Decision::done(answer, Event { kind, subject, data }, changes)
}

/// The stable code of a refusal.
pub fn refusal_code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownAccount(_) => "unknown_account",
        Refusal::NotActive { .. } => "account_not_active",
        Refusal::BelowFloor { .. } => "insufficient_funds",
        Refusal::AboveCeiling { .. } => "above_ceiling",
        Refusal::TooFewLines => "too_few_lines",
        Refusal::NotPositive => "not_positive",
        Refusal::Unbalanced(_) => "unbalanced",
        Refusal::Overflow => "amount_too_large",
        Refusal::HoldBroken(_) => "hold_broken",
    }
}

fn unknown_account(subject: Uuid, account: &AccountRef) -> Decision {
    declined(subject, "unknown_account", &format!("there is no account {}", account.describe()))
}

fn declined(subject: Uuid, code: &'static str, detail: &str) -> Decision {
    Problem::of_books(422, code, detail).decline("command.declined", subject, json!({}))
}
