//! One reference: both sides judged, and its break opened, changed, or resolved by evidence.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi_ledger::book;
use jiaozi_ledger::breaks::{self, Break, Resolution};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::BreakId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::Order;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::statement::Statement;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::booking;
use super::judge::{Evidence, Ours, Target, judge, target};
use crate::answer::{self, digest_of, too_large};
use crate::utility::biller::Biller;

/// The code with which a comparison is declined that was made with files that do not count any more.
pub const EVIDENCE_CHANGED: &str = "evidence_changed";

/// Compares both sides of one payment. Where the break is already what it should be, nothing happens.
#[derive(Debug)]
pub struct Compare {
    /// Under which key: a new one each time, for what happens depends on what there is.
    pub scope: Scope,
    /// The biller.
    pub biller: Arc<Biller>,
    /// Our reference there, as their file or our books have it.
    pub reference: String,
    /// The clearing date: ours, where we have the payment, else that of their file.
    pub date: Date,
    /// What their files say.
    pub evidence: Evidence,
    /// The number of the file that says it, or whose silence does, by date; nothing where there was none.
    pub files: BTreeMap<Date, Option<i64>>,
}

impl Compare {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "reconciliation.compare";

    /// The key of the break of a reference.
    #[must_use]
    pub fn break_key(partner: &str, reference: &str, date: Date, repeated: bool) -> String {
        let date = if repeated { format!("/{date}") } else { String::new() };
        format!("{partner}/{reference}{date}")
    }

    fn key(&self) -> String {
        let partner = &self.biller.payee.code;
        Compare::break_key(partner, &self.reference, self.date, self.evidence.repeated)
    }

    /// What was read before a later file was complete decides nothing any more.
    fn still_counts(&self, facts: &Facts) -> Result<(), Problem> {
        for (date, number) in &self.files {
            let of_day = facts.all::<Statement>(&Statement::of_day(&self.biller.payee.code, *date));
            let complete = of_day.into_iter().filter(|file| file.completed_at.is_some());
            if complete.map(|file| file.number).max() != *number {
                let detail = format!("A later file of {date} is there.");
                let next = "Compare again with what it says.";
                return Err(Problem::new(409, EVIDENCE_CHANGED, detail, next));
            }
        }
        Ok(())
    }

    /// Our side: what the biller was asked, or a debit under a mandate.
    fn ours(&self, facts: &Facts) -> Option<Ours> {
        let partner = &self.biller.payee.code;
        let asked = facts.one::<Instruction>(&Instruction::by_reference(partner, &self.reference));
        if let Some(asked) = asked {
            return Some(Ours::asked(asked, facts.get::<Order>(asked.order)));
        }
        let claimed = facts.one::<Order>(&Order::by_reference(partner, &self.reference));
        claimed.and_then(Ours::withheld)
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let partner = &self.biller.payee.code;
        self.still_counts(facts)?;
        let found = judge(self.ours(facts), &self.evidence, &self.biller.reconciliation);
        let before = facts.one::<Break>(&Break::by_key(&self.key()));
        let Some(target) = target(found, before) else {
            let told = before.map(Break::told).unwrap_or_default();
            let subject = before.map_or(Uuid::nil(), |before| before.id.0);
            let data = json!({"partner": partner, "reference": self.reference});
            let event = Event { kind: "break.unchanged", subject, data };
            return Ok(Decision::done(Answer::json(200, &told), event, Changes::default()));
        };
        let (after, kind) = self.after(facts, before, &target);
        let was = before.map_or(Fen::ZERO, |before| before.booked);
        let delta = after.booked.minus(was).ok_or_else(too_large)?;
        let mut changes = Changes::default();
        booking::book(&self.biller, facts, after.clearing_date, delta, &mut changes)?;
        let told = after.told();
        let event = Event { kind, subject: after.id.0, data: told.clone().into() };
        changes.breaks.push(after);
        let ours = self.biller.accounts();
        book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, &self.biller.payee, &ours))?;
        Ok(Decision::done(Answer::json(200, &told), event, changes))
    }

    fn after(
        &self,
        facts: &Facts,
        before: Option<&Break>,
        target: &Target,
    ) -> (Break, &'static str) {
        let moment = facts.moment();
        let was_open = before.is_some_and(Break::is_open);
        let Some(found) = target.found else {
            let mut after = self.new_or(facts, before, target);
            after.gap = Fen::ZERO;
            after.resolution = Some(Resolution::Evidence);
            after.resolved_at = Some(moment.at);
            return (after, breaks::RESOLVED);
        };
        let mut after = self.new_or(facts, before, target);
        (after.kind, after.ours, after.theirs) = (found.kind, found.ours, found.theirs);
        (after.gap, after.cause) = (found.gap, found.cause);
        if was_open {
            return (after, breaks::CHANGED);
        }
        (after.owner, after.since) = (None, moment.at);
        (after.resolution, after.resolved_at, after.approval) = (None, None, None);
        (after, breaks::OPENED)
    }

    fn new_or(&self, facts: &Facts, before: Option<&Break>, target: &Target) -> Break {
        let (moment, partner) = (facts.moment(), &self.biller.payee.code);
        let mut after = before.cloned().unwrap_or_else(|| Break {
            id: moment.ids.id::<BreakId>(0),
            break_key: self.key(),
            partner: partner.clone(),
            clearing_date: self.date,
            reference_key: format!("{partner}/{}", self.reference),
            kind: breaks::BreakKind::Unknown,
            ours: Fen::ZERO,
            theirs: Fen::ZERO,
            gap: Fen::ZERO,
            booked: Fen::ZERO,
            moved: Fen::ZERO,
            cause: breaks::Cause::StatusNotKnown,
            owner: None,
            since: moment.at,
            resolution: None,
            resolved_at: None,
            approval: None,
            seq: moment.seq,
        });
        (after.booked, after.seq) = (target.booked, moment.seq);
        after
    }
}

impl Command for Compare {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let line = self.evidence.line.map(|line| (line.amount.0, line.state.code()));
        let (amount, state) = line.unwrap_or((0, -1));
        let flags = format!("{}/{}", self.evidence.whole, self.evidence.repeated);
        let figures = format!("{amount}/{state}/{flags}");
        digest_of(&[&self.biller.payee.code, &self.reference, &self.date.to_string(), &figures])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let partner = &self.biller.payee.code;
        let key = Break::by_key(&self.key());
        // A break keeps the clearing date that it was opened with.
        let date = facts.one::<Break>(&key).map_or(self.date, |before| before.clearing_date);
        let asked = Instruction::by_reference(partner, &self.reference);
        let order = facts.one::<Instruction>(&asked).map(|asked| Order::by_id(asked.order));
        let mut needs = vec![asked, Order::by_reference(partner, &self.reference), key];
        needs.extend(order);
        needs.extend(self.files.keys().map(|date| Statement::of_day(partner, *date)));
        needs.extend(booking::needs(&self.biller, date, facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"partner": self.biller.payee.code, "reference": self.reference});
            problem.decline("break.declined", Uuid::nil(), data)
        })
    }
}
