//! Reads a whole request body within its limits: so many bytes, so much time.
//!
//! Signed requests are verified over the raw bytes before anything is parsed, so handlers that
//! need a signature read the body here. What is too large to hold (files) is streamed elsewhere.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::problem::Problem;

/// How much of a body is read, and how long it may take to arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// The most bytes that are held in memory.
    pub bytes_max: usize,
    /// The longest that a body may take from its first byte asked for to its last.
    pub time_max: Duration,
}

/// Collects the body, or says why not: 413 too large, 408 too slow, 400 broken off.
pub async fn collect(body: Body, limits: BodyLimits) -> Result<Bytes, Problem> {
    let whole = Limited::new(body, limits.bytes_max).collect();
    match tokio::time::timeout(limits.time_max, whole).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if is_too_large(error.as_ref()) => Err(too_large(limits.bytes_max)),
        Ok(Err(error)) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "body_broken_off",
            "The body did not arrive whole",
        )
        .with_detail(error.to_string())
        .at("body", "as many bytes as Content-Length announces")),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            "The body took too long to arrive",
        )
        .at("body", format!("the whole body within {} s", limits.time_max.as_secs()))),
    }
}

/// The length that the request announces, when it does.
pub fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The 413 of this house.
pub fn too_large(bytes_max: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        "The body is larger than this door takes",
    )
    .at("body", format!("at most {bytes_max} bytes"))
    .with("bytes_max", bytes_max)
}

/// Whether the length limit is somewhere in the chain of causes.
pub(super) fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|cause| cause.is::<LengthLimitError>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: BodyLimits = BodyLimits { bytes_max: 4, time_max: Duration::from_millis(20) };

    #[tokio::test]
    async fn a_body_of_the_limit_passes_and_one_byte_more_does_not() {
        assert_eq!(collect(Body::from("1234"), LIMITS).await.unwrap(), "1234");
        let refused = collect(Body::from("12345"), LIMITS).await.unwrap_err();
        assert_eq!((refused.status, &*refused.code), (413, "body_too_large"));
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let never =
            Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        let refused = collect(never, LIMITS).await.unwrap_err();
        assert_eq!((refused.status, &*refused.code), (408, "body_too_slow"));
    }
}
