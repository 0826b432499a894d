//! Following instructions up: the biller is told what was accepted, asked what became of it, and asked to
//! undo it, as the instruction's next step says. What it says comes back as a command; what it does not
//! say, too.
//!
//! An instruction is told once, by the process that accepted it, right after the commit. When that process
//! is gone before it has an outcome, the instruction is found past its time and is unknown: it is never
//! told a second time.
//!
//! A step that is due is claimed by moving its time on, so that of several processes one carries it out. A
//! biller that surely heard nothing is asked again when the claim ends; that uses up no try.
//!
//! Whoever is told by files is only asked here: what is told in them is the matter of [`crate::filed`].

use std::sync::Arc;

use jiaozi_adapters::exchange::{Original, Outcome, Reading, Verb};
use jiaozi_adapters::utility::biller::{Biller, Role};
use jiaozi_adapters::utility::hear::Hear;
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::id::{InstructionId, OrderId};
use jiaozi_ledger::instruction::{Instruction, InstructionState, News, Said, Step};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::batch::Failure;
use jiaozi_ledger::store::engine::Unit;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::Instant;

use super::billers::{Billers, Reached};
use super::held_up;
use super::payments::instruction_of;
use super::saying::{Mute, Wish, Word, say};
use crate::gateway::Gateway;
use crate::record::WORKER;

/// Instructions of a biller whose step is due, the longest waiting first.
const DUE: &str = "partner = $2 and due_at <= $3 order by due_at, id limit $4";

/// The same, of whoever is told by files: only what is asked, and what the books did not take.
const DUE_TO_ASK: &str =
    "partner = $2 and due_at <= $3 and (step = 1 or step = 3) order by due_at, id limit $4";

const CLAIM: &str =
    "update instructions set due_at = $4 where book = $1 and id = $2 and due_at = $3";

/// Why something could not be followed up now. It is found again.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    /// Nothing could be said.
    #[error(transparent)]
    Mute(#[from] Mute),
    /// What was heard could not be handed in.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tells the biller of an order that was accepted after `begun`. Does nothing for an order that is not one
/// to a biller, or whose outcome is known or looked for already. What cannot leave while others still wait
/// for it does not leave at all: they would have given the payment up, and nobody would know of it.
///
/// # Errors
/// When it cannot be told or the outcome not kept: then it is unknown when its time is over.
pub async fn tell(
    gateway: &Gateway,
    billers: &Billers,
    order: OrderId,
    begun: tokio::time::Instant,
) -> Result<(), FollowUpError> {
    match instruction_of(gateway, order).await? {
        Some(instruction) => tell_of(gateway, billers, &instruction, begun).await,
        None => Ok(()),
    }
}

/// Tells whom it is for of an instruction that was committed after `begun`, in the same way.
///
/// # Errors
/// When it cannot be told or the outcome not kept: then it is unknown when its time is over.
pub async fn tell_of(
    gateway: &Gateway,
    billers: &Billers,
    instruction: &Instruction,
    begun: tokio::time::Instant,
) -> Result<(), FollowUpError> {
    if instruction.state != InstructionState::Asked {
        return Ok(());
    }
    let Some(reached) = billers.get(&instruction.partner) else { return Ok(()) };
    if reached.biller.files.is_some() {
        return Ok(());
    }
    let told = Wish {
        verb: Verb::WriteOff,
        reference: Some(instruction.reference().to_owned()),
        original: None,
        at: Some(instruction.at),
        clearing_date: Some(instruction.clearing_date),
        deadline: Some(begun + reached.biller.told_within),
        customer: instruction.customer().to_owned(),
        amount: Some(instruction.amount),
        carried: instruction.carried.clone(),
    };
    let heard = Heard { gateway, reached, instruction };
    match say(gateway, billers, reached, told).await? {
        Word::Said(reading) => heard.answer(News::Answered, &reading, 0).await,
        Word::NotSent(why) => {
            tracing::info!(partner = reached.code(), why = why.code(), "not sent");
            let reason = not_sent(reached, why.code());
            heard.news(News::NotSent, 0, None, Some(reason)).await
        }
        Word::Nothing(nothing) => {
            let reason = Some(nothing.reason.clone());
            heard.news(News::Answered(Said::Nothing), 0, None, reason).await?;
            match nothing.late(gateway, reached).await {
                Some(reading) => heard.answer(News::Answered, &reading, 0).await,
                None => Ok(()),
            }
        }
    }
}

/// Instructions of a biller whose step is due, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub async fn due(
    gateway: &Gateway,
    reached: &Reached,
    now: Instant,
    limit: usize,
) -> Result<Vec<Instruction>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let binds = vec![Cell::Text(reached.code().to_owned()), Cell::Int(now.0), Cell::Int(limit)];
    let clause = if reached.biller.files.is_some() { DUE_TO_ASK } else { DUE };
    gateway.store.find(clause, binds).await
}

/// Claims a step as it was read, unless another process was quicker.
///
/// # Errors
/// When the database cannot be written.
pub async fn claim(
    unit: &mut dyn Unit,
    instruction: &Instruction,
    until: Instant,
) -> Result<bool, StoreError> {
    let Some(due_at) = instruction.due_at else { return Ok(false) };
    let binds =
        vec![Cell::Int(BOOK), Cell::Id(instruction.id.0), Cell::Int(due_at.0), Cell::Int(until.0)];
    Ok(unit.execute(CLAIM.to_owned(), binds).await? == 1)
}

/// Carries out the step of an instruction that was claimed.
///
/// # Errors
/// When nothing can be said or what was heard not be kept: it is found again when the claim ends.
pub async fn carry_out(
    gateway: &Gateway,
    billers: &Billers,
    instruction: &Instruction,
) -> Result<(), FollowUpError> {
    let Some(reached) = billers.get(&instruction.partner) else { return Ok(()) };
    let heard = Heard { gateway, reached, instruction };
    let tried = instruction.tries;
    let (verb, reference, news): (_, _, fn(Said) -> News) = match instruction.step {
        // Whoever told it has left no outcome: nobody knows whether it was heard.
        Step::Await => {
            let reason = Some("no_outcome_on_record".to_owned());
            return heard.news(News::Answered(Said::Nothing), 0, None, reason).await;
        }
        Step::Ask => (Verb::Ask, None, News::Queried),
        Step::Reverse => {
            // After the cut-off nobody takes a reversal: what became of it is asked.
            let now = reached.biller.now(gateway.now().await?, instruction.clearing_date);
            if !instruction.can_reverse(now) {
                let reason = Some("cut_off_passed".to_owned());
                return heard.news(News::Reversal(Said::Nothing), tried, None, reason).await;
            }
            (Verb::Reversal, Some(reversal_reference(reached, instruction)), News::Reversal)
        }
        Step::Rest => return heard.again().await,
    };
    match say(gateway, billers, reached, wish_about(reached, instruction, verb, reference)).await? {
        Word::Said(reading) => heard.answer(news, &reading, tried).await,
        Word::NotSent(why) => {
            tracing::debug!(partner = reached.code(), why = why.code(), "not asked; again later");
            Ok(())
        }
        Word::Nothing(nothing) => {
            let reason = Some(nothing.reason.clone());
            heard.news(news(Said::Nothing), tried, None, reason).await?;
            match nothing.late(gateway, reached).await {
                Some(reading) => heard.answer(news, &reading, tried).await,
                None => Ok(()),
            }
        }
    }
}

/// Asks what became of an instruction of which nobody knows, and that no file has, a last time. Nothing is
/// heard by it: who asks decides. Nothing comes back if surely nothing was sent.
///
/// # Errors
/// When nothing can be said.
pub async fn ask_finally(
    gateway: &Gateway,
    billers: &Billers,
    reached: &Reached,
    instruction: &Instruction,
) -> Result<Option<Said>, FollowUpError> {
    let wish = wish_about(reached, instruction, Verb::Ask, None);
    Ok(match say(gateway, billers, reached, wish).await? {
        Word::Said(reading) => Some(said_of(&reading, instruction)),
        Word::NotSent(_) => None,
        Word::Nothing(_) => Some(Said::Nothing),
    })
}

/// Something said about an instruction that was told before.
fn wish_about(
    reached: &Reached,
    instruction: &Instruction,
    verb: Verb,
    reference: Option<String>,
) -> Wish {
    Wish {
        verb,
        reference,
        original: Some(Original {
            reference: instruction.reference().to_owned(),
            date: reached.biller.payee.today(instruction.at),
        }),
        at: None,
        clearing_date: Some(instruction.clearing_date),
        deadline: None,
        customer: instruction.customer().to_owned(),
        amount: Some(instruction.amount),
        carried: instruction.carried.clone(),
    }
}

/// A reversal has the same reference in every repeat: its own, or the original's, as the biller wants it.
fn reversal_reference(reached: &Reached, instruction: &Instruction) -> String {
    use jiaozi_adapters::spec::message::Under;
    let message = reached.terms().and_then(|terms| terms.messages.of(Verb::Reversal));
    match message.map(|message| message.reference) {
        Some(Under::Original) => instruction.reference().to_owned(),
        _ => instruction.reversal_reference.clone(),
    }
}

/// What is heard of an instruction, on its way into the books.
struct Heard<'a> {
    gateway: &'a Gateway,
    reached: &'a Reached,
    instruction: &'a Instruction,
}

impl Heard<'_> {
    async fn answer(
        &self,
        news: fn(Said) -> News,
        reading: &Reading,
        tried: i64,
    ) -> Result<(), FollowUpError> {
        let said = said(reading.outcome);
        // Who says done of another amount says nothing that money can follow.
        let other = reading.amount.is_some_and(|amount| amount != self.instruction.amount);
        if said == Said::Done && other {
            let reason = Some("amount_differs".to_owned());
            return self.news(news(Said::Nothing), tried, None, reason).await;
        }
        let reason = (said != Said::Done).then(|| why(self.reached, reading));
        self.news(news(said), tried, reading.their_reference.clone(), reason).await
    }

    /// Hears again what the books did not take, once every account takes money.
    async fn again(&self) -> Result<(), FollowUpError> {
        let Some(news) = self.instruction.not_taken() else { return Ok(()) };
        if !held_up::accounts_take(self.gateway, &self.reached.biller, self.instruction).await? {
            return Ok(());
        }
        let hear = Hear {
            scope: Scope {
                partner: WORKER.to_owned(),
                operation: Hear::OPERATION,
                key: Hear::key_again(self.instruction, news),
            },
            biller: Arc::clone(&self.reached.biller),
            instruction: self.instruction.id,
            news,
            tried: self.instruction.tries,
            their_reference: None,
            reason: None,
        };
        self.gateway.submit(hear).await?;
        Ok(())
    }

    async fn news(
        &self,
        news: News,
        tried: i64,
        their_reference: Option<String>,
        reason: Option<String>,
    ) -> Result<(), FollowUpError> {
        let words = (their_reference, reason);
        let biller = &self.reached.biller;
        Ok(hear(self.gateway, biller, self.instruction.id, (news, tried), words).await?)
    }
}

/// Hands in a piece of news of a try of an instruction, with their reference and the reason, if any. The same
/// again has no second effect.
///
/// # Errors
/// When it cannot be handed in.
pub async fn hear(
    gateway: &Gateway,
    biller: &Arc<Biller>,
    id: InstructionId,
    (news, tried): (News, i64),
    (their_reference, reason): (Option<String>, Option<String>),
) -> Result<(), Failure> {
    let scope = Scope {
        partner: WORKER.to_owned(),
        operation: Hear::OPERATION,
        key: Hear::key(id, news, tried),
    };
    let biller = Arc::clone(biller);
    let hear = Hear { scope, biller, instruction: id, news, tried, their_reference, reason };
    gateway.submit(hear).await?;
    Ok(())
}

/// Why, in a word: the partner's code; of the core, which is the payer's own bank, a name that says it.
fn why(reached: &Reached, reading: &Reading) -> String {
    let name = match reading.outcome {
        Outcome::NoSuchCustomer => "core_no_such_account",
        Outcome::NotEnough => "core_insufficient_funds",
        Outcome::Frozen => "core_account_frozen",
        _ => return reading.code.clone(),
    };
    match reached.biller.role {
        Role::Core => name.to_owned(),
        Role::Biller => reading.code.clone(),
    }
}

/// Why nothing was sent, in a word.
fn not_sent(reached: &Reached, why: &str) -> String {
    match reached.biller.role {
        Role::Core => "core_unreachable".to_owned(),
        Role::Biller => why.to_owned(),
    }
}

/// What an answer means for an instruction of an amount: who says done of another amount says nothing that
/// money can follow.
fn said_of(reading: &Reading, instruction: &Instruction) -> Said {
    let said = said(reading.outcome);
    let other = reading.amount.is_some_and(|amount| amount != instruction.amount);
    if said == Said::Done && other { Said::Nothing } else { said }
}

/// What an answer means for an instruction.
fn said(outcome: Outcome) -> Said {
    match outcome {
        Outcome::Done => Said::Done,
        // Of a payment these are refusals: nothing was taken.
        Outcome::Refused
        | Outcome::NothingDue
        | Outcome::NoSuchCustomer
        | Outcome::NotEnough
        | Outcome::Frozen => Said::Refused,
        Outcome::Reversed => Said::Reversed,
        Outcome::NotFound => Said::NotFound,
        Outcome::InProgress => Said::InProgress,
        Outcome::Unknown => Said::Nothing,
    }
}
