//! `/v1/sandbox`: money and time for trials. On a live gateway these resources do not exist.

use axum::extract::State;
use jiaozi_ledger::chart;
use jiaozi_ledger::time::Instant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::answer::{Answered, read as answer, recorded};
use super::call::Call;
use super::json::Amount;
use super::query;
use crate::accounts;
use crate::edge::problem::Problem;
use crate::refused::not_found;

/// Money for an account, from nowhere.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Funds {
    /// The code of the account: a deposit, a budget, or a partner's own.
    #[schema(example = "deposit:6222-01")]
    account: String,
    /// How much, in fen.
    #[schema(value_type = i64, minimum = 1)]
    amount_fen: Amount,
}

/// A posting.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FundedView {
    /// The transaction.
    pub id: Uuid,
    /// Its number in the feed.
    pub seq: i64,
    /// When it was posted.
    #[schema(value_type = String, format = "date-time")]
    pub at: Instant,
}

/// Where the sandbox's time is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTime {
    /// An instant that is still to come, RFC 3339 with an offset.
    #[schema(value_type = String, format = "date-time")]
    to: Timestamp,
}

/// The sandbox's time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TimeView {
    /// Now.
    #[schema(value_type = String, format = "date-time")]
    pub now: Instant,
}

/// Puts money on an account of the sandbox.
#[utoipa::path(post, path = "/v1/sandbox/funds", operation_id = "sandbox_fund", tag = "sandbox",
    request_body = Funds, responses((status = 201, body = FundedView)))]
pub(super) async fn fund(State(api): State<Api>, call: Call) -> Answered {
    only_in_a_sandbox(&api)?;
    let asked = call.asked()?;
    let body: Funds = call.json()?;
    if chart::customer_number(&body.account).is_some() {
        let problem = query::invalid("What passes through this account comes from the core alone.");
        return Err(problem.at("body, account", "a deposit, a budget, or a partner's own account"));
    }
    recorded(accounts::fund(&api.gateway, &asked, &body.account, body.amount_fen.into()).await?)
}

/// Moves the sandbox's time forward. It never goes back.
#[utoipa::path(post, path = "/v1/sandbox/time", operation_id = "sandbox_move_time", tag = "sandbox",
    request_body = NewTime, responses((status = 200, body = TimeView)))]
pub(super) async fn move_time(State(api): State<Api>, call: Call) -> Answered {
    only_in_a_sandbox(&api)?;
    let body: NewTime = call.json()?;
    answer(TimeView { now: api.gateway.store.move_time(body.to.into()).await? })
}

fn only_in_a_sandbox(api: &Api) -> Result<(), Problem> {
    if api.gateway.sandbox { Ok(()) } else { Err(not_found("resource").into()) }
}
