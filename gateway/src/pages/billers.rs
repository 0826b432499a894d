//! Water, power, gas, tuition: the customer's number, what the biller says is due now, and paying it. What
//! became of it is on the receipt, also while nobody knows yet.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::instruction::InstructionLine;
use jiaozi_ledger::row::Cell;
use serde::Deserialize;
use uuid::Uuid;

use super::form::{Fields, field};
use super::frame::{Frame, Payer, Visit, html};
use super::lines::Line;
use super::texts::Said;
use super::wording::{clock, money};
use super::{CHANNEL, core, link, trouble};
use crate::asked::Asked;
use crate::clock::new_id;
use crate::draws::payments as draws;
use crate::payment::Payment;
use crate::property::payments::by_reference;
use crate::refused::{Refused, not_found};
use crate::utility::billers::Reached;
use crate::utility::{payments, quotes};

#[derive(Template)]
#[template(path = "pay/customer.html")]
struct CustomerPage {
    f: Frame,
    action: String,
    label: String,
    customer: String,
    pattern: String,
    alert: Option<Said>,
}

#[derive(Template)]
#[template(path = "pay/due.html")]
struct DuePage {
    f: Frame,
    change_link: String,
    again_link: String,
    number_label: String,
    customer: String,
    customer_name: Option<String>,
    company: String,
    account: String,
    available: String,
    lines: Vec<Line>,
    total: String,
    valid_until: String,
    seconds_left: i64,
    enough: bool,
    pay_button: String,
    token: String,
    key: String,
}

/// A biller as the first page offers it.
pub(super) struct Offered {
    /// Its name.
    pub name: String,
    /// What is paid for.
    pub item: String,
    /// Where its number is asked.
    pub link: String,
}

/// The billers that the channel serves.
pub(super) fn offered(visit: &Visit) -> Result<Vec<Offered>, Refused> {
    let channel = visit.channel()?;
    let served = visit
        .pages
        .billers
        .all()
        .filter(|reached| visit.gateway().partners.serves(channel, &reached.spec));
    let offered = served.filter_map(|reached| {
        let terms = reached.terms()?;
        Some(Offered {
            name: visit.language.name(&reached.spec.partner.name),
            item: visit.language.name(&terms.item.name),
            link: format!("/pay/billers/{}", reached.code()),
        })
    });
    Ok(offered.collect())
}

/// Asks for the customer's number.
pub(super) async fn customer(payer: Payer, Path(code): Path<String>) -> Response {
    match reached(&payer.visit, &code) {
        Ok(reached) => ask(&payer.visit, &reached, "", StatusCode::OK, None),
        Err(refused) => trouble::refused(&payer.visit, &refused),
    }
}

/// What is due for a customer.
pub(super) async fn due(
    payer: Payer,
    Path(code): Path<String>,
    Query(fields): Query<Fields>,
) -> Response {
    match show(&payer, &code, &fields).await {
        Ok(response) => response,
        Err(refused) => trouble::refused(&payer.visit, &refused),
    }
}

/// Pays what is due, and goes to the receipt.
pub(super) async fn pay(
    payer: Payer,
    Path(code): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    match order(&payer, &code, &fields).await {
        Ok(response) => response,
        Err(refused) => trouble::refused(&payer.visit, &refused),
    }
}

fn reached(visit: &Visit, code: &str) -> Result<std::sync::Arc<Reached>, Refused> {
    let (gateway, billers) = (visit.gateway(), &visit.pages.billers);
    payments::served(gateway, billers, visit.channel()?, code).ok_or_else(|| not_found("biller"))
}

fn ask(
    visit: &Visit,
    reached: &Reached,
    customer: &str,
    status: StatusCode,
    alert: Option<Said>,
) -> Response {
    let Some(terms) = reached.terms() else {
        return trouble::simple(visit, StatusCode::NOT_FOUND, visit.t().no_page);
    };
    let page = CustomerPage {
        f: visit.frame(visit.language.name(&reached.spec.partner.name), "pay"),
        action: format!("/pay/billers/{}/due", reached.code()),
        label: visit.language.name(&terms.customer.name),
        customer: customer.to_owned(),
        pattern: terms.customer.expected(),
        alert,
    };
    html(status, &page)
}

async fn show(payer: &Payer, code: &str, fields: &Fields) -> Result<Response, Refused> {
    let (visit, t) = (&payer.visit, payer.visit.t());
    let gateway = visit.gateway();
    let reached = reached(visit, code)?;
    let customer = field(fields, "customer");
    let path = format!("/pay/billers/{code}/due");
    // In the address, so that a reload keeps it.
    let Ok(key) = field(fields, "key").parse::<Uuid>() else {
        let key = new_id(gateway.store.clock().as_ref()).to_string();
        let with_key = link::query(&path, &[("customer", customer), ("key", &key)]);
        return Ok(Redirect::to(&with_key).into_response());
    };
    // "Back" after paying: what this choice has become is its receipt, not another payment.
    let paid = by_reference(gateway, CHANNEL, &key.to_string()).await?;
    let waits = core::chosen(visit, payer.session.account, &key.to_string()).await?;
    if let Some(order) = paid.or(waits).filter(|order| order.payer == payer.session.account) {
        return Ok(to_receipt(order.id.0));
    }
    let quoted = match quotes::ask(gateway, &visit.pages.billers, &reached, customer).await {
        Ok(quoted) => quoted,
        Err(Refused::Problem(problem)) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            let said = match problem.code {
                "nothing_due" => t.biller_nothing_due,
                other => trouble::said(t, other),
            };
            return Ok(ask(visit, &reached, customer, status, Some(said)));
        }
        Err(failure) => return Err(failure),
    };
    let id = Cell::Id(payer.session.account.0);
    let account: Option<Account> = gateway.store.first("id = $2", vec![id]).await?;
    let quote = quoted.quote;
    let (available, enough) = core::available(t, account.as_ref(), quote.total);
    let seconds_left = (quote.expires_at.0 - gateway.now().await?.0) / 1_000_000;
    let until = clock(quote.expires_at, &reached.biller.payee.zone);
    let key = key.to_string();
    let page = DuePage {
        f: visit.frame(t.quote_title, "pay"),
        change_link: format!("/pay/billers/{code}"),
        again_link: link::query(&path, &[("customer", customer), ("key", &key)]),
        number_label: number_label(visit, &reached),
        customer_name: quoted.customer_name,
        company: visit.language.name(&reached.spec.partner.name),
        account: visit.payer(&payer.session),
        available,
        lines: lines(&quote.lines),
        total: money(quote.total),
        valid_until: (t.valid_until)(&until),
        seconds_left: seconds_left.max(0),
        enough,
        pay_button: (t.pay_button)(&money(quote.total)),
        token: quoted.token,
        customer: quote.customer,
        key,
    };
    Ok(html(StatusCode::OK, &page))
}

/// What the answer to a payment says, as far as this page wants to know it.
#[derive(Debug, Deserialize)]
struct Outcome {
    order: Option<Uuid>,
    code: Option<String>,
}

async fn order(payer: &Payer, code: &str, fields: &Fields) -> Result<Response, Refused> {
    let visit = &payer.visit;
    let reached = reached(visit, code)?;
    let Ok(reference) = field(fields, "key").parse::<Uuid>() else {
        return Ok(trouble::simple(visit, StatusCode::BAD_REQUEST, visit.t().bad_request));
    };
    let payment = Payment {
        quote: field(fields, "quote").to_owned(),
        payer: AccountRef::Id(payer.session.account),
        reference: Some(reference.to_string()),
    };
    // Sent again, the form has the first answer.
    let asked = Asked::by(CHANNEL, format!("page/{reference}/{}", payer.session.account));
    let (gateway, billers) = (visit.gateway(), &visit.pages.billers);
    let channel = visit.channel()?;
    let accepted = match draws::begin(gateway, billers, &asked, channel, &payment).await? {
        Some(drawn) => Some(drawn),
        None => payments::accept(gateway, billers, &asked, channel, &payment).await?,
    };
    let Some(reply) = accepted else {
        return Ok(trouble::simple(visit, StatusCode::BAD_REQUEST, visit.t().bad_request));
    };
    let outcome: Outcome =
        serde_json::from_slice(&reply.answer.body).unwrap_or(Outcome { order: None, code: None });
    Ok(match (outcome.order, outcome.code.as_deref()) {
        // Accepted, now or before; the receipt shows it only to whom it belongs.
        (Some(order), None | Some("reference_used" | "payment_pending")) => to_receipt(order),
        (_, declined) => {
            let said = match declined {
                Some("insufficient_funds") => visit.t().biller_not_enough,
                other => trouble::said(visit.t(), other.unwrap_or("unknown")),
            };
            ask(visit, &reached, field(fields, "customer"), StatusCode::CONFLICT, Some(said))
        }
    })
}

/// What a biller calls its customers' numbers.
pub(super) fn number_label(visit: &Visit, reached: &Reached) -> String {
    let name = reached.terms().map(|terms| visit.language.name(&terms.customer.name));
    name.unwrap_or_default()
}

/// What is due, or was paid, as the biller names it.
pub(super) fn lines(of: &[InstructionLine]) -> Vec<Line> {
    let shown = |line: &InstructionLine| Line {
        item: line.label.clone(),
        period: line.period.clone(),
        principal: money(line.principal),
        late_fee: line.late_fee.is_positive().then(|| money(line.late_fee)),
    };
    of.iter().map(shown).collect()
}

fn to_receipt(order: Uuid) -> Response {
    Redirect::to(&format!("/pay/receipt/{order}")).into_response()
}
