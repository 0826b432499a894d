//! What becomes of the money, the order and the partner's day when an instruction goes from one state to
//! another. Every command that lets an instruction go on changes nothing but through here, so money is
//! always where the instruction's state says.

use jiaozi_ledger::account::Account;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::Changes;
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::instruction::{Instruction, InstructionState, Whereabouts};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{Order, OrderState};
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;

use super::biller::{Biller, Role};
use crate::answer::{no_open_day, no_such_order, not_opened, too_large};
use crate::draw::{self, answer::Moved};
use crate::settlement::days;

/// The facts that are needed to let an instruction go on.
pub(super) fn needs(
    biller: &Biller,
    instruction: Option<&Instruction>,
    facts: &Facts,
) -> Vec<Need> {
    if biller.role == Role::Core {
        return draw::follow::needs(biller, instruction, facts);
    }
    let payee = &biller.payee;
    let mut needs = vec![
        Account::by_code(&payee.settlement()),
        Account::by_code(payee.settled()),
        Account::by_code(&biller.suspense()),
    ];
    if let Some(instruction) = instruction {
        needs.push(Order::by_id(instruction.order));
        needs.push(Hold::by_id(instruction.hold));
        needs.push(Day::by_date(&payee.code, instruction.clearing_date));
        needs.extend(instruction.counted_on.map(|date| Day::by_date(&payee.code, date)));
        let order = facts.get::<Order>(instruction.order);
        needs.extend(order.map(|order| Account::by_id(order.payer)));
    }
    needs.extend(days::needs(payee, facts));
    needs
}

/// An instruction that has gone on, with all that changes with it.
pub(crate) struct Followed {
    /// The order as it is afterwards; of the core, the payment as it is shown without one.
    pub order: Order,
    /// The instruction as it is afterwards.
    pub instruction: Instruction,
    /// Everything that changes.
    pub changes: Changes,
    /// The draw, of an instruction to the core.
    pub draw: Option<Moved>,
}

/// Everything that changes when an instruction becomes `after`.
pub(super) fn changes(
    biller: &Biller,
    facts: &Facts,
    before: &Instruction,
    mut after: Instruction,
) -> Result<Followed, Problem> {
    if biller.role == Role::Core {
        return draw::follow::changes(biller, facts, before, after);
    }
    let order = facts.get::<Order>(before.order).ok_or_else(no_such_order)?;
    // What was given back since stays given back.
    let state = match (before.state, after.state) {
        (InstructionState::Done, InstructionState::Done) => order.state,
        (_, state) => state_of(state),
    };
    let order = Order { state, ..order.clone() };
    let mut changes = Changes::default();
    let (from, to) = (before.state.money(), after.state.money());
    if from == Whereabouts::Partner && from != to && order.refunded.is_positive() {
        return Err(refunded_already());
    }
    if from != to {
        let mut day = None;
        if from == Whereabouts::Partner {
            day = counted_on(biller, facts, before);
            if let Some(day) = &mut day {
                uncount(biller, day, &order).ok_or_else(too_large)?;
                after.counted_on = None;
            }
        }
        let source = source(biller, facts, before, &order, day.is_some())?;
        let target = target(biller, facts, &order, to)?;
        if to == Whereabouts::Partner {
            let mut counting =
                day_for(biller, facts, before).or_else(|| days::open(&biller.payee, facts, 0));
            let open = counting.as_mut().ok_or_else(no_open_day)?;
            count(&biller.item, open, &order).ok_or_else(too_large)?;
            after.counted_on = Some(open.date);
            after.posted_seq = after.posted_seq.or(Some(facts.moment().seq));
            day = counting;
        }
        changes.days.extend(day);
        match (source, target) {
            // The money never left the payer: giving the reservation back is all.
            (Source::Hold(hold), None) => {
                changes.holds.push(hold.void().map_err(|_| hold_is_gone())?);
            }
            (Source::Hold(hold), Some(to)) => {
                changes.holds.push(hold.capture(order.amount, true).map_err(|_| hold_is_gone())?);
                let draft = Draft::new().debit(hold.account, order.amount).credit(to, order.amount);
                changes.draft = Some(draft);
            }
            (Source::Account(from, forced), to) => {
                let to = to.unwrap_or(order.payer);
                let draft = Draft::new().debit(from, order.amount).credit(to, order.amount);
                changes.draft = Some(Draft { forced, ..draft });
            }
        }
    }
    changes.orders.push(order.clone());
    changes.instructions.push(after.clone());
    Ok(Followed { order, instruction: after, changes, draw: None })
}

enum Source<'f> {
    Hold(&'f Hold),
    /// An account, and the outside fact that takes the money from it whatever its limits.
    Account(AccountId, Option<String>),
}

fn source<'f>(
    biller: &Biller,
    facts: &'f Facts,
    before: &Instruction,
    order: &Order,
    day_is_open: bool,
) -> Result<Source<'f>, Problem> {
    let account = |code: &str| facts.account(code).map(|account| account.id);
    let opened = |code: &str| account(code).ok_or_else(|| not_opened(code));
    match before.state.money() {
        Whereabouts::Held => {
            let hold = facts.get::<Hold>(before.hold).ok_or_else(hold_is_gone)?;
            Ok(Source::Hold(hold))
        }
        Whereabouts::Suspense => Ok(Source::Account(opened(&biller.suspense())?, None)),
        Whereabouts::Partner if day_is_open => {
            Ok(Source::Account(opened(&biller.payee.settlement())?, None))
        }
        // The day is settled: the partner has the money and has undone the payment, so it gives it back.
        Whereabouts::Partner => {
            let fact = format!("{} undone by the partner after settlement", before.reference());
            Ok(Source::Account(opened(biller.payee.settled())?, Some(fact)))
        }
        Whereabouts::Payer => Ok(Source::Account(order.payer, None)),
    }
}

/// The account that gets the money; nothing for the payer.
fn target(
    biller: &Biller,
    facts: &Facts,
    order: &Order,
    to: Whereabouts,
) -> Result<Option<AccountId>, Problem> {
    let opened = |code: String| {
        facts.account(&code).map(|account| Some(account.id)).ok_or_else(|| not_opened(&code))
    };
    match to {
        Whereabouts::Suspense => opened(biller.suspense()),
        Whereabouts::Partner => opened(biller.payee.settlement()),
        Whereabouts::Held | Whereabouts::Payer => {
            facts.get::<Account>(order.payer).map(|_| None).ok_or_else(crate::answer::unknown_payer)
        }
    }
}

/// The day in which the instruction's money counts, while it is open.
fn counted_on(biller: &Biller, facts: &Facts, instruction: &Instruction) -> Option<Day> {
    let need = Day::by_date(&biller.payee.code, instruction.counted_on?);
    facts.one::<Day>(&need).filter(|day| day.closed_at.is_none()).cloned()
}

/// The day of the instruction's clearing date, while it is open.
fn day_for(biller: &Biller, facts: &Facts, instruction: &Instruction) -> Option<Day> {
    let need = Day::by_date(&biller.payee.code, instruction.clearing_date);
    facts.one::<Day>(&need).filter(|day| day.closed_at.is_none()).cloned()
}

/// Counts a payment in its day.
pub(crate) fn count(item: &str, day: &mut Day, order: &Order) -> Option<()> {
    day.payments += 1;
    day.paid = day.paid.plus(order.amount)?;
    day.fee = day.fee.plus(order.fee)?;
    days::add_item(day, item, order.amount)
}

fn uncount(biller: &Biller, day: &mut Day, order: &Order) -> Option<()> {
    day.payments -= 1;
    day.paid = day.paid.minus(order.amount)?;
    day.fee = day.fee.minus(order.fee)?;
    days::add_item(day, &biller.item, Fen::ZERO.minus(order.amount)?)
}

/// Where an order stands whose instruction is in a state.
pub(super) fn state_of(state: InstructionState) -> OrderState {
    match state {
        InstructionState::Asked => OrderState::Accepted,
        InstructionState::Unknown => OrderState::Unknown,
        InstructionState::Reversing => OrderState::Reversing,
        InstructionState::Done => OrderState::Paid,
        InstructionState::Refused => OrderState::Refused,
        InstructionState::Reversed => OrderState::Reversed,
    }
}

/// The biller undoes a payment of which the payer has got something back already.
fn refunded_already() -> Problem {
    let detail = "Money of the payment was given back already.";
    let next = "Look at the break; the biller owes what it has undone.";
    Problem::new(409, "refunded_already", detail, next)
}

fn hold_is_gone() -> Problem {
    let detail = "The reservation on the payer's account is not there any more.";
    Problem::new(409, "hold_is_gone", detail, "Run the check of the books.")
}
