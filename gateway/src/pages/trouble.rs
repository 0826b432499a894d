//! What went wrong, in plain words, and what to do next. The codes are those of the API; here they
//! become sentences.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiaozi_ledger::store::batch::Failure;

use super::Pages;
use super::form::{Fields, Selection, field};
use super::frame::{Frame, Payer, Visit, html};
use super::texts::{Said, Texts};
use crate::refused::Refused;

/// Where one can go from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Quote,
    Bills,
    Accounts,
    History,
}

struct Action {
    link: String,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "pay/trouble.html")]
struct TroublePage {
    f: Frame,
    not_taken: bool,
    advice: &'static str,
    code: Option<String>,
    actions: Vec<Action>,
}

/// The words for a code, and where to go; nothing for codes that a payer cannot do anything about.
fn words(t: &Texts, code: &str) -> Option<(Said, &'static [Way])> {
    use Way::{Accounts, Bills, History, Quote};
    Some(match code {
        "bill_repriced" => (t.repriced, &[Quote, Bills]),
        "bill_paid_meanwhile" | "bill_paid" => (t.paid_meanwhile, &[Bills, History]),
        "bill_paid_at_desk" => (t.paid_at_desk, &[Bills]),
        "bill_withdrawn" | "unknown_bill" => (t.withdrawn, &[Bills]),
        "quote_expired" => (t.expired, &[Quote, Bills]),
        "insufficient_funds" => (t.insufficient, &[Accounts, Bills]),
        "discount_exhausted" => (t.budget_exhausted, &[Bills]),
        "no_open_day" => (t.no_open_day, &[Bills]),
        "account_not_active" | "above_ceiling" => (t.account_blocked, &[Accounts]),
        "unknown_account" => (t.account_unknown, &[Accounts]),
        "partial_above_open" => (t.part_too_much, &[Bills]),
        "partial_refused" => (t.part_refused, &[Bills]),
        "partial_below_minimum" => (t.part_too_little, &[Bills]),
        "partial_below_late_fee" => (t.part_below_late_fee, &[Bills]),
        "customer_number_invalid" => (t.biller_number_wrong, &[]),
        "no_such_customer" => (t.biller_no_customer, &[]),
        "biller_unavailable" | "biller_does_not_add_up" => (t.biller_down, &[]),
        "biller_busy" => (t.biller_busy, &[]),
        "payment_pending" => (t.biller_pending, &[History]),
        "nothing_due" => (t.nothing_due, &[Bills, History]),
        "too_many_bills" => (t.too_many, &[Bills]),
        "no_price" | "unknown_plan" => (t.plan_gone, &[Bills]),
        "quote_invalid" => (t.bad_request, &[Bills]),
        _ => return None,
    })
}

/// The words for a code, whatever it is.
pub(super) fn said(t: &Texts, code: &str) -> Said {
    words(t, code).map_or(t.other_decline, |(said, _)| said)
}

/// A page without any payment around it.
pub(super) fn simple(visit: &Visit, status: StatusCode, said: Said) -> Response {
    let actions = vec![Action { link: "/pay".to_owned(), label: visit.t().home }];
    let f = visit.frame(said.title, "");
    html(status, &TroublePage { f, not_taken: false, advice: said.advice, code: None, actions })
}

/// Why a payment was declined.
pub(super) async fn page(payer: Payer, Query(fields): Query<Fields>) -> Response {
    let code = field(&fields, "code");
    let plain = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let code = if plain { code } else { "unknown" };
    declined(&payer.visit, StatusCode::OK, code, &Selection::of(&fields))
}

/// A payment or quote that was declined: nothing was taken.
pub(super) fn declined(
    visit: &Visit,
    status: StatusCode,
    code: &str,
    selection: &Selection,
) -> Response {
    let t = visit.t();
    let known = words(t, code);
    let (said, ways) = known.unwrap_or((t.other_decline, &[Way::Bills]));
    let actions = ways.iter().map(|way| action(t, *way, selection)).collect();
    let f = visit.frame(said.title, "pay");
    let code = known.is_none().then(|| code.to_owned());
    html(status, &TroublePage { f, not_taken: true, advice: said.advice, code, actions })
}

fn action(t: &'static Texts, way: Way, selection: &Selection) -> Action {
    match way {
        Way::Quote => Action { link: selection.link("/pay/quote", None), label: t.new_quote },
        Way::Bills => Action { link: selection.link("/pay/bills", None), label: t.to_bills },
        Way::Accounts => {
            let next = selection.link("/pay/bills", None);
            let link = super::link::query("/pay/login", &[("next", &next)]);
            Action { link, label: t.to_accounts }
        }
        Way::History => Action { link: "/pay/history".to_owned(), label: t.to_history },
    }
}

/// What could not be answered at all.
pub(super) fn refused(visit: &Visit, refused: &Refused) -> Response {
    let t = visit.t();
    match refused {
        Refused::Problem(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
            let known = words(t, problem.code).map(|(said, _)| said);
            let missing = if status == StatusCode::NOT_FOUND { t.no_page } else { t.bad_request };
            simple(visit, status, known.unwrap_or(missing))
        }
        Refused::Failure(failure) => failed(visit, failure),
    }
}

/// The writer or the store could not do it.
pub(super) fn failed(visit: &Visit, failure: &Failure) -> Response {
    let t = visit.t();
    tracing::warn!(%failure, "a page cannot be answered");
    match failure {
        Failure::OutcomeUnknown(_) | Failure::InProgress => {
            let actions = vec![Action { link: "/pay/history".to_owned(), label: t.to_history }];
            let f = visit.frame(t.not_known.title, "pay").reached_by(visit, "/pay/history");
            let advice = t.not_known.advice;
            let page = TroublePage { f, not_taken: false, advice, code: None, actions };
            html(StatusCode::ACCEPTED, &page)
        }
        Failure::Overloaded | Failure::Store(_) => {
            simple(visit, StatusCode::SERVICE_UNAVAILABLE, t.broken)
        }
        Failure::Conflict | Failure::Defect(_) => {
            simple(visit, StatusCode::INTERNAL_SERVER_ERROR, t.broken)
        }
    }
}

/// An address that is none.
pub(super) async fn no_such_page(State(_): State<Pages>, visit: Visit) -> Response {
    simple(&visit, StatusCode::NOT_FOUND, visit.t().no_page)
}

/// The address of a form, opened as a page: back to the beginning.
pub(super) async fn start_again() -> Response {
    Redirect::to("/pay").into_response()
}
