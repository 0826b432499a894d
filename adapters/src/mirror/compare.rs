//! One break of a mirrored account: opened, changed, or resolved by evidence, with its posting.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::book;
use jiaozi_ledger::breaks::{self, Break, BreakKind, Cause, Resolution};
use jiaozi_ledger::command::refusal_code;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{AccountId, BreakId};
use jiaozi_ledger::mirror::Mirror;
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::mirror::item::Item;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use serde_json::json;
use uuid::Uuid;

use super::chain::{Link, Reach};
use super::judge::{Difference, judge};
use super::pair::counts;
use crate::answer::{digest_of, not_opened, too_large};
use crate::reconciliation::judge::{Target, target};
use crate::spec::mirror::MirrorSpec;

/// What a break is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The items of its reference, which are read in the commit.
    Items {
        /// `mirror/reference`.
        reference_key: String,
        /// How far their statements go.
        reach: Reach,
    },
    /// Balances, as statements on record have them.
    Balance(Link),
}

/// The code with which a comparison is declined that was made with statements that do not count any more.
pub const EVIDENCE_CHANGED: &str = "evidence_changed";

/// Compares both sides of one break. Where it is already what it should be, nothing happens.
#[derive(Debug)]
pub struct CompareMirror {
    /// Under which key: a new one each time, for what happens depends on what there is.
    pub scope: Scope,
    /// The mirror.
    pub spec: Arc<MirrorSpec>,
    /// The break's key.
    pub break_key: String,
    /// What it is judged by.
    pub about: About,
    /// The number of the statements by which it is judged: [`Mirror::evidence`].
    pub evidence: i64,
}

impl CompareMirror {
    /// The operation of its idempotency scope. Everything that reconciliation posts on a mirror begins
    /// with `mirror.`: so its entries are known as none of the other side's concern.
    pub const OPERATION: &'static str = "mirror.compare";

    fn reference_key(&self) -> &str {
        match &self.about {
            About::Items { reference_key, .. } => reference_key,
            About::Balance(link) => &link.reference_key,
        }
    }

    fn difference(&self, facts: &Facts) -> Option<Difference> {
        match &self.about {
            About::Items { reference_key, reach } => {
                let mut items = facts.all::<Item>(&Item::by_reference(reference_key));
                items.retain(|item| counts(item, facts));
                judge(&items, *reach, &self.spec).remove(&self.break_key)
            }
            About::Balance(link) => link.difference,
        }
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let code = &self.spec.code;
        let mirror = facts.one::<Mirror>(&Mirror::by_code(code));
        let account = opened(facts, &self.spec.account)?;
        if mirror.is_some_and(|mirror| mirror.account != account) {
            let detail = format!("{code} was reconciled for another account before.");
            let next = "Name that account in its specification.";
            return Err(Problem::new(409, "mirror_moved", detail, next));
        }
        if mirror.is_none_or(|mirror| mirror.evidence != self.evidence) {
            let detail = "Another statement is there.";
            let next = "Compare again with what it says.";
            return Err(Problem::new(409, EVIDENCE_CHANGED, detail, next));
        }
        let difference = self.difference(facts);
        let before = facts.one::<Break>(&Break::by_key(&self.break_key));
        let Some(target) = target(difference.map(|one| one.found), before) else {
            let told = before.map(Break::told).unwrap_or_default();
            let subject = before.map_or(Uuid::nil(), |before| before.id.0);
            let data = json!({"partner": code, "reference": self.reference_key()});
            let event = Event { kind: "break.unchanged", subject, data };
            return Ok(Decision::done(Answer::json(200, &told), event, Changes::default()));
        };
        let (after, kind) = self.after(facts, before, difference, &target);
        let was = before.map_or(Fen::ZERO, |before| before.booked);
        let delta = after.booked.minus(was).ok_or_else(too_large)?;
        let mut changes = Changes::default();
        if delta != Fen::ZERO {
            let suspense = opened(facts, &self.spec.unexplained())?;
            let effective_at = self.spec.begins(after.clearing_date);
            let draft = Draft { effective_at, ..Draft::new() };
            changes.draft = Some(moved(draft, account, suspense, delta)?);
        }
        let told = after.told();
        let event = Event { kind, subject: after.id.0, data: told.clone().into() };
        changes.breaks.push(after);
        preview(facts, &changes)?;
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }

    fn after(
        &self,
        facts: &Facts,
        before: Option<&Break>,
        difference: Option<Difference>,
        target: &Target,
    ) -> (Break, &'static str) {
        let moment = facts.moment();
        let date = difference.map(|one| one.date);
        let mut after = before.cloned().unwrap_or_else(|| Break {
            id: moment.ids.id::<BreakId>(0),
            break_key: self.break_key.clone(),
            partner: self.spec.code.clone(),
            clearing_date: date.unwrap_or(self.spec.since),
            reference_key: self.reference_key().to_owned(),
            kind: BreakKind::Balance,
            ours: Fen::ZERO,
            theirs: Fen::ZERO,
            gap: Fen::ZERO,
            booked: Fen::ZERO,
            moved: Fen::ZERO,
            cause: Cause::OpeningDiffers,
            owner: None,
            since: moment.at,
            resolution: None,
            resolved_at: None,
            approval: None,
            seq: moment.seq,
        });
        (after.booked, after.seq) = (target.booked, moment.seq);
        let Some(found) = target.found else {
            after.gap = Fen::ZERO;
            after.resolution = Some(Resolution::Evidence);
            after.resolved_at = Some(moment.at);
            return (after, breaks::RESOLVED);
        };
        (after.kind, after.ours, after.theirs) = (found.kind, found.ours, found.theirs);
        (after.gap, after.cause) = (found.gap, found.cause);
        if found.cause == Cause::RuledOtherwise {
            // Nothing differs any more but what was moved.
            (after.ours, after.theirs) = (Fen::ZERO, Fen::ZERO);
        }
        if before.is_some_and(Break::is_open) {
            return (after, breaks::CHANGED);
        }
        (after.owner, after.since) = (None, moment.at);
        (after.resolution, after.resolved_at, after.approval) = (None, None, None);
        (after, breaks::OPENED)
    }
}

/// The account of a code.
pub(super) fn opened(facts: &Facts, code: &str) -> Result<AccountId, Problem> {
    facts.account(code).map(|account| account.id).ok_or_else(|| not_opened(code))
}

/// Moves so much from another account to the mirror: more money there. Back, if it is below nothing.
fn moved(draft: Draft, mirror: AccountId, other: AccountId, fen: Fen) -> Result<Draft, Problem> {
    let back = fen.negated().ok_or_else(too_large)?;
    Ok(if fen > Fen::ZERO {
        draft.debit(mirror, fen).credit(other, fen)
    } else {
        draft.debit(other, back).credit(mirror, back)
    })
}

/// Whether the books take the changes.
pub(super) fn preview(facts: &Facts, changes: &Changes) -> Result<(), Problem> {
    book::preview(facts, changes)
        .map(|_| ())
        .map_err(|refusal| Problem::of_books(422, refusal_code(&refusal), refusal.to_string()))
}

impl Command for CompareMirror {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let about = match &self.about {
            About::Items { reference_key, reach } => {
                format!("items/{reference_key}/{}/{}", reach.until, reach.unbroken)
            }
            About::Balance(link) => {
                let found = link.difference.map(|one| (one.found.ours.0, one.found.theirs.0));
                let (ours, theirs) = found.unwrap_or_default();
                format!("balance/{}/{ours}/{theirs}", link.reference_key)
            }
        };
        digest_of(&[&self.spec.code, &self.break_key, &about])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![
            Break::by_key(&self.break_key),
            Mirror::by_code(&self.spec.code),
            Account::by_code(&self.spec.account),
            Account::by_code(&self.spec.unexplained()),
        ];
        if let About::Items { reference_key, .. } = &self.about {
            let items = Item::by_reference(reference_key);
            let found = facts.all::<Item>(&items).into_iter();
            needs.extend(found.filter_map(|item| item.statement).map(AccountStatement::by_id));
            needs.push(items);
        }
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"partner": self.spec.code, "reference": self.reference_key()});
            problem.decline("break.declined", Uuid::nil(), data)
        })
    }
}
