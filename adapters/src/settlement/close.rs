//! Closing a clearing day: what was paid for the payee is settled to it, to second payees and to fee
//! income, in one transaction. An empty day is closed too, so that its absence is never a question.
//!
//! What is settled was kept with every payment, by the specification in force when it was posted: second
//! payees get the sum of their shares of the day's lines, less what refunds took of them, and the fee is
//! the sum of the fees of the day's payments. The fee is taken from the payee's own part of the day,
//! then from its settled account; what neither covers is not charged, because a day must close. The
//! answer names it as `fee_waived_fen`. A payee that is settled gross gets its whole part; its fee is earned
//! with the day too, and owed until it is collected ([`super::payout::collect`]).
//!
//! Reconciliation may have found that the payee was settled too much on earlier days, and taken more from
//! this one than was paid on it; or a biller may have undone a payment out of which a refund was given. Then its settled account gives back what is missing; what it does not
//! have is its debt.
//!
//! The form of the day's file is kept with the day, so that the file stays the same whatever becomes of
//! the specification.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::book;
use jiaozi_ledger::chart::FEE_INCOME;
use jiaozi_ledger::day::{self, Day};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::DayId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::days;
use super::payee::Payee;
use super::payout::waiting;
use crate::answer::{self, digest_of, too_large};
use crate::utility;

/// Closes a clearing day of a payee.
#[derive(Debug)]
pub struct CloseDay {
    /// Under which key.
    pub scope: Scope,
    /// Whose day it is.
    pub payee: Arc<Payee>,
    /// The clearing date.
    pub date: Date,
}

impl CloseDay {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "settlement.close_day";
}

impl Command for CloseDay {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.payee.code, &self.date.to_string()])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs =
            vec![Day::by_date(&self.payee.code, self.date), Account::by_code(FEE_INCOME)];
        needs.extend(self.payee.accounts().iter().map(|code| Account::by_code(code)));
        // A second payee of the day's payments need not be one of today's specification.
        let payees = facts.one::<Day>(&self.day_need()).map(Day::payees).unwrap_or_default();
        needs.extend(payees.keys().map(|code| Account::by_code(code)));
        needs.extend(waiting::needs(&self.payee));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let day = facts.one::<Day>(&self.day_need());
                let subject: Uuid = day.map_or_else(|| facts.moment().ids.id(0), |day| day.id.0);
                let data = json!({"scene": self.payee.scene, "partner": self.payee.code, "date": self.date});
                problem.decline("day.close_declined", subject, data)
            }
        }
    }
}

impl CloseDay {
    fn day_need(&self) -> Need {
        Day::by_date(&self.payee.code, self.date)
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let moment = facts.moment();
        let day = match facts.one::<Day>(&self.day_need()) {
            Some(day) if day.closed_at.is_some() => return Err(already_closed(day)),
            Some(day) => day.clone(),
            None => Day::open(moment.ids.id::<DayId>(0), &self.payee.code, self.date),
        };
        if self.payee.clearing_date(moment.at).is_some_and(|today| today <= self.date) {
            let detail = format!("Payments may still get the clearing date {}.", self.date);
            return Err(Problem::new(409, "day_not_over", detail, "Close it after the cut-off."));
        }
        let settlement_date = self.payee.settlement_date(self.date).map_err(|error| {
            let detail = format!("There is no settlement date: {error}.");
            let next = "Extend the calendar, then close the day.";
            Problem::new(422, "calendar_ends", detail, next)
        })?;
        let own = self.own_part(&day)?;
        let settled = facts
            .account(self.payee.settled())
            .ok_or_else(|| answer::not_opened(self.payee.settled()))?;
        let covered = own.plus(spendable(settled)).ok_or_else(too_large)?;
        let apart = if self.payee.is_gross() { day.fee } else { Fen::ZERO };
        let earned = day.fee.minus(apart).ok_or_else(too_large)?;
        let fee = earned.min(covered.max(Fen::ZERO));
        let waived = earned.minus(fee).ok_or_else(too_large)?;
        let closed = Day {
            closed_at: Some(moment.at),
            settlement_date: Some(settlement_date),
            fee,
            fee_apart: apart,
            settled: own.minus(fee).ok_or_else(too_large)?,
            seq: Some(moment.seq),
            form: self.payee.day_form(),
            ..day
        };
        let draft = self.draft(facts, &closed, settled)?;
        let changes = Changes {
            draft: (!draft.lines.is_empty()).then_some(draft),
            days: vec![closed.clone()],
            payables: waiting::after(&self.payee, facts, &closed).ok_or_else(too_large)?,
            ..Changes::default()
        };
        book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, &self.payee, &self.payee.accounts()))?;
        let mut body = closed.told();
        body.insert("fee_waived_fen".to_owned(), json!(waived));
        let mut data = json!(body);
        data["scene"] = self.payee.scene.into();
        let event = Event { kind: day::CLOSED, subject: closed.id.0, data };
        Ok(Decision::done(Answer::json(200, &body), event, changes))
    }

    /// The payee's own part of the day, before the fee. A day whose items do not sum to its net, or in
    /// which somebody has less than nothing, was changed from outside and is left open.
    fn own_part(&self, day: &Day) -> Result<Fen, Problem> {
        let items = Fen::total(day.items.values().map(|fen| Fen(*fen))).ok_or_else(too_large)?;
        // Reconciliation may have taken more from the day than was paid on it, and a biller may have undone
        // what a refund was given back out of.
        let less = day.adjusted < Fen::ZERO
            || (self.payee.scene == utility::SCENE && day.refunded.is_positive());
        let covered = (less && day.shares.is_empty())
            || day.items.keys().chain(day.shares.keys()).all(|item| days::covers(day, item));
        if !covered || items != day.net() || day.fee < Fen::ZERO {
            let detail = format!(
                "The day's net is {} fen and its items sum to {} fen, expected the same, each at least what second payees get of it, and none below nothing.",
                day.net().0,
                items.0
            );
            let next = "Run the check of the books; do not close the day before it holds.";
            return Err(Problem::new(409, "day_does_not_add_up", detail, next));
        }
        let shares = Fen::total(day.payees().into_values()).ok_or_else(too_large)?;
        day.net().minus(shares).ok_or_else(too_large)
    }

    fn draft(&self, facts: &Facts, day: &Day, settled: &Account) -> Result<Draft, Problem> {
        let account = |code: &str| facts.account(code).ok_or_else(|| answer::not_opened(code));
        let mut draft = Draft::new();
        if day.net() < Fen::ZERO {
            let missing = day.net().negated().ok_or_else(too_large)?;
            draft = draft.credit(account(&self.payee.settlement())?.id, missing);
        } else {
            draft = draft.debit(account(&self.payee.settlement())?.id, day.net());
        }
        draft = if day.settled < Fen::ZERO {
            let owed = day.settled.negated().ok_or_else(too_large)?;
            if owed > spendable(settled) {
                draft.forced =
                    Some(format!("less is left of {} than was given back of it", day.date));
            }
            draft.debit(settled.id, owed)
        } else {
            draft.credit(settled.id, day.settled)
        };
        for (code, share) in day.payees() {
            draft = draft.credit(account(&code)?.id, share);
        }
        let fee = day.fee.plus(day.fee_apart).ok_or_else(too_large)?;
        if fee.is_positive() {
            draft = draft.credit(account(FEE_INCOME)?.id, fee);
        }
        if day.fee_apart.is_positive() {
            draft = draft.debit(account(&self.payee.fees_owed())?.id, day.fee_apart);
        }
        Ok(draft)
    }
}

/// What may be debited above the floor.
fn spendable(account: &Account) -> Fen {
    let floor = account.floor.unwrap_or(Fen::ZERO);
    account.available().minus(floor).unwrap_or(Fen::ZERO).max(Fen::ZERO)
}

fn already_closed(day: &Day) -> Problem {
    let detail = format!("The day {} is closed; its figures are final.", day.date);
    Problem::new(409, "already_closed", detail, "Read the figures; there is nothing left to do.")
        .with("closed", day.told())
}
