//! `/v1/billers`: for channels, whom a payer can pay without a bill having been published, and what is due
//! there now.

use axum::extract::{Path, State};
use jiaozi_adapters::spec::access::Scope;
use jiaozi_adapters::spec::biller::Characters;
use jiaozi_ledger::time::Instant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::answer::{Answered, read as answer};
use super::call::Call;
use super::partners::NamesView;
use super::payments::view::BillerLine;
use crate::refused::not_found;
use crate::utility::billers::Reached;
use crate::utility::payments::served;
use crate::utility::quotes::{self, Quoted};

/// The billers that a channel serves.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BillerList {
    /// By code.
    pub billers: Vec<BillerView>,
}

/// A biller that a channel serves.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BillerView {
    /// Its code.
    pub partner: String,
    /// Its name.
    pub name: NamesView,
    /// Its currency.
    pub currency: String,
    /// What is paid for.
    pub item: String,
    /// What customer numbers look like there.
    pub customer: CustomerForm,
    /// Whether it answers; a biller that has not answered for a while is tried again by itself.
    pub available: bool,
}

/// What customer numbers look like.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CustomerForm {
    /// What the biller calls the number.
    pub name: NamesView,
    /// A regular expression.
    pub pattern: String,
}

impl BillerView {
    fn of(reached: &Reached) -> Option<BillerView> {
        let (terms, spec) = (reached.terms()?, &reached.spec.partner);
        let (least, most) = (terms.customer.least, terms.customer.most);
        let characters = match terms.customer.characters {
            Characters::Digits => "[0-9]",
            Characters::LettersAndDigits => "[0-9A-Za-z]",
        };
        Some(BillerView {
            partner: spec.code.as_str().to_owned(),
            name: NamesView::from(&spec.name),
            currency: spec.currency.as_str().to_owned(),
            item: terms.item.code.as_str().to_owned(),
            customer: CustomerForm {
                name: NamesView::from(&terms.customer.name),
                pattern: format!("^{characters}{{{least},{most}}}$"),
            },
            available: reached.is_available(),
        })
    }
}

/// For whom something is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBillerQuote {
    /// The customer's number at the biller.
    #[schema(min_length = 1, max_length = 64)]
    customer: String,
}

/// What is due for a customer now.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BillerQuoteView {
    /// Its identifier.
    pub quote: Uuid,
    /// What pays it: handed back unchanged as `quote` of a payment.
    pub token: String,
    /// The biller.
    pub partner: String,
    /// The customer's number there, as the biller writes it.
    pub customer: String,
    /// The customer's name, masked.
    pub customer_name: Option<String>,
    /// What is due.
    pub lines: Vec<BillerLine>,
    /// What it comes to, in fen.
    pub total_fen: i64,
    /// Until when it binds, that instant included.
    #[schema(value_type = String, format = "date-time")]
    pub expires_at: Instant,
}

impl From<Quoted> for BillerQuoteView {
    fn from(quoted: Quoted) -> BillerQuoteView {
        let Quoted { quote, token, customer_name } = quoted;
        BillerQuoteView {
            quote: quote.id,
            token,
            partner: quote.biller,
            customer: quote.customer,
            customer_name,
            lines: quote.lines.iter().map(BillerLine::from).collect(),
            total_fen: quote.total.0,
            expires_at: quote.expires_at,
        }
    }
}

/// The billers that the channel serves.
#[utoipa::path(get, path = "/v1/billers", operation_id = "list_billers", tag = "channel",
    responses((status = 200, body = BillerList)))]
pub(super) async fn list(State(api): State<Api>, call: Call) -> Answered {
    let channel = call.channel(Scope::Query)?;
    let serves =
        |reached: &&std::sync::Arc<Reached>| api.gateway.partners.serves(channel, &reached.spec);
    let billers =
        api.billers.billers().filter(serves).filter_map(|one| BillerView::of(one)).collect();
    answer(BillerList { billers })
}

/// Asks a biller what is due for a customer, and quotes it.
///
/// The biller is asked while the caller waits. `no_such_customer` (404), `nothing_due` (409),
/// `biller_busy` (429) and `biller_unavailable` (503) are four answers.
#[utoipa::path(post, path = "/v1/billers/{biller}/quotes", operation_id = "quote_biller",
    tag = "channel", params(("biller" = String, Path, description = "The biller's `partner`")),
    request_body = NewBillerQuote, responses((status = 200, body = BillerQuoteView)))]
pub(super) async fn quote(
    State(api): State<Api>,
    Path(biller): Path<String>,
    call: Call,
) -> Answered {
    let channel = call.channel(Scope::Quote)?;
    let body: NewBillerQuote = call.json()?;
    let reached = served(&api.gateway, &api.billers, channel, &biller);
    let reached = reached.ok_or_else(|| not_found("biller"))?;
    let quoted = quotes::ask(&api.gateway, &api.billers, &reached, &body.customer).await?;
    answer(BillerQuoteView::from(quoted))
}
