//! The sandbox's login: choose a payer account. It stands for the bank's own login and is offered on a
//! sandbox only; on a live database this page says where to go instead.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiaozi_acquisition::holder::Holder;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::chart;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::personal::{Name, Personal};
use jiaozi_ledger::row::Cell;

use super::form::{Fields, field};
use super::frame::{Frame, Visit, html};
use super::session::{self, Session};
use super::wording::money;
use super::{CHANNEL, core, link, trouble};
use crate::accounts;
use crate::asked::Asked;
use crate::refused::Refused;

/// Play money of an account that is opened here.
const PLAY_MONEY: Fen = Fen(2_000_000);
/// How the accounts that are offered begin.
const OFFERED: &str = "deposit:demo-%";
/// How many are offered.
const OFFERED_MAX: i64 = 6;

#[derive(Template)]
#[template(path = "pay/login.html")]
struct LoginPage {
    f: Frame,
    alert: Option<&'static str>,
    known: Vec<Known>,
    next: String,
    typed: String,
    /// Whether payers may come with an account with the bank's core.
    core: bool,
}

struct Known {
    number: String,
    available: String,
}

#[derive(Template)]
#[template(path = "pay/live.html")]
struct LivePage {
    f: Frame,
}

/// The login, or where it is.
pub(super) async fn page(visit: Visit, Query(fields): Query<Fields>) -> Response {
    let next = link::ours(field(&fields, "next")).to_owned();
    match show(&visit, next, String::new(), None).await {
        Ok(response) => response,
        Err(refused) => trouble::refused(&visit, &refused),
    }
}

async fn show(
    visit: &Visit,
    next: String,
    typed: String,
    alert: Option<&'static str>,
) -> Result<Response, Refused> {
    let t = visit.t();
    if !visit.gateway().sandbox {
        let f = visit.frame(t.live_title, "");
        return Ok(html(StatusCode::OK, &LivePage { f }));
    }
    let offered = vec![Cell::Text(OFFERED.to_owned()), Cell::Int(OFFERED_MAX)];
    let accounts: Vec<Account> =
        visit.gateway().store.find("code like $2 order by code limit $3", offered).await?;
    let known = accounts
        .iter()
        .filter_map(|account| {
            let number = account.code.strip_prefix("deposit:")?.to_owned();
            Some(Known { number, available: money(account.balances().available) })
        })
        .collect();
    let status = if alert.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let f = visit.frame(t.login_title, "").reached_by(visit, "/pay/login");
    Ok(html(
        status,
        &LoginPage { f, alert, known, next, typed, core: visit.pages.billers.core().is_some() },
    ))
}

/// Logs in, and opens the account if it is new.
pub(super) async fn enter(visit: Visit, Form(fields): Form<Fields>) -> Response {
    match begin(&visit, &fields).await {
        Ok(response) => response,
        Err(refused) => trouble::refused(&visit, &refused),
    }
}

async fn begin(visit: &Visit, fields: &Fields) -> Result<Response, Refused> {
    let gateway = visit.gateway();
    let next = link::ours(field(fields, "next")).to_owned();
    if !gateway.sandbox {
        return show(visit, next, String::new(), None).await;
    }
    visit.channel()?;
    let at_core = field(fields, "core_account");
    if !at_core.is_empty() {
        return with_core(visit, fields, next, at_core).await;
    }
    let typed = field(fields, "account");
    let number = typed.strip_prefix("deposit:").unwrap_or(typed);
    let asked = Asked::by(CHANNEL, format!("page/{number}"));
    let opened = accounts::open(gateway, &asked, number).await?;
    if opened.answer.status == 201 {
        // The same key for ever: an account gets its play money once.
        accounts::fund(gateway, &asked, &chart::deposit(number), PLAY_MONEY).await?;
    }
    let account = accounts::deposit(gateway, &chart::deposit(number)).await?;
    let Some(account) = account.filter(|_| opened.answer.status < 400) else {
        let alert = Some(visit.t().login_account_wrong);
        return show(visit, next, typed.to_owned(), alert).await;
    };
    enter_as(visit, fields, &next, account, number).await
}

/// Logs in with an account with the bank's core.
async fn with_core(
    visit: &Visit,
    fields: &Fields,
    next: String,
    typed: &str,
) -> Result<Response, Refused> {
    let Some(account) = core::account(visit, typed).await? else {
        return show(visit, next, String::new(), Some(visit.t().login_core_wrong)).await;
    };
    let number = account.code.clone();
    enter_as(visit, fields, &next, account, &number).await
}

async fn enter_as(
    visit: &Visit,
    fields: &Fields,
    next: &str,
    account: Account,
    number: &str,
) -> Result<Response, Refused> {
    let gateway = visit.gateway();
    let name = Personal::<Name>::new(field(fields, "name").chars().take(60).collect::<String>());
    let masked = name.masked();
    if !masked.is_empty() {
        let holder = Holder { name: Some(name), ..Holder::default() };
        let now = gateway.now().await?;
        let kept = gateway.register_holder(account.id, holder, CHANNEL, now).await;
        if let Err(error) = kept {
            // Nobody is kept from paying because a name could not be kept.
            tracing::warn!(%error, "the holder of an account is not on record");
        }
    }
    let tail: Vec<char> = number.chars().rev().take(4).collect();
    let tail = tail.into_iter().rev().collect();
    let mut response = Redirect::to(next).into_response();
    Session::begin(gateway, account.id, tail, masked).keep(
        gateway,
        &mut response,
        visit.pages.secure,
    );
    Ok(response)
}

/// Logs out.
pub(super) async fn leave(visit: Visit) -> Response {
    let mut response = Redirect::to("/pay/login").into_response();
    session::forget(&mut response, visit.pages.secure);
    response
}
