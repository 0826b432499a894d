//! One reference: what its files say is heard, and its break is opened, changed or resolved.

use std::sync::Arc;

use jiaozi_adapters::reconciliation::compare::Compare;
use jiaozi_adapters::reconciliation::judge::{Evidence, judge, target};
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_adapters::utility::hear::Hear;
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::decision::{Scope, Verdict};
use jiaozi_ledger::instruction::{Instruction, InstructionState, News};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::statement::LineState;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Failure;
use jiff::civil::Date;

use super::evidence;
use crate::clock::{SystemClock, new_id};
use crate::gateway::Gateway;
use crate::record::WORKER;

/// Why a reference could not be settled. It is found again.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The writer.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The books declined it.
    #[error("{reference}: declined with {answer}")]
    Declined {
        /// The reference.
        reference: String,
        /// Their answer.
        answer: String,
    },
}

/// Brings one reference of a biller to what the files on record say.
///
/// # Errors
/// When the books cannot be read or written, or decline.
pub async fn settle(
    gateway: &Gateway,
    biller: &Arc<Biller>,
    reference_key: &str,
) -> Result<(), SettleError> {
    let store = &gateway.store;
    let partner = &biller.payee.code;
    let lines = evidence::lines(store, reference_key).await?;
    let mut ours = instruction(gateway, reference_key).await?;
    let first = lines.iter().find(|(_, line)| line.state == LineState::Paid).map(|(date, _)| *date);
    let date = ours.as_ref().map(|ours| ours.clearing_date).or(first);
    let breaks = breaks_of(gateway, reference_key).await?;
    let Some(date) = date.or_else(|| breaks.first().map(|one| one.clearing_date)) else {
        return Ok(());
    };
    let today = evidence::current(store, partner, date).await?.is_some();
    let next = match date.tomorrow() {
        Ok(next) => evidence::current(store, partner, next).await?.is_some(),
        Err(_) => false,
    };
    let own = evidence::own(&lines, date);
    // Without any file nothing can be said of what is not in one.
    if !today && own.is_none() && breaks.is_empty() {
        return Ok(());
    }
    let line = own.and_then(|place| lines.get(place)).map(|(_, line)| *line);
    let evidence = Evidence { line, whole: today && next, repeated: false };
    if let Some(known) = &ours
        && let Some(news) = news(gateway, known, &evidence)
    {
        hear(gateway, biller, known, news).await?;
        ours = instruction(gateway, reference_key).await?;
    }
    let at = Place { gateway, biller, reference_key };
    at.compare(ours.as_ref(), &breaks, date, evidence).await?;
    for (place, (of, line)) in lines.iter().enumerate() {
        if Some(place) != own && line.state == LineState::Paid {
            let one_too_many = Evidence { line: Some(*line), repeated: true, ..evidence };
            at.compare(ours.as_ref(), &breaks, *of, one_too_many).await?;
        }
    }
    // Lines that were one too many and that a corrected file does not have any more.
    for one in breaks.iter().filter(|one| one.break_key != one.reference_key) {
        let still = lines.iter().enumerate().any(|(place, (of, line))| {
            Some(place) != own && *of == one.clearing_date && line.state == LineState::Paid
        });
        if !still {
            let gone = Evidence { line: None, repeated: true, ..evidence };
            at.compare(ours.as_ref(), &breaks, one.clearing_date, gone).await?;
        }
    }
    Ok(())
}

/// What is to be heard of an instruction by what the files say.
fn news(gateway: &Gateway, ours: &Instruction, evidence: &Evidence) -> Option<News> {
    let paid = evidence.line.filter(|line| line.state == LineState::Paid);
    match (ours.state, paid) {
        (InstructionState::Asked | InstructionState::Unknown | InstructionState::Reversing, _) => {
            match paid {
                Some(line) => (line.amount == ours.amount).then_some(News::Listed),
                // Whoever cannot be asked cannot say otherwise.
                None => {
                    let spec = gateway.partners.spec(&ours.partner);
                    let asked = spec
                        .and_then(|spec| spec.called())
                        .is_none_or(|terms| terms.messages.ask.is_some());
                    (evidence.whole && !asked).then_some(News::Unlisted)
                }
            }
        }
        (InstructionState::Done, None) => {
            let absent = evidence.whole && evidence.line.is_none();
            (absent && !ours.contested).then_some(News::Unlisted)
        }
        (InstructionState::Refused | InstructionState::Reversed, Some(_)) => {
            (!ours.contested).then_some(News::Listed)
        }
        _ => None,
    }
}

/// Hands news of an instruction in.
pub(super) async fn hear(
    gateway: &Gateway,
    biller: &Arc<Biller>,
    ours: &Instruction,
    news: News,
) -> Result<(), SettleError> {
    let hear = Hear {
        scope: Scope {
            partner: WORKER.to_owned(),
            operation: Hear::OPERATION,
            key: Hear::key(ours.id, news, ours.tries),
        },
        biller: Arc::clone(biller),
        instruction: ours.id,
        news,
        tried: ours.tries,
        their_reference: None,
        reason: None,
    };
    gateway.submit(hear).await?;
    Ok(())
}

async fn instruction(
    gateway: &Gateway,
    reference_key: &str,
) -> Result<Option<Instruction>, StoreError> {
    gateway.store.first("reference_key = $2", vec![Cell::Text(reference_key.to_owned())]).await
}

/// The breaks of a reference, that of the payment itself first.
async fn breaks_of(gateway: &Gateway, reference_key: &str) -> Result<Vec<Break>, StoreError> {
    let (from, to) = (format!("{reference_key}/"), format!("{reference_key}0"));
    let binds = vec![Cell::Text(reference_key.to_owned()), Cell::Text(from), Cell::Text(to)];
    let clause = "(break_key = $2 or (break_key >= $3 and break_key < $4)) order by break_key";
    let found: Vec<Break> = gateway.store.find(clause, binds).await?;
    // What stands between the two by the rules of a language is not of this reference.
    Ok(found.into_iter().filter(|one| one.reference_key == reference_key).collect())
}

struct Place<'a> {
    gateway: &'a Gateway,
    biller: &'a Arc<Biller>,
    reference_key: &'a str,
}

impl Place<'_> {
    /// Hands a comparison in, unless it would change nothing.
    async fn compare(
        &self,
        ours: Option<&Instruction>,
        breaks: &[Break],
        date: Date,
        evidence: Evidence,
    ) -> Result<(), SettleError> {
        let partner = &self.biller.payee.code;
        let reference = self.reference_key.get(partner.len() + 1..).unwrap_or_default();
        let key = Compare::break_key(partner, reference, date, evidence.repeated);
        let before = breaks.iter().find(|one| one.break_key == key);
        if target(judge(ours, &evidence, &self.biller.reconciliation), before).is_none() {
            return Ok(());
        }
        let compare = Compare {
            scope: Scope {
                partner: WORKER.to_owned(),
                operation: Compare::OPERATION,
                key: new_id(&SystemClock).to_string(),
            },
            biller: Arc::clone(self.biller),
            reference: reference.to_owned(),
            date,
            evidence,
        };
        let reply = self.gateway.submit(compare).await?;
        match reply.verdict {
            Verdict::Done => Ok(()),
            Verdict::Declined => Err(SettleError::Declined {
                reference: reference.to_owned(),
                answer: String::from_utf8_lossy(&reply.answer.body).into_owned(),
            }),
        }
    }
}
