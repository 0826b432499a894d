//! `/v1/files`: a partner's bill and roster files as they are, and the file of its closed day.
//!
//! What makes a file the same file is its content, so no idempotency key is asked for: sent again, it
//! has no second effect and gets the same answer.

use axum::extract::{FromRequest, Path, Request, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use jiaozi_adapters::spec::access::Scope;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Api;
use super::answer::{Answered, REPLAYED, read as answer, unavailable};
use super::call::Call;
use crate::days::{self, DayError};
use crate::edge::problem::Problem;
use crate::files::FileError;
use crate::imports::{self, ImportError, Kind, Source};
use crate::operators::OrderError;
use crate::refused::not_found;

/// The longest name of a file, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// A call whose body is a file, for which there is a limit of its own.
#[derive(Debug)]
pub(super) struct Upload(pub(super) Call);

impl FromRequest<Api> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Upload, Problem> {
        Call::within(request, api, api.settings.files).await.map(Upload)
    }
}

/// How the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FileQuery {
    /// The file's name, for records.
    #[param(max_length = 256)]
    name: Option<String>,
    /// Of a roster the last day of which it tells, at the latest today; without it the moment when it
    /// first comes. What an older roster says about a house of a newer one is outdated.
    #[param(value_type = Option<String>, format = "date")]
    as_of: Option<Date>,
}

/// What became of a file: sums, and line by line.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct FileView {
    /// The import.
    id: Uuid,
    /// Its number in the feed.
    seq: i64,
    /// When it was recorded.
    #[schema(value_type = String, format = "date-time")]
    at: String,
    /// The partner.
    partner: String,
    /// `bills` or `roster`.
    kind: String,
    /// The format by which it was read.
    format: String,
    /// Its name when it came first.
    name: String,
    /// SHA-256 of its bytes, hex.
    sha256: String,
    /// Its length.
    bytes: u64,
    /// Who handed it in first.
    by: String,
    /// As of when a roster holds.
    #[schema(format = "date-time")]
    as_of: Option<String>,
    /// Its lines, wrong ones included.
    lines: u64,
    /// The sum of the amounts that could be read, in fen.
    sum_fen: i64,
    /// `not_stated`, `right`, or `sum_open` where lines without readable amounts leave it open.
    totals: String,
    /// Lines by result; of a roster `new`, `changed`, `unchanged`, `outdated` or `refused`.
    counts: std::collections::BTreeMap<String, u64>,
    /// Amounts by result, in fen.
    sums_fen: std::collections::BTreeMap<String, i64>,
    /// Line by line, in the order of the file; of a roster only the lines that were refused.
    results: Vec<FileLineView>,
}

/// What became of a line.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct FileLineView {
    /// The line of the file, from 1; for a workbook the row.
    line: u64,
    /// `new`, `unchanged`, `new_version`, `withdrawn`, `paid_at_desk` or `refused`.
    result: String,
    /// The partner's own identifier of the bill.
    import_id: Option<String>,
    /// Our identifier of the bill.
    bill: Option<Uuid>,
    /// Where the bill stands then.
    state: Option<String>,
    /// The version of the bill.
    version: Option<i64>,
    /// What is due, in fen.
    amount_fen: Option<i64>,
    /// What is paid of it, in fen.
    paid_fen: Option<i64>,
    /// What was paid above it, in fen.
    overpaid_fen: Option<i64>,
    /// Why it was refused, for programs.
    code: Option<String>,
    /// The column that is wrong.
    column: Option<String>,
    /// What stands there; personal data is only measured.
    found: Option<String>,
    /// What should.
    expected: Option<String>,
    /// Why it was refused, in words.
    why: Option<String>,
}

/// Imports a file in one of the formats of the partner's specification.
///
/// Lines that cannot be taken are named, the others stand. A file whose own totals are wrong is
/// refused as a whole. The same file again changes nothing and gets the same answer. Of two rosters the
/// newer counts, whichever comes first.
#[utoipa::path(post, path = "/v1/files/{kind}/{format}", operation_id = "import_file", tag = "partner",
    params(("kind" = String, Path, description = "`bills` or `roster`"),
        ("format" = String, Path, description = "The format's name in the partner's specification"),
        FileQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file as it is"),
    responses((status = 200, body = FileView)))]
pub(super) async fn import(
    State(api): State<Api>,
    Path((kind, format)): Path<(String, String)>,
    Upload(call): Upload,
) -> Answered {
    let kind = Kind::parse(&kind).ok_or_else(|| not_found("kind of file"))?;
    call.company(&api, Scope::Files)?;
    call.needs(match kind {
        Kind::Bills => Scope::Publish,
        Kind::Roster => Scope::Roster,
    })?;
    let query: FileQuery = call.query()?;
    let name = named(query.name.unwrap_or_else(|| format!("{}-{format}", kind.as_str())))?;
    let source = Source {
        partner: call.code().to_owned(),
        kind,
        format: Some(format),
        name,
        by: call.code().to_owned(),
        as_of: query.as_of,
        bytes: call.into_body(),
    };
    let report = imports::import(&api.gateway, source, &mut |_| {}).await?;
    let mut response = answer(&report)?;
    if report.repeated {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The file of a closed clearing day, the same bytes whenever it is asked for.
#[utoipa::path(get, path = "/v1/days/{date}/file", operation_id = "read_day_file", tag = "partner",
    params(("date" = String, Path, format = "date", description = "The clearing date")),
    responses((status = 200, description = "The file in the partner's own format",
        content_type = "application/octet-stream", body = Vec<u8>)))]
pub(super) async fn day(State(api): State<Api>, Path(date): Path<String>, call: Call) -> Answered {
    let company = call.company(&api, Scope::Files)?;
    let date: Date = date.parse().map_err(|_| not_found("day"))?;
    let file = days::file(&api.gateway, &company.payee.code, date, &mut |_| {}).await?;
    let mut response = Response::new(file.bytes.into());
    let headers = response.headers_mut();
    let tag = format!("\"{}\"", file.content_hash);
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).map_err(Problem::internal)?);
    describe(&mut response, &file.name)?;
    Ok(response)
}

/// The name of a file as a caller gives it.
pub(super) fn named(name: String) -> Result<String, Problem> {
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len());
    if fits && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    let expected = format!("1 to {NAME_BYTES_MAX} bytes without control characters");
    Err(super::query::invalid("The name is too long, or no name.").at("query name", expected))
}

/// Says that an answer is a file of this name.
pub(super) fn describe(response: &mut Response, name: &str) -> Result<(), Problem> {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let name = format!("attachment; filename*=UTF-8''{}", percent_encoded(name));
    let name = HeaderValue::from_str(&name).map_err(Problem::internal)?;
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(())
}

/// A name as RFC 8187 has it.
fn percent_encoded(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Problem {
        let said = error.to_string();
        match error {
            ImportError::Partner { .. } => Problem::internal(said),
            ImportError::Format { known, .. } => Problem::new(
                StatusCode::NOT_FOUND,
                "format_unknown",
                "The partner's specification has no such format",
            )
            .with_detail(said)
            .at("path, format", known),
            ImportError::AsOf { .. } => {
                super::query::invalid("The day is none of which the file can tell.")
                    .at("query as_of", said)
            }
            ImportError::File(error) => refused(&error),
            ImportError::Stopped { failure, .. } => Problem::from(failure).with("stopped", said),
            ImportError::Store(error) => unavailable(error),
            ImportError::People(error) => error.into(),
            ImportError::Declined { .. } | ImportError::GivenUp(_) | ImportError::Answer(_) => {
                Problem::internal(said)
            }
        }
    }
}

/// A file that is refused as a whole.
pub(super) fn refused(error: &FileError) -> Problem {
    let detail = error.to_string();
    // Every reason that has a place begins with it.
    let place = match detail.split_once(": ") {
        Some((place, _)) if place.starts_with("line ") => format!("body, {place}"),
        _ => "body".to_owned(),
    };
    refused_whole(&format!("{detail}. Nothing of it was taken."))
        .at(place, "a whole file in the format of the partner's specification")
}

/// A file that is refused as a whole, for this reason.
pub(super) fn refused_whole(detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "file_refused", "The file is refused as a whole")
        .with_detail(detail)
}

impl From<DayError> for Problem {
    fn from(error: DayError) -> Problem {
        match error {
            DayError::NotClosed { .. } => Problem::new(
                StatusCode::CONFLICT,
                "day_not_closed",
                "The day is not closed, so it has no file yet",
            )
            .with_detail("It is closed after the cut-off; a notice `day.closed` tells when."),
            DayError::Store(error) => unavailable(error),
            DayError::Order(OrderError::Failure(failure)) => failure.into(),
            other => Problem::internal(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_script_fit_into_a_header() {
        assert_eq!(percent_encoded("华-1.csv"), "%E5%8D%8E-1.csv");
    }
}
