//! Payments: ordering them, taking them back, finding them again.

use jiaozi_adapters::caller::Caller;
use jiaozi_adapters::draw::undo::Undo;
use jiaozi_adapters::property::BillRef;
use jiaozi_adapters::property::cancel::Cancel;
use jiaozi_adapters::property::pay::Pay;
use jiaozi_adapters::property::refund::{self, Reason};
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_ledger::bill::BillPayment;
use jiaozi_ledger::id::{AccountId, BillId, OrderId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{Order, Refund};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Reply;
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;

use super::{houses, quotes};
use crate::asked::Asked;
use crate::draws::payments::{Drawn, core_of};
use crate::gateway::Gateway;
use crate::paging::{Listing, Page, Paging};
use crate::payment::Payment;
use crate::refused::{Refused, not_found};

/// Pays a quote for a payer whom the channel has authenticated.
///
/// # Errors
/// A token that is not ours or not for this channel; or the writer. A decline is an answer.
pub async fn pay(
    gateway: &Gateway,
    asked: &Asked,
    channel: &PartnerSpec,
    payment: Payment,
) -> Result<Reply, Refused> {
    let quote = quotes::open(gateway, &payment.quote)?;
    let served =
        houses::served_one(gateway, channel, &quote.partner).ok_or_else(|| not_found("partner"))?;
    let pay = Pay {
        scope: asked.scope(Pay::OPERATION),
        company: served.company,
        channel: channel.partner.code.as_str().to_owned(),
        quote,
        payer: payment.payer,
        reference: payment.reference,
        order: None,
    };
    Ok(asked.submit(gateway, pay).await?)
}

/// Takes a whole payment back, as long as its clearing day is open; what was `drawn` from the core goes back
/// there with it.
///
/// # Errors
/// No such payment for this caller; or the writer.
pub async fn cancel(
    gateway: &Gateway,
    asked: &Asked,
    caller: Caller,
    order: OrderId,
    drawn: Option<&Drawn>,
) -> Result<Reply, Refused> {
    let company = company_of(gateway, &caller, order).await?;
    let cancel = Cancel { scope: asked.scope(Cancel::OPERATION), company, caller, order };
    let Some(drawn) = drawn else { return Ok(asked.submit(gateway, cancel).await?) };
    let core = core_of(gateway, &drawn.draw)?;
    let undo = Undo { core, draw: drawn.draw.id, cancel };
    Ok(asked.submit(gateway, undo).await?)
}

/// What is to be given back.
#[derive(Debug, Clone)]
pub struct GiveBack {
    /// Of which payment.
    pub order: OrderId,
    /// What the payer gets; all that is left if it is left out.
    pub amount: Option<Fen>,
    /// Only of these bills; of all if it is left out.
    pub bills: Option<Vec<BillRef>>,
    /// Why.
    pub reason: Reason,
}

/// Gives money back for a payment.
///
/// # Errors
/// No such payment for this caller; or the writer.
pub async fn refund(
    gateway: &Gateway,
    asked: &Asked,
    caller: Caller,
    back: GiveBack,
) -> Result<Reply, Refused> {
    let company = company_of(gateway, &caller, back.order).await?;
    let refund = refund::Refund {
        scope: asked.scope(refund::Refund::OPERATION),
        company,
        caller,
        order: back.order,
        amount: back.amount,
        bills: back.bills,
        reason: back.reason,
    };
    Ok(asked.submit(gateway, refund).await?)
}

async fn company_of(
    gateway: &Gateway,
    caller: &Caller,
    order: OrderId,
) -> Result<std::sync::Arc<jiaozi_adapters::property::company::Company>, Refused> {
    let order = by_id(gateway, caller, order).await?.ok_or_else(|| not_found("payment"))?;
    let company = gateway.partners.company(&order.partner);
    company.cloned().ok_or_else(|| not_found("payment"))
}

/// A payment by our identifier, if the caller may see it.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_id(
    gateway: &Gateway,
    caller: &Caller,
    order: OrderId,
) -> Result<Option<Order>, StoreError> {
    let order: Option<Order> = gateway.store.first("id = $2", vec![Cell::Id(order.0)]).await?;
    Ok(order.filter(|order| caller.sees(order)))
}

/// A payment by the channel's own reference.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_reference(
    gateway: &Gateway,
    channel: &str,
    reference: &str,
) -> Result<Option<Order>, StoreError> {
    let key = Cell::Text(format!("{channel}/{reference}"));
    gateway.store.first("reference_key = $2", vec![key]).await
}

/// What was given back for a payment, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn refunds(gateway: &Gateway, order: OrderId) -> Result<Vec<Refund>, StoreError> {
    gateway.store.find("order_id = $2 order by seq", vec![Cell::Id(order.0)]).await
}

/// The payments of a bill, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_bill(gateway: &Gateway, bill: BillId) -> Result<Vec<Order>, StoreError> {
    let paid: Vec<BillPayment> =
        gateway.store.find("bill = $2 order by order_id", vec![Cell::Id(bill.0)]).await?;
    if paid.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (2..paid.len() + 2).map(|place| format!("${place}")).collect();
    let clause = format!("id in ({}) order by seq", places.join(", "));
    gateway.store.find(&clause, paid.iter().map(|paid| Cell::Id(paid.order.0)).collect()).await
}

/// The payments of a partner's clearing day.
///
/// # Errors
/// A cursor of another list; or the database.
pub async fn of_day(
    gateway: &Gateway,
    partner: &str,
    date: Date,
    paging: &Paging,
) -> Result<Page<Order>, Refused> {
    let list = format!("payments of {partner} on {date}");
    let listing = Listing::open(&gateway.tokens, &list, paging)?;
    let clause = "partner = $2 and clearing_date = $3 and id > $4 order by id limit $5";
    let binds = vec![
        Cell::Text(partner.to_owned()),
        Cell::Int(date_to_number(date)),
        Cell::Id(listing.after()),
        Cell::Int(listing.rows()),
    ];
    let orders = gateway.store.find::<Order>(clause, binds).await?;
    Ok(listing.page(orders, |order| order.id.0))
}

/// The payments from an account that a channel has ordered, newest first: what a person looks for.
///
/// # Errors
/// A cursor of another list; or the database.
pub async fn latest_of_payer(
    gateway: &Gateway,
    channel: &str,
    payer: AccountId,
    paging: &Paging,
) -> Result<Page<Order>, Refused> {
    let list = format!("latest payments of {payer} through {channel}");
    let listing = Listing::open(&gateway.tokens, &list, paging)?;
    let before = match &paging.cursor {
        Some(_) => listing.after(),
        None => uuid::Uuid::max(),
    };
    let clause = "payer = $2 and id < $3 and channel = $4 order by id desc limit $5";
    let binds = vec![
        Cell::Id(payer.0),
        Cell::Id(before),
        Cell::Text(channel.to_owned()),
        Cell::Int(listing.rows()),
    ];
    let orders = gateway.store.find::<Order>(clause, binds).await?;
    Ok(listing.page(orders, |order| order.id.0))
}

/// The payments from an account that a channel has ordered, oldest first.
///
/// # Errors
/// A cursor of another list; or the database.
pub async fn of_payer(
    gateway: &Gateway,
    channel: &str,
    payer: AccountId,
    paging: &Paging,
) -> Result<Page<Order>, Refused> {
    let list = format!("payments of {payer} through {channel}");
    let listing = Listing::open(&gateway.tokens, &list, paging)?;
    let clause = "payer = $2 and id > $3 and channel = $4 order by id limit $5";
    let binds = vec![
        Cell::Id(payer.0),
        Cell::Id(listing.after()),
        Cell::Text(channel.to_owned()),
        Cell::Int(listing.rows()),
    ];
    let orders = gateway.store.find::<Order>(clause, binds).await?;
    Ok(listing.page(orders, |order| order.id.0))
}
