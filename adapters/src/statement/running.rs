//! Balances after each line, in files that have no other totals. Such files run from the old to the new or
//! from the new to the old and do not say which, so that both are followed: the one that parts less often
//! is how the file runs.

use super::amount::Amount;
use super::entry::Entry;
use super::place::Place;
use super::proof::{Figure, Proof, What};

/// Lines whose balance parts, that are kept to be listed; more are only counted.
const LISTED_MAX: usize = 100;

/// What follows from one line to the next.
#[derive(Debug, Default)]
pub(super) struct Running {
    last: Option<Line>,
    forward: Chain,
    backward: Chain,
}

#[derive(Debug)]
struct Line {
    place: Place,
    gained: i64,
    balance: Amount,
}

/// One way to run: where it parted.
#[derive(Debug, Default)]
struct Chain {
    parted: Vec<(Place, Amount, Amount)>,
    count: u64,
}

impl Chain {
    fn follow(&mut self, place: &Place, expected: Option<i64>, found: Amount) {
        if expected == Some(found.minor) {
            return;
        }
        self.count += 1;
        if self.parted.len() < LISTED_MAX {
            let expected = Amount { minor: expected.unwrap_or(i64::MAX), ..found };
            self.parted.push((place.clone(), expected, found));
        }
    }
}

impl Running {
    /// The next entry. One without a balance breaks the chain: nothing follows over it.
    pub(super) fn entry(&mut self, entry: &Entry) {
        let next = entry.balance_after.map(|balance| Line {
            place: entry.place.clone(),
            gained: entry.gained(),
            balance,
        });
        if let (Some(last), Some(next)) = (&self.last, &next)
            && last.balance.currency == next.balance.currency
        {
            let forward = last.balance.minor.checked_add(next.gained);
            self.forward.follow(&next.place, forward, next.balance);
            let backward = last.balance.minor.checked_sub(last.gained);
            self.backward.follow(&next.place, backward, next.balance);
        }
        self.last = next;
    }

    /// Reports where the balances part.
    pub(super) fn report(self, proof: &mut Proof) {
        let chain =
            if self.backward.count < self.forward.count { self.backward } else { self.forward };
        proof.leave_out(chain.count - chain.parted.len() as u64);
        for (place, expected, found) in chain.parted {
            let (expected, found) = (Figure::Amount(expected), Figure::Amount(found));
            proof.report(place, What::RunningBalance, expected, found);
        }
    }
}
