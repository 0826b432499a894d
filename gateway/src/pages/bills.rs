//! The bills of a house: what is due, for when, why it is more than the bill said, and what can be paid
//! ahead; to choose from.

use askama::Template;
use axum::extract::Query;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::property::quote::Wanted;
use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::id::BillId;
use jiaozi_ledger::money::Fen;
use jiff::civil::Date;
use uuid::Uuid;

use super::form::{Fields, Selection};
use super::frame::{Frame, Payer, Visit, html};
use super::names::Names;
use super::texts::Said;
use super::wording::{date, money, month, percent};
use super::{find, link, trouble};
use crate::clock::new_id;
use crate::property::houses;
use crate::property::houses::{OpenBill, Served, Which, served_one};
use crate::property::quotes::{self, Wish};
use crate::refused::{Refused, not_found};

#[derive(Template)]
#[template(path = "pay/bills.html")]
struct BillsPage {
    f: Frame,
    alert: Option<Said>,
    house_link: String,
    community: String,
    company: String,
    partner: String,
    site: String,
    house: String,
    key: Uuid,
    found: String,
    bills: Vec<Due>,
    plans: Vec<Plan>,
    no_plan: bool,
    sum: String,
}

/// A bill that can be paid.
struct Due {
    id: String,
    item: String,
    period: String,
    open: String,
    principal: Option<String>,
    paid: Option<String>,
    late: Option<Late>,
    due: String,
    overdue: bool,
    part: Option<Part>,
    checked: bool,
}

struct Late {
    fee: String,
    why: String,
}

struct Part {
    hint: String,
    typed: String,
}

/// An offer to pay ahead.
struct Plan {
    code: String,
    name: String,
    months: String,
    saves: String,
    checked: bool,
}

/// The bills of a house.
pub(super) async fn page(payer: Payer, Query(fields): Query<Fields>) -> Response {
    let visit = &payer.visit;
    match show(visit, Selection::of(&fields), StatusCode::OK, None).await {
        Ok(response) => response,
        Err(refused) => trouble::refused(visit, &refused),
    }
}

/// The total of what is chosen, as it is chosen: only words, never a promise.
pub(super) async fn sum(payer: Payer, Query(fields): Query<Fields>) -> Response {
    let visit = &payer.visit;
    match total(visit, &Selection::of(&fields)).await {
        Ok(text) => Html(text).into_response(),
        Err(refused) => trouble::refused(visit, &refused),
    }
}

async fn total(visit: &Visit, selection: &Selection) -> Result<String, Refused> {
    let t = visit.t();
    let served = served(visit, selection)?;
    let wish = match selection.wish(t) {
        Ok(wish) => wish,
        Err(said) => return Ok(said.title.to_owned()),
    };
    match quotes::quote(visit.gateway(), &served.company, wish).await {
        Ok((quote, _)) => Ok((t.sum_of)(&money(quote.total))),
        Err(Refused::Problem(problem)) => Ok(trouble::said(t, problem.code).title.to_owned()),
        Err(failure) => Err(failure),
    }
}

/// The company of a selection, if these pages serve it.
pub(super) fn served(visit: &Visit, selection: &Selection) -> Result<Served, Refused> {
    let found = served_one(visit.gateway(), visit.channel()?, &selection.partner);
    found.ok_or_else(|| not_found("partner"))
}

/// The page, also as the answer to a choice that cannot be paid.
pub(super) async fn show(
    visit: &Visit,
    mut selection: Selection,
    status: StatusCode,
    alert: Option<Said>,
) -> Result<Response, Refused> {
    let (gateway, t) = (visit.gateway(), visit.t());
    let served = served(visit, &selection)?;
    let company = &served.company;
    if selection.house.is_empty() {
        return Ok(find::ask(visit, &selection, status, None));
    }
    let mut known = None;
    for house in spellings(company, &selection.house) {
        let mut found = houses::bills(gateway, company, &house, Which::All).await?;
        found.bills.retain(|bill| bill.bill.site == selection.site);
        if !found.bills.is_empty() {
            known = Some((house, found));
            break;
        }
    }
    let Some((house, found)) = known else {
        let status = StatusCode::NOT_FOUND;
        return Ok(find::ask(visit, &selection, status, Some(t.house_unknown)));
    };
    selection.house = house;
    let names = Names::of(visit, &selection.partner);
    let due: Vec<&OpenBill> =
        found.bills.iter().filter(|bill| bill.bill.state.is_payable()).collect();
    let plans = plans(visit, &served, &selection).await?;
    let is_due = |id: &BillId| due.iter().any(|bill| bill.bill.id == *id);
    let before = selection.bills.len();
    selection.bills.retain(is_due);
    // A choice of which nothing is left to pay is no choice any more.
    let settled = selection.bills.is_empty() && selection.bills.len() < before;
    if !selection.chosen || settled {
        selection.bills = due.iter().map(|bill| bill.bill.id).collect();
    }
    let sum = if selection.bills.is_empty() && selection.plan.is_none() {
        t.sum_pending.to_owned()
    } else {
        total(visit, &selection).await?
    };
    let values = [("partner", &*selection.partner), ("site", &*selection.site)];
    let page = BillsPage {
        f: visit.frame(format!("{} {}", t.bills_title, selection.house), "pay"),
        alert,
        house_link: link::query("/pay/house", &values),
        community: names.community(&selection.site),
        company: names.company(),
        key: new_id(gateway.store.clock().as_ref()),
        found: (t.bills_found)(due.len()),
        bills: due
            .into_iter()
            .map(|bill| one(visit, company, &names, bill, found.as_of, &selection))
            .collect(),
        no_plan: !plans.iter().any(|plan| plan.checked),
        plans,
        sum,
        partner: selection.partner,
        site: selection.site,
        house: selection.house,
    };
    Ok(html(status, &page))
}

/// How the company may write a house that somebody has typed: as it is, without blanks and wide
/// digits, and as its files are read.
fn spellings(company: &Company, typed: &str) -> Vec<String> {
    let narrow: String = typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
                char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c)
            }
            '－' | '—' | '–' | '_' => '-',
            _ => c,
        })
        .flat_map(char::to_uppercase)
        .collect();
    let mut spellings = vec![typed.to_owned(), narrow.clone()];
    for format in &company.terms.bills {
        if format.house.columns.len() == 1 {
            spellings.extend(format.house.read(std::slice::from_ref(&narrow)));
        }
    }
    spellings.dedup();
    spellings
}

fn one(
    visit: &Visit,
    company: &Company,
    names: &Names<'_>,
    open: &OpenBill,
    today: Date,
    selection: &Selection,
) -> Due {
    let (language, t, bill) = (visit.language, visit.t(), &open.bill);
    let overdue = today > bill.due;
    let due = if overdue {
        (t.overdue)(&date(language, bill.due), i64::from((today - bill.due).get_days()))
    } else {
        (t.due_by)(&date(language, bill.due))
    };
    let least = company.terms.payment.partial_minimum_fen.max(open.late_fee.0 + 1).max(1);
    let part = (open.takes_parts && least < open.open.0).then(|| Part {
        hint: (t.part_hint)(&money(Fen(least)), &money(open.open)),
        typed: selection.part(bill.id).to_owned(),
    });
    Due {
        id: bill.id.to_string(),
        item: names.item(&bill.item),
        period: month(language, &bill.period),
        open: money(open.open),
        // Said apart only where the amount to pay is another one.
        principal: (open.open != bill.amount).then(|| money(bill.amount)),
        paid: bill.paid.is_positive().then(|| money(bill.paid)),
        late: late(visit, company, open, today),
        due,
        overdue,
        part,
        checked: selection.has(bill.id),
    }
}

/// Why there is a late fee, if there is one.
fn late(visit: &Visit, company: &Company, open: &OpenBill, today: Date) -> Option<Late> {
    if !open.late_fee.is_positive() {
        return None;
    }
    let (t, rule) = (visit.t(), company.terms.late_fee.as_ref()?);
    let Bill { due, late_paid_to, .. } = open.bill;
    // Days that were paid for with an earlier part are not counted again.
    let days = rule.late_days(due, today) - rule.late_days(due, late_paid_to);
    let mut why = (t.late_fee_why)(days, &(t.rate_per_day)(rule.basis_points_per_day));
    if let Some(cap) = rule.cap_basis_points {
        why.push_str(&(t.late_fee_cap)(&percent(cap)));
    }
    Some(Late { fee: money(open.late_fee), why })
}

/// What can be paid ahead for this house now, at which price.
async fn plans(
    visit: &Visit,
    served: &Served,
    selection: &Selection,
) -> Result<Vec<Plan>, Refused> {
    let (language, t) = (visit.language, visit.t());
    let mut offered = Vec::new();
    for plan in &served.company.terms.prepay {
        let wish = Wish {
            house: selection.house.clone(),
            bills: Wanted::These(Vec::new()),
            prepay: Some(plan.code.to_string()),
        };
        let quote = match quotes::quote(visit.gateway(), &served.company, wish).await {
            Ok((quote, _)) => quote,
            // A plan that this house cannot have is not offered.
            Err(Refused::Problem(_)) => continue,
            Err(failure) => return Err(failure),
        };
        let Some(ahead) = quote.prepay else { continue };
        let period = |month: Option<&str>| super::wording::month(language, month.unwrap_or(""));
        let first = period(ahead.months.first().map(|month| &*month.period));
        let last = period(ahead.months.last().map(|month| &*month.period));
        let code = plan.code.to_string();
        offered.push(Plan {
            name: language.name(&plan.name),
            months: (t.ahead_months)(ahead.months.len(), &first, &last),
            saves: (t.ahead_saves)(&money(quote.total), &money(quote.discount)),
            checked: selection.plan.as_ref() == Some(&code),
            code,
        });
    }
    Ok(offered)
}
