//! Quotes: an amount that binds us until it expires, sealed so that nothing has to be kept for it.

use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::property::quote::{self, Quote, QuoteRequest, Wanted};
use jiaozi_ledger::problem::Problem;

use super::houses;
use crate::clock::new_id;
use crate::gateway::Gateway;
use crate::refused::Refused;
use crate::tokens::Purpose;

/// What a payer wants to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The house.
    pub house: String,
    /// Which of its bills.
    pub bills: Wanted,
    /// The plan by which months are paid ahead, if any.
    pub prepay: Option<String>,
}

/// Quotes some bills of a house: the quote, and the token that pays it.
///
/// # Errors
/// A problem that says which bill cannot be paid as wanted; or the database.
pub async fn quote(
    gateway: &Gateway,
    company: &Company,
    wish: Wish,
) -> Result<(Quote, String), Refused> {
    let bills = houses::read(gateway, company, &wish.house).await?;
    let id = new_id(gateway.store.clock().as_ref());
    let request = QuoteRequest { id, house: wish.house, bills: wish.bills, prepay: wish.prepay };
    let quote = quote::quote(company, &bills, &request, gateway.now().await?)?;
    let token = gateway.tokens.seal(Purpose::Quote, &quote);
    Ok((quote, token))
}

/// The quote of a token that we have handed out. Whether it still holds is decided when it is paid.
///
/// # Errors
/// When it is not ours, or was changed.
pub fn open(gateway: &Gateway, token: &str) -> Result<Quote, Refused> {
    gateway.tokens.open(Purpose::Quote, token).map_err(|_| {
        let detail = "The quote is not one that we have handed out.";
        Problem::new(400, "quote_invalid", detail, "Ask for a quote and send it back unchanged.")
            .with("place", "body, quote")
            .with("expected", "`token` of a quote, unchanged")
            .into()
    })
}
