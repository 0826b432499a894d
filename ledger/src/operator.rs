//! Operators: the people of the bank who give manual commands, each with a key of their own and roles.
//!
//! An operator is a code, as in `li.wei` or a staff number; names and telephones are the personnel
//! department's. What the chain says of an operator (the events [`ADDED`], [`CHANGED`] and [`REVOKED`])
//! and the row agree, or the check says so: nobody becomes an operator behind the chain's back.

mod commands;

pub use commands::{AddOperator, ChangeOperator, RevokeOperator};

use crate::decision::digest;
use crate::facts::{Fact, Facts, Need};
use crate::id::OperatorId;
use crate::problem::Problem;
use crate::row::{
    Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, json, maybe_int, maybe_text,
};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt;
use uuid::Uuid;

/// The kind of the event that adds an operator. Its data are the operator as [told](Operator::told).
pub const ADDED: &str = "operator.added";
/// The kind of the event that changes an operator's roles or key.
pub const CHANGED: &str = "operator.changed";
/// The kind of the event after which an operator orders nothing more.
pub const REVOKED: &str = "operator.revoked";

/// The longest code.
pub const CODE_MAX: usize = 64;

/// What an operator may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Orders daily work, and proposes what takes a second person.
    Maker,
    /// Approves or rejects what somebody else has proposed.
    Checker,
    /// Adds, changes and revokes operators and partners' keys; nothing about money.
    Administrator,
    /// Works with people: sees them in clear where they allow it, and records their consents.
    Retail,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 4] = [Role::Maker, Role::Checker, Role::Administrator, Role::Retail];

    /// The name, as records and the command line have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Maker => "maker",
            Role::Checker => "checker",
            Role::Administrator => "administrator",
            Role::Retail => "retail",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The identifier.
    pub id: OperatorId,
    /// The code, unique for ever.
    pub code: String,
    /// What the operator may order; never nothing.
    pub roles: BTreeSet<Role>,
    /// The public key: text that the doors understand. No two operators ever have the same.
    pub public_key: String,
    /// Whether this was the first of all, whom nobody could add.
    pub first: bool,
    /// When the operator was added.
    pub since: Instant,
    /// Since when nothing is taken from the operator any more.
    pub revoked_at: Option<Instant>,
    /// The number in the feed of what last changed the operator.
    pub seq: i64,
}

impl Operator {
    /// The operator with a code.
    pub fn by_code(code: &str) -> Need {
        Need::text::<Operator>("code", code.to_owned())
    }

    /// The operator with a public key.
    pub fn by_public_key(public_key: &str) -> Need {
        Need::text::<Operator>("public_key", public_key.to_owned())
    }

    /// The first operator of all.
    pub fn first_of_all() -> Need {
        Need::text::<Operator>("origin", ORIGIN_FIRST.to_owned())
    }

    /// The operator as records name those who order something.
    #[must_use]
    pub fn actor(code: &str) -> String {
        format!("operator:{code}")
    }

    /// The code of an operator whom records name.
    #[must_use]
    pub fn code_of(actor: &str) -> Option<&str> {
        actor.strip_prefix("operator:")
    }

    /// A short name of the key: it says which key a signature was made with.
    #[must_use]
    pub fn key_name(&self) -> String {
        key_name(&self.public_key)
    }

    /// The operator as the feed tells it.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({
            "operator": self.code, "roles": self.roles, "public_key": self.public_key,
            "first": self.first, "since": self.since, "revoked_at": self.revoked_at,
        })
    }
}

/// The short name of a public key: the first half of its SHA-256, in hexadecimal.
#[must_use]
pub fn key_name(public_key: &str) -> String {
    hex::encode(&digest(public_key.as_bytes())[..16])
}

/// Whether a text can be an operator's code: letters, digits, `.`, `-` and `_`, no capitals.
#[must_use]
pub fn is_code(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    (1..=CODE_MAX).contains(&text.len()) && text.bytes().all(plain)
}

/// The operator with a code, if as things stand now they may order what needs a role, and the key that
/// has signed is still theirs. Decided within the commit, so that a revocation counts at once.
///
/// # Errors
/// Why not.
pub fn authorised<'f>(
    facts: &'f Facts,
    code: &str,
    role: Role,
    key_name: &str,
) -> Result<&'f Operator, Problem> {
    let refuse = |detail: String| Problem::of_books(403, "operator_refused", detail);
    let operator = facts
        .one::<Operator>(&Operator::by_code(code))
        .ok_or_else(|| refuse(format!("there is no operator {code}")))?;
    if operator.revoked_at.is_some() {
        return Err(refuse(format!("operator {code} is revoked")));
    }
    if operator.key_name() != key_name {
        return Err(refuse(format!("the key that has signed is not operator {code}'s")));
    }
    if !operator.roles.contains(&role) {
        return Err(refuse(format!("operator {code} does not have the role {role}")));
    }
    Ok(operator)
}

/// What the column `origin` says of the first operator; nothing of the others.
const ORIGIN_FIRST: &str = "first";

impl Row for Operator {
    const TABLE: Table = Table {
        name: "operators",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("code", Kind::Text),
            changing("roles", Kind::Text),
            changing("public_key", Kind::Text),
            fixed("origin", Kind::Text),
            fixed("since", Kind::Int),
            changing("revoked_at", Kind::Int),
            changing("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Text(self.code.clone()),
            json(&self.roles),
            Cell::Text(self.public_key.clone()),
            maybe_text(self.first.then_some(ORIGIN_FIRST)),
            Cell::Int(self.since.0),
            maybe_int(self.revoked_at.map(|at| at.0)),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Operator, Corrupt> {
        Ok(Operator {
            id: cells.id()?,
            code: cells.text()?,
            roles: cells.json()?,
            public_key: cells.text()?,
            first: cells.maybe_text()?.is_some(),
            since: Instant(cells.int()?),
            revoked_at: cells.maybe_int()?.map(Instant),
            seq: cells.int()?,
        })
    }
}

impl Fact for Operator {
    const LOOKUPS: &'static [&'static str] = &["code", "public_key", "origin"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        match column {
            "code" => Some(Cell::Text(self.code.clone())),
            "public_key" => Some(Cell::Text(self.public_key.clone())),
            "origin" => Some(maybe_text(self.first.then_some(ORIGIN_FIRST))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_plain() {
        for good in ["li.wei", "a", "staff-0042", &"x".repeat(CODE_MAX)] {
            assert!(is_code(good), "{good}");
        }
        for bad in ["", "Li.Wei", "li wei", "王小明", "a:b", &"x".repeat(CODE_MAX + 1)] {
            assert!(!is_code(bad), "{bad}");
        }
    }
}
