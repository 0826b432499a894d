//! `/v1/withholdings`: for partners, files of claims under mandates and their results.
//!
//! What makes a file the same file is its content, so no idempotency key is asked for: sent again, it has
//! no second effect.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use jiaozi_adapters::spec::access::Scope;
use jiaozi_adapters::withholding::answer::batch_body;
use jiaozi_adapters::withholding::claimant::Claimant;
use jiaozi_ledger::id::BatchId;
use jiaozi_ledger::time::Instant;
use jiaozi_ledger::withholding::Batch;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Api;
use super::answer::{Answered, REPLAYED, read as answer, recorded, unavailable};
use super::call::{Call, id};
use super::files::{Upload, named};
use crate::edge::problem::Problem;
use crate::refused::not_found;
use crate::withholding::batches;
use crate::withholding::claims::Content;
use crate::withholding::intake::{self, IntakeError, Source};
use crate::withholding::result::{self, ResultError};

/// How many places of a wrong file an answer names.
const PLACES_MAX: usize = 1_000;

/// How the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FileQuery {
    /// The file's name. Another file does not come under the name of one that was taken.
    #[param(max_length = 256)]
    name: String,
}

/// Which results.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ResultQuery {
    /// 0, if it is left out: of every line, as it was presented first. 1 and up: of those that were
    /// presented again so often.
    #[param(minimum = 0, maximum = 31, default = 0)]
    round: Option<i64>,
}

/// A file of claims.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchView {
    /// The batch.
    pub batch: Uuid,
    /// Whose file it is.
    pub partner: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// `received`, `rejected`, `validated`, `running`, `done` or `result_sent`.
    pub state: String,
    /// Its lines.
    pub lines: i64,
    /// What they claim together, in fen.
    pub sum_fen: i64,
    /// Lines that were taken in.
    pub loaded: i64,
    /// Lines that were presented at least once.
    pub presented: i64,
    /// Lines of which all was debited.
    pub done: i64,
    /// Lines of which a part was debited.
    pub partial: i64,
    /// Lines of which nothing was and will be debited.
    pub refused: i64,
    /// Lines that wait to be presented again.
    pub waiting: i64,
    /// What was debited, in fen.
    pub debited_fen: i64,
    /// The day from which on it is presented.
    #[schema(value_type = String, format = "date")]
    pub run_on: Date,
    /// When it was received.
    #[schema(value_type = String, format = "date-time")]
    pub at: Instant,
    /// When its result was fetched first.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub sent_at: Option<Instant>,
    /// The number in the feed of what received it.
    pub seq: i64,
}

/// Hands a file of claims in, in the layout of the partner's specification.
///
/// The file is proved as a whole first: totals, every line, every number and every contract once for a
/// period. A file that is wrong debits nothing, and every place is named. It is run on its day; the notice
/// `withholding.done` tells when every line was presented. The same file again changes nothing.
#[utoipa::path(post, path = "/v1/withholdings", operation_id = "hand_in_claims", tag = "partner",
    params(FileQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file as it is"),
    responses((status = 202, body = BatchView)))]
pub(super) async fn hand_in(State(api): State<Api>, Upload(call): Upload) -> Answered {
    let claimant = claimant(&api, &call)?;
    let FileQuery { name } = call.query()?;
    let (name, by) = (named(name)?, call.code().to_owned());
    let source = Source { name, by, content: Content::Bytes(call.into_body()) };
    let taken = match intake::take(&api.gateway, &claimant, source, &mut |_| {}).await {
        Ok(taken) => taken,
        Err(IntakeError::Declined(reply)) => return recorded(*reply),
        Err(error) => return Err(error.into()),
    };
    let mut response = (StatusCode::ACCEPTED, axum::Json(view(&taken.batch)?)).into_response();
    if taken.repeated {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// A file of claims as it stands.
#[utoipa::path(get, path = "/v1/withholdings/{batch}", operation_id = "read_claims", tag = "partner",
    params(("batch" = Uuid, Path, description = "The batch")),
    responses((status = 200, body = BatchView)))]
pub(super) async fn read(
    State(api): State<Api>,
    Path(batch): Path<String>,
    call: Call,
) -> Answered {
    let claimant = claimant(&api, &call)?;
    answer(view(&find(&api, &claimant, &batch).await?)?)
}

/// The file with the results of a batch, in the partner's own format.
#[utoipa::path(get, path = "/v1/withholdings/{batch}/result", operation_id = "read_results",
    tag = "partner", params(("batch" = Uuid, Path, description = "The batch"), ResultQuery),
    responses((status = 200, description = "The results in the partner's own format",
        content_type = "application/octet-stream", body = Vec<u8>)))]
pub(super) async fn results(
    State(api): State<Api>,
    Path(batch): Path<String>,
    call: Call,
) -> Answered {
    let claimant = claimant(&api, &call)?;
    let ResultQuery { round } = call.query()?;
    let batch = find(&api, &claimant, &batch).await?;
    let mut bytes: Vec<u8> = Vec::new();
    let round = round.unwrap_or(0).max(0);
    let name =
        result::write(&api.gateway, &claimant, &batch, round, &mut bytes, &mut |_| {}).await?;
    result::handed_over(&api.gateway, &claimant, &batch).await?;
    let mut response = Response::new(bytes.into());
    super::files::describe(&mut response, &name)?;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

fn claimant(api: &Api, call: &Call) -> Result<Arc<Claimant>, Problem> {
    call.needs(Scope::Withhold)?;
    let claimant = api.gateway.partners.claimant(call.code()).cloned();
    claimant.ok_or_else(|| not_found("file of claims").into())
}

async fn find(api: &Api, claimant: &Claimant, batch: &str) -> Result<Batch, Problem> {
    let batch: BatchId = id(batch, "batch")?;
    let found = batches::by_id(&api.gateway, claimant.code(), batch).await?;
    found.ok_or_else(|| not_found("batch").into())
}

fn view(batch: &Batch) -> Result<BatchView, Problem> {
    serde_json::from_value(batch_body(batch).into()).map_err(Problem::internal)
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Problem {
        let said = error.to_string();
        match error {
            IntakeError::Rejected { wrong, mut places } => {
                places.truncate(PLACES_MAX);
                super::files::refused_whole("It is wrong as a whole; nothing of it was done.")
                    .at(format!("body, {}", place(&places)), "a file without a wrong place")
                    .with("wrong", wrong)
                    .with("places", places)
            }
            IntakeError::File(error) => super::files::refused(&error),
            IntakeError::Stopped { failure, .. } => Problem::from(failure).with("stopped", said),
            IntakeError::Store(error) => unavailable(error),
            IntakeError::Partner { .. }
            | IntakeError::Declined(_)
            | IntakeError::GivenUp(_)
            | IntakeError::Answer(_) => Problem::internal(said),
        }
    }
}

/// Where the first wrong place is.
fn place(places: &[String]) -> &str {
    places.first().and_then(|place| place.split_once(": ")).map_or("whole", |(place, _)| place)
}

impl From<ResultError> for Problem {
    fn from(error: ResultError) -> Problem {
        let said = error.to_string();
        match error {
            ResultError::NotDone { .. } | ResultError::RoundOpen { .. } => {
                Problem::new(StatusCode::CONFLICT, "batch_not_done", "There is no result yet")
                    .with_detail(said)
            }
            ResultError::Store(error) => unavailable(error),
            ResultError::Form(_) | ResultError::Overflow | ResultError::Write(_) => {
                Problem::internal(said)
            }
        }
    }
}
