//! What becomes of a draw and its money when its instruction to the core goes on, or when it is to go back.
//! Every command that lets a draw go on changes nothing but through here, so money is always where the
//! draw's state says.

use jiaozi_ledger::account::Account;
use jiaozi_ledger::chart::CORE_CLEARING;
use jiaozi_ledger::decision::Changes;
use jiaozi_ledger::draw::{Draw, DrawState, DrawnMoney};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::instruction::{Instruction, InstructionState, News};
use jiaozi_ledger::order::Order;
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;

use super::answer::Moved;
use crate::answer::{no_such_order, not_opened};
use crate::utility::biller::Biller;
use crate::utility::follow::Followed;

/// The facts that are needed to let the draw of an instruction go on.
pub(crate) fn needs(core: &Biller, instruction: Option<&Instruction>, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Account::by_code(CORE_CLEARING), Account::by_code(&core.suspense())];
    if let Some(instruction) = instruction {
        let of = Draw::by_instruction(instruction.id);
        if let Some(draw) = facts.one::<Draw>(&of) {
            needs.extend([Account::by_id(draw.account), Order::by_id(draw.order)]);
        }
        needs.push(of);
    }
    needs
}

/// The facts that are needed to let a draw go on that is known by itself.
pub(super) fn needs_of(core: &Biller, draw: Option<&Draw>) -> Vec<Need> {
    let mut needs = vec![Account::by_code(CORE_CLEARING), Account::by_code(&core.suspense())];
    if let Some(draw) = draw {
        needs.extend([
            Draw::by_instruction(draw.instruction),
            Instruction::by_id(draw.instruction),
            Account::by_id(draw.account),
            Order::by_id(draw.order),
        ]);
    }
    needs
}

/// Everything that changes when an instruction to the core becomes `after`.
pub(crate) fn changes(
    core: &Biller,
    facts: &Facts,
    before: &Instruction,
    after: Instruction,
) -> Result<Followed, Problem> {
    let draw =
        facts.one::<Draw>(&Draw::by_instruction(before.id)).ok_or_else(no_such_order)?.clone();
    let state = draw.following(&after);
    moved(core, facts, draw, state, after)
}

/// Everything that changes when the money of a draw is to go back, for a reason. It is on the customer's
/// account, or comes there in the same commit.
pub(super) fn returning(
    core: &Biller,
    facts: &Facts,
    draw: &Draw,
    reason: &str,
) -> Result<Followed, Problem> {
    let instruction = facts.get::<Instruction>(draw.instruction).ok_or_else(no_such_order)?;
    let now = core.now(facts.moment().at, instruction.clearing_date);
    let after = instruction.heard(News::TakenBack, 0, &core.schedule, now);
    let draw = Draw { reason: Some(reason.to_owned()), ..draw.clone() };
    moved(core, facts, draw, DrawState::Returning, after)
}

/// Everything that changes when the core has given money, which ends its instruction as `after`, and the
/// books cannot put it onto the customer's account: then it goes back at once. Nothing if the news is
/// another.
pub(crate) fn given_in_vain(
    core: &Biller,
    facts: &Facts,
    before: &Instruction,
    after: &Instruction,
    reason: &str,
) -> Option<Result<Followed, Problem>> {
    let draw = facts.one::<Draw>(&Draw::by_instruction(before.id))?;
    if draw.state != DrawState::Asked || draw.following(after) != DrawState::Drawn {
        return None;
    }
    let now = core.now(facts.moment().at, before.clearing_date);
    let after = after.heard(News::TakenBack, 0, &core.schedule, now);
    let draw = Draw { reason: Some(reason.to_owned()), ..draw.clone() };
    Some(moved(core, facts, draw, DrawState::Returning, after))
}

/// Whether two operators may rule on an instruction that has ended: the core says that it gave the money,
/// nobody is to have it, and it was given back by hand.
pub(crate) fn given_back_by_hand(facts: &Facts, before: &Instruction, done: bool) -> bool {
    let draw = facts.one::<Draw>(&Draw::by_instruction(before.id));
    !done
        && before.state == InstructionState::Done
        && draw.is_some_and(|draw| draw.state == DrawState::Returning)
}

/// Everything that changes when money was given back by hand. That the core gave it stays true of its day,
/// and is what its file says; nothing is contested any more.
pub(crate) fn returned_by_hand(
    core: &Biller,
    facts: &Facts,
    after: Instruction,
) -> Result<Followed, Problem> {
    let draw =
        facts.one::<Draw>(&Draw::by_instruction(after.id)).ok_or_else(no_such_order)?.clone();
    let after = Instruction { contested: false, ..after };
    moved(core, facts, draw, DrawState::Returned, after)
}

fn moved(
    core: &Biller,
    facts: &Facts,
    before: Draw,
    state: DrawState,
    mut after: Instruction,
) -> Result<Followed, Problem> {
    let seq = facts.moment().seq;
    let (from, to) = (before.state.money(), state.money());
    let mut changes = Changes::default();
    if from != to {
        let account = |place| account_of(core, facts, &before, place);
        let draft = Draft::new();
        let draft = draft.debit(account(from)?, before.amount).credit(account(to)?, before.amount);
        changes.draft = Some(draft);
    }
    let mut draw = Draw { state, ..before.clone() };
    if from == DrawnMoney::Core && to != DrawnMoney::Core {
        draw.drawn_seq = Some(seq);
    }
    if from != DrawnMoney::Core && to == DrawnMoney::Core {
        draw.returned_seq = Some(seq);
    }
    // The core says that it gave the money, nobody is to have it, and it takes nothing back.
    after.contested |= state == DrawState::Returning && after.state == InstructionState::Done;
    if draw.reason.is_none() && matches!(state, DrawState::Refused | DrawState::Returning) {
        draw.reason.clone_from(&after.reason);
    }
    changes.draws.push(draw.clone());
    changes.instructions.push(after.clone());
    let ordered = facts.get::<Order>(draw.order).is_some();
    Ok(Followed {
        order: draw.as_order(after.state),
        instruction: after,
        changes,
        draw: Some(Moved { from: before.state, draw, ordered }),
    })
}

/// The account on which money of a draw stands at a place.
fn account_of(
    core: &Biller,
    facts: &Facts,
    draw: &Draw,
    place: DrawnMoney,
) -> Result<AccountId, Problem> {
    let opened =
        |code: &str| facts.account(code).map(|account| account.id).ok_or_else(|| not_opened(code));
    match place {
        DrawnMoney::Core => opened(CORE_CLEARING),
        DrawnMoney::Customer => Ok(draw.account),
        DrawnMoney::Suspense => opened(&core.suspense()),
    }
}
