//! Items of both sides that are the same thing. Which they are is looked up by the gateway; here it is
//! checked again, on the items as they are in the commit.

use std::sync::Arc;

use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::ItemId;
use jiaozi_ledger::mirror::PAIRED;
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::mirror::item::{Item, ItemState, Origin};
use jiff::civil::Date;
use serde_json::json;

use super::judge::is_charge;
use crate::answer::digest_of;
use crate::spec::mirror::MirrorSpec;

/// By what two items are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Their reference and amount.
    Reference,
    /// Their amount, and theirs has only the beginning of our reference.
    CutReference,
    /// Their amount, within the days, for theirs has no reference.
    Amount,
}

/// So many characters a customer reference of MT940 has at most (field 61, subfield 7): a longer one of ours
/// is cut there.
pub const CUT_AT: usize = 16;

/// Pairs items. Pairs that are none any more are left as they are and found again.
#[derive(Debug)]
pub struct Pair {
    /// Under which key: a new one each time, for what happens depends on what there is.
    pub scope: Scope,
    /// The mirror.
    pub spec: Arc<MirrorSpec>,
    /// By what.
    pub by: By,
    /// Ours and theirs.
    pub pairs: Vec<(ItemId, ItemId)>,
}

impl Pair {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "mirror.pair";

    /// The most pairs of one command.
    pub const MOST: usize = 500;

    /// Whether they are the same; ours may be paired by its amount only, which a reference overrules.
    fn same(&self, ours: &Item, theirs: &Item) -> bool {
        let sides = (ours.origin, theirs.origin) == (Origin::Ours, Origin::Theirs);
        let here = ours.mirror == self.spec.code && theirs.mirror == self.spec.code;
        let free = theirs.state == ItemState::Open;
        let state = match self.by {
            By::Reference => {
                matches!(ours.state, ItemState::Open | ItemState::PairedByAmount)
                    && theirs.named
                    && ours.reference_key == theirs.reference_key
            }
            By::CutReference => {
                let cut = theirs.reference_key.len() == self.spec.code.len() + 1 + CUT_AT;
                ours.state == ItemState::Open
                    && theirs.named
                    && cut
                    && ours.reference_key.starts_with(&theirs.reference_key)
            }
            By::Amount => {
                ours.state == ItemState::Open
                    && has_only_its_amount(theirs, &self.spec)
                    && near(ours.date, theirs.date, self.spec.matching.days)
            }
        };
        sides && here && free && state && ours.amount == theirs.amount
    }
}

impl Command for Pair {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let pairs: Vec<String> =
            self.pairs.iter().map(|(ours, theirs)| format!("{ours}={theirs}")).collect();
        digest_of(&[&self.spec.code, &pairs.join("\n")])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = Vec::with_capacity(self.pairs.len() * 2);
        for (ours, theirs) in &self.pairs {
            needs.extend([Item::by_id(*ours), Item::by_id(*theirs)]);
            let before = facts.get::<Item>(*ours).and_then(|ours| ours.pair);
            needs.extend(before.map(Item::by_id));
            let statement = facts.get::<Item>(*theirs).and_then(|theirs| theirs.statement);
            needs.extend(statement.map(AccountStatement::by_id));
        }
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let mut changes = Changes::default();
        let state = match self.by {
            By::Reference | By::CutReference => ItemState::Paired,
            By::Amount => ItemState::PairedByAmount,
        };
        let mut paired = 0_usize;
        for (ours, theirs) in &self.pairs {
            let (Some(ours), Some(theirs)) = (facts.get::<Item>(*ours), facts.get::<Item>(*theirs))
            else {
                continue;
            };
            if !self.same(ours, theirs) || !counts(theirs, facts) {
                continue;
            }
            if let Some(before) = ours.pair.and_then(|pair| facts.get::<Item>(pair)) {
                changes.mirror_items.push(before.reopened());
            }
            let pair = |one: &Item, with: &Item| Item { state, pair: Some(with.id), ..one.clone() };
            changes.mirror_items.extend([pair(ours, theirs), pair(theirs, ours)]);
            paired += 1;
        }
        let by = match self.by {
            By::Reference => "reference",
            By::CutReference => "cut_reference",
            By::Amount => "amount",
        };
        let told = json!({"account": self.spec.code, "by": by, "pairs": paired});
        let event = Event { kind: PAIRED, subject: uuid::Uuid::nil(), data: told.clone() };
        Decision::done(Answer::json(200, &told), event, changes)
    }

    fn weight(&self) -> usize {
        self.pairs.len() / 5 + 1
    }
}

/// Whether an item of theirs counts: its statement is complete, and was not replaced.
pub(super) fn counts(item: &Item, facts: &Facts) -> bool {
    item.statement.is_none_or(|statement| {
        facts.get::<AccountStatement>(statement).is_some_and(AccountStatement::counts)
    })
}

/// Whether an item of theirs may be found by its amount: it has no reference, and is neither a charge nor
/// takes an earlier one back, which are nothing that we have posted.
fn has_only_its_amount(theirs: &Item, spec: &MirrorSpec) -> bool {
    theirs.origin == Origin::Theirs && !theirs.named && !theirs.returned && !is_charge(theirs, spec)
}

/// Whether two days are at most so many apart.
#[must_use]
pub fn near(one: Date, other: Date, days: u8) -> bool {
    one.until(other).is_ok_and(|span| span.get_days().unsigned_abs() <= u32::from(days))
}

/// The item of ours that an item of theirs without a reference must be, if there is exactly one. `ours` and
/// `rivals` are the open items with its amount: of ours, and of theirs without a reference.
#[must_use]
pub fn sole<'i>(
    theirs: &Item,
    ours: &'i [Item],
    rivals: &[Item],
    spec: &MirrorSpec,
) -> Option<&'i Item> {
    let days = spec.matching.days;
    let fits = |one: &Item, other: &Item| {
        one.state == ItemState::Open
            && other.state == ItemState::Open
            && one.amount == other.amount
            && near(one.date, other.date, days)
    };
    if !has_only_its_amount(theirs, spec) {
        return None;
    }
    let mut candidates = ours.iter().filter(|one| one.origin == Origin::Ours && fits(one, theirs));
    let (only, more) = (candidates.next()?, candidates.next());
    let contested = rivals.iter().any(|rival| {
        rival.id != theirs.id && rival.origin == Origin::Theirs && !rival.named && fits(only, rival)
    });
    (more.is_none() && !contested).then_some(only)
}
