//! From payers to customers: who paid, on what evidence we know them, and what they agreed to.
//!
//! A reader of the ledger's feed like any other ([`reader`]): it makes each payer a person once and
//! each person a lead of the scene that brought them, in the same transaction as its cursor. It never
//! writes entries, orders or bills, and nothing about a payment depends on it.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`person`], [`identity`] | a person and the ways in which one is recognised |
//! | `directory`, `merge` | finding the person of a payer, and making two people one |
//! | [`holder`] | who holds a payer account, as the channel told us |
//! | [`payment`], [`reader`] | the events that are read, and reading them |
//! | [`lead`], [`leads`] | whom a scene brought, and the lists that staff work with |
//! | [`consent`] | what a person allowed or refused |
//! | [`roster`] | who lives where, as a partner's file says |
//! | [`report`], [`onboarding`] | what a community's partner is told, and how far the work with it is |
//! | [`check`] | invariant I10, and that the reader is consistent with the feed |
//!
//! What is absent: no message is sent, nobody is scored, and no personal data leaves in clear except
//! through [`leads::disclose`], which records it.

#[macro_use]
mod word;

pub mod check;
pub mod consent;
mod directory;
pub mod holder;
pub mod identity;
pub mod lead;
pub mod leads;
mod merge;
pub mod onboarding;
pub mod payment;
pub mod person;
pub mod reader;
pub mod report;
pub mod roster;
mod table;

pub use word::UnknownWord;

use jiaozi_ledger::id::{Ids, PersonId};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::vault::{DoesNotOpen, NoRandomness};
use serde::Serialize;

/// Why something about people could not be done. A refusal of one line of a file is not an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The store cannot do it now.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Personal data was sealed with another key, or was changed.
    #[error(transparent)]
    Sealed(#[from] DoesNotOpen),
    /// No random bytes for a seal or an identifier.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// There is no such person.
    #[error("there is no person {0}")]
    UnknownPerson(PersonId),
    /// Something that must be said was left empty.
    #[error("{0} is empty: expected text that a later reader can follow")]
    Empty(&'static str),
    /// The work with a partner cannot go from one stage to the other.
    #[error("the work with {partner} is at {from}: it cannot go on to {to}")]
    Stage {
        /// The partner.
        partner: String,
        /// Where it stands.
        from: onboarding::Stage,
        /// Where it should have gone.
        to: onboarding::Stage,
    },
    /// A month that is none.
    #[error("{0:?} is no month: expected yyyy-mm")]
    Month(String),
}

/// How many people and leads there are, merged ones not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// People.
    pub people: i64,
    /// Leads.
    pub leads: i64,
}

/// Counts people and leads.
///
/// # Errors
/// When the database cannot be read.
pub async fn counts(store: &Store) -> Result<Counts, StoreError> {
    let count = |sql: &'static str| async move { store.number(sql, vec![Cell::Int(BOOK)]).await };
    Ok(Counts {
        people: count("select count(*) from people where book = $1 and merged_into is null")
            .await?,
        leads: count("select count(*) from leads where book = $1 and merged_into is null").await?,
    })
}

/// A source of identifiers for what is not caused by an event: imports, holders, consent.
fn new_ids(now: Instant) -> Result<Ids, NoRandomness> {
    let mut seed = [0u8; 8];
    getrandom::fill(&mut seed).map_err(|_| NoRandomness)?;
    Ok(Ids::new(now, u64::from_be_bytes(seed), 0))
}

/// Text that must say something.
fn said<'a>(what: &'static str, text: &'a str) -> Result<&'a str, Error> {
    let text = text.trim();
    if text.is_empty() { Err(Error::Empty(what)) } else { Ok(text) }
}
