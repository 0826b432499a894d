//! One reference: what its files say is heard, and its break is opened, changed or resolved.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi_adapters::reconciliation::compare::{Compare, EVIDENCE_CHANGED};
use jiaozi_adapters::reconciliation::judge::{Evidence, Ours, judge, target};
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_adapters::utility::hear::Hear;
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::decision::{Scope, Verdict};
use jiaozi_ledger::instruction::{Instruction, InstructionState, News};
use jiaozi_ledger::order::Order;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::statement::LineState;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Failure;
use jiff::civil::Date;

use super::evidence::{self, Listed};
use crate::clock::{SystemClock, new_id};
use crate::gateway::Gateway;
use crate::record::WORKER;

/// How often what the files say is read again because another one was completed meanwhile.
const READINGS_MAX: u32 = 5;

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
        /// The code of their answer.
        code: String,
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
    let mut left = READINGS_MAX;
    loop {
        left -= 1;
        match settle_once(gateway, biller, reference_key).await {
            // A file was completed meanwhile: what it says counts.
            Err(SettleError::Declined { code, .. }) if code == EVIDENCE_CHANGED && left > 0 => {}
            ended => return ended,
        }
    }
}

async fn settle_once(
    gateway: &Gateway,
    biller: &Arc<Biller>,
    reference_key: &str,
) -> Result<(), SettleError> {
    let store = &gateway.store;
    let partner = &biller.payee.code;
    let lines = evidence::lines(store, reference_key).await?;
    let mut ours = instruction(gateway, reference_key).await?;
    let paid = |listed: &&Listed| listed.line.state == LineState::Paid;
    let first = lines.iter().find(paid).map(|listed| listed.date);
    let withheld = withheld(gateway, reference_key).await?;
    let dated = ours.as_ref().map(|ours| ours.clearing_date);
    let date = dated.or(withheld.as_ref().map(|order| order.clearing_date)).or(first);
    let breaks = breaks_of(gateway, reference_key).await?;
    let Some(date) = date.or_else(|| breaks.first().map(|one| one.clearing_date)) else {
        return Ok(());
    };
    let (mut files, mut there) = (BTreeMap::new(), Vec::new());
    let empty_day = evidence::empty_day(gateway, partner);
    for date in [Some(date), date.tomorrow().ok()].into_iter().flatten() {
        let file = evidence::current(store, partner, date).await?;
        files.insert(date, file.map(|file| file.number));
        there.push(evidence::is_there(store, partner, date, empty_day).await?);
    }
    let today = there.first().is_some_and(|there| *there);
    let whole = there.len() == 2 && there.iter().all(|there| *there);
    // Read after the numbers of the files, so that a line of a later file is found out.
    let lines = evidence::lines(store, reference_key).await?;
    for listed in &lines {
        files.entry(listed.date).or_insert(Some(listed.number));
    }
    let own = evidence::own(&lines, date);
    // Without any file nothing can be said of what is not in one.
    if !today && own.is_none() && breaks.is_empty() {
        return Ok(());
    }
    let line = own.and_then(|place| lines.get(place)).map(|listed| listed.line);
    let evidence = Evidence { line, whole, repeated: false };
    if let Some(known) = &ours
        && let Some(news) = news(gateway, known, &evidence)
    {
        hear(gateway, biller, known, news).await?;
        ours = instruction(gateway, reference_key).await?;
    }
    let ours = match &ours {
        Some(asked) => Some(Ours::asked(asked, order(gateway, asked).await?.as_ref())),
        None => withheld.as_ref().and_then(Ours::withheld),
    };
    let at = Place { gateway, biller, reference_key, files };
    at.compare(ours, &breaks, date, evidence).await?;
    for (place, listed) in lines.iter().enumerate() {
        if Some(place) != own && listed.line.state == LineState::Paid {
            let one_too_many = Evidence { line: Some(listed.line), repeated: true, ..evidence };
            at.compare(ours, &breaks, listed.date, one_too_many).await?;
        }
    }
    // Lines that were one too many and that a corrected file does not have any more.
    for one in breaks.iter().filter(|one| one.break_key != one.reference_key) {
        let still = lines.iter().enumerate().any(|(place, listed)| {
            let of_it = listed.date == one.clearing_date && listed.line.state == LineState::Paid;
            Some(place) != own && of_it
        });
        if !still {
            let gone = Evidence { line: None, repeated: true, ..evidence };
            at.compare(ours, &breaks, one.clearing_date, gone).await?;
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

/// The order of an instruction.
async fn order(gateway: &Gateway, asked: &Instruction) -> Result<Option<Order>, StoreError> {
    gateway.store.first("id = $2", vec![Cell::Id(asked.order.0)]).await
}

/// The debit under a mandate with this reference.
async fn withheld(gateway: &Gateway, reference_key: &str) -> Result<Option<Order>, StoreError> {
    let clause = "reference_key = $2 and channel = partner";
    gateway.store.first(clause, vec![Cell::Text(reference_key.to_owned())]).await
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
    /// The files that count, by date.
    files: BTreeMap<Date, Option<i64>>,
}

impl Place<'_> {
    /// Hands a comparison in, unless it would change nothing.
    async fn compare(
        &self,
        ours: Option<Ours>,
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
            files: self.files.clone(),
        };
        let reply = self.gateway.submit(compare).await?;
        match reply.verdict {
            Verdict::Done => Ok(()),
            Verdict::Declined => {
                let told: serde_json::Value =
                    serde_json::from_slice(&reply.answer.body).unwrap_or_default();
                Err(SettleError::Declined {
                    reference: reference.to_owned(),
                    code: told["code"].as_str().unwrap_or_default().to_owned(),
                    answer: String::from_utf8_lossy(&reply.answer.body).into_owned(),
                })
            }
        }
    }
}
