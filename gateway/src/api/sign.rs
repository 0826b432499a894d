//! Our signature under answers, where we have a key for it: the partner can show what we said, and to
//! which request.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header;

use super::Api;
use crate::edge::problem::Problem;
use crate::edge::signature::{Message, Origin};

pub(super) async fn sign(State(api): State<Api>, request: Request, next: Next) -> Response {
    if api.settings.signer.is_none() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let answer = next.run(Request::from_parts(parts, body)).await;
    signed(&api, &asked, answer).await.unwrap_or_else(IntoResponse::into_response)
}

async fn signed(
    api: &Api,
    asked: &http::request::Parts,
    answer: Response,
) -> Result<Response, Problem> {
    let Some(signer) = &api.settings.signer else { return Ok(answer) };
    // Plain text is not ours: it is turned into a problem further out.
    let bare = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if bare {
        return Ok(answer);
    }
    let origin = Origin::of_request(asked, api.settings.public_origin.as_ref()).ok();
    let message = origin.as_ref().map(|origin| Message::request(asked, origin));
    let (mut head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Problem::internal)?;
    let now = api.gateway.store.clock().now().timestamp();
    signer.sign_response(&mut head, message, &body, now)?;
    Ok(Response::from_parts(head, Body::from(body)))
}
