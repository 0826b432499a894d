//! Taking a file of claims in: proved as a whole first, then its lines, some at a time. A file that is wrong
//! has no effect but the record that it was rejected; one whose intake was interrupted goes on where it
//! stopped when it is handed in again.

use std::sync::Arc;

use jiaozi_adapters::spec::claim_line::ClaimLine;
use jiaozi_adapters::withholding::claimant::Claimant;
use jiaozi_adapters::withholding::load::{Claim, Load};
use jiaozi_adapters::withholding::receive::{FileOfClaims, Receive, Reject};
use jiaozi_ledger::chart;
use jiaozi_ledger::decision::{Command, Verdict};
use jiaozi_ledger::id::BatchId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::progress::{Progress, Watcher};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::{Failure, Reply};
use jiaozi_ledger::vault::Vault;
use jiaozi_ledger::withholding::{Batch, BatchState};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::batches;
use super::claims::{self, Content};
use crate::files::FileError;
use crate::files::content_hash::ContentHash;
use crate::gateway::Gateway;
use crate::imports;

/// A file to be taken in.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Who hands it in: a partner's code, or an operator.
    pub by: String,
    /// Its content.
    pub content: Content,
}

/// A batch that was taken in.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The batch as it stands.
    pub batch: Batch,
    /// Whether these bytes were taken in before.
    pub repeated: bool,
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The partner sends no such files.
    #[error("partner {partner}: payers cannot sign mandates for it; expected one of {known}")]
    Partner {
        /// The code that was given.
        partner: String,
        /// Those that there are.
        known: String,
    },
    /// The file as a whole is wrong; nothing of it was done.
    #[error("the file is refused, nothing of it was done; it is wrong in {wrong} places:\n{}", .places.join("\n"))]
    Rejected {
        /// In how many places.
        wrong: usize,
        /// The places, at least the first of them.
        places: Vec<String>,
    },
    /// The books decline it.
    #[error("the file is not taken: {}", String::from_utf8_lossy(&.0.answer.body))]
    Declined(Box<Reply>),
    /// It could not be read to its end.
    #[error("the file could not be read: {0}")]
    File(#[from] FileError),
    /// It could not be taken in to its end; handed in again it goes on from there.
    #[error("stopped after {loaded} lines: {failure}; hand the file in again to go on")]
    Stopped {
        /// How many lines are taken in.
        loaded: i64,
        /// Why.
        failure: Failure,
    },
    /// The reading was given up by the runtime.
    #[error("reading the file was given up: {0}")]
    GivenUp(#[from] tokio::task::JoinError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the books answered does not read: another version wrote it.
    #[error("a recorded answer does not read: {0}")]
    Answer(#[from] serde_json::Error),
}

impl From<std::io::Error> for IntakeError {
    fn from(error: std::io::Error) -> IntakeError {
        IntakeError::File(FileError::Read(error))
    }
}

/// A partner that sends files of claims.
///
/// # Errors
/// There is none of this code.
pub fn claimant(gateway: &Gateway, partner: &str) -> Result<Arc<Claimant>, IntakeError> {
    gateway.partners.claimant(partner).cloned().ok_or_else(|| IntakeError::Partner {
        partner: partner.to_owned(),
        known: gateway.partners.claimants().map(|one| one.code()).collect::<Vec<_>>().join(", "),
    })
}

/// Takes a file in. The watcher hears of lines.
///
/// # Errors
/// When it is wrong or could not be taken in to its end.
pub async fn take(
    gateway: &Gateway,
    claimant: &Arc<Claimant>,
    source: Source,
    watcher: Watcher<'_>,
) -> Result<Taken, IntakeError> {
    let (content, terms) = (source.content.clone(), Arc::clone(&claimant.terms));
    let proving = tokio::task::spawn_blocking(move || {
        let (length, hash) = (content.length()?, content.hash()?);
        claims::prove_whole(&content, hash, &terms).map(|proof| (length, hash, proof))
    });
    let (length, hash, proof) = proving.await??;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let file = FileOfClaims {
        hash: hash.to_string(),
        name: source.name.clone(),
        by: source.by.clone(),
        bytes: number(length),
        lines: number(proof.counted.lines),
        sum: Fen(proof.counted.sum_fen),
    };
    if proof.wrong() > 0 {
        let wrong = proof.wrong();
        let places = i64::try_from(wrong).unwrap_or(i64::MAX);
        submit(gateway, Reject::new(Arc::clone(claimant), file, places), 0).await?;
        return Err(IntakeError::Rejected { wrong, places: proof.places });
    }
    let reply = submit(gateway, Receive::new(Arc::clone(claimant), file), 0).await?;
    if reply.verdict == Verdict::Declined {
        return Err(IntakeError::Declined(Box::new(reply)));
    }
    #[derive(Deserialize)]
    struct Received {
        batch: BatchId,
    }
    let Received { batch: id } = serde_json::from_slice(&reply.answer.body)?;
    let gone = || StoreError::Unavailable("the batch is not there any more".to_owned());
    let batch = batches::by_id(gateway, claimant.code(), id).await?.ok_or_else(gone)?;
    let repeated = batch.seq != reply.seq || reply.replayed;
    if batch.state == BatchState::Received {
        load(gateway, claimant, &batch, (source.content, hash), watcher).await?;
    }
    let batch = batches::by_id(gateway, claimant.code(), id).await?.ok_or_else(gone)?;
    Ok(Taken { batch, repeated })
}

/// Takes the lines in that are not here yet: a thread reads them, the writer gets a part at a time, and no
/// more than four parts are in memory. The last part waits until the hash of all that was read is that of the
/// file that was proved: without it the batch is never whole, and nothing of it is debited.
async fn load(
    gateway: &Gateway,
    claimant: &Arc<Claimant>,
    batch: &Batch,
    (content, hash): (Content, ContentHash),
    watcher: Watcher<'_>,
) -> Result<(), IntakeError> {
    let (parts, mut coming) = mpsc::channel::<Vec<Claim>>(1);
    let (terms, vault) = (Arc::clone(&claimant.terms), Arc::clone(&gateway.vault));
    let here = usize::try_from(batch.loaded).unwrap_or(usize::MAX);
    let reading = tokio::task::spawn_blocking(move || {
        let (mut seen, mut part, mut held) = (0usize, Vec::new(), Vec::new());
        let ended =
            || FileError::Read(std::io::Error::other("nobody waits for the lines any more"));
        let read = claims::lines(&content, &terms, &mut |line| {
            seen += 1;
            if seen > here {
                part.push(claim(&vault, line));
            }
            if part.len() < Load::LINES_MAX {
                return Ok(());
            }
            match std::mem::replace(&mut held, std::mem::take(&mut part)) {
                whole if whole.is_empty() => Ok(()),
                whole => parts.blocking_send(whole).map_err(|_| ended()),
            }
        });
        if read? != hash {
            return Err(FileError::Read(claims::changed()));
        }
        for part in [held, part].into_iter().filter(|part| !part.is_empty()) {
            parts.blocking_send(part).map_err(|_| ended())?;
        }
        Ok(())
    });
    let mut loaded = batch.loaded;
    while let Some(part) = coming.recv().await {
        let count = i64::try_from(part.len()).unwrap_or(0);
        let command = Load::new(Arc::clone(claimant), batch.id, loaded, part);
        let reply = submit(gateway, command, loaded).await?;
        if reply.verdict == Verdict::Declined {
            return Err(IntakeError::Declined(Box::new(reply)));
        }
        loaded += count;
        let number = |lines: i64| u64::try_from(lines).unwrap_or(0);
        watcher(Progress { done: number(loaded), of: number(batch.lines) });
    }
    Ok(reading.await??)
}

fn claim(vault: &Vault, line: ClaimLine) -> Claim {
    let account =
        if line.account.is_empty() { line.account } else { chart::deposit(&line.account) };
    Claim {
        line: i64::from(line.line),
        number: line.number,
        contract: line.contract,
        account,
        name_index: line.holder.map(|holder| vault.index(&holder)).unwrap_or_default(),
        period: line.period,
        amount: Fen(line.amount_fen),
    }
}

async fn submit(
    gateway: &Gateway,
    command: impl Command + 'static,
    loaded: i64,
) -> Result<Reply, IntakeError> {
    let reply = imports::submit(gateway, Arc::new(command)).await;
    reply.map_err(|failure| IntakeError::Stopped { loaded, failure })
}
