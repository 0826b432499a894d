//! Requests that are not who they say they are, or ask for what they may not.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use jiaozi_ledger::time::Clock as _;

use super::super::caller::payment;
use super::super::payers::settle_in;
use super::super::stage::{APP, PAGE, Stage};
use super::super::town::Household;
use super::repeats::balance;
use crate::clock::SystemClock;
use crate::trial::client::{Line, Order, OwnKey};

/// How old a signature is that is too old.
const LONG_AGO_SECONDS: i64 = -3_600;

/// Every forgery is refused with its own code, and nobody pays anything.
///
/// # Errors
/// When the gateway does not answer.
pub async fn play(stage: &Stage, household: &Arc<Household>) -> anyhow::Result<()> {
    let mut page = stage.caller(PAGE)?;
    settle_in(&mut page, household).await?;
    let before = balance(stage, household).await?;
    let token = page.token(&household.partner, &household.house).await?;
    let order = |key: &str| payment(&token, &household.payer(), key);
    let server = stage.address;
    let now = SystemClock.now();
    let page_key = stage.key(PAGE)?;
    let app_key = stage.key(APP)?;
    let company_key = stage.key(&household.partner)?;

    let mut forged: Vec<(&str, u16, &str, Request<Full<Bytes>>)> = Vec::new();
    let stranger = OwnKey::generate("stranger-1")?;
    let unsigned = order("forged-0").unsigned(server)?;
    forged.push(("no signature", 401, "signature_missing", unsigned));
    let by_stranger = order("forged-1").signed(&stranger, server, now)?;
    forged.push(("a key that nobody knows", 401, "signature_key_unknown", by_stranger));
    let thief = OwnKey::generate(page_key.id())?;
    let stolen = order("forged-2").signed(&thief, server, now)?;
    forged.push(("another's name", 401, "signature_mismatch", stolen));
    let mut changed = order("forged-3").signed(&page_key, server, now)?;
    *changed.body_mut() = Full::new(Bytes::from(
        String::from_utf8_lossy(&order("x").body).replace("deposit:", "deposit:0"),
    ));
    forged.push(("a body changed on the way", 401, "digest_mismatch", changed));
    let old = order("forged-4").signed(&page_key, server, now.plus_seconds(LONG_AGO_SECONDS))?;
    forged.push(("a signature of an hour ago", 401, "signature_too_old", old));
    let by_company = order("forged-5").signed(&company_key, server, now)?;
    forged.push(("a company that wants to take money itself", 403, "scope_missing", by_company));
    let quote = Order::post(
        "/v1/quotes",
        &serde_json::json!({"partner": household.partner, "house": household.house}),
    );
    let once = quote.signed(&app_key, server, now)?;
    let (head, body) = once.into_parts();
    let mut again = Request::new(body.clone());
    *again.method_mut() = head.method.clone();
    *again.uri_mut() = head.uri.clone();
    *again.headers_mut() = head.headers.clone();
    let mut line = Line::to(server);
    line.send(Request::from_parts(head, body)).await?;
    forged.push(("a request that was overheard", 401, "nonce_seen", again));

    let count = forged.len();
    for (what, status, code, request) in forged {
        stage.notebook.plant("a forged request", PAGE, what);
        let answer = line.send(request).await?;
        let found = (answer.status.as_u16(), answer.code());
        stage.notebook.expect(what, (status, code.to_owned()), found);
    }
    stage.notebook.expect("nobody paid", before, balance(stage, household).await?);
    stage.notebook.tell(format!(
        "{count} forgeries (no or foreign signature, changed body, old, overheard, a company that wants to \
         debit): each refused by name, nobody paid"
    ));
    Ok(())
}
