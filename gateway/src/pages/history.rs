//! What was paid from the account through these pages, the newest first, with what came back.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use jiaozi_ledger::order::{Order, OrderState};

use super::form::{Fields, field};
use super::frame::{Frame, Payer, Visit, html};
use super::names::Names;
use super::receipt::{state, zone_of};
use super::wording::{money, time};
use super::{CHANNEL, core, link, trouble};
use crate::paging::Paging;
use crate::property::payments;
use crate::refused::Refused;

/// Payments on a page: what a phone shows in a few screens.
const PAGE: i64 = 10;

#[derive(Template)]
#[template(path = "pay/history.html")]
struct HistoryPage {
    f: Frame,
    payments: Vec<Shown>,
    more: Option<String>,
}

struct Shown {
    link: String,
    home: String,
    items: String,
    at: String,
    amount: String,
    state: &'static str,
    mark: &'static str,
    refunded: Option<String>,
}

/// A page of the history.
pub(super) async fn page(payer: Payer, Query(fields): Query<Fields>) -> Response {
    match show(&payer, &fields).await {
        Ok(response) => response,
        Err(refused) => trouble::refused(&payer.visit, &refused),
    }
}

async fn show(payer: &Payer, fields: &Fields) -> Result<Response, Refused> {
    let visit = &payer.visit;
    let cursor = Some(field(fields, "cursor")).filter(|cursor| !cursor.is_empty());
    let paging = Paging { cursor: cursor.map(str::to_owned), limit: Some(PAGE) };
    let paid =
        payments::latest_of_payer(visit.gateway(), CHANNEL, payer.session.account, &paging).await?;
    let mut orders = paid.items;
    if paging.cursor.is_none() {
        orders.extend(core::without_order(visit, payer.session.account).await?);
        orders.sort_by_key(|order| std::cmp::Reverse(order.at));
    }
    let page = HistoryPage {
        f: visit.frame(visit.t().history_title, "history"),
        payments: orders.iter().map(|order| shown(visit, order)).collect(),
        more: paid.next.map(|next| link::query("/pay/history", &[("cursor", &next)])),
    };
    Ok(html(StatusCode::OK, &page))
}

fn shown(visit: &Visit, order: &Order) -> Shown {
    let names = Names::of(visit, &order.partner);
    let mut items: Vec<String> = order.lines.iter().map(|line| names.item(&line.item)).collect();
    items.sort();
    items.dedup();
    let given_back = order.refunded.is_positive() && order.state != OrderState::Cancelled;
    Shown {
        link: format!("/pay/receipt/{}", order.id),
        home: format!("{} {}", names.community(&order.site), order.house),
        items: items.join(" · "),
        at: time(visit.language, order.at, &zone_of(visit, order)),
        amount: money(order.amount),
        state: state(visit.t(), order.state),
        mark: if order.state == OrderState::Paid { "good" } else { "back" },
        refunded: given_back.then(|| (visit.t().history_refunded)(&money(order.refunded))),
    }
}
