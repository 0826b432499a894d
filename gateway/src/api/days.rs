//! `/v1/days`: a partner's clearing days.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use jiaozi_adapters::spec::access::Scope;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::answer::{Answered, read as answer};
use super::call::Call;
use crate::refused::not_found;

/// A clearing day: what was paid and given back on it, and how it was settled.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DayView {
    /// The day.
    pub day: Uuid,
    /// The partner.
    pub partner: String,
    /// The clearing date.
    #[schema(value_type = String, format = "date")]
    pub date: Date,
    /// Payments, cancelled ones left out.
    pub payments: i64,
    /// What payers paid, in fen.
    pub paid_fen: i64,
    /// What budgets paid on top, in fen.
    pub discounts_fen: i64,
    /// Refunds.
    pub refunds: i64,
    /// What payers got back out of the day's money, in fen.
    pub refunded_fen: i64,
    /// What budgets got back out of it, in fen.
    pub refunded_discounts_fen: i64,
    /// What is left of each item, in fen.
    pub items: BTreeMap<String, i64>,
    /// What is to be settled, in fen.
    pub net_fen: i64,
    /// Our fee, in fen.
    pub fee_fen: i64,
    /// What second payees get, in fen, by account: as earned so far while the day is open, and as settled
    /// once it is closed.
    pub shares: BTreeMap<String, i64>,
    /// What the partner got, in fen.
    pub settled_fen: i64,
    /// When the settlement takes effect; null while the day is open.
    #[schema(value_type = Option<String>, format = "date")]
    pub settlement_date: Option<Date>,
    /// When the day was closed; null while it is open.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub closed_at: Option<Instant>,
    /// The settlement's number in the feed.
    pub seq: Option<i64>,
}

/// A clearing day of the partner.
#[utoipa::path(get, path = "/v1/days/{date}", operation_id = "read_day", tag = "partner",
    params(("date" = String, Path, format = "date", description = "The clearing date")),
    responses((status = 200, body = DayView)))]
pub(super) async fn read(State(api): State<Api>, Path(date): Path<String>, call: Call) -> Answered {
    let company = call.company(&api, Scope::Orders)?;
    let date: Date = date.parse().map_err(|_| not_found("day"))?;
    let key = Cell::Text(Day::key_of(&company.payee.code, date));
    let day: Option<Day> = api.gateway.store.first("day_key = $2", vec![key]).await?;
    answer(day.ok_or_else(|| not_found("day"))?.told())
}
