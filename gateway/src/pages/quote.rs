//! The quote: what exactly will be paid, until when the amount holds, and the button that pays it.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::row::Cell;

use super::form::{Fields, Selection};
use super::frame::{Frame, Payer, html};
use super::lines::{self, Line};
use super::names::Names;
use super::wording::{clock, money};
use super::{CHANNEL, bills, core, trouble};
use crate::clock::new_id;
use crate::property::{payments, quotes};
use crate::refused::Refused;

#[derive(Template)]
#[template(path = "pay/quote.html")]
struct QuotePage {
    f: Frame,
    change_link: String,
    again_link: String,
    community: String,
    house: String,
    company: String,
    account: String,
    available: String,
    lines: Vec<Line>,
    discount: Option<String>,
    total: String,
    valid_until: String,
    seconds_left: i64,
    enough: bool,
    pay_button: String,
    token: String,
    key: String,
    again: String,
}

/// The quote of a selection.
pub(super) async fn page(payer: Payer, Query(fields): Query<Fields>) -> Response {
    let selection = Selection::of(&fields);
    match show(&payer, selection).await {
        Ok(response) => response,
        Err(refused) => trouble::refused(&payer.visit, &refused),
    }
}

async fn show(payer: &Payer, selection: Selection) -> Result<Response, Refused> {
    let (visit, t) = (&payer.visit, payer.visit.t());
    let gateway = visit.gateway();
    let served = bills::served(visit, &selection)?;
    // In the address, so that a reload keeps it.
    let Some(key) = selection.key else {
        let key = new_id(gateway.store.clock().as_ref());
        return Ok(Redirect::to(&selection.link("/pay/quote", Some(key))).into_response());
    };
    // "Back" after paying: what this choice has become is its receipt, not another payment.
    let paid = payments::by_reference(gateway, CHANNEL, &key.to_string()).await?;
    let waits = core::chosen(visit, payer.session.account, &key.to_string()).await?;
    if let Some(order) = paid.or(waits).filter(|order| order.payer == payer.session.account) {
        return Ok(Redirect::to(&format!("/pay/receipt/{}", order.id)).into_response());
    }
    let wish = match selection.wish(t) {
        Ok(wish) => wish,
        Err(said) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return bills::show(visit, selection, status, Some(said)).await;
        }
    };
    let (quote, token) = match quotes::quote(gateway, &served.company, wish).await {
        Ok(made) => made,
        Err(Refused::Problem(problem)) if problem.code.starts_with("partial_") => {
            let said = trouble::said(t, problem.code);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return bills::show(visit, selection, status, Some(said)).await;
        }
        Err(Refused::Problem(problem)) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            return Ok(trouble::declined(visit, status, problem.code, &selection));
        }
        Err(failure) => return Err(failure),
    };
    let id = Cell::Id(payer.session.account.0);
    let account: Option<Account> = gateway.store.first("id = $2", vec![id]).await?;
    let (available, enough) = core::available(t, account.as_ref(), quote.total);
    let names = Names::of(visit, &quote.partner);
    let seconds_left = (quote.expires_at.0 - gateway.now().await?.0) / 1_000_000;
    let until = clock(quote.expires_at, &served.company.payee.zone);
    let page = QuotePage {
        f: visit.frame(t.quote_title, "pay"),
        change_link: selection.link("/pay/bills", None),
        again_link: selection.link("/pay/quote", Some(key)),
        community: names.community(&quote.site),
        company: names.company(),
        account: visit.payer(&payer.session),
        available,
        lines: lines::of_quote(visit, &names, &quote),
        discount: quote.discount.is_positive().then(|| money(quote.discount)),
        total: money(quote.total),
        valid_until: (t.valid_until)(&until),
        seconds_left: seconds_left.max(0),
        enough,
        pay_button: (t.pay_button)(&money(quote.total)),
        token,
        key: key.to_string(),
        again: selection.link("", None),
        house: quote.house,
    };
    Ok(html(StatusCode::OK, &page))
}
