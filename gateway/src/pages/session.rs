//! Who is logged in: a sealed token in a cookie. Nothing is kept on our side, and the token holds no
//! name in full.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::time::Instant;
use serde::{Deserialize, Serialize};

use crate::gateway::Gateway;
use crate::tokens::Purpose;

/// The name of the cookie.
const COOKIE: &str = "jiaozi_payer";
/// How long a login lasts: long enough to read everything twice.
const SECONDS: i64 = 3_600;

/// A payer whom the channel has authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    /// The account that pays.
    #[serde(rename = "a")]
    pub account: AccountId,
    /// The end of its number, as it may be shown.
    #[serde(rename = "t")]
    pub tail: String,
    /// The name, masked; empty if it was not told.
    #[serde(rename = "n")]
    pub name: String,
    /// Until when.
    #[serde(rename = "x")]
    expires_at: Instant,
}

impl Session {
    /// A session that begins now.
    pub(super) fn begin(gateway: &Gateway, account: AccountId, tail: String, name: String) -> Self {
        // By the machine's clock: moving a sandbox's business time logs nobody out.
        let expires_at = gateway.store.clock().now().plus_seconds(SECONDS);
        Session { account, tail, name, expires_at }
    }

    /// The session of a request, if it has one that is still good. There is none on a live database.
    pub(super) fn of(gateway: &Gateway, headers: &HeaderMap) -> Option<Session> {
        if !gateway.sandbox {
            return None;
        }
        let session: Session =
            gateway.tokens.open(Purpose::Session, cookie(headers, COOKIE)?).ok()?;
        (gateway.store.clock().now() < session.expires_at).then_some(session)
    }

    /// Puts the session into an answer.
    pub(super) fn keep(&self, gateway: &Gateway, response: &mut Response, secure: bool) {
        let token = gateway.tokens.seal(Purpose::Session, self);
        set_cookie(response, secure, COOKIE, &token, SECONDS);
    }
}

/// Ends the session.
pub(super) fn forget(response: &mut Response, secure: bool) {
    set_cookie(response, secure, COOKIE, "", 0);
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(own, _)| *own == name)
        .map(|(_, value)| value)
}

/// Sets a cookie that scripts cannot read and other sites cannot send.
pub(super) fn set_cookie(
    response: &mut Response,
    secure: bool,
    name: &str,
    value: &str,
    seconds: i64,
) {
    let secure = if secure { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; Path=/pay; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
