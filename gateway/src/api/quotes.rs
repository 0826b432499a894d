//! `/v1/quotes`: what a payer would pay now, binding until it expires.

use axum::extract::State;
use jiaozi_adapters::property::quote::{Quote, Wanted, WantedBill};
use jiaozi_adapters::spec::access::Scope;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::answer::{Answered, read as answer};
use super::call::Call;
use super::json::Amount;
use super::payments::bill_ref;
use crate::edge::problem::Problem;
use crate::property::quotes::Wish;
use crate::property::{houses, quotes};
use crate::refused::not_found;

/// What a payer wants to pay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuote {
    /// The partner.
    #[schema(example = "yunhe")]
    partner: String,
    /// The house.
    #[schema(example = "3-2-502")]
    house: String,
    /// Which bills; everything that is due if it is left out, none if it is empty.
    #[schema(max_items = 100)]
    bills: Option<Vec<PartOfBill>>,
    /// The plan by which months are paid ahead.
    prepay: Option<String>,
}

/// A bill, by one of its two identifiers, whole or in part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartOfBill {
    /// Our identifier.
    bill: Option<Uuid>,
    /// The partner's own.
    import_id: Option<String>,
    /// How much of it, late fee included, in fen; all that is open if it is left out.
    #[schema(value_type = Option<i64>, minimum = 1)]
    amount_fen: Option<Amount>,
}

impl NewQuote {
    fn wish(self) -> Result<Wish, Problem> {
        let wanted = |(part, nth): (PartOfBill, usize)| {
            let bill = bill_ref(part.bill, part.import_id, format!("body, bills[{nth}]"))?;
            Ok::<_, Problem>(WantedBill { bill, amount: part.amount_fen.map(Into::into) })
        };
        let bills = match self.bills {
            None => Wanted::All,
            Some(parts) => {
                Wanted::These(parts.into_iter().zip(0..).map(wanted).collect::<Result<_, _>>()?)
            }
        };
        Ok(Wish { house: self.house, bills, prepay: self.prepay })
    }
}

/// A quote.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct QuoteView {
    /// Its identifier.
    pub quote: Uuid,
    /// What pays it: handed back unchanged as `quote` of a payment.
    pub token: String,
    /// The partner.
    pub partner: String,
    /// The community.
    pub site: String,
    /// The house.
    pub house: String,
    /// The bills.
    pub lines: Vec<QuoteLineView>,
    /// The months ahead.
    pub prepay: Option<PrepayView>,
    /// What the payer pays, in fen.
    pub total_fen: i64,
    /// What a budget pays on top, in fen.
    pub discount_fen: i64,
    /// The day whose late fees it has.
    #[schema(value_type = String, format = "date")]
    pub as_of: Date,
    /// Until when it binds, that instant included.
    #[schema(value_type = String, format = "date-time")]
    pub expires_at: Instant,
}

/// One bill of a quote.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct QuoteLineView {
    /// The bill.
    pub bill: Uuid,
    /// The partner's own identifier of it.
    pub import_id: String,
    /// What is charged.
    pub item: String,
    /// The month charged.
    pub period: String,
    /// The principal that is paid, in fen.
    pub principal_fen: i64,
    /// The late fee that is paid, in fen.
    pub late_fee_fen: i64,
}

/// The months ahead of a quote.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PrepayView {
    /// The plan.
    pub plan: String,
    /// What is charged.
    pub item: String,
    /// The months.
    pub months: Vec<PrepayMonthView>,
}

/// One month ahead.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PrepayMonthView {
    /// The month.
    pub period: String,
    /// Its full price, in fen.
    pub principal_fen: i64,
    /// The part of it that a budget pays, in fen.
    pub discount_fen: i64,
}

impl QuoteView {
    fn of(quote: Quote, token: String) -> QuoteView {
        let line = |line: jiaozi_adapters::property::quote::QuoteLine| QuoteLineView {
            bill: line.bill.0,
            import_id: line.import_id,
            item: line.item,
            period: line.period,
            principal_fen: line.principal.0,
            late_fee_fen: line.late_fee.0,
        };
        let month = |month: jiaozi_adapters::property::quote::AheadMonth| PrepayMonthView {
            period: month.period,
            principal_fen: month.principal.0,
            discount_fen: month.discount.0,
        };
        QuoteView {
            quote: quote.id,
            token,
            partner: quote.partner,
            site: quote.site,
            house: quote.house,
            lines: quote.lines.into_iter().map(line).collect(),
            prepay: quote.prepay.map(|ahead| PrepayView {
                plan: ahead.plan,
                item: ahead.item,
                months: ahead.months.into_iter().map(month).collect(),
            }),
            total_fen: quote.total.0,
            discount_fen: quote.discount.0,
            as_of: quote.as_of,
            expires_at: quote.expires_at,
        }
    }
}

/// Quotes bills of a house, months ahead included.
///
/// A quote leaves nothing behind; it binds until it expires, or until the company changes a bill.
#[utoipa::path(post, path = "/v1/quotes", operation_id = "quote", tag = "channel",
    request_body = NewQuote, responses((status = 200, body = QuoteView),
        (status = 409, description = "Nothing is due, or a bill cannot be paid as things stand.",
            body = crate::edge::problem::Problem, content_type = "application/problem+json"),
        (status = 422, description = "It cannot be quoted as wanted.",
            body = crate::edge::problem::Problem, content_type = "application/problem+json")))]
pub(super) async fn quote(State(api): State<Api>, call: Call) -> Answered {
    let channel = call.channel(Scope::Quote)?;
    let body: NewQuote = call.json()?;
    let served = houses::served_one(&api.gateway, channel, &body.partner);
    let served = served.ok_or_else(|| not_found("partner"))?;
    let (quote, token) = quotes::quote(&api.gateway, &served.company, body.wish()?).await?;
    answer(QuoteView::of(quote, token))
}
