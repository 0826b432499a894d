//! Quoting: what a payer would pay now for some bills of a house, months ahead included.
//!
//! A quote is a value, not a row. It is computed from bills that were read outside the writer, sealed by
//! the door, and handed to [`super::pay::Pay`], which looks whether it still holds. So asking costs the
//! books nothing, and a quote that is never paid leaves nothing behind.
//!
//! The late fee is that of the day of the quote at the company, and binds until the quote expires. If a
//! part of a bill is paid, the late fee is covered first, whole, then principal.

use jiaozi_ledger::bill::{Bill, BillState};
use jiaozi_ledger::id::BillId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::rounding::shares;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

use super::BillRef;
use super::company::Company;
use super::publishing::{first_day, months_from};
use crate::answer::too_large;
use crate::spec::prepay::Prepay;

/// The most bills of one quote: an order keeps all its lines in one row.
pub const LINES_MAX: usize = 100;

/// What a payer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteRequest {
    /// The identifier that the quote will have.
    pub id: Uuid,
    /// The house.
    pub house: String,
    /// Which of its bills.
    pub bills: Wanted,
    /// The plan by which months are paid ahead, if any.
    pub prepay: Option<String>,
}

/// Which bills of a house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Everything that is due.
    All,
    /// These; none where only months ahead are wanted.
    These(Vec<WantedBill>),
}

/// One bill, whole or in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedBill {
    /// The bill.
    pub bill: BillRef,
    /// How much the payer wants to pay, late fee included; all that is open if it is left out.
    pub amount: Option<Fen>,
}

/// What a payer would pay. Serialises with short names, because the sealed form travels in a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The identifier.
    #[serde(rename = "i")]
    pub id: Uuid,
    /// The company.
    #[serde(rename = "c")]
    pub partner: String,
    /// The community.
    #[serde(rename = "s")]
    pub site: String,
    /// The house.
    #[serde(rename = "h")]
    pub house: String,
    /// The bills.
    #[serde(rename = "l")]
    pub lines: Vec<QuoteLine>,
    /// The months ahead.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub prepay: Option<Ahead>,
    /// What the payer pays.
    #[serde(rename = "t")]
    pub total: Fen,
    /// What the budget pays on top.
    #[serde(rename = "d")]
    pub discount: Fen,
    /// The code of the budget's account, where there is a discount.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
    /// The day whose late fees it has.
    #[serde(rename = "a")]
    pub as_of: Date,
    /// Until when it binds, that instant included.
    #[serde(rename = "x")]
    pub expires_at: Instant,
}

/// One bill of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteLine {
    /// The bill.
    #[serde(rename = "b")]
    pub bill: BillId,
    /// The company's own identifier.
    #[serde(rename = "i")]
    pub import_id: String,
    /// The item.
    #[serde(rename = "t")]
    pub item: String,
    /// The month.
    #[serde(rename = "m")]
    pub period: String,
    /// The version that was priced.
    #[serde(rename = "v")]
    pub version: i64,
    /// The revision that was priced.
    #[serde(rename = "r")]
    pub revision: i64,
    /// The principal that is paid.
    #[serde(rename = "p")]
    pub principal: Fen,
    /// The late fee that is paid.
    #[serde(rename = "f")]
    pub late_fee: Fen,
    /// The part of the principal that a budget pays; nothing for bills that are due.
    #[serde(rename = "d")]
    pub discount: Fen,
}

/// The months ahead of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// The plan.
    #[serde(rename = "c")]
    pub plan: String,
    /// The item.
    #[serde(rename = "t")]
    pub item: String,
    /// The months.
    #[serde(rename = "l")]
    pub months: Vec<AheadMonth>,
}

/// One month ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AheadMonth {
    /// The month.
    #[serde(rename = "m")]
    pub period: String,
    /// Its full price.
    #[serde(rename = "p")]
    pub principal: Fen,
    /// The part of it that the budget pays.
    #[serde(rename = "d")]
    pub discount: Fen,
}

/// Quotes some bills of a house. `bills` are those of the house, as they were read.
///
/// # Errors
/// A problem that says which bill cannot be paid as wanted, and why.
pub fn quote(
    company: &Company,
    bills: &[Bill],
    request: &QuoteRequest,
    now: Instant,
) -> Result<Quote, Problem> {
    let house_key = Bill::house_key_of(&company.payee.code, &request.house);
    let bills: Vec<&Bill> = bills.iter().filter(|bill| bill.house_key == house_key).collect();
    let today = company.payee.today(now);
    let mut lines = lines(company, &bills, &request.bills, today)?;
    lines.sort_by(|a, b| (&a.period, &a.item).cmp(&(&b.period, &b.item)));
    let plan = match &request.prepay {
        None => None,
        Some(code) => Some(company.plan(code).ok_or_else(|| {
            let detail = format!("The company has no plan `{code}` to pay ahead.");
            Problem::new(404, "unknown_plan", detail, "Choose one of the company's plans.")
        })?),
    };
    let prepay = plan.map(|plan| ahead(&bills, plan, today)).transpose()?;
    let months = prepay.iter().flat_map(|ahead| &ahead.months);
    let discount = Fen::total(months.clone().map(|month| month.discount)).ok_or_else(too_large)?;
    let gross = lines.iter().flat_map(|line| [line.principal, line.late_fee]);
    let gross = Fen::total(gross.chain(months.map(|month| month.principal)));
    let total = gross.and_then(|gross| gross.minus(discount)).ok_or_else(too_large)?;
    let Some(site) = bills.iter().max_by_key(|bill| &bill.period).map(|bill| bill.site.clone())
    else {
        return Err(nothing_due());
    };
    if lines.is_empty() && prepay.is_none() {
        return Err(nothing_due());
    }
    Ok(Quote {
        id: request.id,
        partner: company.payee.code.clone(),
        site,
        house: request.house.clone(),
        lines,
        prepay,
        total,
        discount,
        budget: plan.filter(|_| discount.is_positive()).map(|plan| plan.budget.to_string()),
        as_of: today,
        expires_at: now.plus_seconds(i64::from(company.terms.payment.quote_valid_seconds)),
    })
}

fn lines(
    company: &Company,
    bills: &[&Bill],
    wanted: &Wanted,
    today: Date,
) -> Result<Vec<QuoteLine>, Problem> {
    let chosen: Vec<(&Bill, Option<Fen>)> = match wanted {
        Wanted::All => {
            let due = bills.iter().filter(|bill| bill.state.is_payable());
            due.map(|bill| (*bill, None)).collect()
        }
        Wanted::These(wanted) => {
            wanted.iter().map(|wanted| choose(bills, wanted)).collect::<Result<_, _>>()?
        }
    };
    if chosen.len() > LINES_MAX {
        let detail = format!("{} bills, at most {LINES_MAX} can be paid at once.", chosen.len());
        return Err(Problem::new(422, "too_many_bills", detail, "Choose fewer bills."));
    }
    let mut seen = HashSet::new();
    if let Some((bill, _)) = chosen.iter().find(|(bill, _)| !seen.insert(bill.id)) {
        let problem =
            Problem::new(422, "bill_twice", "A bill is there twice.", "Name each bill once.");
        return Err(about(problem, bill));
    }
    chosen.into_iter().map(|(bill, amount)| line(company, bill, amount, today)).collect()
}

fn choose<'a>(bills: &[&'a Bill], wanted: &WantedBill) -> Result<(&'a Bill, Option<Fen>), Problem> {
    let bill = bills.iter().find(|bill| wanted.bill.names(bill)).ok_or_else(|| {
        let detail = "The house has no such bill.";
        Problem::new(404, "unknown_bill", detail, "List the bills of the house again.")
            .with("bill", json!(wanted.bill))
    })?;
    if bill.state.is_payable() { Ok((bill, wanted.amount)) } else { Err(not_payable(bill)) }
}

/// Why a bill that is not due cannot be paid.
#[must_use]
pub fn not_payable(bill: &Bill) -> Problem {
    let (code, detail) = match bill.state {
        BillState::PaidAtDesk => ("bill_paid_at_desk", "The bill was paid at the company's desk."),
        BillState::Withdrawn => ("bill_withdrawn", "The company has withdrawn the bill."),
        _ => ("bill_paid", "The bill is paid."),
    };
    about(Problem::new(409, code, detail, "Nothing is due for it; leave it out."), bill)
}

/// A problem that names its bill.
#[must_use]
pub fn about(problem: Problem, bill: &Bill) -> Problem {
    problem.with("bill", json!(bill.id)).with("import_id", bill.import_id())
}

fn nothing_due() -> Problem {
    Problem::new(409, "nothing_due", "Nothing is due for this house.", "There is nothing to pay.")
}

fn line(
    company: &Company,
    bill: &Bill,
    amount: Option<Fen>,
    today: Date,
) -> Result<QuoteLine, Problem> {
    let late_fee = company.late_fee(bill, today).ok_or_else(too_large)?;
    let open = bill.unpaid().plus(late_fee).ok_or_else(too_large)?;
    let amount = amount.unwrap_or(open);
    if amount != open {
        part(company, bill, amount, late_fee, open).map_err(|problem| about(problem, bill))?;
    }
    Ok(QuoteLine {
        bill: bill.id,
        import_id: bill.import_id().to_owned(),
        item: bill.item.clone(),
        period: bill.period.clone(),
        version: bill.version,
        revision: bill.revision,
        principal: amount.minus(late_fee).ok_or_else(too_large)?,
        late_fee,
        discount: Fen::ZERO,
    })
}

/// Whether a part of what is open may be paid.
fn part(
    company: &Company,
    bill: &Bill,
    amount: Fen,
    late_fee: Fen,
    open: Fen,
) -> Result<(), Problem> {
    let minimum = company.terms.payment.partial_minimum_fen.max(1);
    let refuse = |code, detail: String, next| {
        Err(Problem::new(422, code, detail, next).with("open_fen", open.0))
    };
    if amount > open {
        let detail = format!("{} fen are open, {} were offered.", open.0, amount.0);
        return refuse("partial_above_open", detail, "Pay at most what is open.");
    }
    if !company.takes_parts(&bill.item) {
        let detail = "This bill can only be paid whole.".to_owned();
        return refuse("partial_refused", detail, "Leave out the amount to pay all that is open.");
    }
    if amount.0 < minimum {
        let detail = format!("A part is at least {minimum} fen.");
        return refuse("partial_below_minimum", detail, "Pay more, or all that is open.");
    }
    if amount <= late_fee {
        let detail = format!("The late fee of {} fen is covered first, whole.", late_fee.0);
        return refuse("partial_below_late_fee", detail, "Pay more than the late fee.");
    }
    Ok(())
}

/// The months of a plan: from the month after the last one known, but not before this month, at the
/// price of the last month that the company published.
fn ahead(bills: &[&Bill], plan: &Prepay, today: Date) -> Result<Ahead, Problem> {
    let of_item = || bills.iter().filter(|bill| bill.item == plan.item.as_str());
    let priced = of_item()
        .filter(|bill| !bill.advance && bill.state != BillState::Withdrawn)
        .max_by_key(|bill| &bill.period);
    let no_price = || {
        let detail = "The house has no bill of the plan's item that gives a monthly price.";
        Problem::new(409, "no_price", detail, "Pay ahead once the company has published a month.")
    };
    let monthly = priced.ok_or_else(no_price)?.amount;
    let this_month = today.strftime("%Y-%m").to_string();
    // What was given back of the months ahead is free to be paid ahead again.
    let taken = of_item().filter(|bill| !(bill.advance && bill.state == BillState::Withdrawn));
    let after_last = taken
        .map(|bill| bill.period.as_str())
        .max()
        .and_then(|last| months_from(last, 2))
        .and_then(|months| months.into_iter().nth(1));
    let first = after_last.map_or(this_month.clone(), |after| after.max(this_month));
    let periods = months_from(&first, plan.months).ok_or_else(no_price)?;
    let price = plan.price(monthly.0).ok_or_else(too_large)?;
    let weights = vec![1; periods.len()];
    let discounts = shares(Fen(price.discount_fen), &weights).ok_or_else(too_large)?;
    let months = periods
        .into_iter()
        .zip(discounts)
        .map(|(period, discount)| AheadMonth { period, principal: monthly, discount })
        .collect();
    Ok(Ahead { plan: plan.code.to_string(), item: plan.item.to_string(), months })
}

impl AheadMonth {
    /// When the month is due unless the company says otherwise: on its last day.
    #[must_use]
    pub fn due(&self) -> Option<Date> {
        first_day(&self.period).map(Date::last_of_month)
    }
}
