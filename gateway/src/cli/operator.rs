//! `jiaozi operator`: who of the bank may order what by hand.

mod add;
mod change;
mod key;
mod list;
mod revoke;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use jiaozi_ledger::operator::{self, Role as Named};

use super::Failure;
use crate::edge::signature::key::VerifyingKey;

/// Operators: who of the bank may order what by hand, each with a key of their own.
///
/// The first operator adds themselves (--first), as an administrator; administrators add the others. An
/// operator is a code, as in li.wei or a staff number, and never a name with a telephone. What somebody
/// may order is their roles: `docs/operations.md` says which command needs which.
#[derive(Debug, Args)]
pub(super) struct Operator {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(add::Add),
    Change(change::Change),
    List(list::List),
    Revoke(revoke::Revoke),
    Key(key::Key),
}

impl Operator {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Add(add) => add.run(),
            Command::Change(change) => change.run(),
            Command::List(list) => list.run(),
            Command::Revoke(revoke) => revoke.run(),
            Command::Key(key) => key.run(),
        }
    }
}

/// What an operator may order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Orders daily work, and proposes what takes a second person.
    Maker,
    /// Approves or rejects what somebody else has proposed.
    Checker,
    /// Adds, changes and revokes operators and partners' keys; has no other role.
    Administrator,
    /// Works with people: sees them in clear where they allow it, and records their consents.
    Retail,
}

/// The roles that were given.
fn roles(given: &[Role]) -> BTreeSet<Named> {
    let named = |role: &Role| match role {
        Role::Maker => Named::Maker,
        Role::Checker => Named::Checker,
        Role::Administrator => Named::Administrator,
        Role::Retail => Named::Retail,
    };
    given.iter().map(named).collect()
}

/// A public key from its file, as it is kept: the document alone, so that the same key is the same text.
fn public_key(path: &Path) -> anyhow::Result<String> {
    let place = || path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(place)?;
    VerifyingKey::from_pem(&text)
        .with_context(|| format!("{}: no public key (Ed25519 or P-256)", path.display()))?;
    let from = text.find("-----BEGIN").unwrap_or_default();
    let body: Vec<&str> =
        text[from..].lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Ok(format!("{}\n", body.join("\n")))
}

fn code(text: &str) -> Result<String, String> {
    if operator::is_code(text) {
        Ok(text.to_owned())
    } else {
        let most = operator::CODE_MAX;
        Err(format!(
            "expected 1 to {most} lower-case letters, digits, `.`, `-` and `_`, as in li.wei"
        ))
    }
}
