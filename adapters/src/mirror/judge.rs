//! What the items of a reference come to: the table in [`crate::mirror`].

use std::collections::{BTreeMap, BTreeSet};

use jiaozi_ledger::breaks::{BreakKind, Cause};
use jiaozi_ledger::mirror::item::{Item, ItemState, Origin};
use jiaozi_ledger::money::Fen;
use jiff::civil::Date;

use super::chain::Reach;
use crate::reconciliation::judge::Found;
use crate::spec::mirror::{Booked, MirrorSpec};

/// A difference with the day that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The day: ours, where we have it.
    pub date: Date,
    /// In what the two sides differ.
    pub found: Found,
}

/// The differences of a reference by the keys of their breaks; none where everything is paired. `items` are
/// all items of the reference that count, and `reach` is how far their statements go.
#[must_use]
pub fn judge(items: &[&Item], reach: Reach, spec: &MirrorSpec) -> BTreeMap<String, Difference> {
    let mut differences = BTreeMap::new();
    let amounts = Amounts::of(items);
    for out in [false, true] {
        let mut group = Group::of(items, out, reach.until);
        if let Some((ours, theirs)) = group.only_pair(spec) {
            differences.insert(key_of_ours(ours), different_amount(ours, theirs, spec));
            group.ours.clear();
            group.theirs.retain(|(_, item)| item.id != theirs.id);
        }
        for ours in &group.ours {
            if let Some(difference) = only_ours(ours, &group, reach.unbroken, spec) {
                differences.insert(key_of_ours(ours), difference);
            }
        }
        for (ordinal, theirs) in &group.theirs {
            let key = key_of_theirs(theirs, *ordinal);
            if let Some(difference) = only_theirs(theirs, &amounts, spec) {
                differences.insert(key, difference);
            }
        }
    }
    differences
}

/// The amounts of a reference, gathered once: a reference may have very many items.
struct Amounts {
    /// Of items that count.
    there: BTreeSet<Fen>,
    /// Of those that are paired.
    paired: BTreeSet<Fen>,
}

impl Amounts {
    fn of(items: &[&Item]) -> Amounts {
        let paired = || items.iter().filter(|item| item.is_paired()).map(|item| item.amount);
        let open = items.iter().filter(|item| item.state == ItemState::Open);
        let there = open.map(|item| item.amount).chain(paired()).collect();
        Amounts { there, paired: paired().collect() }
    }
}

/// The items of one direction.
struct Group<'i> {
    /// Ours that are open.
    ours: Vec<&'i Item>,
    /// Theirs that are open, each with its number among theirs of its day.
    theirs: Vec<(usize, &'i Item)>,
    /// Whether they tell of one that they have not booked.
    not_booked: bool,
}

impl<'i> Group<'i> {
    fn of(items: &[&'i Item], out: bool, until: Date) -> Group<'i> {
        let mut here: Vec<&Item> = items
            .iter()
            .copied()
            .filter(|item| (item.amount < Fen::ZERO) == out && item.state != ItemState::Withdrawn)
            .collect();
        here.sort_by_key(|item| (item.date, item.statement.map(|id| id.0), item.place));
        let mut of_day: BTreeMap<Date, usize> = BTreeMap::new();
        let mut group = Group { ours: Vec::new(), theirs: Vec::new(), not_booked: false };
        for item in here {
            match (item.origin, item.state) {
                // One that they do not have before their last statement ends is not late.
                (Origin::Ours, ItemState::Open) if item.date <= until => group.ours.push(item),
                (Origin::Theirs, ItemState::NotBooked) => group.not_booked = true,
                (Origin::Theirs, state) => {
                    let ordinal = of_day.entry(item.date).or_default();
                    *ordinal += 1;
                    if state == ItemState::Open {
                        group.theirs.push((*ordinal, item));
                    }
                }
                _ => {}
            }
        }
        group
    }

    /// The one of ours and the one of theirs that are the same thing with two amounts. A charge, and what
    /// takes an earlier one back, are things of their own, whose reference they may name.
    fn only_pair(&self, spec: &MirrorSpec) -> Option<(&'i Item, &'i Item)> {
        let [ours] = &self.ours[..] else { return None };
        let itself = |item: &&'i Item| item.named && !item.returned && !is_charge(item, spec);
        let mut theirs = self.theirs.iter().map(|(_, item)| *item).filter(itself);
        let (only, more) = (theirs.next()?, theirs.next());
        more.is_none().then_some((ours, only))
    }
}

fn key_of_ours(item: &Item) -> String {
    format!("{}/entry-{}", item.reference_key, item.place)
}

fn key_of_theirs(item: &Item, ordinal: usize) -> String {
    let way = if item.amount < Fen::ZERO { "out" } else { "in" };
    format!("{}/{}-{way}-{ordinal}", item.reference_key, item.date)
}

/// What belongs into suspense to bring the mirror from our amount to theirs.
fn booked(rule: Booked, ours: Fen, theirs: Fen) -> Fen {
    match rule {
        Booked::MirrorToSuspense => Fen(theirs.0.saturating_sub(ours.0)),
        Booked::Nothing => Fen::ZERO,
    }
}

fn gap(ours: Fen, theirs: Fen) -> Fen {
    Fen(ours.0.saturating_sub(theirs.0).saturating_abs())
}

fn only_ours(
    item: &Item,
    group: &Group<'_>,
    unbroken: Date,
    spec: &MirrorSpec,
) -> Option<Difference> {
    let (ours, theirs) = (item.amount, Fen::ZERO);
    let found = |kind, cause, gap, booked| Found { kind, ours, theirs, gap, booked, cause };
    let whole = gap(ours, theirs);
    let found = if unbroken < spec.in_transit_until(item.date) {
        found(BreakKind::OnlyOurs, Cause::InTransit, Fen::ZERO, Fen::ZERO)
    } else if group.not_booked {
        found(BreakKind::Status, Cause::NotBookedThere, whole, Fen::ZERO)
    } else {
        let booked = booked(spec.book.only_ours, ours, theirs);
        found(BreakKind::OnlyOurs, Cause::NotListed, whole, booked)
    };
    (ours != Fen::ZERO).then_some(Difference { date: item.date, found })
}

fn only_theirs(item: &Item, amounts: &Amounts, spec: &MirrorSpec) -> Option<Difference> {
    let (ours, theirs) = (Fen::ZERO, item.amount);
    let cause = if is_charge(item, spec) {
        Cause::Charges
    } else if !item.named {
        Cause::NoReference
    } else if item.returned || amounts.there.contains(&Fen(theirs.0.saturating_neg())) {
        Cause::Returned
    } else if amounts.paired.contains(&theirs) {
        Cause::Duplicate
    } else {
        Cause::UnknownReference
    };
    // What they say twice is theirs to explain: nothing is booked for it unasked.
    let rule = if cause == Cause::Duplicate { Booked::Nothing } else { spec.book.only_theirs };
    let (gap, booked) = (gap(ours, theirs), booked(rule, ours, theirs));
    let kind = BreakKind::OnlyTheirs;
    let difference =
        Difference { date: item.date, found: Found { kind, ours, theirs, gap, booked, cause } };
    // A line of nothing moves nothing.
    (theirs != Fen::ZERO).then_some(difference)
}

/// Whether they have taken it for their service.
pub(super) fn is_charge(item: &Item, spec: &MirrorSpec) -> bool {
    let kind = item.kind.as_deref().unwrap_or_default();
    !kind.is_empty() && spec.matching.charges.iter().any(|word| word == kind)
}

fn different_amount(one: &Item, other: &Item, spec: &MirrorSpec) -> Difference {
    let (ours, theirs) = (one.amount, other.amount);
    let gap = gap(ours, theirs);
    let in_hundreds = |one: Fen, other: Fen| one.0.checked_mul(100) == Some(other.0);
    let fees = other.fees.is_some_and(|fees| fees != Fen::ZERO && fees.0.abs() == gap.0);
    let cause = if fees {
        Cause::Charges
    } else if in_hundreds(ours, theirs) || in_hundreds(theirs, ours) {
        Cause::AmountUnit
    } else {
        Cause::OtherAmount
    };
    let booked = booked(spec.book.different_amount, ours, theirs);
    let found = Found { kind: BreakKind::Amount, ours, theirs, gap, booked, cause };
    Difference { date: one.date, found }
}
