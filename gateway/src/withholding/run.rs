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
use jiaozi_ledger::store::batch::Failure;
use jiaozi_ledger::withholding::{Batch, BatchLine, BatchState};

use super::batches;
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
    /// None of some lines could be presented, though they were due.
    #[error("no line from {line} on is presented: {answer}")]
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
    let numbers: Vec<i64> = lines.iter().map(|line| line.line).collect();
    let commands: Vec<Arc<dyn Command>> = lines
        .into_iter()
        .map(|line| Arc::new(Present::new(Arc::clone(claimant), hash, line)) as Arc<dyn Command>)
        .collect();
    let replies = gateway.store.run(&commands).await;
    let (mut declined, mut decided) = (None, false);
    for (reply, line) in replies.into_iter().zip(numbers) {
        let reply = reply.map_err(|failure| RunError::Stopped { line, failure })?;
        match reply.verdict {
            Verdict::Done => decided = true,
            // Another process was quicker.
            Verdict::Declined => declined = declined.or(Some((line, reply.answer.body))),
        }
    }
    match declined {
        Some((line, body)) if !decided => {
            let answer = String::from_utf8_lossy(&body).into_owned();
            Err(RunError::Declined { line, answer })
        }
        _ => Ok(()),
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
