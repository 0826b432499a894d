//! Giving money back for an order, whole or in part, any number of times.
//!
//! The amount is what the payer gets. It is divided among the lines by what each can still give back
//! (largest remainder), and within a line between principal and late fee in the same way. With the
//! payer's part of a principal, the same part of its discount goes back to the budget; the last fen of a
//! principal takes the last fen of its discount with it, so that refunds that add up to the whole return
//! the whole discount.
//!
//! A refund has a clearing day of its own, the open one. It takes from that day's money for the same
//! items as far as that reaches; the rest comes from the company's settled account. So a refund never
//! eats into what belongs to a second payee for another item, and a second payee keeps what it got for
//! an order that is given back later: the company bears it. What is taken from the day's money for an
//! item is taken from everyone who has a part of it, in proportion to what they have on the day (largest
//! remainder, on a tie from the company). Fees stay charged.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::book;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{OrderId, RefundId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{self, Order, OrderLine, OrderState};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer;
use super::bills::{self, Afterwards};
use super::company::Company;
use super::giving_back::{Back, Funding, divide, left, order_after, sum};
use super::{BillRef, SCENE};
use crate::answer::{balance_after, digest_of, no_open_day, no_such_order, not_opened, too_large};
use crate::caller::Caller;
use crate::settlement::days;
use crate::spec::property::Partial;

/// Why money goes back. A code, not free text: what people type may name someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The bill was settled at the partner's desk too; it is not payable again.
    PaidAtDesk,
    /// It was paid twice.
    PaidTwice,
    /// The wrong house was paid for.
    WrongHouse,
    /// The amount was wrong.
    WrongAmount,
    /// The payer asked for it.
    PayerRequest,
    /// Anything else.
    Other,
}

impl Reason {
    /// The code, as records and answers have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::PaidAtDesk => "paid_at_desk",
            Reason::PaidTwice => "paid_twice",
            Reason::WrongHouse => "wrong_house",
            Reason::WrongAmount => "wrong_amount",
            Reason::PayerRequest => "payer_request",
            Reason::Other => "other",
        }
    }
}

/// Gives money back for an order.
#[derive(Debug)]
pub struct Refund {
    /// Under which key.
    pub scope: Scope,
    /// The company.
    pub company: Arc<Company>,
    /// Who asks for it.
    pub caller: Caller,
    /// The order.
    pub order: OrderId,
    /// What the payer gets; all that is left if it is left out.
    pub amount: Option<Fen>,
    /// Only of these bills; of all if it is left out.
    pub bills: Option<Vec<BillRef>>,
    /// Why.
    pub reason: Reason,
}

impl Refund {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = "property.refund";
}

impl Command for Refund {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let (order, what) = (self.order.to_string(), json!([self.amount, self.bills]).to_string());
        digest_of(&[
            &self.company.payee.code,
            self.caller.name(),
            &order,
            &what,
            self.reason.as_str(),
        ])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![
            Order::by_id(self.order),
            Account::by_code(&self.company.payee.settlement()),
            Account::by_code(self.company.payee.settled()),
        ];
        if let Some(order) = facts.get::<Order>(self.order) {
            needs.push(Account::by_id(order.payer));
            needs.extend(order.budget.map(Account::by_id));
            needs.extend(order.lines.iter().map(|line| Bill::by_id(line.bill)));
        }
        needs.extend(days::needs(&self.company.payee, facts));
        needs
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({
                    "scene": SCENE, "partner": self.company.payee.code, "caller": self.caller.name(),
                });
                problem.decline("payment.refund_declined", self.order.0, data)
            }
        }
    }
}

impl Refund {
    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let order = facts
            .get::<Order>(self.order)
            .filter(|order| self.caller.sees(order) && order.partner == self.company.payee.code)
            .ok_or_else(no_such_order)?;
        let left: Vec<Back> = order
            .lines
            .iter()
            .map(|line| if self.concerns(facts, line) { left(line) } else { Some(Back::default()) })
            .collect::<Option<_>>()
            .ok_or_else(too_large)?;
        let amount = self.granted(facts, order, &left)?;
        let backs = divide(&left, amount).ok_or_else(too_large)?;
        let day = days::open(&self.company.payee, facts, 1).ok_or_else(no_open_day)?;
        let after = order_after(order, &backs).ok_or_else(too_large)?;
        let bills = self.bills_after(facts, order, &after, &backs).ok_or_else(too_large)?;
        let funding = Funding::of(&after, &backs, day).ok_or_else(too_large)?;
        self.post(facts, after, bills, funding)
    }

    fn concerns(&self, facts: &Facts, line: &OrderLine) -> bool {
        let named = |bills: &Vec<BillRef>| bills.iter().any(|bill| names(facts, bill, line));
        self.bills.as_ref().is_none_or(named)
    }

    /// What the payer gets, if the order's state and the company's terms allow it.
    fn granted(&self, facts: &Facts, order: &Order, left: &[Back]) -> Result<Fen, Problem> {
        let Some(terms) = &self.company.terms.refund else {
            let detail = "The company gives no money back through the bank.";
            return Err(Problem::new(422, "refund_not_offered", detail, "Ask the company."));
        };
        if order.state == OrderState::Cancelled {
            let detail = "The order is cancelled; its money went back then.";
            return Err(Problem::new(409, "already_cancelled", detail, "There is nothing left."));
        }
        let last = order.business_date.checked_add(i64::from(terms.within_days).days());
        if last.is_ok_and(|last| self.company.payee.today(facts.moment().at) > last) {
            let detail = format!("Refunds are given within {} days.", terms.within_days);
            return Err(Problem::new(422, "refund_too_late", detail, "Ask the company."));
        }
        let unknown = self
            .bills
            .iter()
            .flatten()
            .find(|wanted| !order.lines.iter().any(|line| names(facts, wanted, line)));
        if let Some(unknown) = unknown {
            let detail = "The order did not pay this bill.";
            return Err(Problem::new(422, "bill_not_in_order", detail, "Name bills of the order.")
                .with("bill", json!(unknown)));
        }
        let most = sum(left, Back::to_payer).ok_or_else(too_large)?;
        let whole = sum(left, Back::whole).ok_or_else(too_large)?;
        if whole == Fen::ZERO {
            let detail = "Everything that was asked for is given back already.";
            return Err(Problem::new(409, "refunded", detail, "There is nothing left."));
        }
        let amount = self.amount.unwrap_or(most);
        if amount > most || (amount <= Fen::ZERO && self.amount.is_some()) {
            let detail = format!("Between 1 and {} fen can be given back.", most.0);
            return Err(Problem::new(422, "refund_out_of_range", detail, "Ask for what is left.")
                .with("left_fen", most.0));
        }
        let everything = order.amount.minus(order.refunded).ok_or_else(too_large)?;
        if terms.partial == Partial::Refused && amount != everything {
            let detail = "The company gives back whole orders only.";
            return Err(Problem::new(
                422,
                "partial_refund_refused",
                detail,
                "Leave out amount and bills.",
            ));
        }
        Ok(amount)
    }

    fn bills_after(
        &self,
        facts: &Facts,
        before: &Order,
        after: &Order,
        backs: &[Back],
    ) -> Option<Vec<Bill>> {
        let afterwards = match self.reason {
            Reason::PaidAtDesk => Afterwards::PaidAtDesk,
            _ => Afterwards::Payable,
        };
        let mut bills = Vec::new();
        for (line, back) in after.lines.iter().zip(backs) {
            if *back == Back::default() {
                continue;
            }
            let bill = facts.get::<Bill>(line.bill)?;
            let principal = back.principal.plus(back.discount)?;
            let late_fee_back = line.refunded_late_fee == line.late_fee;
            let paid_on = before.business_date;
            bills.push(bills::give_back(
                bill,
                line,
                principal,
                late_fee_back,
                paid_on,
                afterwards,
            )?);
        }
        Some(bills)
    }

    fn post(
        &self,
        facts: &Facts,
        order: Order,
        bills: Vec<Bill>,
        funding: Funding,
    ) -> Result<Decision, Problem> {
        let account = |code: &str| facts.account(code).ok_or_else(|| not_opened(code));
        let moment = facts.moment();
        let mut draft =
            Draft::new().debit(account(&self.company.payee.settlement())?.id, funding.from_day);
        if funding.from_settled.is_positive() {
            draft = draft.debit(account(self.company.payee.settled())?.id, funding.from_settled);
        }
        draft = draft.credit(order.payer, funding.amount);
        if let Some(budget) = order.budget {
            draft = draft.credit(budget, funding.discount);
        }
        let refund = order::Refund {
            id: moment.ids.id::<RefundId>(0),
            order: order.id,
            partner: order.partner.clone(),
            amount: funding.amount,
            discount: funding.discount,
            from_settled: funding.from_settled,
            reason: self.reason.as_str().to_owned(),
            items: funding.items,
            shares: funding.shares,
            at: moment.at,
            clearing_date: funding.day.date,
            seq: moment.seq,
        };
        let changes = Changes {
            draft: Some(draft),
            bills,
            orders: vec![order.clone()],
            refunds: vec![refund.clone()],
            days: vec![funding.day],
            ..Changes::default()
        };
        let outcome = book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, &self.company))?;
        let mut body = answer::refund_body(&refund);
        body.insert("order_state".to_owned(), json!(order.state));
        body.insert("order_refunded_fen".to_owned(), json!(order.refunded));
        body.insert("lines".to_owned(), json!(order.lines));
        let payer = facts.get::<Account>(order.payer);
        body.insert("balance".to_owned(), balance_after(&outcome, payer, order.payer));
        let event = Event {
            kind: "payment.refunded",
            subject: order.id.0,
            data: self.event_data(&order, &refund, &changes.bills),
        };
        Ok(Decision::done(Answer::json(201, &body), event, changes))
    }

    fn event_data(&self, order: &Order, refund: &order::Refund, bills: &[Bill]) -> Value {
        let bills: Vec<Value> = bills
            .iter()
            .map(|bill| {
                json!({"bill": bill.id, "import_id": bill.import_id(), "state": bill.state,
                    "paid_fen": bill.paid})
            })
            .collect();
        let mut data = Value::Object(answer::refund_body(refund));
        data["scene"] = SCENE.into();
        data["caller"] = self.caller.name().into();
        data["channel"] = order.channel.clone().into();
        data["reference"] = json!(order.reference());
        data["site"] = order.site.clone().into();
        data["house"] = order.house.clone().into();
        data["payer"] = json!(order.payer);
        data["order_state"] = json!(order.state);
        data["bills"] = bills.into();
        data
    }
}

/// Whether a bill is that of a line: by the import id that it had when it was paid, or by the one under
/// which the company has published a month that was paid ahead.
fn names(facts: &Facts, wanted: &BillRef, line: &OrderLine) -> bool {
    let now = facts.get::<Bill>(line.bill);
    wanted.matches(line.bill, &line.import_id) || now.is_some_and(|bill| wanted.names(bill))
}
