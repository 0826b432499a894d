//! Deciding: what a command is, and what comes out of it.
//!
//! A command is pure. It says which facts it needs, over the facts loaded so far, at most
//! [`ROUNDS`] times; then it decides over them. It reads no clock, no database and no socket.

use crate::account::Account;
use crate::approval::Approval;
use crate::bill::{Bill, BillPayment, BillVersion};
use crate::breaks::Break;
use crate::day::Day;
use crate::draw::Draw;
use crate::facts::{Facts, Need};
use crate::hold::Hold;
use crate::instruction::Instruction;
use crate::instruction::file::InstructionFile;
use crate::mandate::Mandate;
use crate::mirror::Mirror;
use crate::mirror::account_statement::AccountStatement;
use crate::mirror::item::Item;
use crate::operator::Operator;
use crate::order::{Order, Refund};
use crate::payout::Payout;
use crate::payout::file::PayoutFile;
use crate::payout::payable::Payable;
use crate::posting::Draft;
use crate::statement::{Statement, StatementLine};
use crate::withholding::{Batch, BatchLine};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// How often facts may lead to the need for other facts.
pub const ROUNDS: usize = 4;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The SHA-256 digest of some bytes.
pub fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// The digest of what was asked: its parts, each with its length, so that they cannot run together.
/// It does not change with how a type prints itself, since it is compared for ever.
#[must_use]
pub fn digest_of(parts: &[&str]) -> Digest {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    digest(&bytes)
}

/// The scope of an idempotency key: one key has one effect per partner and operation, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Who orders it: a partner's or channel's code, or `operator`.
    pub partner: String,
    /// What is ordered, for example `property.pay`.
    pub operation: &'static str,
    /// The caller's idempotency key.
    pub key: String,
}

impl Scope {
    /// The fixed-length form under which the scope is stored and looked up: the first 16 bytes of a
    /// SHA-256 over its length-prefixed parts. A partner could only ever collide with itself.
    pub fn fingerprint(&self) -> Uuid {
        Scope::fingerprint_of(&self.partner, self.operation, &self.key)
    }

    /// The fingerprint of the scope with these parts.
    pub fn fingerprint_of(partner: &str, operation: &str, key: &str) -> Uuid {
        let mut hasher = Sha256::new();
        for part in [partner, operation, key] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        let hash: Digest = hasher.finalize().into();
        let mut first = [0u8; 16];
        first.copy_from_slice(&hash[..16]);
        Uuid::from_bytes(first)
    }
}

/// Something that a door asks the books to decide.
pub trait Command: Send + Sync + std::fmt::Debug {
    /// Under which key its answer is kept.
    fn scope(&self) -> &Scope;

    /// The digest of what was asked: the same key with another digest is a conflict.
    fn body_digest(&self) -> Digest;

    /// Which facts it needs, over those loaded so far. Facts already known may be named again.
    fn needs(&self, facts: &Facts) -> Vec<Need>;

    /// Decides. A decision that the books then refuse to apply is a defect of the command.
    fn decide(&self, facts: &Facts) -> Decision;

    /// How much of a batch it takes, in units of a payment.
    fn weight(&self) -> usize {
        1
    }
}

/// Whether the command was carried out. A decline is an answer, not an error: it is recorded and
/// replayed like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Carried out.
    Done,
    /// Refused; nothing but its own record and event was written.
    Declined,
}

impl Verdict {
    /// The number under which it is stored.
    pub fn code(self) -> i64 {
        match self {
            Verdict::Done => 0,
            Verdict::Declined => 1,
        }
    }

    /// The verdict of a stored number.
    pub fn from_code(code: i64) -> Option<Verdict> {
        match code {
            0 => Some(Verdict::Done),
            1 => Some(Verdict::Declined),
            _ => None,
        }
    }
}

/// What the caller is told, kept so that it can be told again byte for byte. To the books these are
/// a number, a name and bytes; they hold no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status with which the door answers.
    pub status: u16,
    /// The media type of the body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer of JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Answer {
        Answer { status, content_type: "application/json".to_owned(), body: to_json(body) }
    }

    /// An answer that says why not (RFC 9457).
    pub fn problem(status: u16, body: &impl Serialize) -> Answer {
        Answer { status, content_type: "application/problem+json".to_owned(), body: to_json(body) }
    }
}

fn to_json(body: &impl Serialize) -> Vec<u8> {
    // Only maps with keys that are not text fail to serialise; answers have none.
    serde_json::to_vec(body).unwrap_or_default()
}

/// What readers of the feed are told. No personal data.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened, `noun.verb`, for example `payment.posted`.
    pub kind: &'static str,
    /// What it happened to: an order, a bill, a day, an account.
    pub subject: Uuid,
    /// The details.
    pub data: serde_json::Value,
}

/// Everything a decision changes, all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Accounts to open, or whose limits or status change. Balances are not taken from here.
    pub accounts: Vec<Account>,
    /// The transaction, if money moves.
    pub draft: Option<Draft>,
    /// Holds as they are afterwards, new ones included.
    pub holds: Vec<Hold>,
    /// Bills as they are afterwards.
    pub bills: Vec<Bill>,
    /// Versions of bills to remember.
    pub bill_versions: Vec<BillVersion>,
    /// Which orders paid which bills.
    pub bill_payments: Vec<BillPayment>,
    /// Orders as they are afterwards.
    pub orders: Vec<Order>,
    /// Refunds given.
    pub refunds: Vec<Refund>,
    /// Days as they are afterwards.
    pub days: Vec<Day>,
    /// Instructions as they are afterwards.
    pub instructions: Vec<Instruction>,
    /// Files of instructions as they are afterwards.
    pub instruction_files: Vec<InstructionFile>,
    /// Draws on the core as they are afterwards.
    pub draws: Vec<Draw>,
    /// Mandates as they are afterwards.
    pub mandates: Vec<Mandate>,
    /// Batches of withholding as they are afterwards.
    pub batches: Vec<Batch>,
    /// Their lines as they are afterwards.
    pub batch_lines: Vec<BatchLine>,
    /// Operators as they are afterwards.
    pub operators: Vec<Operator>,
    /// Approvals as they are afterwards.
    pub approvals: Vec<Approval>,
    /// Partners' files as they are afterwards.
    pub statements: Vec<Statement>,
    /// Lines of these files to remember.
    pub statement_lines: Vec<StatementLine>,
    /// Breaks as they are afterwards.
    pub breaks: Vec<Break>,
    /// Payouts as they are afterwards.
    pub payouts: Vec<Payout>,
    /// Files of payouts to remember.
    pub payout_files: Vec<PayoutFile>,
    /// What waits on accounts, as it is afterwards.
    pub payables: Vec<Payable>,
    /// Mirrored accounts as they are afterwards.
    pub mirrors: Vec<Mirror>,
    /// Their statements as they are afterwards.
    pub account_statements: Vec<AccountStatement>,
    /// What happened on them, as it is afterwards.
    pub mirror_items: Vec<Item>,
}

/// What came out of a command.
#[derive(Clone, Debug)]
pub struct Decision {
    pub(crate) verdict: Verdict,
    pub(crate) answer: Answer,
    pub(crate) event: Event,
    pub(crate) changes: Changes,
}

impl Decision {
    /// The command is carried out with these changes.
    pub fn done(answer: Answer, event: Event, changes: Changes) -> Decision {
        Decision { verdict: Verdict::Done, answer, event, changes }
    }

    /// The command is declined; it changes nothing.
    pub fn declined(answer: Answer, event: Event) -> Decision {
        Decision { verdict: Verdict::Declined, answer, event, changes: Changes::default() }
    }

    /// The same decision, whose event says one thing more: who ordered it, with what proof.
    #[must_use]
    pub fn with_event_member(mut self, name: &str, value: serde_json::Value) -> Decision {
        if let Some(members) = self.event.data.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
        self
    }

    /// Whether it was carried out.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What the caller is told.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// What readers of the feed are told.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// What changes.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_scope_cannot_run_into_each_other() {
        let scope = |partner: &str, key: &str| Scope {
            partner: partner.to_owned(),
            operation: "x",
            key: key.to_owned(),
        };
        assert_ne!(scope("ab", "c").fingerprint(), scope("a", "bc").fingerprint());
        assert_eq!(scope("a", "b").fingerprint(), scope("a", "b").fingerprint());
    }
}
