//! What callers are told of a payment to a biller: where it stands, and what is known of it there.

use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::order::Order;
use serde_json::{Map, Value, json};

use crate::answer;

/// An order as it is answered: the members of every payment, and what is known of it at the biller.
#[must_use]
pub fn order_body(order: &Order, instruction: &Instruction) -> Map<String, Value> {
    let mut body = answer::order_body(order);
    body.insert("biller".to_owned(), at_biller(instruction));
    body
}

/// What is known of a payment at the biller.
#[must_use]
pub fn at_biller(instruction: &Instruction) -> Value {
    json!({
        "instruction": instruction.id, "state": instruction.state, "step": instruction.step,
        "customer": instruction.customer(), "lines": instruction.lines,
        "reference": instruction.reference(), "their_reference": instruction.their_reference,
        "reason": instruction.reason, "next_asked_at": instruction.next_asked_at(),
        "contested": instruction.contested, "settles_on": instruction.counted_on,
    })
}

/// What events say of an order and its instruction: no personal data.
pub(super) fn event_data(order: &Order, instruction: &Instruction) -> Value {
    json!({
        "scene": order.scene, "partner": order.partner, "channel": order.channel,
        "site": order.site, "house": order.house, "payer": order.payer, "order": order.id,
        "reference": order.reference(), "amount_fen": order.amount,
        "discount_fen": order.discount, "bills": [], "lines": instruction.lines,
        "business_date": order.business_date, "clearing_date": order.clearing_date,
        "instruction": instruction.id, "biller_reference": instruction.reference(),
        "state": order.state, "step": instruction.step, "tries": instruction.tries,
        "reason": instruction.reason, "contested": instruction.contested,
        "settles_on": instruction.counted_on,
    })
}
