//! Running batches: their lines are presented, so many in a transaction, in the order of the file. What was
//! presented is in the books, so a run that ended anywhere is begun again, by whichever process.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi_adapters::withholding::claimant::Claimant;
use jiaozi_adapters::withholding::finish::Finish;
use jiaozi_adapters::withholding::present::Present;
use jiaozi_ledger::decision::{Command, Verdict};
use jiaozi_ledger::id::BatchId;
use jiaozi_ledger::progress::{Progress, Watcher};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::{Failure, Reply};
use jiaozi_ledger::withholding::{Batch, BatchLine, BatchState};

use super::{batches, obstacle};
use crate::gateway::Gateway;
use crate::imports;

/// Lines of one transaction: few enough that a payment behind them hardly waits.
pub const LINES: i64 = 500;

/// Why a run stopped. What was presented stands; it is begun again.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line could not be presented.
    #[error("stopped at line {line}: {failure}; run it again to go on")]
    Stopped {
        /// The line of the file.
        line: i64,
        /// Why.
        failure: Failure,
    },
    /// Nothing can be debited for the partner now; no line is presented.
    #[error("no line is presented, for {0}; it goes on when that is mended")]
    Waits(String),
    /// A line could not be presented for something that is not its fault, though it was due.
    #[error("line {line} is not presented: {answer}; it goes on when that is mended")]
    Declined {
        /// The line of the file.
        line: i64,
        /// What the books said of it.
        answer: String,
    },
    /// Its end could not be kept.
    #[error("its end is not on record: {0}; run it again")]
    Unfinished(Failure),
}

/// Runs a batch to its end. The watcher hears of lines.
///
/// # Errors
/// When it stopped on the way.
pub async fn whole(
    gateway: &Gateway,
    claimant: &Arc<Claimant>,
    batch: &Batch,
    watcher: Watcher<'_>,
) -> Result<Batch, RunError> {
    let number = |lines: i64| u64::try_from(lines).unwrap_or(0);
    let (mut after, mut presented) = (0, batch.presented);
    watcher(Progress { done: number(presented), of: number(batch.lines) });
    while let Some((line, count)) = part(gateway, claimant, batch, after).await? {
        (after, presented) = (line, presented + count);
        watcher(Progress { done: number(presented), of: number(batch.lines) });
    }
    let batch = batches::by_id(gateway, claimant.code(), batch.id).await?;
    batch.ok_or_else(|| StoreError::Unavailable("the batch is gone".to_owned()).into())
}

/// Presents the next lines of a batch after a line: up to which, and how many. Nothing when none is left,
/// and then its end is on record.
///
/// # Errors
/// When it stopped on the way.
pub async fn part(
    gateway: &Gateway,
    claimant: &Arc<Claimant>,
    batch: &Batch,
    after: i64,
) -> Result<Option<(i64, i64)>, RunError> {
    let lines = batches::new_lines(gateway, batch.id, after, LINES).await?;
    let Some(last) = lines.last().map(|line| line.line) else {
        finish(gateway, claimant, batch.id).await?;
        return Ok(None);
    };
    can_be_run(gateway, claimant).await?;
    let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    present(gateway, claimant, batch.hash(), lines).await?;
    Ok(Some((last, count)))
}

/// Presents lines again that are due. Says how many.
///
/// # Errors
/// When it stopped on the way.
pub async fn again(gateway: &Gateway, claimant: &Arc<Claimant>) -> Result<usize, RunError> {
    let today = claimant.payee.today(gateway.now().await?);
    let lines = batches::due_again(gateway, claimant.code(), today, LINES).await?;
    if lines.is_empty() {
        return Ok(0);
    }
    can_be_run(gateway, claimant).await?;
    let count = lines.len();
    let mut by_batch: BTreeMap<BatchId, Vec<BatchLine>> = BTreeMap::new();
    for line in lines {
        by_batch.entry(line.batch).or_default().push(line);
    }
    for (id, lines) in by_batch {
        if let Some(batch) = batches::by_id(gateway, claimant.code(), id).await? {
            present(gateway, claimant, batch.hash(), lines).await?;
        }
    }
    Ok(count)
}

async fn present(
    gateway: &Gateway,
    claimant: &Arc<Claimant>,
    hash: &str,
    lines: Vec<BatchLine>,
) -> Result<(), RunError> {
    // Every line under its key, and once more after each decline for something that was mended since.
    let mut waiting: Vec<(BatchLine, Vec<i64>)> =
        lines.into_iter().map(|line| (line, Vec::new())).collect();
    let (mut declined, mut decided) = (None, false);
    while !waiting.is_empty() {
        let command = |(line, earlier): &(BatchLine, Vec<i64>)| {
            let first = Present::new(Arc::clone(claimant), hash, line.clone());
            let again = earlier.iter().fold(first, |present, seq| present.after(*seq));
            Arc::new(again) as Arc<dyn Command>
        };
        let commands: Vec<Arc<dyn Command>> = waiting.iter().map(command).collect();
        let replies = gateway.store.run(&commands).await;
        let mut again = Vec::new();
        for (reply, (line, mut earlier)) in replies.into_iter().zip(waiting) {
            let number = line.line;
            let reply = reply.map_err(|failure| RunError::Stopped { line: number, failure })?;
            match reply.verdict {
                Verdict::Done => decided = true,
                // Another process was quicker.
                Verdict::Declined if is_presented(&reply) => {
                    declined = declined.or(Some((number, reply.answer.body)));
                }
                Verdict::Declined if reply.replayed => {
                    earlier.push(reply.seq);
                    again.push((line, earlier));
                }
                Verdict::Declined => return Err(unpresented(number, &reply.answer.body)),
            }
        }
        waiting = again;
    }
    match declined {
        Some((line, body)) if !decided => Err(unpresented(line, &body)),
        _ => Ok(()),
    }
}

fn unpresented(line: i64, body: &[u8]) -> RunError {
    RunError::Declined { line, answer: String::from_utf8_lossy(body).into_owned() }
}

/// Whether a line is declined because it was presented meanwhile, or is not to be yet.
fn is_presented(reply: &Reply) -> bool {
    let told: serde_json::Value = serde_json::from_slice(&reply.answer.body).unwrap_or_default();
    matches!(told["code"].as_str(), Some("line_presented" | "line_not_due"))
}

async fn can_be_run(gateway: &Gateway, claimant: &Claimant) -> Result<(), RunError> {
    match obstacle::of(&gateway.store, claimant).await? {
        Some(why) => Err(RunError::Waits(why)),
        None => Ok(()),
    }
}

async fn finish(gateway: &Gateway, claimant: &Arc<Claimant>, id: BatchId) -> Result<(), RunError> {
    let Some(batch) = batches::by_id(gateway, claimant.code(), id).await? else { return Ok(()) };
    let runs = matches!(batch.state, BatchState::Validated | BatchState::Running);
    if runs && batch.presented == batch.lines {
        let finish = Arc::new(Finish::new(Arc::clone(claimant), id));
        imports::submit(gateway, finish).await.map_err(RunError::Unfinished)?;
    }
    Ok(())
}
