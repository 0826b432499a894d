//! Approvals: what one operator proposes and another approves before it is done.
//!
//! ```text
//!   OPEN ── another operator ──▶ APPROVED ── a command of that content ──▶ CARRIED_OUT
//!    │  └──────────────────────▶ REJECTED                                    ▲
//!    ├── the maker ────────────▶ WITHDRAWN ◀── the maker ── APPROVED         │
//!    └── another operator, by the command of that content itself ────────────┘
//! ```
//!
//! That maker and checker differ is refused here with words, and by a constraint of the database
//! whatever the program does. A command that carries an approval out names it among its
//! [needs](Approval::by_id), asks [`carried_out`] in its decision, and puts what comes back into its
//! changes: so the approval, the postings and the row of the journal are one commit. In the same way
//! [`approved_and_carried_out`] approves and carries out at once.

mod commands;

pub use commands::{DecideApproval, Propose, WithdrawApproval};

use crate::decision::{Digest, digest_of};
use crate::facts::{Fact, Facts, Need};
use crate::id::ApprovalId;
use crate::problem::Problem;
use crate::row::{Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int, maybe_text};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The kind of the event that proposes. Its data are the approval as [told](Approval::told).
pub const PROPOSED: &str = "approval.proposed";
/// The kind of the event that approves.
pub const APPROVED: &str = "approval.approved";
/// The kind of the event that rejects.
pub const REJECTED: &str = "approval.rejected";
/// The kind of the event that withdraws.
pub const WITHDRAWN: &str = "approval.withdrawn";

/// Where an approval stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Proposed; nobody has decided.
    Open,
    /// A second operator agrees; it is not done yet.
    Approved,
    /// A second operator does not agree.
    Rejected,
    /// The maker has taken it back.
    Withdrawn,
    /// Done.
    CarriedOut,
}

impl ApprovalState {
    /// All states.
    pub const ALL: [ApprovalState; 5] = [
        ApprovalState::Open,
        ApprovalState::Approved,
        ApprovalState::Rejected,
        ApprovalState::Withdrawn,
        ApprovalState::CarriedOut,
    ];

    /// The number under which the state is stored.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            ApprovalState::Open => 0,
            ApprovalState::Approved => 1,
            ApprovalState::Rejected => 2,
            ApprovalState::Withdrawn => 3,
            ApprovalState::CarriedOut => 4,
        }
    }

    /// The name, as answers and the command line have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ApprovalState::Open => "open",
            ApprovalState::Approved => "approved",
            ApprovalState::Rejected => "rejected",
            ApprovalState::Withdrawn => "withdrawn",
            ApprovalState::CarriedOut => "carried_out",
        }
    }

    fn from_code(code: i64) -> Option<ApprovalState> {
        ApprovalState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What is proposed: the content that maker and checker mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The operation of the command that carries it out.
    pub operation: String,
    /// What it is about: an order, a break, an account.
    pub subject: Uuid,
    /// What is to be done, without personal data.
    pub parameters: Map<String, Value>,
}

impl Content {
    /// Its digest: the same content has the same one, however its parameters were ordered.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut text = String::new();
        canonical(&Value::Object(self.parameters.clone()), &mut text);
        digest_of(&[&self.operation, &self.subject.to_string(), &text])
    }
}

/// JSON in one form only: members in the order of their names, no spaces.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (nth, (name, value)) in members.into_iter().enumerate() {
                text.push_str(if nth > 0 { "," } else { "" });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (nth, value) in values.iter().enumerate() {
                text.push_str(if nth > 0 { "," } else { "" });
                canonical(value, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// A proposal and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// The identifier.
    pub id: ApprovalId,
    /// What is proposed.
    pub content: Content,
    /// The digest of the content when it was proposed.
    pub digest: Digest,
    /// Who proposed it, as records name them.
    pub maker: String,
    /// When.
    pub proposed_at: Instant,
    /// Why: words for people, kept out of the feed.
    pub reason: String,
    /// Who decided; never the maker.
    pub checker: Option<String>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What the checker had to say: words for people, kept out of the feed.
    pub remark: Option<String>,
    /// Where it stands.
    pub state: ApprovalState,
    /// The number in the feed of the proposal.
    pub seq: i64,
    /// The number in the feed of the decision.
    pub decided_seq: Option<i64>,
    /// The number in the feed of what carried it out, or of its withdrawal.
    pub ended_seq: Option<i64>,
}

impl Approval {
    /// The approval of this identifier.
    pub fn by_id(id: ApprovalId) -> Need {
        Need::id::<Approval>(id.0)
    }

    /// All approvals about something.
    pub fn by_subject(subject: Uuid) -> Need {
        Need { table: Approval::TABLE.name, column: "subject", value: Cell::Id(subject) }
    }

    /// Whether somebody may still decide or carry it out.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.state, ApprovalState::Open | ApprovalState::Approved)
    }

    /// The approval as answers and the feed tell it: everything but the words of people.
    #[must_use]
    pub fn told(&self) -> Map<String, Value> {
        let told = json!({
            "approval": self.id, "operation": self.content.operation,
            "subject": self.content.subject, "parameters": self.content.parameters,
            "digest": hex::encode(self.digest), "state": self.state, "maker": self.maker,
            "proposed_at": self.proposed_at, "checker": self.checker,
            "decided_at": self.decided_at, "seq": self.seq, "decided_seq": self.decided_seq,
            "ended_seq": self.ended_seq,
        });
        match told {
            Value::Object(told) => told,
            _ => Map::new(),
        }
    }
}

/// The approval as it is once a command with this content carries it out. A second operator has approved
/// it before, so whoever orders that command need not be another one again.
///
/// # Errors
/// When there is no such approval, it is not approved, it was carried out already, or it is for
/// something else.
pub fn carried_out(facts: &Facts, id: ApprovalId, content: &Content) -> Result<Approval, Problem> {
    let approval = of_content(facts, id, content)?;
    match approval.state {
        ApprovalState::Approved => Ok(ended(approval, ApprovalState::CarriedOut, facts)),
        ApprovalState::Open => {
            let detail = "nobody has approved it yet; expected a second operator to do so";
            Err(refused(409, "approval_open", detail))
        }
        _ => Err(over(approval)),
    }
}

/// The approval as it is once the checker approves it by ordering the command that carries it out.
///
/// # Errors
/// When there is no such approval, it is not open, it is for something else, the checker is the one who
/// proposed it, or the remark is not one.
pub fn approved_and_carried_out(
    facts: &Facts,
    id: ApprovalId,
    content: &Content,
    checker: &str,
    remark: Option<&str>,
) -> Result<Approval, Problem> {
    remark.map_or(Ok(()), |remark| commands::words("remark", remark))?;
    let approval = of_content(facts, id, content)?;
    let remark = remark.map(str::to_owned);
    let approved = decided(facts, approval, ApprovalState::Approved, checker, remark)?;
    Ok(ended(&approved, ApprovalState::CarriedOut, facts))
}

/// The approval with an identifier, if it is for this content.
fn of_content<'f>(
    facts: &'f Facts,
    id: ApprovalId,
    content: &Content,
) -> Result<&'f Approval, Problem> {
    let approval = find(facts, id)?;
    if approval.content.operation != content.operation || approval.digest != content.digest() {
        let detail = format!(
            "the approval is for {} with other content; expected exactly what was proposed",
            approval.content.operation
        );
        return Err(refused(409, "approval_differs", detail));
    }
    Ok(approval)
}

fn find(facts: &Facts, id: ApprovalId) -> Result<&Approval, Problem> {
    let missing = || refused(404, "unknown_approval", format!("there is no approval {id}"));
    facts.get::<Approval>(id).ok_or_else(missing)
}

/// The approval after the checker's decision.
fn decided(
    facts: &Facts,
    approval: &Approval,
    state: ApprovalState,
    checker: &str,
    remark: Option<String>,
) -> Result<Approval, Problem> {
    if approval.state != ApprovalState::Open {
        return Err(over(approval));
    }
    if approval.maker == checker {
        let detail = "whoever has proposed it cannot decide on it; expected a second operator";
        return Err(refused(403, "approval_own", detail));
    }
    let moment = facts.moment();
    Ok(Approval {
        state,
        checker: Some(checker.to_owned()),
        decided_at: Some(moment.at),
        decided_seq: Some(moment.seq),
        remark,
        ..approval.clone()
    })
}

fn ended(approval: &Approval, state: ApprovalState, facts: &Facts) -> Approval {
    Approval { state, ended_seq: Some(facts.moment().seq), ..approval.clone() }
}

/// Why an approval that is not open any more cannot be decided or carried out.
fn over(approval: &Approval) -> Problem {
    let (code, detail) = match approval.state {
        ApprovalState::Open => ("approval_open", "nobody has decided on it yet"),
        ApprovalState::Approved => ("approval_approved", "it is approved already"),
        ApprovalState::Rejected => ("approval_rejected", "it was rejected"),
        ApprovalState::Withdrawn => ("approval_withdrawn", "it was withdrawn"),
        ApprovalState::CarriedOut => ("approval_carried_out", "it was carried out already"),
    };
    refused(409, code, detail).with("state", approval.state.name())
}

fn refused(status: u16, code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::of_books(status, code, detail)
}

impl Row for Approval {
    const TABLE: Table = Table {
        name: "approvals",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("operation", Kind::Text),
            fixed("subject", Kind::Id),
            fixed("parameters", Kind::Text),
            fixed("digest", Kind::Bytes),
            fixed("maker", Kind::Text),
            fixed("proposed_at", Kind::Int),
            fixed("reason", Kind::Text),
            changing("checker", Kind::Text),
            changing("decided_at", Kind::Int),
            changing("remark", Kind::Text),
            changing("state", Kind::Int),
            fixed("seq", Kind::Int),
            changing("decided_seq", Kind::Int),
            changing("ended_seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.content.operation.clone()),
            Cell::Id(self.content.subject),
            crate::row::json(&self.content.parameters),
            Cell::Bytes(self.digest.to_vec()),
            Cell::Text(self.maker.clone()),
            Cell::Int(self.proposed_at.0),
            Cell::Text(self.reason.clone()),
            maybe_text(self.checker.as_deref()),
            maybe_int(self.decided_at.map(|at| at.0)),
            maybe_text(self.remark.as_deref()),
            Cell::Int(self.state.code()),
            Cell::Int(self.seq),
            maybe_int(self.decided_seq),
            maybe_int(self.ended_seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Approval, Corrupt> {
        Ok(Approval {
            id: cells.id()?,
            content: Content {
                operation: cells.text()?,
                subject: cells.id()?,
                parameters: cells.json()?,
            },
            digest: cells.bytes()?.try_into().map_err(|_| cells.corrupt())?,
            maker: cells.text()?,
            proposed_at: Instant(cells.int()?),
            reason: cells.text()?,
            checker: cells.maybe_text()?,
            decided_at: cells.maybe_int()?.map(Instant),
            remark: cells.maybe_text()?,
            state: cells.int_as(ApprovalState::from_code)?,
            seq: cells.int()?,
            decided_seq: cells.maybe_int()?,
            ended_seq: cells.maybe_int()?,
        })
    }
}

impl Fact for Approval {
    const LOOKUPS: &'static [&'static str] = &["subject"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        (column == "subject").then_some(Cell::Id(self.content.subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(parameters: &str) -> Content {
        Content {
            operation: "books.adjust".to_owned(),
            subject: Uuid::nil(),
            parameters: serde_json::from_str(parameters).expect("an object"),
        }
    }

    #[test]
    fn the_digest_is_of_what_is_meant_and_not_of_how_it_is_written() {
        let one = content(r#"{"a": 1, "b": {"c": [1, 2], "d": "x"}}"#);
        let same = content(r#"{"b":{"d":"x","c":[1,2]},"a":1}"#);
        assert_eq!(one.digest(), same.digest());
        for other in [
            r#"{"a":1}"#,
            r#"{"a":2,"b":{"c":[1,2],"d":"x"}}"#,
            r#"{"a":1,"b":{"c":[2,1],"d":"x"}}"#,
        ] {
            assert_ne!(one.digest(), content(other).digest(), "{other}");
        }
        let elsewhere = Content { operation: "other".to_owned(), ..one.clone() };
        assert_ne!(one.digest(), elsewhere.digest());
    }
}
