//! `/v1/events`: what a partner was told, or should have been, again from the feed.

use axum::extract::State;
use jiaozi_adapters::spec::access::Scope;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::answer::{Answered, read as answer};
use super::call::Call;
use crate::notices::write;

/// How many records of the feed are looked through for one answer.
const RECORDS_MAX: i64 = 1_000;

/// From where, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// `next` of the previous answer, or the `feed.seq` of the last event that is known; 0 for all.
    #[serde(default)]
    #[param(minimum = 0, default = 0)]
    after: i64,
    /// How many at the most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<usize>,
}

/// Some events, oldest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventList {
    /// The events.
    pub events: Vec<EventView>,
    /// How far the feed was looked through: `after` of the next request.
    pub next: i64,
    /// Whether there is more of the feed to look through now.
    pub more: bool,
}

/// An event, with the same content as its notice (webhook).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// The same as `webhook-id`.
    pub id: String,
    /// The body of the notice.
    #[serde(flatten)]
    #[schema(value_type = NoticeView)]
    pub notice: serde_json::Value,
}

/// The body of a notice.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct NoticeView {
    /// What happened.
    #[schema(example = "bill.paid")]
    r#type: String,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    timestamp: String,
    /// The details.
    data: serde_json::Map<String, serde_json::Value>,
    /// Its place in the feed.
    feed: FeedView,
}

/// A place in the feed.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct FeedView {
    /// The number, growing.
    seq: i64,
    /// The hash of the chain up to it.
    hash: String,
}

/// The caller's events after a number of the feed: its notices (webhooks), again.
///
/// For whoever has the scope `orders`, and for channels with the scope `pay`.
#[utoipa::path(get, path = "/v1/events", operation_id = "list_events", tag = "partner",
    params(EventsQuery), responses((status = 200, body = EventList)))]
pub(super) async fn list(State(api): State<Api>, call: Call) -> Answered {
    let scope = if call.spec.channel().is_some() { Scope::Pay } else { Scope::Orders };
    call.needs(scope)?;
    let query: EventsQuery = call.query()?;
    let limit = query.limit.unwrap_or(100).clamp(1, 500);
    let records = api.gateway.store.feed(query.after, RECORDS_MAX).await?;
    let mut next = query.after;
    let mut events = Vec::new();
    let mut looked = 0;
    for record in &records {
        if events.len() == limit {
            break;
        }
        looked += 1;
        next = record.seq;
        let ours = write::told(record).into_iter().filter(|told| told.partner == call.code());
        events.extend(ours.map(|told| EventView { id: told.id, notice: told.body }));
    }
    let whole = i64::try_from(records.len()).unwrap_or(RECORDS_MAX) == RECORDS_MAX;
    answer(EventList { events, next, more: looked < records.len() || whole })
}
