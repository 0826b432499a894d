//! Paying out what was settled, through the bank's core: what waits on each account, payouts prepared and
//! told to the core, what the core says of them, and what takes a person.
//!
//! | module | holds |
//! |---|---|
//! | [`waiting`] | what a closed day leaves to be paid out |
//! | [`prepare`] | one payout of an account, when its days are due |
//! | [`collect`] | fees of ended months, of payees that are settled gross |
//! | [`send`] | payouts in a file for the core |
//! | [`hear`] | what the core says |
//! | [`release`] | an account paid out again after a rejection: two operators |
//! | [`redirect`] | an account paid out to somewhere else: two operators |
//! | [`rule`] | what became of a payout of which the core says nothing, or two things, or that came back: two operators |

pub mod collect;
pub mod hear;
pub mod prepare;
pub mod redirect;
pub mod release;
pub mod rule;
pub mod send;
pub mod waiting;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::decision::digest;
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::PayoutId;
use jiaozi_ledger::payout::payable::{Payable, Waiting};
use jiaozi_ledger::payout::{Payout, PayoutState};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;

use crate::answer::{not_opened, too_large};
use crate::spec::payout::Destination;

/// The digest by which a destination is known, hex.
#[must_use]
pub fn digest_of_destination(to: &Destination) -> String {
    hex::encode(digest(to.kept().as_bytes()))
}

/// A payout that is not there.
fn no_such_payout() -> Problem {
    let detail = "There is no such payout.";
    Problem::new(404, "not_found", detail, "Read `jiaozi payout list`.")
}

/// The facts about a payout whose state may change: itself, what waits on its account, and the accounts
/// between which its money moves.
fn needs_of(id: PayoutId, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Payout::by_id(id)];
    if let Some(payout) = facts.get::<Payout>(id) {
        needs.push(Payable::by_account(&payout.account));
        let states = [PayoutState::Sent, PayoutState::Settled, PayoutState::Rejected];
        needs.extend(states.map(|state| Account::by_code(payout.where_it_is(state))));
    }
    needs
}

/// Moves the money of a payout from where it is to where it is in another state; no lines where that is
/// the same place.
fn moved(facts: &Facts, payout: &Payout, to: PayoutState) -> Result<Draft, Problem> {
    let (from, to) = (payout.where_it_is(payout.state), payout.where_it_is(to));
    if from == to {
        return Ok(Draft::new());
    }
    let account = |code: &str| facts.account(code).ok_or_else(|| not_opened(code));
    let (from, to) = (account(from)?, account(to)?);
    Ok(Draft::new().debit(from.id, payout.amount).credit(to.id, payout.amount))
}

/// What waits on a payout's account once its money has come back: its days again, due as they were.
fn come_back(payable: &Payable, payout: &Payout) -> Payable {
    let date = payout.date;
    let again = payout.days.iter();
    let again =
        again.map(|part| Waiting { day: part.day.clone(), settlement_date: date, fen: part.fen });
    let waiting = again.chain(payable.waiting.iter().cloned()).collect();
    Payable { waiting, ..payable.clone() }
}

/// What waits on a payout's account once its days are paid after all.
fn paid_after_all(payable: &Payable, payout: &Payout) -> Payable {
    let paid = |one: &Waiting| payout.days.iter().any(|part| part.day == one.day);
    let waiting = payable.waiting.iter().filter(|one| !paid(one)).cloned().collect();
    Payable { waiting, ..payable.clone() }
}

/// The last number of a date's text: `settlement:x/2026-11-30` is of the 30th. Days are known by their
/// keys, which end with the date.
fn clearing_date(day: &str) -> Option<Date> {
    day.rsplit('/').next()?.parse().ok()
}

/// What waits on an account.
fn payable<'f>(facts: &'f Facts, account: &str) -> Result<&'f Payable, Problem> {
    facts.one::<Payable>(&Payable::by_account(account)).ok_or_else(|| {
        let detail = format!("Nothing was ever settled to {account} to be paid out.");
        Problem::new(404, "nothing_due", detail, "Close a day of its partner first.")
    })
}

/// A sum that does not fit is refused like everywhere.
fn fits<T>(value: Option<T>) -> Result<T, Problem> {
    value.ok_or_else(too_large)
}

#[cfg(test)]
mod tests;
