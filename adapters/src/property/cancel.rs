//! Cancelling a whole order, as if it had never been paid: possible until its clearing day is closed,
//! also after the cut-off has passed, because until then nothing of it has left the company's
//! settlement account. Afterwards it is a refund.
//!
//! The day loses the order, so no fee is charged for it and no second payee gets a share of it. If
//! refunds of earlier orders have used up the day's money for an item, a cancellation would leave the
//! company or a second payee below nothing on this day and is declined.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::book;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::order::{Order, OrderState};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use serde_json::json;

use super::SCENE;
use super::answer;
use super::bills::{self, Afterwards};
use super::company::Company;
use super::pay::event_data;
use crate::answer::{balance_after, digest_of, no_such_order, not_opened, order_body, too_large};
use crate::caller::Caller;
use crate::settlement::days;

/// Cancels an order.
#[derive(Debug)]
pub struct Cancel {
    /// Under which key.
    pub scope: Scope,
    /// The company.
    pub company: Arc<Company>,
    /// Who asks for it.
    pub caller: Caller,
    /// The order.
    pub order: OrderId,
}

impl Cancel {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "property.cancel";
}

impl Command for Cancel {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest_of(&[&self.company.payee.code, self.caller.name(), &self.order.to_string()])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs =
            vec![Order::by_id(self.order), Account::by_code(&self.company.payee.settlement())];
        if let Some(order) = facts.get::<Order>(self.order) {
            needs.push(Day::by_date(&order.partner, order.clearing_date));
            needs.push(Account::by_id(order.payer));
            needs.extend(order.budget.map(Account::by_id));
            needs.extend(order.lines.iter().map(|line| Bill::by_id(line.bill)));
        }
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({"scene": SCENE, "partner": self.company.payee.code, "caller": self.caller.name()});
                problem.decline("payment.cancel_declined", self.order.0, data)
            }
        }
    }
}

impl Cancel {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let order = facts
            .get::<Order>(self.order)
            .filter(|order| self.caller.sees(order) && order.partner == self.company.payee.code)
            .ok_or_else(no_such_order)?;
        let day = self.still_possible(facts, order)?;
        let day = without(day, order).ok_or_else(too_large)?;
        if !order.lines.iter().all(|line| days::covers(&day, &line.item)) {
            let detail = "Refunds have used this day's money for an item of the order.";
            return Err(Problem::new(409, "day_funds_used", detail, "Ask for a refund instead."));
        }
        let settlement = self.company.payee.settlement();
        let from = facts.account(&settlement).ok_or_else(|| not_opened(&settlement))?;
        let gross = order.amount.plus(order.discount).ok_or_else(too_large)?;
        let mut draft = Draft::new().debit(from.id, gross).credit(order.payer, order.amount);
        if let Some(budget) = order.budget {
            draft = draft.credit(budget, order.discount);
        }
        let cancel_seq = Some(facts.moment().seq);
        let cancelled = Order { state: OrderState::Cancelled, cancel_seq, ..order.clone() };
        let changes = Changes {
            draft: Some(draft),
            bills: restored(facts, order).ok_or_else(too_large)?,
            orders: vec![cancelled.clone()],
            days: vec![day],
            ..Changes::default()
        };
        let outcome = book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, &self.company))?;
        let mut body = order_body(&cancelled);
        let payer = facts.get::<Account>(order.payer);
        body.insert("balance".to_owned(), balance_after(&outcome, payer, order.payer));
        body.insert("cancelled_at".to_owned(), json!(facts.moment().at));
        body.insert("cancel_seq".to_owned(), facts.moment().seq.into());
        let mut data = event_data(&cancelled);
        data["caller"] = self.caller.name().into();
        let event = Event { kind: "payment.cancelled", subject: order.id.0, data };
        Ok(Decision::done(Answer::json(200, &body), event, changes))
    }

    /// The order's day, if the order is paid and the day open.
    fn still_possible(&self, facts: &Facts, order: &Order) -> Result<Day, Problem> {
        let refuse = |code, detail, next| Err(Problem::new(409, code, detail, next));
        match order.state {
            OrderState::Paid => {}
            OrderState::Cancelled => {
                let detail = "The order is cancelled already.";
                return refuse("already_cancelled", detail, "There is nothing left to do.");
            }
            OrderState::PartRefunded | OrderState::Refunded => {
                let detail = "Money of the order was given back already.";
                return refuse("refunded", detail, "Ask for a refund of what is left.");
            }
            OrderState::Accepted
            | OrderState::Unknown
            | OrderState::Reversing
            | OrderState::Refused
            | OrderState::Reversed => {
                let detail = "The order is not paid.";
                return refuse(
                    "not_paid",
                    detail,
                    "Read the order; there is nothing to take back.",
                );
            }
        }
        let day = facts.one::<Day>(&Day::by_date(&order.partner, order.clearing_date));
        match day {
            Some(day) if day.closed_at.is_none() => Ok(day.clone()),
            _ => refuse("day_closed", "The order's clearing day is closed.", "Ask for a refund."),
        }
    }
}

/// The day without the order, its fee included.
fn without(mut day: Day, order: &Order) -> Option<Day> {
    day.payments -= 1;
    day.paid = day.paid.minus(order.amount)?;
    day.discounts = day.discounts.minus(order.discount)?;
    day.fee = day.fee.minus(order.fee)?;
    for (line, shares) in order.divided() {
        let back = line.principal.plus(line.late_fee)?.negated()?;
        days::add_item(&mut day, &line.item, back)?;
        if let Some(shares) = shares {
            days::take_shares(&mut day, &line.item, shares)?;
        }
    }
    Some(day)
}

fn restored(facts: &Facts, order: &Order) -> Option<Vec<Bill>> {
    let restore = |line: &jiaozi_ledger::order::OrderLine| {
        let bill = facts.get::<Bill>(line.bill)?;
        let paid_on = order.business_date;
        bills::give_back(bill, line, line.principal, true, paid_on, Afterwards::Payable)
    };
    order.lines.iter().map(restore).collect()
}
