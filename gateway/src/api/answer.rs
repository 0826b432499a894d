//! Answers: what the writer has recorded, byte for byte; what was read, as JSON; and every error of the
//! layers below as a problem, here and nowhere else.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiaozi_ledger::problem::Problem as Declined;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::{Failure, Reply};
use serde::Serialize;
use serde_json::Value;

use crate::edge::problem::Problem;
use crate::refused::Refused;

/// Says that this answer was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How every handler answers.
pub type Answered = Result<Response, Problem>;

/// What the writer has recorded, byte for byte.
pub fn recorded(reply: Reply) -> Answered {
    let status = StatusCode::from_u16(reply.answer.status).map_err(Problem::internal)?;
    let content_type =
        HeaderValue::from_str(&reply.answer.content_type).map_err(Problem::internal)?;
    let mut response = Response::new(reply.answer.body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    if reply.replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// What was read.
pub fn read(body: impl Serialize) -> Answered {
    Ok(Json(body).into_response())
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        match refused {
            Refused::Problem(problem) => problem.into(),
            Refused::Failure(failure) => failure.into(),
        }
    }
}

/// What was refused before the writer, in the words that would have been recorded.
impl From<Declined> for Problem {
    fn from(refused: Declined) -> Problem {
        let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut problem =
            Problem::new(status, refused.code, refused.title()).with_detail(refused.detail);
        if let Some(next) = refused.next {
            problem = problem.with("next", next);
        }
        for (member, value) in refused.members {
            match (member.as_str(), value) {
                ("place", Value::String(place)) => problem.place = Some(place),
                ("expected", Value::String(expected)) => problem.expected = Some(expected),
                (_, value) => problem = problem.with(&member, value),
            }
        }
        problem
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        match failure {
            Failure::Conflict => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_conflict",
                "The Idempotency-Key was used for another request",
            )
            .with_detail(
                "Nothing was done. The key belongs to a request with another path or body.",
            )
            .at(
                "header Idempotency-Key",
                "a new key for a new request, or exactly the first request again",
            ),
            Failure::InProgress => Problem::new(
                StatusCode::CONFLICT,
                "idempotency_in_progress",
                "The first request with this key is still under way",
            )
            .with_detail("Repeat the request with the same key for its answer.")
            .retry_after(1),
            Failure::Overloaded => {
                Problem::new(status, "overloaded", "Too many requests are waiting")
                    .with_detail(
                        "Nothing was done. Repeat with the same Idempotency-Key after a moment.",
                    )
                    .retry_after(1)
            }
            Failure::Store(error) => unavailable(error),
            Failure::OutcomeUnknown(error) => Problem::new(
                status,
                "outcome_unknown",
                "It is not known yet whether the request took effect",
            )
            .with_detail(
                "Repeat it with the same Idempotency-Key until it is answered: it takes effect at \
                 most once, and the answer says whether it did.",
            )
            .retry_after(2)
            .because(error),
            Failure::Defect(reason) => Problem::internal(reason),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        unavailable(error)
    }
}

/// The store cannot do it now, or at all; nothing was done.
pub fn unavailable(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store_unavailable",
            "The books cannot be reached at the moment",
        )
        .with_detail("Nothing was done. Repeat with the same Idempotency-Key after a moment.")
        .retry_after(2)
        .because(error),
        other => Problem::internal(other),
    }
}

impl From<jiaozi_acquisition::Error> for Problem {
    fn from(error: jiaozi_acquisition::Error) -> Problem {
        match error {
            jiaozi_acquisition::Error::Store(error) => unavailable(error),
            other => Problem::internal(other),
        }
    }
}
