//! The back office of a biller: who owes what, what was paid under which reference, what was taken back,
//! and to which clearing day it belongs.
//!
//! A reference has one effect. The same again has the same answer; with other content it is refused. The
//! reversal of a reference that never came leaves a tombstone, and the payment is refused when it comes.
//! The clearing day is the calendar day until the cut-off and the next one from it on; it is stamped when
//! a payment comes and never changes.

mod tills;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};

use self::tills::Till;
use super::day_file::Line;
use super::order::{Order, Outcome, Refusal, Standing, Verb};

/// The rules of an office.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// When the clearing day ends; none is midnight.
    pub cut_off: Option<Time>,
    /// Whether a payment is in progress first, and booked when it is asked for.
    pub books_later: bool,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The customer number.
    pub number: String,
    /// The name.
    pub name: String,
    /// What payments have to repeat: contract, meter, term.
    pub repeats: String,
}

/// Something due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Its number with the biller.
    pub id: String,
    /// For what.
    pub fee: String,
    /// For when, as `202611`.
    pub period: String,
    /// How much in fen, without the late fee.
    pub amount_fen: i64,
    /// The late fee in fen.
    pub late_fee_fen: i64,
}

impl Bill {
    /// All of it, in fen.
    #[must_use]
    pub fn total_fen(&self) -> i64 {
        self.amount_fen.saturating_add(self.late_fee_fen)
    }
}

/// What truly happened under a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Where it stands.
    pub standing: Standing,
    /// By whom; nobody if only its reversal came.
    pub customer: Option<String>,
    /// How much, in fen.
    pub amount_fen: i64,
    /// Its clearing day.
    pub date: Date,
}

/// A back office. Whoever has it may look and move its time.
#[derive(Debug)]
pub struct Office {
    rules: Rules,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    now: DateTime,
    customers: BTreeMap<String, Account>,
    tills: BTreeMap<String, Till>,
    payments: BTreeMap<String, Payment>,
    /// Of payments, in the order in which they came.
    count: u64,
}

#[derive(Debug)]
struct Account {
    customer: Customer,
    bills: Vec<Bill>,
}

#[derive(Debug)]
struct Payment {
    nth: u64,
    at: DateTime,
    date: Date,
    standing: Standing,
    /// The order as it came; none if only its reversal did.
    order: Option<Order>,
    refusal: Option<Refusal>,
    /// The bills that it pays.
    bills: Vec<Bill>,
    /// In progress until somebody says what becomes of it.
    held: bool,
}

impl Payment {
    fn customer(&self) -> Option<String> {
        self.order.as_ref().and_then(|order| order.customer.clone())
    }

    fn amount_fen(&self) -> i64 {
        self.order.as_ref().and_then(|order| order.amount_fen).unwrap_or(0)
    }

    fn theirs(&self) -> String {
        format!("{}{:08}", self.date.strftime("%Y%m%d"), self.nth)
    }

    /// The answer to the payment itself.
    fn answer(&self) -> Outcome {
        let (customer, amount_fen) = (self.customer().unwrap_or_default(), self.amount_fen());
        match self.standing {
            Standing::Booked => Outcome::Booked { theirs: self.theirs(), customer, amount_fen },
            Standing::InProgress => Outcome::InProgress { customer, amount_fen },
            Standing::Refused => Outcome::Refused(self.refusal.unwrap_or(Refusal::AmountDiffers)),
            Standing::Reversed | Standing::NeverCame => Outcome::Refused(Refusal::ReversedBefore),
        }
    }
}

impl Office {
    /// An office with its rules, without customers, at a time.
    #[must_use]
    pub fn new(rules: Rules, now: DateTime) -> Office {
        let state = State {
            now,
            customers: BTreeMap::new(),
            tills: BTreeMap::new(),
            payments: BTreeMap::new(),
            count: 0,
        };
        Office { rules, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets date and time. A day is cut when its cut-off is passed.
    pub fn set_time(&self, now: DateTime) {
        self.state().now = now;
    }

    /// Its date and time.
    #[must_use]
    pub fn now(&self) -> DateTime {
        self.state().now
    }

    /// The clearing day that is open.
    #[must_use]
    pub fn clearing_date(&self) -> Date {
        clearing_date(self.rules, self.now())
    }

    /// A customer, with what is due from now on. What was due before is forgotten.
    pub fn bill(&self, customer: Customer, bills: Vec<Bill>) {
        self.state().customers.insert(customer.number.clone(), Account { customer, bills });
    }

    /// What truly happened, by reference.
    #[must_use]
    pub fn truth(&self) -> BTreeMap<String, Truth> {
        let state = self.state();
        let told = |(reference, payment): (&String, &Payment)| {
            let truth = Truth {
                standing: payment.standing,
                customer: payment.customer(),
                amount_fen: payment.amount_fen(),
                date: payment.date,
            };
            (reference.clone(), truth)
        };
        state.payments.iter().map(told).collect()
    }

    /// Says what becomes of a payment in progress. Says whether there was one.
    pub fn finish(&self, reference: &str, booked: bool) -> bool {
        let mut state = self.state();
        let Some(payment) = state.payments.get_mut(reference) else { return false };
        if payment.standing != Standing::InProgress {
            return false;
        }
        if booked {
            payment.standing = Standing::Booked;
        } else {
            payment.standing = Standing::Refused;
            let (customer, bills) = (payment.customer(), std::mem::take(&mut payment.bills));
            state.give_back(customer, bills);
        }
        true
    }

    /// Does what an order asks for. A payment may be kept in progress until [`Office::finish`].
    pub fn carry_out(&self, order: &Order, kept_in_progress: bool) -> Outcome {
        let mut state = self.state();
        match order.verb {
            Verb::Query => state.query(order.customer.as_deref().unwrap_or("")),
            Verb::Pay => state.pay(self.rules, order, kept_in_progress),
            Verb::Ask => state.ask(order),
            Verb::Reverse => state.reverse(self.rules, order),
        }
    }

    /// The lines of a clearing day in the order in which they came: what is booked, and what was refused.
    /// What is still in progress without being kept so is booked with it.
    pub fn day(&self, date: Date) -> Vec<Line> {
        let mut state = self.state();
        let mut lines = Vec::new();
        for (reference, payment) in &mut state.payments {
            if payment.date != date {
                continue;
            }
            if payment.standing == Standing::InProgress && !payment.held {
                payment.standing = Standing::Booked;
            }
            let paid = match payment.standing {
                Standing::Booked => true,
                Standing::Refused => false,
                Standing::InProgress | Standing::Reversed | Standing::NeverCame => continue,
            };
            let Some(customer) = payment.customer() else { continue };
            let line = Line {
                reference: reference.clone(),
                customer,
                amount_fen: payment.amount_fen(),
                at: payment.at,
                paid,
                slipped: false,
            };
            lines.push((payment.nth, line));
        }
        lines.sort_by_key(|(nth, _)| *nth);
        lines.into_iter().map(|(_, line)| line).collect()
    }
}

fn clearing_date(rules: Rules, now: DateTime) -> Date {
    match rules.cut_off {
        Some(cut_off) if now.time() >= cut_off => now.date().saturating_add(1.day()),
        _ => now.date(),
    }
}

impl State {
    fn query(&self, customer: &str) -> Outcome {
        match self.customers.get(customer) {
            None => Outcome::Refused(Refusal::NoSuchCustomer),
            Some(account) if account.bills.is_empty() => Outcome::Refused(Refusal::NothingDue),
            Some(account) => {
                Outcome::Due { customer: account.customer.clone(), bills: account.bills.clone() }
            }
        }
    }

    fn pay(&mut self, rules: Rules, order: &Order, kept_in_progress: bool) -> Outcome {
        if let Some(known) = self.payments.get(&order.reference) {
            // A tombstone has no content to compare with.
            return match &known.order {
                Some(first) if !same_payment(first, order) => {
                    Outcome::Refused(Refusal::OtherContent)
                }
                _ => known.answer(),
            };
        }
        let (standing, refusal, bills) = match self.take(order) {
            Ok(bills) if kept_in_progress || rules.books_later => {
                (Standing::InProgress, None, bills)
            }
            Ok(bills) => (Standing::Booked, None, bills),
            Err(refusal) => (Standing::Refused, Some(refusal), Vec::new()),
        };
        let payment = Payment {
            refusal,
            bills,
            held: kept_in_progress,
            ..self.payment(rules, standing, Some(order))
        };
        let answer = payment.answer();
        self.payments.insert(order.reference.clone(), payment);
        answer
    }

    /// Takes the bills that an order pays from the customer, or the money from the customer's account.
    fn take(&mut self, order: &Order) -> Result<Vec<Bill>, Refusal> {
        let till = order.customer.as_ref().and_then(|number| self.tills.get_mut(number));
        if let Some(till) = till {
            return till.take(order).map(|taken| vec![taken]);
        }
        let account = order.customer.as_ref().and_then(|number| self.customers.get_mut(number));
        let account = account.ok_or(Refusal::NoSuchCustomer)?;
        if order.repeats.as_ref().is_some_and(|repeats| *repeats != account.customer.repeats) {
            return Err(Refusal::NoSuchCustomer);
        }
        let named = |bill: &Bill| order.bills.as_ref().is_none_or(|ids| ids.contains(&bill.id));
        let (paid, left): (Vec<_>, Vec<_>) = account.bills.iter().cloned().partition(named);
        if paid.is_empty() || order.bills.as_ref().is_some_and(|ids| ids.len() != paid.len()) {
            return Err(Refusal::NothingDue);
        }
        let total: i64 = paid.iter().map(Bill::total_fen).sum();
        if order.amount_fen != Some(total) {
            return Err(Refusal::AmountDiffers);
        }
        account.bills = left;
        Ok(paid)
    }

    fn give_back(&mut self, customer: Option<String>, bills: Vec<Bill>) {
        let till = customer.as_ref().and_then(|number| self.tills.get_mut(number));
        if let Some(till) = till {
            return till.give_back(&bills);
        }
        if let Some(account) = customer.and_then(|number| self.customers.get_mut(&number)) {
            account.bills.splice(0..0, bills);
        }
    }

    fn ask(&mut self, order: &Order) -> Outcome {
        let Some(payment) = self.payments.get_mut(&order.reference) else {
            return Outcome::Refused(Refusal::NoSuchReference);
        };
        if !same_day(payment.order.as_ref(), order) {
            return Outcome::Refused(Refusal::NoSuchReference);
        }
        if payment.standing == Standing::InProgress && !payment.held {
            payment.standing = Standing::Booked;
        }
        Outcome::Stands {
            standing: payment.standing,
            customer: payment.customer(),
            amount_fen: payment.amount_fen(),
            theirs: (payment.standing == Standing::Booked).then(|| payment.theirs()),
        }
    }

    fn reverse(&mut self, rules: Rules, order: &Order) -> Outcome {
        let today = clearing_date(rules, self.now);
        let Some(payment) = self.payments.get_mut(&order.reference) else {
            let tombstone = self.payment(rules, Standing::NeverCame, None);
            self.payments.insert(order.reference.clone(), tombstone);
            return Outcome::Reversed;
        };
        match payment.standing {
            Standing::NeverCame | Standing::Reversed | Standing::Refused => Outcome::Reversed,
            _ if !same_day(payment.order.as_ref(), order)
                || (order.customer.is_some() && order.customer != payment.customer())
                || order.amount_fen != Some(payment.amount_fen()) =>
            {
                Outcome::Refused(Refusal::OtherContent)
            }
            _ if payment.date < today => Outcome::Refused(Refusal::TooLate),
            Standing::Booked | Standing::InProgress => {
                payment.standing = Standing::Reversed;
                let (customer, bills) = (payment.customer(), std::mem::take(&mut payment.bills));
                self.give_back(customer, bills);
                Outcome::Reversed
            }
        }
    }

    fn payment(&mut self, rules: Rules, standing: Standing, order: Option<&Order>) -> Payment {
        self.count += 1;
        Payment {
            nth: self.count,
            at: self.now,
            date: clearing_date(rules, self.now),
            standing,
            order: order.cloned(),
            refusal: None,
            bills: Vec::new(),
            held: false,
        }
    }
}

/// Whether two payments under one reference are the same.
fn same_payment(one: &Order, other: &Order) -> bool {
    let content = |order: &Order| {
        (order.customer.clone(), order.amount_fen, order.bills.clone(), order.repeats.clone())
    };
    content(one) == content(other)
}

/// Whether an order names the day on which a payment was sent, if it names one.
fn same_day(payment: Option<&Order>, order: &Order) -> bool {
    let sent = payment.and_then(|payment| payment.sent_on);
    sent.is_none() || order.sent_on.is_none() || sent == order.sent_on
}

#[cfg(test)]
mod tests;
