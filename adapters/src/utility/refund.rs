//! Giving money back to the payer of a biller (退款) when the biller takes nothing back any more: two
//! operators decide, and it is a record of its own under the payment. The payment stays what it was on its
//! day; the refund counts in the day on which it is made.
//!
//! The money comes from what was paid for the biller on that day, as far as that reaches; the rest from the
//! account to which the biller is settled, which never gives more than it has. The fee stays charged.
//!
//! A payment with a break gives nothing back before the break is resolved: its money may be in suspense, or
//! two operators may have moved it to the payer already.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::approval::{self, Approval, Content};
use jiaozi_ledger::book;
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::chart;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{ApprovalId, OrderId, RefundId};
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::mandate::Mandate;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{self, Order, OrderState};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::biller::Biller;
use crate::answer::{
    self, balance_after, digest_of, no_open_day, no_such_order, not_opened, too_large,
    unknown_payer,
};
use crate::draw::answer::no_refund_to_core;
use crate::property::answer::refund_body;
use crate::property::refund::Reason;
use crate::settlement::days;

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refunding {
    /// The payment.
    pub order: OrderId,
    /// What the payer gets, in fen.
    #[serde(rename = "amount_fen")]
    pub amount: Fen,
    /// What the payer had got back when this was proposed, in fen.
    #[serde(rename = "refunded_fen")]
    pub refunded: Fen,
    /// Why.
    pub because: Reason,
}

impl Refunding {
    /// What is proposed and approved.
    #[must_use]
    pub fn content(&self) -> Content {
        let parameters = match json!(self) {
            Value::Object(parameters) => parameters,
            _ => Map::new(),
        };
        Content { operation: Refund::OPERATION.to_owned(), subject: self.order.0, parameters }
    }

    /// Reads what was proposed.
    ///
    /// # Errors
    /// What is wrong with the parameters: they were proposed by another version.
    pub fn of(content: &Content) -> serde_json::Result<Refunding> {
        serde_json::from_value(Value::Object(content.parameters.clone()))
    }
}

/// Approves a refund and gives the money back, in one commit. Who orders it is the checker.
#[derive(Debug)]
pub struct Refund {
    /// Under which key, and who.
    pub scope: Scope,
    /// The approval.
    pub approval: ApprovalId,
    /// The biller.
    pub biller: Arc<Biller>,
    /// Exactly what was proposed.
    pub refunding: Refunding,
    /// What the checker has to say, kept out of the feed.
    pub remark: Option<String>,
}

/// Where the money comes from, and the day without it.
struct Funding {
    from_day: Fen,
    from_settled: Fen,
    day: Day,
}

impl Refund {
    /// The operation of its idempotency scope, and of what is proposed.
    pub const OPERATION: &'static str = "utility.refund";

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let order = facts
            .get::<Order>(self.refunding.order)
            .filter(|order| order.partner == self.biller.payee.code)
            .ok_or_else(no_such_order)?;
        let payer = facts.get::<Account>(order.payer).ok_or_else(unknown_payer)?;
        if chart::customer_number(&payer.code).is_some() {
            return Err(no_refund_to_core());
        }
        self.possible(facts, order)?;
        self.without_break(facts, order)?;
        let left = order.amount.minus(order.refunded).ok_or_else(too_large)?;
        let amount = self.refunding.amount;
        if !amount.is_positive() || amount > left {
            let detail = format!("Between 1 and {} fen can be given back.", left.0);
            let next = "Propose what is left.";
            return Err(
                Problem::new(422, "refund_out_of_range", detail, next).with("left_fen", left.0)
            );
        }
        let (content, checker) = (self.refunding.content(), &self.scope.partner);
        let remark = self.remark.as_deref();
        let approval =
            approval::approved_and_carried_out(facts, self.approval, &content, checker, remark)?;
        let refunded = order.refunded.plus(amount).ok_or_else(too_large)?;
        let state = if amount == left { OrderState::Refunded } else { OrderState::PartRefunded };
        let after = Order { refunded, state, ..order.clone() };
        self.post(facts, after, payer, approval)
    }

    /// Where the payment stands, and that nobody can take it back whole.
    fn possible(&self, facts: &Facts, order: &Order) -> Result<(), Problem> {
        let refuse = |code, detail, next| Err(Problem::new(409, code, detail, next));
        match order.state {
            OrderState::Paid | OrderState::PartRefunded => {}
            OrderState::Refunded => {
                let detail = "Everything that was paid is given back already.";
                return refuse("refunded", detail, "There is nothing left.");
            }
            OrderState::Accepted | OrderState::Unknown | OrderState::Reversing => {
                let detail = "The outcome of the payment is not known.";
                return refuse("payment_pending", detail, "Wait until it is known.");
            }
            OrderState::Refused | OrderState::Reversed | OrderState::Cancelled => {
                let detail = "The payer has the money already.";
                return refuse("not_paid", detail, "There is nothing left to do.");
            }
        }
        if order.refunded != self.refunding.refunded {
            let detail = "More was given back since this was proposed.";
            return refuse("refund_outdated", detail, "Withdraw it, and propose it anew.");
        }
        let Some(asked) = self.asked(facts) else { return Ok(()) };
        let now = self.biller.now(facts.moment().at, order.clearing_date);
        if asked.can_reverse(now) {
            let detail = "The biller still takes the whole payment back.";
            return refuse("reversal_possible", detail, "Cancel the payment.");
        }
        Ok(())
    }

    fn asked<'f>(&self, facts: &'f Facts) -> Option<&'f Instruction> {
        facts.one::<Instruction>(&Instruction::of_order(self.refunding.order))
    }

    /// The payment's break, if it has one.
    fn break_need(&self, facts: &Facts) -> Option<Need> {
        let order = facts.get::<Order>(self.refunding.order)?;
        let key = match self.asked(facts) {
            Some(asked) => &asked.reference_key,
            None => order.reference_key.as_ref()?,
        };
        Some(Break::by_key(key))
    }

    fn without_break(&self, facts: &Facts, order: &Order) -> Result<(), Problem> {
        let one = self.break_need(facts).and_then(|need| facts.one::<Break>(&need));
        match one {
            Some(one) if one.is_open() || one.moved != Fen::ZERO => {
                let detail =
                    "The payment differs from the biller's file, or its money was moved for that.";
                let next = "Resolve the break; what it moved is not given back again.";
                let problem = Problem::new(409, "payment_has_break", detail, next);
                Err(problem.with("break", json!(one.id)).with("order", json!(order.id)))
            }
            _ => Ok(()),
        }
    }

    fn funding(&self, facts: &Facts) -> Result<Funding, Problem> {
        let amount = self.refunding.amount;
        let mut day = days::open(&self.biller.payee, facts, 1).ok_or_else(no_open_day)?;
        let there = days::item_sum(&day, &self.biller.item).max(Fen::ZERO);
        let from_day = amount.min(there);
        let from_settled = amount.minus(from_day).ok_or_else(too_large)?;
        day.refunds += 1;
        day.refunded = day.refunded.plus(from_day).ok_or_else(too_large)?;
        let taken = from_day.negated().ok_or_else(too_large)?;
        days::add_item(&mut day, &self.biller.item, taken).ok_or_else(too_large)?;
        Ok(Funding { from_day, from_settled, day })
    }

    fn post(
        &self,
        facts: &Facts,
        order: Order,
        payer: &Account,
        approval: Approval,
    ) -> Result<Decision, Problem> {
        let payee = &self.biller.payee;
        let account = |code: &str| {
            facts.account(code).map(|account| account.id).ok_or_else(|| not_opened(code))
        };
        let moment = facts.moment();
        let Funding { from_day, from_settled, day } = self.funding(facts)?;
        let draft = Draft::new()
            .debit(account(&payee.settlement())?, from_day)
            .debit(account(payee.settled())?, from_settled)
            .credit(order.payer, self.refunding.amount);
        let refund = order::Refund {
            id: moment.ids.id::<RefundId>(0),
            order: order.id,
            partner: order.partner.clone(),
            amount: self.refunding.amount,
            discount: Fen::ZERO,
            from_settled,
            reason: self.refunding.because.as_str().to_owned(),
            items: vec![(self.biller.item.clone(), self.refunding.amount)],
            shares: std::collections::BTreeMap::new(),
            at: moment.at,
            clearing_date: day.date,
            seq: moment.seq,
        };
        let mut data = self.event_data(facts, &order, &refund);
        (data["maker"], data["by"]) =
            (approval.maker.clone().into(), self.scope.partner.clone().into());
        let event = Event { kind: "payment.refunded", subject: order.id.0, data };
        let mut body = refund_body(&refund);
        body.insert("order_state".to_owned(), json!(order.state));
        body.insert("order_refunded_fen".to_owned(), json!(order.refunded));
        let changes = Changes {
            draft: Some(draft),
            orders: vec![order],
            refunds: vec![refund],
            days: vec![day],
            approvals: vec![approval],
            ..Changes::default()
        };
        let outcome = book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, payee, &self.biller.accounts()))?;
        body.insert("balance".to_owned(), balance_after(&outcome, Some(payer), payer.id));
        Ok(Decision::done(Answer::json(201, &body), event, changes))
    }

    fn event_data(&self, facts: &Facts, order: &Order, refund: &order::Refund) -> Value {
        let asked = self.asked(facts);
        // A debit under a mandate is the biller's order; the payer's channel is that of the mandate.
        let signed = facts.all::<Mandate>(&Mandate::of_contract(&order.partner, &order.house));
        let signed = signed.into_iter().find(|mandate| mandate.payer == order.payer);
        let channel = match (asked, signed) {
            (None, Some(mandate)) => mandate.channel.clone(),
            _ => order.channel.clone(),
        };
        let mut data = Value::Object(refund_body(refund));
        data["scene"] = order.scene.clone().into();
        data["channel"] = channel.into();
        data["reference"] = json!(order.reference());
        data["biller_reference"] = json!(asked.map(Instruction::reference));
        data["site"] = order.site.clone().into();
        data["house"] = order.house.clone().into();
        data["payer"] = json!(order.payer);
        data["order_state"] = json!(order.state);
        data["bills"] = json!([]);
        data
    }
}

impl Command for Refund {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let content = hex::encode(self.refunding.content().digest());
        let remark = self.remark.as_deref().unwrap_or_default();
        digest_of(&[&self.approval.to_string(), &content, remark])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let payee = &self.biller.payee;
        let mut needs = vec![
            Order::by_id(self.refunding.order),
            Instruction::of_order(self.refunding.order),
            Approval::by_id(self.approval),
            Account::by_code(&payee.settlement()),
            Account::by_code(payee.settled()),
        ];
        if let Some(order) = facts.get::<Order>(self.refunding.order) {
            needs.push(Account::by_id(order.payer));
            needs.push(Mandate::of_contract(&order.partner, &order.house));
        }
        needs.extend(self.break_need(facts));
        needs.extend(days::needs(payee, facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        self.carry_out(facts).unwrap_or_else(|problem| {
            let data = json!({"by": self.scope.partner, "operation": Refund::OPERATION});
            problem.decline("payment.refund_declined", self.refunding.order.0, data)
        })
    }
}
