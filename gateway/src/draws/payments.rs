//! Payments from accounts with the core: ordering one, reading what became of it, and undoing it.

use std::sync::Arc;

use jiaozi_adapters::caller::Caller;
use jiaozi_adapters::draw::Intention;
use jiaozi_adapters::draw::answer::no_refund_to_core;
use jiaozi_adapters::draw::begin::Begin;
use jiaozi_adapters::draw::possible::can_go_back;
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::chart;
use jiaozi_ledger::command::{AccountRef, OpenAccounts};
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::order::Order;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Reply;
use serde::Deserialize;

use crate::asked::Asked;
use crate::gateway::Gateway;
use crate::payment::Payment;
use crate::property::{houses, quotes as of_companies};
use crate::refused::{Refused, not_found};
use crate::utility::billers::{Billers, Reached};
use crate::utility::payments::{references, served};
use crate::utility::{follow_up, quotes as of_billers};

/// A draw, and what the core was asked.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The draw.
    pub draw: Draw,
    /// What the core was asked.
    pub instruction: Instruction,
}

/// Orders a payment from an account with the core for a payer whom the channel has authenticated, and asks
/// the core. Nothing if the payer's account is not one with the core.
///
/// # Errors
/// No core is in force, a number that is none there, a quote that is not for this channel; or the writer. A
/// decline is an answer.
pub async fn begin(
    gateway: &Gateway,
    billers: &Billers,
    asked: &Asked,
    channel: &PartnerSpec,
    payment: &Payment,
) -> Result<Option<Reply>, Refused> {
    let Some(number) = number_of(gateway, &payment.payer).await? else { return Ok(None) };
    let reached = billers.core().ok_or_else(no_core)?;
    let number = account_number(reached, &number)?;
    let intention = match of_billers::open(gateway, &payment.quote) {
        Some(quote) => {
            let biller = served(gateway, billers, channel, &quote.biller);
            biller.ok_or_else(|| not_found("partner"))?;
            Intention::Utility(quote)
        }
        None => {
            let quote = of_companies::open(gateway, &payment.quote)?;
            let company = houses::served_one(gateway, channel, &quote.partner);
            company.ok_or_else(|| not_found("partner"))?;
            Intention::Property(quote)
        }
    };
    let core = Arc::clone(&reached.biller);
    open_account(gateway, &core, &number).await?;
    let begin = Begin {
        scope: asked.scope(Begin::OPERATION),
        core,
        channel: channel.partner.code.as_str().to_owned(),
        number,
        intention,
        reference: payment.reference.clone(),
        references: references(billers, reached).await?,
    };
    // Before the commit: by this clock the core is asked, or surely is not.
    let begun = tokio::time::Instant::now();
    let reply = asked.submit(gateway, begin).await?;
    if !reply.replayed && reply.verdict == Verdict::Done {
        tell(gateway, billers, &reply, begun);
    }
    Ok(Some(reply))
}

/// The customer's number of an account with the core; nothing if it is another account.
async fn number_of(gateway: &Gateway, payer: &AccountRef) -> Result<Option<String>, StoreError> {
    let code = match payer {
        AccountRef::Code(code) => code.clone(),
        // Who pays from our own accounts alone is not looked up.
        AccountRef::Id(_) if gateway.core.is_none() => return Ok(None),
        AccountRef::Id(id) => {
            let account: Option<Account> =
                gateway.store.first("id = $2", vec![Cell::Id(id.0)]).await?;
            account.map(|account| account.code).unwrap_or_default()
        }
    };
    Ok(chart::customer_number(&code).map(str::to_owned))
}

/// A number as the core writes it.
///
/// # Errors
/// What was expected instead.
pub fn account_number(reached: &Reached, typed: &str) -> Result<String, Problem> {
    let Some(terms) = reached.terms() else { return Err(no_core()) };
    terms.customer.read(typed).map_err(|expected| {
        let detail = "This is no account number of the core.";
        Problem::new(400, "core_account_invalid", detail, "Check the number.")
            .with("place", "payer")
            .with("expected", expected)
    })
}

/// Its specification is not there any more, or not yet again.
fn core_gone() -> Problem {
    let detail = "The core that the money was taken from has no specification here.";
    Problem::new(503, "core_gone", detail, "Ask again later; the payment stands as it is.")
}

fn no_core() -> Problem {
    let detail = "No core system is connected here: there are no accounts with it to pay from.";
    Problem::new(422, "no_core", detail, "Pay from a deposit, or ask the bank to connect its core.")
}

/// Opens the account that a customer's money passes through, the first time.
///
/// # Errors
/// The store or the writer.
pub async fn open_account(
    gateway: &Gateway,
    core: &Biller,
    number: &str,
) -> Result<Option<Account>, Refused> {
    let code = chart::customer(number);
    if gateway.store.account(&code).await?.is_none() {
        let open = OpenAccounts::new(&core.payee.code, vec![code.clone()], core.payee.currency);
        gateway.submit(open).await?;
    }
    Ok(gateway.store.account(&code).await?)
}

/// Asks the core for the money of a draw that was ordered just now, whoever waits for the answer.
fn tell(gateway: &Gateway, billers: &Billers, reply: &Reply, begun: tokio::time::Instant) {
    #[derive(Deserialize)]
    struct Ordered {
        order: OrderId,
    }
    let Ok(Ordered { order }) = serde_json::from_slice(&reply.answer.body) else { return };
    let (gateway, called) = (gateway.clone(), billers.clone());
    billers.calls.spawn(async move {
        let told = async {
            let Some(drawn) = of_order(&gateway, order).await? else { return Ok(()) };
            follow_up::tell_of(&gateway, &called, &drawn.instruction, begun).await
        };
        if let Err(error) = told.await {
            tracing::error!(%order, %error, "the core was not asked; the outcome is unknown");
        }
    });
}

/// The draw that pays an order, or is to.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_order(gateway: &Gateway, order: OrderId) -> Result<Option<Drawn>, StoreError> {
    let draw: Option<Draw> = gateway.store.first("order_id = $2", vec![Cell::Id(order.0)]).await?;
    with_instruction(gateway, draw).await
}

/// The draw with a channel's own reference.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_reference(
    gateway: &Gateway,
    channel: &str,
    reference: &str,
) -> Result<Option<Drawn>, StoreError> {
    let key = Cell::Text(format!("{channel}/{reference}"));
    let draw: Option<Draw> = gateway.store.first("reference_key = $2", vec![key]).await?;
    with_instruction(gateway, draw).await
}

async fn with_instruction(
    gateway: &Gateway,
    draw: Option<Draw>,
) -> Result<Option<Drawn>, StoreError> {
    let Some(draw) = draw else { return Ok(None) };
    let instruction: Option<Instruction> =
        gateway.store.first("id = $2", vec![Cell::Id(draw.instruction.0)]).await?;
    Ok(instruction.map(|instruction| Drawn { draw, instruction }))
}

/// What a caller may see of a draw: what it may see of the payment.
#[must_use]
pub fn seen_by(drawn: Option<Drawn>, caller: &Caller) -> Option<Drawn> {
    drawn.filter(|drawn| caller.sees(&drawn.draw.as_order(drawn.instruction.state)))
}

/// The core of a draw.
///
/// # Errors
/// Its specification is gone.
pub fn core_of(gateway: &Gateway, draw: &Draw) -> Result<Arc<Biller>, Refused> {
    Ok(Arc::clone(gateway.partners.core(&draw.core).ok_or_else(core_gone)?))
}

/// Why a payment of which there is no order yet, or never will be, cannot be undone. What there is an order
/// of is decided in the books, where a repeat gets its answer again.
///
/// # Errors
/// That it waits for the core, or that its money has gone back.
pub async fn is_ordered(gateway: &Gateway, drawn: &Drawn) -> Result<(), Refused> {
    let order = vec![Cell::Id(drawn.draw.order.0)];
    if gateway.store.first::<Order>("id = $2", order).await?.is_some() {
        return Ok(());
    }
    let core = core_of(gateway, &drawn.draw)?;
    Ok(can_go_back(&core, &drawn.draw, &drawn.instruction, gateway.now().await?)?)
}

/// Refuses to give money back otherwise than whole and in time for a payment from the core.
///
/// # Errors
/// When the payment was paid from an account with the core; or the database.
pub async fn no_refund(gateway: &Gateway, caller: &Caller, order: OrderId) -> Result<(), Refused> {
    match seen_by(of_order(gateway, order).await?, caller) {
        Some(_) => Err(no_refund_to_core().into()),
        None => Ok(()),
    }
}
