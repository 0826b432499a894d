//! Whether the money of a payment can go back to the core.

use jiaozi_ledger::draw::{Draw, DrawState};
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::time::Instant;

use super::answer::core_day_over;
use crate::utility::biller::Biller;

/// Makes sure that what is to be undone can go back to the core.
///
/// # Errors
/// The payment waits for the core, its money goes back already, or the core's day is over.
pub fn can_go_back(
    core: &Biller,
    draw: &Draw,
    instruction: &Instruction,
    at: Instant,
) -> Result<(), Problem> {
    let now = core.now(at, instruction.clearing_date);
    match draw.state {
        DrawState::Spent if instruction.can_reverse(now) => Ok(()),
        DrawState::Spent => Err(core_day_over()),
        DrawState::Asked | DrawState::Drawn => {
            let detail = "The core has not answered yet, or the payment is being made.";
            Err(Problem::new(409, "payment_pending", detail, "Read the payment first."))
        }
        DrawState::Returning => {
            let detail = "It is being taken back already.";
            Err(Problem::new(409, "already_reversing", detail, "Read the payment."))
        }
        DrawState::Returned | DrawState::Refused => {
            let detail = "The payer has the money already.";
            Err(Problem::new(409, "not_paid", detail, "There is nothing left to do."))
        }
    }
}
