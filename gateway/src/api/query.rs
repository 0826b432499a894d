//! Strict query strings: what is not understood exactly is refused.

use axum::extract::Query;
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::edge::problem::Problem;
use crate::paging::Paging;

/// A query string as a type.
///
/// # Errors
/// 400 with what was expected.
pub fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let uri: Uri = format!("/?{query}").parse().map_err(|_| invalid("It cannot be read."))?;
    let Query(value) = Query::try_from_uri(&uri).map_err(|error| {
        let text = std::error::Error::source(&error)
            .map_or_else(|| error.to_string(), ToString::to_string);
        invalid(&text)
    })?;
    Ok(value)
}

/// A query string that is not what is expected.
pub fn invalid(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "query_invalid", "The query is not what is expected here")
        .with_detail(detail)
        .at("query", "the parameters of the interface document, each at most once")
}

/// Where a list goes on, as queries have it.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the previous page.
    pub cursor: Option<String>,
    /// How many at the most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub limit: Option<i64>,
}

impl From<PageQuery> for Paging {
    fn from(page: PageQuery) -> Paging {
        Paging { cursor: page.cursor, limit: page.limit }
    }
}
