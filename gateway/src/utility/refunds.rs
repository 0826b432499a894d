//! Refunds to payers of billers, as operators propose them.

use jiaozi_adapters::property::refund::Reason;
use jiaozi_adapters::utility::refund::Refunding;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::Order;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::batch::Reply;

use crate::gateway::Gateway;
use crate::operators::{OrderError, Who, approvals};

/// What is to be given back.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// For which payment.
    pub order: OrderId,
    /// How much; all that is left if it is left out.
    pub amount: Option<Fen>,
    /// Why.
    pub because: Reason,
}

/// Proposes that money be given back. It is given back when another operator approves it.
///
/// # Errors
/// There is no such payment to a biller, or the order is not taken. A decline is an answer.
pub async fn propose(
    gateway: &Gateway,
    who: &Who,
    key: String,
    wanted: Wanted,
    reason: String,
) -> Result<Reply, OrderError> {
    let id = wanted.order;
    let order: Option<Order> = gateway.store.first("id = $2", vec![Cell::Id(id.0)]).await?;
    let Some(order) = order.filter(|order| gateway.partners.biller(&order.partner).is_some())
    else {
        let why = format!("there is no payment {id} to a biller; expected its `order`");
        return Err(OrderError::Refused(why));
    };
    let left = Fen(order.amount.0.saturating_sub(order.refunded.0));
    let amount = wanted.amount.unwrap_or(left);
    let (refunded, because) = (order.refunded, wanted.because);
    let content = Refunding { order: id, amount, refunded, because }.content();
    approvals::propose(gateway, who, key, content, reason).await
}
