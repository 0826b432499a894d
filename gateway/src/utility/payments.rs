//! Payments to billers: accepting one, taking it back, reading what became of it.

use std::sync::Arc;

use jiaozi_adapters::caller::Caller;
use jiaozi_adapters::draw::ask_back::AskBack;
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::utility::accept::{Accept, References};
use jiaozi_adapters::utility::take_back::TakeBack;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Reply;
use serde::Deserialize;

use super::billers::{Billers, Reached};
use super::{follow_up, quotes};
use crate::asked::Asked;
use crate::draws::payments::{Drawn, core_of};
use crate::gateway::Gateway;
use crate::payment::Payment;
use crate::refused::{Refused, not_found};

/// Accepts a payment of a biller's quote for a payer whom the channel has authenticated, and tells the
/// biller. Nothing if the token is not a biller's quote.
///
/// # Errors
/// A quote that is not for this channel; or the writer. A decline is an answer.
pub async fn accept(
    gateway: &Gateway,
    billers: &Billers,
    asked: &Asked,
    channel: &PartnerSpec,
    payment: &Payment,
) -> Result<Option<Reply>, Refused> {
    let Some(quote) = quotes::open(gateway, &payment.quote) else { return Ok(None) };
    let reached =
        served(gateway, billers, channel, &quote.biller).ok_or_else(|| not_found("partner"))?;
    let biller = Arc::clone(&reached.biller);
    let references = references(billers, &reached).await?;
    let accept = Accept {
        scope: asked.scope(Accept::OPERATION),
        biller,
        channel: channel.partner.code.as_str().to_owned(),
        quote,
        payer: payment.payer.clone(),
        reference: payment.reference.clone(),
        order: None,
        references,
    };
    // Before the commit: by this clock the biller is told, or surely is not.
    let begun = tokio::time::Instant::now();
    let reply = asked.submit(gateway, accept).await?;
    if !reply.replayed && reply.verdict == Verdict::Done {
        tell(gateway, billers, &reply, begun);
    }
    Ok(Some(reply))
}

/// Tells the biller of a payment that was accepted just now, whoever waits for the answer.
fn tell(gateway: &Gateway, billers: &Billers, reply: &Reply, begun: tokio::time::Instant) {
    #[derive(Deserialize)]
    struct Accepted {
        order: OrderId,
    }
    let Ok(Accepted { order }) = serde_json::from_slice(&reply.answer.body) else { return };
    let (gateway, called) = (gateway.clone(), billers.clone());
    billers.calls.spawn(async move {
        if let Err(error) = follow_up::tell(&gateway, &called, order, begun).await {
            tracing::error!(%order, %error, "a biller was not told; the outcome is unknown");
        }
    });
}

/// Takes a payment back at the biller, as long as the biller takes it back. Nothing if the payment is not
/// one to a biller. What was `drawn` from the core for it has to be able to go back there.
///
/// # Errors
/// The writer. A decline is an answer.
pub async fn take_back(
    gateway: &Gateway,
    billers: &Billers,
    asked: &Asked,
    caller: Caller,
    order: OrderId,
    drawn: Option<&Drawn>,
) -> Result<Option<Reply>, Refused> {
    let Some(instruction) = instruction_of(gateway, order).await? else { return Ok(None) };
    let reached = billers.get(&instruction.partner).ok_or_else(|| not_found("payment"))?;
    let biller = Arc::clone(&reached.biller);
    let take_back = TakeBack { scope: asked.scope(TakeBack::OPERATION), biller, caller, order };
    let reply = match drawn {
        Some(Drawn { draw, .. }) => {
            let core = core_of(gateway, draw)?;
            asked.submit(gateway, AskBack { core, draw: draw.id, take_back }).await?
        }
        None => asked.submit(gateway, take_back).await?,
    };
    Ok(Some(reply))
}

/// What was asked of a biller for an order, if one was.
///
/// # Errors
/// When the database cannot be read.
pub async fn instruction_of(
    gateway: &Gateway,
    order: OrderId,
) -> Result<Option<Instruction>, StoreError> {
    gateway.store.first("order_id = $2", vec![Cell::Id(order.0)]).await
}

/// A biller that a channel serves.
#[must_use]
pub fn served(
    gateway: &Gateway,
    billers: &Billers,
    channel: &PartnerSpec,
    code: &str,
) -> Option<Arc<Reached>> {
    let reached = billers.biller(code)?;
    gateway.partners.serves(channel, &reached.spec).then(|| Arc::clone(reached))
}

/// Our references for one payment: its own, and that of its reversal.
///
/// # Errors
/// When they have more digits than are taken there, or the store.
pub async fn references(billers: &Billers, reached: &Reached) -> Result<References, Refused> {
    let mut drawn = Vec::with_capacity(2);
    for _ in 0..2 {
        let number = billers.references.next(reached.code()).await?;
        drawn.push(reached.biller.reference.write(number).ok_or_else(|| {
            let detail = "Our references have more digits than the biller takes.";
            Problem::new(503, "references_exhausted", detail, "Tell the bank.")
        })?);
    }
    let (reversal, instruction) =
        (drawn.pop().unwrap_or_default(), drawn.pop().unwrap_or_default());
    Ok(References { instruction, reversal })
}
