//! `/v1/consents`: what a payer allowed or refused, as the channel has heard it.

use axum::extract::State;
use jiaozi_acquisition::consent::{self, Party, Purpose, Word};
use jiaozi_adapters::spec::access::Scope;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::Answered;
use super::call::Call;
use super::{Api, query};
use crate::accounts;
use crate::refused::not_found;

/// A payer's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// The payer's account.
    #[schema(example = "deposit:6222-01")]
    account: String,
    /// For what.
    purpose: PurposeName,
    /// Yes, or no.
    granted: bool,
    /// The version of the text that was shown.
    #[schema(min_length = 1, max_length = 256)]
    version: String,
    /// What proves it, in the channel's records.
    #[schema(min_length = 1, max_length = 256)]
    evidence: String,
}

/// For what consent is given or refused.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PurposeName {
    /// To serve what the person uses already.
    Service,
    /// To offer something.
    Marketing,
    /// To conclude something about the person from what they do.
    Profiling,
    /// To hand something about the person to a partner.
    ShareToPartner,
    /// To ask a credit register.
    CreditQuery,
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Purpose {
        match name {
            PurposeName::Service => Purpose::Service,
            PurposeName::Marketing => Purpose::Marketing,
            PurposeName::Profiling => Purpose::Profiling,
            PurposeName::ShareToPartner => Purpose::ShareToPartner,
            PurposeName::CreditQuery => Purpose::CreditQuery,
        }
    }
}

/// Puts a payer's word on record. The latest word for a purpose counts.
///
/// The same word with the same evidence again changes nothing.
#[utoipa::path(post, path = "/v1/consents", operation_id = "record_consent", tag = "channel",
    request_body = NewConsent, responses((status = 204, description = "It is on record.")))]
pub(super) async fn record(State(api): State<Api>, call: Call) -> Answered {
    let channel = call.channel(Scope::Consent)?.partner.code.as_str();
    call.asked_in_private()?;
    let body: NewConsent = call.json()?;
    for (name, text) in [("version", &body.version), ("evidence", &body.evidence)] {
        if !(1..=256).contains(&text.trim().len()) {
            return Err(query::invalid("It says nothing, or too much.")
                .at(format!("body, {name}"), "1 to 256 bytes"));
        }
    }
    let gateway = &api.gateway;
    let account = accounts::deposit(gateway, &body.account).await?;
    let account = account.ok_or_else(|| not_found("account"))?;
    let word = Word {
        purpose: body.purpose.into(),
        granted: body.granted,
        channel,
        version: &body.version,
        evidence: &body.evidence,
        actor: "payer",
    };
    if !is_on_record(&api, account.id, &word).await? {
        let now = gateway.now().await?;
        consent::record_consent(
            &gateway.store,
            &gateway.vault,
            Party::Payer(account.id),
            &word,
            now,
        )
        .await?;
    }
    Ok(axum::response::IntoResponse::into_response(http::StatusCode::NO_CONTENT))
}

/// Whether the latest word for the purpose is this one.
async fn is_on_record(
    api: &Api,
    account: jiaozi_ledger::id::AccountId,
    word: &Word<'_>,
) -> Result<bool, crate::edge::problem::Problem> {
    let store = &api.gateway.store;
    let Some(person) = jiaozi_acquisition::identity::person_of(store, account).await? else {
        return Ok(false);
    };
    let history = consent::history(store, person).await?;
    let latest = history
        .iter()
        .filter(|known| known.purpose == word.purpose)
        .max_by_key(|known| (known.at, known.nth));
    Ok(latest.is_some_and(|known| {
        known.granted == word.granted
            && known.version == word.version
            && known.evidence == word.evidence
            && known.channel == word.channel
    }))
}
