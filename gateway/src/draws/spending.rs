//! Spending drawn money: the command that the payment's scene would have been given by a door, under a key
//! of the draw.

use std::sync::Arc;

use jiaozi_adapters::draw::Intention;
use jiaozi_adapters::draw::give_back::GiveBack;
use jiaozi_adapters::draw::spend::{self, Spend};
use jiaozi_adapters::property::pay::Pay;
use jiaozi_adapters::utility::accept::Accept;
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::command::AccountRef;
use jiaozi_ledger::decision::{Scope, Verdict};
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::store::batch::Reply;

use crate::gateway::Gateway;
use crate::record::WORKER;
use crate::refused::Refused;
use crate::utility::billers::Billers;
use crate::utility::follow_up;
use crate::utility::payments::references;

/// Why money cannot be spent by anybody any more.
const PARTNER_GONE: &str = "partner_gone";

/// The scope of what is done with a draw, because of what the feed says at a number.
fn scope(draw: &Draw, operation: &'static str, because: i64) -> Scope {
    Scope { partner: WORKER.to_owned(), operation, key: format!("{}/{because}", draw.id) }
}

/// Spends the money of a draw, or lets it go back if the scene declines. `because` is the number of the
/// event that says so.
///
/// # Errors
/// When it cannot be done now; it is done again.
pub async fn spend(
    gateway: &Gateway,
    billers: &Billers,
    core: &Arc<Biller>,
    draw: &Draw,
    because: i64,
) -> Result<(), Refused> {
    match Intention::of(&draw.intention) {
        Ok(Intention::Property(quote)) => {
            let Some(company) = gateway.partners.company(&quote.partner) else {
                return give_back(gateway, core, draw, because, Some(PARTNER_GONE)).await;
            };
            let pay = Pay {
                scope: scope(draw, Pay::OPERATION, because),
                company: Arc::clone(company),
                channel: draw.channel.clone(),
                quote,
                payer: AccountRef::Id(draw.account),
                reference: draw.reference().map(str::to_owned),
                order: Some(draw.order),
            };
            submit(gateway, core, draw, because, pay).await?;
        }
        Ok(Intention::Utility(quote)) => {
            let Some(reached) = billers.biller(&quote.biller) else {
                return give_back(gateway, core, draw, because, Some(PARTNER_GONE)).await;
            };
            let accept = Accept {
                scope: scope(draw, Accept::OPERATION, because),
                biller: Arc::clone(&reached.biller),
                channel: draw.channel.clone(),
                quote,
                payer: AccountRef::Id(draw.account),
                reference: draw.reference().map(str::to_owned),
                order: Some(draw.order),
                references: references(billers, reached).await?,
            };
            let begun = tokio::time::Instant::now();
            let reply = submit(gateway, core, draw, because, accept).await?;
            if !reply.replayed && reply.verdict == Verdict::Done {
                tell(gateway, billers, draw, begun);
            }
        }
        Err(error) => {
            tracing::error!(draw = %draw.id, %error, "what money is meant for does not read");
            return give_back(gateway, core, draw, because, Some("intention_unreadable")).await;
        }
    }
    Ok(())
}

async fn submit<C: jiaozi_ledger::decision::Command + 'static>(
    gateway: &Gateway,
    core: &Arc<Biller>,
    draw: &Draw,
    because: i64,
    payment: C,
) -> Result<Reply, Refused> {
    let spend = Spend {
        scope: scope(draw, spend::OPERATION, because),
        core: Arc::clone(core),
        draw: draw.id,
        payment,
    };
    let reply = gateway.submit(spend).await?;
    if reply.verdict == Verdict::Declined {
        let answer = String::from_utf8_lossy(&reply.answer.body).into_owned();
        tracing::error!(draw = %draw.id, answer, "drawn money is not spent and does not go back");
    }
    Ok(reply)
}

/// Tells the biller of a payment that was accepted just now. What declined it was decided with it: then
/// there is nothing to tell.
fn tell(gateway: &Gateway, billers: &Billers, draw: &Draw, begun: tokio::time::Instant) {
    let (gateway, called, order) = (gateway.clone(), billers.clone(), draw.order);
    billers.calls.spawn(async move {
        if let Err(error) = follow_up::tell(&gateway, &called, order, begun).await {
            tracing::error!(%order, %error, "a biller was not told; the outcome is unknown");
        }
    });
}

/// Lets money go back to the core that the scene has given back, or that nobody can spend.
///
/// # Errors
/// When it cannot be done now; it is done again.
pub async fn give_back(
    gateway: &Gateway,
    core: &Arc<Biller>,
    draw: &Draw,
    because: i64,
    unspendable: Option<&'static str>,
) -> Result<(), Refused> {
    let give_back = GiveBack {
        scope: scope(draw, GiveBack::OPERATION, because),
        core: Arc::clone(core),
        draw: draw.id,
        unspendable,
    };
    let reply = gateway.submit(give_back).await?;
    if reply.verdict == Verdict::Declined {
        let answer = String::from_utf8_lossy(&reply.answer.body).into_owned();
        tracing::error!(draw = %draw.id, answer, "money is not given back to the core");
    }
    Ok(())
}
