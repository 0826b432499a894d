//! The receipt: what was paid, when, for what, what is left, and what came back since. Made to be
//! printed.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use jiaozi_adapters::caller::Caller;
use jiaozi_ledger::draw::DrawState;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::order::{Order, OrderState};
use jiaozi_ledger::posting::Entry;
use jiaozi_ledger::row::Cell;
use jiff::tz::TimeZone;

use super::frame::{Frame, Payer, Visit, html};
use super::lines::{self, Line};
use super::names::Names;
use super::texts::Texts;
use super::wording::{money, time};
use super::{CHANNEL, billers, core, trouble};
use crate::draws::payments as draws;
use crate::property::payments;
use crate::refused::Refused;
use crate::utility::payments::instruction_of;

#[derive(Template)]
#[template(path = "pay/receipt.html")]
struct ReceiptPage {
    f: Frame,
    good: bool,
    under_way: bool,
    place_label: String,
    total_label: &'static str,
    headline: &'static str,
    headline_amount: String,
    total: String,
    community: String,
    house: String,
    company: String,
    account: String,
    at: String,
    at_machine: String,
    state: &'static str,
    order: String,
    lines: Vec<Line>,
    discount: Option<String>,
    balance: Option<String>,
    refunds: Vec<Back>,
}

struct Back {
    at: String,
    amount: String,
}

/// The receipt of an order of this payer.
pub(super) async fn page(payer: Payer, Path(order): Path<String>) -> Response {
    match show(&payer, &order).await {
        Ok(response) => response,
        Err(refused) => trouble::refused(&payer.visit, &refused),
    }
}

async fn show(payer: &Payer, order: &str) -> Result<Response, Refused> {
    let (visit, t) = (&payer.visit, payer.visit.t());
    let gateway = visit.gateway();
    let caller = Caller::Channel(CHANNEL.to_owned());
    let (order, drawn) = match order.parse::<OrderId>() {
        Ok(id) => {
            let drawn = draws::of_order(gateway, id).await?;
            let drawn = draws::seen_by(drawn, &caller);
            let waiting = drawn.as_ref().map(|drawn| drawn.draw.as_order(drawn.instruction.state));
            (payments::by_id(gateway, &caller, id).await?.or(waiting), drawn)
        }
        Err(_) => (None, None),
    };
    let Some(order) = order.filter(|order| order.payer == payer.session.account) else {
        return Ok(trouble::simple(visit, StatusCode::NOT_FOUND, t.receipt_unknown));
    };
    let zone = zone_of(visit, &order);
    let entry = vec![Cell::Id(order.payer.0), Cell::Int(order.seq)];
    let entry: Option<Entry> = gateway.store.first("account = $2 and seq = $3", entry).await?;
    let refunds = payments::refunds(gateway, order.id).await?;
    let names = Names::of(visit, &order.partner);
    let instruction = instruction_of(gateway, order.id).await?;
    let goes_back = drawn.as_ref().is_some_and(|one| one.draw.state == DrawState::Returning);
    let under_way = goes_back
        || matches!(
            order.state,
            OrderState::Accepted | OrderState::Unknown | OrderState::Reversing
        );
    let was_paid = !under_way && !matches!(order.state, OrderState::Refused | OrderState::Reversed);
    // What counts most now, and the amount that goes with it.
    let (headline, amount) = match order.state {
        OrderState::Paid => (t.receipt_paid, order.amount),
        OrderState::Cancelled => (t.receipt_cancelled, order.amount),
        OrderState::PartRefunded => (t.receipt_part_refunded, order.refunded),
        OrderState::Refunded => (t.receipt_refunded, order.refunded),
        OrderState::Accepted => (t.receipt_accepted, order.amount),
        OrderState::Unknown => (t.receipt_unknown_outcome, order.amount),
        OrderState::Reversing => (t.receipt_reversing, order.amount),
        OrderState::Refused => (t.receipt_refused, order.amount),
        OrderState::Reversed => (t.receipt_reversed, order.amount),
    };
    let at_core = drawn.as_ref().and_then(|drawn| core::headline(t, drawn));
    let page = ReceiptPage {
        f: visit.frame(t.receipt_title, "history").refreshed(under_way),
        good: order.state == OrderState::Paid,
        headline: at_core.unwrap_or(headline),
        headline_amount: money(amount),
        total: money(order.amount),
        community: names.community(&order.site),
        company: names.company(),
        account: visit.payer(&payer.session),
        at: time(visit.language, order.at, &zone),
        at_machine: order.at.to_string(),
        state: state(t, order.state),
        order: order.id.to_string(),
        under_way,
        place_label: match visit.pages.billers.get(&order.partner) {
            Some(reached) => billers::number_label(visit, reached),
            None => t.for_house.to_owned(),
        },
        total_label: if was_paid { t.paid_total } else { t.total_of_it },
        lines: match &instruction {
            Some(instruction) => billers::lines(&instruction.lines),
            None => lines::of_order(visit, &names, &order.lines),
        },
        discount: order.discount.is_positive().then(|| money(order.discount)),
        balance: entry.map(|entry| money(entry.balance_after)),
        refunds: refunds
            .iter()
            .map(|refund| Back {
                at: (t.refunded_on)(&time(visit.language, refund.at, &zone)),
                amount: money(refund.amount),
            })
            .collect(),
        house: order.house,
    };
    Ok(html(StatusCode::OK, &page))
}

/// Where an order stands, in a word.
pub(super) fn state(t: &Texts, state: OrderState) -> &'static str {
    match state {
        OrderState::Paid => t.state_paid,
        OrderState::Cancelled => t.state_cancelled,
        OrderState::PartRefunded => t.state_part_refunded,
        OrderState::Refunded => t.state_refunded,
        OrderState::Accepted => t.state_accepted,
        OrderState::Unknown => t.state_unknown,
        OrderState::Reversing => t.state_reversing,
        OrderState::Refused => t.state_refused,
        OrderState::Reversed => t.state_reversed,
    }
}

/// The zone of the partner that was paid; UTC if it is gone.
pub(super) fn zone_of(visit: &Visit, order: &Order) -> TimeZone {
    let payee = visit.gateway().partners.payee(&order.partner);
    payee.map_or(TimeZone::UTC, |payee| payee.zone.clone())
}
