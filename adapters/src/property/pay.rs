//! Paying a quote: the payer is debited and the company credited in one transaction, if the quote still
//! holds. Who the payer is and that it wants this, the channel has made sure of.
//!
//! A decline changes nothing. Its code says what happened between quote and payment; of another payer
//! it says no more than that the bill is paid.

use std::sync::Arc;

use jiaozi_ledger::account::Account;
use jiaozi_ledger::bill::{Bill, BillPayment, BillState};
use jiaozi_ledger::book;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{Order, OrderLine, OrderState, Shares};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use serde_json::{Value, json};

use super::SCENE;
use super::answer;
use super::bills;
use super::company::Company;
use super::quote::{Ahead, AheadMonth, Quote, QuoteLine, about, not_payable};
use crate::answer::{
    PAY, account_part, balance_after, digest_of, no_open_day, not_opened, order_body,
    quote_is_good, reference_is_free, reference_needs, too_large, unknown_payer,
};
use crate::settlement::days;

/// Pays a quote.
#[derive(Debug)]
pub struct Pay {
    /// Under which key.
    pub scope: Scope,
    /// The company.
    pub company: Arc<Company>,
    /// The channel that orders it for the payer.
    pub channel: String,
    /// The quote, as it was sealed.
    pub quote: Quote,
    /// The payer's account.
    pub payer: AccountRef,
    /// The channel's own reference, unique where given.
    pub reference: Option<String>,
    /// The identifier that the order has, where it was told before: of a payment that waited for the core.
    pub order: Option<OrderId>,
}

impl Pay {
    /// The operation of its idempotency scope.
    pub const OPERATION: &'static str = PAY;
}

impl Command for Pay {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        let quote = json!(self.quote).to_string();
        let payer = account_part(&self.payer);
        let reference = self.reference.as_deref().unwrap_or("");
        digest_of(&[&self.company.payee.code, &self.channel, &quote, &payer, reference])
    }

    fn needs(&self, facts: &Facts) -> Vec<Need> {
        let mut needs = vec![self.payer.need(), Account::by_code(&self.company.payee.settlement())];
        needs.extend(self.quote.budget.as_deref().map(Account::by_code));
        if let Some(reference) = &self.reference {
            needs.extend(reference_needs(&self.channel, reference));
        }
        needs.extend(self.quote.lines.iter().map(|line| Bill::by_id(line.bill)));
        if let Some(ahead) = &self.quote.prepay {
            needs.push(Bill::by_house(&self.company.payee.code, &self.quote.house));
            needs.extend(ahead.months.iter().map(|month| self.ahead_need(ahead, month)));
        }
        needs.extend(days::needs(&self.company.payee, facts));
        needs
    }

    /// A bill is a line, a row and a link: four of them cost about as much again as the order.
    fn weight(&self) -> usize {
        let ahead = self.quote.prepay.as_ref().map_or(0, |ahead| ahead.months.len());
        1 + (self.quote.lines.len() + ahead) / 4
    }

    fn decide(&self, facts: &Facts) -> Decision {
        match self.carry_out(facts) {
            Ok(decision) => decision,
            Err(problem) => {
                let data = json!({
                    "scene": SCENE, "partner": self.company.payee.code, "channel": self.channel,
                    "reference": self.reference, "quote": self.quote.id,
                });
                problem.decline("payment.declined", self.quote.id, data)
            }
        }
    }
}

/// What a payment does to bills, line by line.
#[derive(Default)]
struct Paid {
    lines: Vec<OrderLine>,
    bills: Vec<Bill>,
}

impl Pay {
    fn ahead_need(&self, ahead: &Ahead, month: &AheadMonth) -> Need {
        let import_id = bills::advance_id(&self.quote.house, &ahead.item, &month.period);
        Bill::by_import_id(&self.company.payee.code, &import_id)
    }

    fn carry_out(&self, facts: &Facts) -> Result<Decision, Problem> {
        let moment = facts.moment();
        self.still_offered(facts)?;
        let payer = self.payer.find(facts).ok_or_else(unknown_payer)?;
        if payer.currency != self.company.payee.currency {
            let detail = format!("The account is not in {}.", self.company.payee.currency);
            return Err(Problem::new(422, "currency", detail, "Pay from another account."));
        }
        let order: OrderId = self.order.unwrap_or_else(|| moment.ids.id(0));
        let mut paid = Paid::default();
        for line in &self.quote.lines {
            self.pay_line(facts, order, line, &mut paid)?;
        }
        if let Some(ahead) = &self.quote.prepay {
            self.pay_ahead(facts, order, ahead, &mut paid)?;
        }
        let day = days::open(&self.company.payee, facts, 1).ok_or_else(no_open_day)?;
        let budget = match &self.quote.budget {
            Some(code) => Some(facts.account(code).ok_or_else(|| not_opened(code))?.id),
            None => None,
        };
        let (amount, discount) = sums(&paid.lines).ok_or_else(too_large)?;
        let order = Order {
            id: order,
            partner: self.company.payee.code.clone(),
            channel: self.channel.clone(),
            reference_key: self.reference.as_ref().map(|text| format!("{}/{text}", self.channel)),
            scene: SCENE.to_owned(),
            site: self.quote.site.clone(),
            house: self.quote.house.clone(),
            payer: payer.id,
            amount,
            discount,
            budget,
            fee: self.company.payee.fee(amount).ok_or_else(too_large)?,
            shares: self.shares(&paid.lines).ok_or_else(too_large)?,
            refunded: Fen::ZERO,
            state: OrderState::Paid,
            lines: paid.lines,
            at: moment.at,
            business_date: self.company.payee.today(moment.at),
            clearing_date: day.date,
            seq: moment.seq,
            cancel_seq: None,
        };
        self.post(facts, payer, order, paid.bills, day)
    }

    /// What second payees get, line by line; empty where nobody gets anything.
    fn shares(&self, lines: &[OrderLine]) -> Option<Vec<Shares>> {
        let of_line = |line: &OrderLine| {
            self.company.payee.shares(&line.item, line.principal.plus(line.late_fee)?)
        };
        let shares: Vec<Shares> = lines.iter().map(of_line).collect::<Option<_>>()?;
        Some(if shares.iter().all(Shares::is_empty) { Vec::new() } else { shares })
    }

    /// The quote is of this company and not expired, and the reference is free.
    fn still_offered(&self, facts: &Facts) -> Result<(), Problem> {
        if self.quote.partner != self.company.payee.code {
            let detail = "The quote is of another company.";
            return Err(Problem::new(422, "quote_of_other_partner", detail, "Ask for a quote."));
        }
        let reference = self.reference.as_deref();
        reference_is_free(facts, &self.channel, reference, self.order)?;
        quote_is_good(facts, self.quote.expires_at)
    }

    fn pay_line(
        &self,
        facts: &Facts,
        order: OrderId,
        line: &QuoteLine,
        paid: &mut Paid,
    ) -> Result<(), Problem> {
        let bill = facts.get::<Bill>(line.bill).ok_or_else(|| {
            Problem::new(404, "unknown_bill", "There is no such bill.", "Ask for a new quote.")
                .with("bill", json!(line.bill))
        })?;
        still_due(bill, line).map_err(|problem| about(problem, bill))?;
        let after =
            bills::pay(bill, line.principal, self.quote.as_of, order).ok_or_else(too_large)?;
        paid.bills.push(after);
        paid.lines.push(OrderLine {
            bill: line.bill,
            import_id: line.import_id.clone(),
            item: line.item.clone(),
            period: line.period.clone(),
            principal: line.principal,
            late_fee: line.late_fee,
            discount: line.discount,
            refunded_principal: Fen::ZERO,
            refunded_late_fee: Fen::ZERO,
            refunded_discount: Fen::ZERO,
            late_paid_to_before: bill.late_paid_to,
        });
        Ok(())
    }

    fn pay_ahead(
        &self,
        facts: &Facts,
        order: OrderId,
        ahead: &Ahead,
        paid: &mut Paid,
    ) -> Result<(), Problem> {
        let of_house =
            facts.all::<Bill>(&Bill::by_house(&self.company.payee.code, &self.quote.house));
        for (month, nth) in ahead.months.iter().zip(2u16..) {
            let earlier = facts.one::<Bill>(&self.ahead_need(ahead, month));
            let taken = of_house.iter().find(|bill| {
                bill.item == ahead.item
                    && bill.period == month.period
                    && !(bill.advance && bill.state == BillState::Withdrawn)
            });
            if let Some(taken) = taken {
                let (code, detail) = if taken.advance || taken.state == BillState::Paid {
                    ("bill_paid_meanwhile", format!("{} is paid since the quote.", month.period))
                } else {
                    ("bill_repriced", format!("{} is published since the quote.", month.period))
                };
                return Err(Problem::new(409, code, detail, "Ask for a new quote.")
                    .with("period", month.period.clone()));
            }
            let due = month.due().ok_or_else(too_large)?;
            let bill = bills::Ahead {
                id: facts.moment().ids.id(nth),
                site: &self.quote.site,
                house: &self.quote.house,
                item: &ahead.item,
                period: &month.period,
                amount: month.principal,
                due,
                order,
            }
            .bill(&self.company, earlier);
            paid.lines.push(OrderLine {
                bill: bill.id,
                import_id: bill.import_id().to_owned(),
                item: ahead.item.clone(),
                period: month.period.clone(),
                principal: month.principal,
                late_fee: Fen::ZERO,
                discount: month.discount,
                refunded_principal: Fen::ZERO,
                refunded_late_fee: Fen::ZERO,
                refunded_discount: Fen::ZERO,
                late_paid_to_before: due,
            });
            paid.bills.push(bill);
        }
        Ok(())
    }

    fn post(
        &self,
        facts: &Facts,
        payer: &Account,
        order: Order,
        bills: Vec<Bill>,
        day: Day,
    ) -> Result<Decision, Problem> {
        let settlement = self.company.payee.settlement();
        let to = facts.account(&settlement).ok_or_else(|| not_opened(&settlement))?;
        let gross = order.amount.plus(order.discount).ok_or_else(too_large)?;
        let mut draft = Draft::new().debit(payer.id, order.amount);
        if let Some(budget) = order.budget {
            draft = draft.debit(budget, order.discount);
        }
        draft = draft.credit(to.id, gross);
        let day = counted(day, &order).ok_or_else(too_large)?;
        let payment = |line: &OrderLine| BillPayment { bill: line.bill, order: order.id };
        let changes = Changes {
            draft: Some(draft),
            bill_payments: order.lines.iter().map(payment).collect(),
            bills,
            orders: vec![order.clone()],
            days: vec![day],
            ..Changes::default()
        };
        let outcome = book::preview(facts, &changes)
            .map_err(|refusal| answer::refused(&refusal, &self.company))?;
        let mut body = order_body(&order);
        body.insert("balance".to_owned(), balance_after(&outcome, Some(payer), payer.id));
        let mut data = event_data(&order);
        data["prepay"] = json!(self.quote.prepay.as_ref().map(|ahead| &ahead.plan));
        let event = Event { kind: "payment.posted", subject: order.id.0, data };
        Ok(Decision::done(Answer::json(201, &body), event, changes))
    }
}

/// Whether the bill is as it was priced.
fn still_due(bill: &Bill, line: &QuoteLine) -> Result<(), Problem> {
    let next = "Ask for a new quote.";
    if bill.state == BillState::Paid {
        let detail = "The bill is paid since the quote.";
        return Err(Problem::new(409, "bill_paid_meanwhile", detail, "Nothing is due for it."));
    }
    if !bill.state.is_payable() {
        return Err(not_payable(bill));
    }
    if bill.version != line.version {
        let detail = "The company has published a new version of the bill since the quote.";
        return Err(Problem::new(409, "bill_repriced", detail, next));
    }
    if bill.revision != line.revision {
        let detail = "What is paid of the bill has changed since the quote.";
        return Err(Problem::new(409, "bill_paid_meanwhile", detail, next));
    }
    Ok(())
}

/// What the payer and what the budget pays.
fn sums(lines: &[OrderLine]) -> Option<(Fen, Fen)> {
    let discount = Fen::total(lines.iter().map(|line| line.discount))?;
    let gross = Fen::total(lines.iter().flat_map(|line| [line.principal, line.late_fee]))?;
    Some((gross.minus(discount)?, discount))
}

/// The day with the order in its sums.
fn counted(mut day: Day, order: &Order) -> Option<Day> {
    day.payments += 1;
    day.paid = day.paid.plus(order.amount)?;
    day.discounts = day.discounts.plus(order.discount)?;
    day.fee = day.fee.plus(order.fee)?;
    for (line, shares) in order.divided() {
        days::add_item(&mut day, &line.item, line.principal.plus(line.late_fee)?)?;
        if let Some(shares) = shares {
            days::add_shares(&mut day, &line.item, shares)?;
        }
    }
    Some(day)
}

/// What events say of an order: no personal data.
pub(super) fn event_data(order: &Order) -> Value {
    let bills: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            json!({
                "bill": line.bill, "import_id": line.import_id, "item": line.item,
                "period": line.period, "principal_fen": line.principal,
                "late_fee_fen": line.late_fee, "discount_fen": line.discount,
            })
        })
        .collect();
    json!({
        "scene": order.scene, "partner": order.partner, "channel": order.channel,
        "site": order.site, "house": order.house, "payer": order.payer, "order": order.id,
        "reference": order.reference(), "amount_fen": order.amount,
        "discount_fen": order.discount, "bills": bills,
        "business_date": order.business_date, "clearing_date": order.clearing_date,
    })
}
