//! Marketing: no, unless the payer says yes; and no again whenever they say so. Paying never asks.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiaozi_acquisition::consent::{self, Consent, Party, Purpose, Word, record_consent};
use jiaozi_acquisition::identity::person_of;
use jiff::tz::TimeZone;

use super::form::{Fields, field};
use super::frame::{Frame, Payer, html};
use super::wording::time;
use super::{CHANNEL, trouble};

/// The version of the text beside the buttons: a consent names what was read. Change it with the text.
const VERSION: &str = "payer-page-1";

#[derive(Template)]
#[template(path = "pay/privacy.html")]
struct PrivacyPage {
    f: Frame,
    noted: Option<&'static str>,
    now: String,
    refuse: Option<&'static str>,
    offer_yes: bool,
}

/// What the payer has said so far, and the buttons to say something else.
pub(super) async fn page(payer: Payer, Query(fields): Query<Fields>) -> Response {
    let (visit, t) = (&payer.visit, payer.visit.t());
    let last = match last_word(&payer).await {
        Ok(last) => last,
        Err(error) => return broken(&payer, &error),
    };
    let zone = TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC);
    let at = |word: &Consent| time(visit.language, word.at, &zone);
    let (now, refuse, offer_yes) = match &last {
        None => (t.privacy_unsaid.to_owned(), Some(t.privacy_refuse), true),
        Some(word) if word.granted => {
            ((t.privacy_allowed)(&at(word)), Some(t.privacy_withdraw), false)
        }
        Some(word) => ((t.privacy_refused)(&at(word)), None, true),
    };
    let noted = match (field(&fields, "noted"), &last) {
        ("no", Some(word)) if !word.granted => Some(t.privacy_recorded_no),
        ("yes", Some(word)) if word.granted => Some(t.privacy_recorded_yes),
        _ => None,
    };
    let f = visit.frame(t.privacy_title, "privacy");
    html(StatusCode::OK, &PrivacyPage { f, noted, now, refuse, offer_yes })
}

/// The last word on marketing, if there is one.
async fn last_word(payer: &Payer) -> Result<Option<Consent>, jiaozi_acquisition::Error> {
    let store = &payer.visit.gateway().store;
    let Some(person) = person_of(store, payer.session.account).await? else { return Ok(None) };
    let words = consent::history(store, person).await?;
    Ok(words.into_iter().rfind(|word| word.purpose == Purpose::Marketing))
}

/// Puts a word on record.
pub(super) async fn say(payer: Payer, Form(fields): Form<Fields>) -> Response {
    let visit = &payer.visit;
    let said = field(&fields, "marketing");
    let granted = match said {
        "yes" => true,
        "no" => false,
        // Nothing is ever taken for a yes.
        _ => return trouble::simple(visit, StatusCode::BAD_REQUEST, visit.t().bad_request),
    };
    let version = format!("{VERSION} {}", visit.t().tag);
    let evidence = format!("request {}", visit.request);
    let word = Word {
        purpose: Purpose::Marketing,
        granted,
        channel: CHANNEL,
        version: &version,
        evidence: &evidence,
        actor: "payer",
    };
    let gateway = visit.gateway();
    let now = match gateway.now().await {
        Ok(now) => now,
        Err(error) => return broken(&payer, &error.into()),
    };
    let party = Party::Payer(payer.session.account);
    match record_consent(&gateway.store, &gateway.vault, party, &word, now).await {
        Ok(_) => Redirect::to(&format!("/pay/privacy?noted={said}")).into_response(),
        Err(error) => broken(&payer, &error),
    }
}

fn broken(payer: &Payer, error: &jiaozi_acquisition::Error) -> Response {
    tracing::error!(%error, "consent cannot be read or put on record");
    let visit = &payer.visit;
    trouble::simple(visit, StatusCode::SERVICE_UNAVAILABLE, visit.t().broken)
}
