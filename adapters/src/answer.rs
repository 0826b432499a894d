//! What callers of every scene are told: problems, orders, balances; and the digest of what they asked.
//! It decides nothing.

use jiaozi_ledger::account::Account;
use jiaozi_ledger::book::{Outcome, Refusal};
use jiaozi_ledger::command::{AccountRef, refusal_code};
pub use jiaozi_ledger::decision::digest_of;
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::{AccountId, OrderId};
use jiaozi_ledger::order::Order;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::time::Instant;
use serde_json::{Map, Value, json};

use crate::settlement::payee::Payee;

/// The operation of the idempotency scope of every command that a payment is ordered with: one key orders
/// one payment, whoever is paid and wherever the payer's account is.
pub const PAY: &str = "payment.pay";

/// The order or the draw that may have used a channel's reference.
#[must_use]
pub fn reference_needs(channel: &str, reference: &str) -> [Need; 2] {
    [Order::by_reference(channel, reference), Draw::by_reference(channel, reference)]
}

/// Makes sure that a channel's reference is free. A payment that is made of a draw has the draw's: it is
/// `own`, the identifier that it was told.
///
/// # Errors
/// Another order, or a payment that the core is asked for, has the reference.
pub fn reference_is_free(
    facts: &Facts,
    channel: &str,
    reference: Option<&str>,
    own: Option<OrderId>,
) -> Result<(), Problem> {
    let Some(reference) = reference else { return Ok(()) };
    let [order, draw] = reference_needs(channel, reference);
    let ordered = facts.one::<Order>(&order).map(|order| order.id);
    let drawn = facts.one::<Draw>(&draw).map(|draw| draw.order).filter(|id| Some(*id) != own);
    let Some(known) = ordered.or(drawn) else { return Ok(()) };
    let detail = "The channel has used this reference for another order.";
    let next = "Read that order, or use another reference.";
    Err(Problem::new(409, "reference_used", detail, next).with("order", json!(known)))
}

/// Makes sure that a quote still holds, at the instant until which it is good too.
///
/// # Errors
/// It has expired.
pub fn quote_is_good(facts: &Facts, expires_at: Instant) -> Result<(), Problem> {
    if facts.moment().at > expires_at {
        let detail = format!("The quote was good until {expires_at}.");
        return Err(Problem::new(409, "quote_expired", detail, "Ask for a new quote."));
    }
    Ok(())
}

/// A sum that does not fit.
#[must_use]
pub fn too_large() -> Problem {
    Problem::new(
        422,
        "amount_too_large",
        "A sum of the amounts does not fit.",
        "Split it into several requests.",
    )
}

/// An account of the specification that was never opened.
#[must_use]
pub fn not_opened(code: &str) -> Problem {
    Problem::new(
        422,
        "unknown_account",
        format!("The account {code} of the specification is not open in these books."),
        "Ask the bank to open the accounts of the specification.",
    )
}

/// A payer's account that is not there.
#[must_use]
pub fn unknown_payer() -> Problem {
    Problem::new(
        422,
        "unknown_account",
        "The payer's account is not in these books.",
        "Check the account that you named.",
    )
}

/// An order that is not there, or not for this caller.
#[must_use]
pub fn no_such_order() -> Problem {
    let detail = "There is no such order among those that you can see.";
    Problem::new(404, "not_found", detail, "Check the order's identifier.")
}

/// Every clearing day within reach is closed or not loaded.
#[must_use]
pub fn no_open_day() -> Problem {
    Problem::new(
        409,
        "no_open_day",
        "There is no open clearing day within reach.",
        "Try again with a new idempotency key; tell the bank if it persists.",
    )
}

/// What the books' refusal means. The payee's accounts (`ours`) are named, the payer's is not.
#[must_use]
pub fn refused(refusal: &Refusal, payee: &Payee, ours: &[String]) -> Problem {
    match refusal {
        Refusal::BelowFloor { code, short } if code == payee.settled() => Problem::new(
            422,
            "partner_funds_insufficient",
            format!("The company's settled account is short by {} fen.", short.0),
            "Refund less, wait for the next settlement, or have the company fund its account.",
        )
        .with("short_fen", short.0),
        Refusal::BelowFloor { .. } => Problem::new(
            422,
            "insufficient_funds",
            "The payer's account has not enough available.",
            "Fund the account or pay from another, with a new idempotency key.",
        ),
        Refusal::NotActive { code } => {
            let name = if ours.contains(code) { code.as_str() } else { "of the payer" };
            let detail = format!("The account {name} is frozen or closed.");
            Problem::new(422, "account_not_active", detail, "Use another account, or ask the bank.")
        }
        Refusal::AboveCeiling { .. } => Problem::new(
            422,
            "above_ceiling",
            "An account would hold more than it may.",
            "Use another account, or ask the bank.",
        ),
        Refusal::Overflow => too_large(),
        other => Problem::new(
            422,
            refusal_code(other),
            "The books do not take this transaction.",
            "Tell the bank; nothing was changed.",
        ),
    }
}

/// An account reference as part of a digest.
#[must_use]
pub fn account_part(account: &AccountRef) -> String {
    match account {
        AccountRef::Id(id) => format!("id {id}"),
        AccountRef::Code(code) => format!("code {code}"),
    }
}

/// An order as it is answered.
#[must_use]
pub fn order_body(order: &Order) -> Map<String, Value> {
    let body = json!({
        "order": order.id, "state": order.state, "scene": order.scene, "partner": order.partner,
        "channel": order.channel, "reference": order.reference(), "site": order.site,
        "house": order.house, "amount_fen": order.amount, "discount_fen": order.discount,
        "refunded_fen": order.refunded, "lines": order.lines, "at": order.at,
        "business_date": order.business_date, "clearing_date": order.clearing_date,
        "seq": order.seq,
    });
    object(body)
}

/// The balances of an account after the outcome.
#[must_use]
pub fn balance_after(outcome: &Outcome, before: Option<&Account>, id: AccountId) -> Value {
    outcome.accounts.get(&id).or(before).map_or(Value::Null, |account| json!(account.balances()))
}

/// The members of an object.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
