//! One request over a connection of its own, without a pool and without a second attempt.

use std::pin::pin;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderValue, Request};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;

use super::address::Address;
use super::connect::{Connection, Written};
use super::heard::{Answer, Message, NotSent, Silence};
use super::line::Unheard;

/// The headers of an answer, in number and in bytes.
pub(super) const HEADERS_MAX: usize = 100;
pub(super) const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Makes the request of a message.
///
/// # Errors
/// When it cannot be one.
pub(super) fn request(
    address: &Address,
    message: Message,
) -> Result<Request<Full<Bytes>>, NotSent> {
    let unsendable = |error: &dyn std::error::Error| NotSent::Unsendable(error.to_string());
    let path = format!("{}{}", address.base, message.path);
    if !path.starts_with('/') {
        return Err(NotSent::Unsendable("a path begins with a slash".to_owned()));
    }
    let mut request = Request::builder()
        .method(message.method)
        .uri(path)
        .body(Full::new(message.body))
        .map_err(|error| unsendable(&error))?;
    let headers = request.headers_mut();
    *headers = message.headers;
    // How bodies and connections end is ours to say.
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if !headers.contains_key(USER_AGENT) {
        headers.insert(USER_AGENT, HeaderValue::from_static("jiaozi"));
    }
    if !headers.contains_key(HOST) {
        let host =
            HeaderValue::try_from(address.authority()).map_err(|error| unsendable(&error))?;
        headers.insert(HOST, host);
    }
    Ok(request)
}

/// Sends it and reads its answer to the end. Takes as long as it takes.
///
/// # Errors
/// Why there is no answer.
pub(super) async fn talk(
    connection: Connection,
    request: Request<Full<Bytes>>,
    bytes_max: usize,
) -> Result<Answer, Unheard> {
    let written = connection.written();
    let failed = |error: hyper::Error| unheard(&error, &written);
    let (mut sender, driver) = Builder::new()
        .max_headers(HEADERS_MAX)
        .max_header_size(HEADER_BYTES_MAX)
        .handshake(TokioIo::new(connection))
        .await
        .map_err(failed)?;
    let mut answer = pin!(async {
        let (head, body) = sender.send_request(request).await.map_err(failed)?.into_parts();
        let body =
            Limited::new(body, bytes_max).collect().await.map_err(|error| match error
                .downcast::<LengthLimitError>(
            ) {
                Ok(_) => Silence::TooLong,
                Err(error) => Silence::Cut(with_causes(error.as_ref())),
            })?;
        Ok(Answer { status: Some(head.status), headers: head.headers, body: body.to_bytes() })
    });
    tokio::select! {
        answer = &mut answer => answer,
        // What ends the connection early is told to whoever waits for the answer.
        _ = driver => answer.await,
    }
}

pub(super) fn unheard(error: &hyper::Error, written: &Written) -> Unheard {
    let text = with_causes(error);
    if !written.anything() {
        return NotSent::ClosedBefore(text).into();
    }
    let silence = if error.is_parse_too_large() {
        Silence::TooLong
    } else if error.is_parse() {
        Silence::Garbled(text)
    } else {
        Silence::Cut(text)
    };
    silence.into()
}

pub(super) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
