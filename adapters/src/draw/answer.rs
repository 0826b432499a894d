//! What callers and the feed are told of a draw.

use jiaozi_ledger::decision::{Answer, Event};
use jiaozi_ledger::draw::{DRAWN, Draw, DrawState, RETURNED, RETURNING};
use jiaozi_ledger::instruction::{Instruction, InstructionState, News};
use jiaozi_ledger::problem::Problem;
use serde_json::{Map, Value, json};

use crate::answer;

/// A payment from an account with the core, as it is answered while there is no order of it: the members
/// of every payment, and what is known of it at the core.
#[must_use]
pub fn draw_body(draw: &Draw, instruction: &Instruction) -> Map<String, Value> {
    let mut body = answer::order_body(&draw.as_order(instruction.state));
    body.insert("core".to_owned(), at_core(draw, instruction));
    body
}

/// What is known of a payment at the core.
#[must_use]
pub fn at_core(draw: &Draw, instruction: &Instruction) -> Value {
    json!({
        "draw": draw.id, "state": draw.state, "asked": instruction.state, "step": instruction.step,
        "account": account_end(instruction), "reference": instruction.reference(),
        "their_reference": instruction.their_reference,
        "reason": draw.reason.as_ref().or(instruction.reason.as_ref()),
        "next_asked_at": instruction.due_at, "contested": instruction.contested,
    })
}

/// The end of the account's number there: answers are kept, and whole numbers are not to be.
#[must_use]
pub fn account_end(instruction: &Instruction) -> String {
    let number = instruction.customer();
    let hidden = number.chars().count().saturating_sub(4);
    number.chars().skip(hidden).collect()
}

/// What events say of a draw: no personal data.
pub(super) fn event_data(draw: &Draw, instruction: &Instruction) -> Value {
    json!({
        "scene": draw.scene, "partner": draw.payee, "channel": draw.channel, "site": draw.site,
        "house": draw.house, "payer": draw.account, "order": draw.order,
        "reference": draw.reference(), "amount_fen": draw.amount,
        "business_date": draw.business_date, "clearing_date": draw.clearing_date,
        "draw": draw.id, "core": draw.core, "core_reference": instruction.reference(),
        "instruction": instruction.id, "state": draw.state, "asked": instruction.state,
        "step": instruction.step, "tries": instruction.tries,
        "reason": draw.reason.as_ref().or(instruction.reason.as_ref()),
        "contested": instruction.contested,
        // Under which the core has taken it back: what is posted with that is found by it.
        "reversal_reference": (instruction.state == InstructionState::Reversed)
            .then_some(&instruction.reversal_reference),
    })
}

/// A draw that has gone from one state to another.
pub(crate) struct Moved {
    /// Where it stood.
    pub from: DrawState,
    /// As it is afterwards.
    pub draw: Draw,
    /// Whether the scene had made an order of it.
    pub ordered: bool,
}

/// What is answered, and what the feed tells, of an instruction to the core that has gone on.
pub(crate) fn told(
    news: News,
    before: &Instruction,
    after: &Instruction,
    moved: &Moved,
) -> (Answer, Event) {
    let draw = &moved.draw;
    let kind = match (draw.state, after.state) {
        (state, asked) if state == moved.from && asked == before.state => Instruction::HEARD,
        (DrawState::Asked, InstructionState::Unknown) => "payment.unknown",
        (DrawState::Asked, InstructionState::Reversing) => "payment.reversing",
        (state, _) if state == moved.from => Instruction::HEARD,
        (DrawState::Drawn, _) => DRAWN,
        (DrawState::Returning, _) if moved.ordered => RETURNING,
        (DrawState::Returning, _) => "payment.reversing",
        (DrawState::Returned, _) if moved.ordered => RETURNED,
        (DrawState::Refused, InstructionState::Refused) => "payment.refused",
        (DrawState::Returned | DrawState::Refused, _) => "payment.reversed",
        (DrawState::Asked | DrawState::Spent, _) => Instruction::HEARD,
    };
    let mut data = event_data(draw, after);
    data["news"] = news.name().into();
    let answer = Answer::json(200, &draw_body(draw, after));
    (answer, Event { kind, subject: draw.order.0, data })
}

/// A draw that is not there, or not any more what it was.
pub(super) fn not_drawn() -> Problem {
    let detail = "The money of this payment is not there to be spent or given back.";
    Problem::new(409, "not_drawn", detail, "Read the payment.")
}

/// The core takes nothing back any more.
#[must_use]
pub fn core_day_over() -> Problem {
    let detail = "The core's day is over: it takes nothing back for this payment any more.";
    Problem::new(409, "core_day_over", detail, "Ask the bank; the payment stands as it is.")
}

/// Money is not given back in parts, or later, to an account with the core.
#[must_use]
pub fn no_refund_to_core() -> Problem {
    let detail = "The core takes back a whole payment of its day, and nothing else.";
    let next = "Cancel the payment while the core's day lasts; afterwards the bank gives it back.";
    Problem::new(409, "no_refund_to_core", detail, next)
}
