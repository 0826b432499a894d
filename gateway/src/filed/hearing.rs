//! Taking a file of results: it is understood and held against the books as a whole before any of it has an
//! effect. The same file again finds everything heard already; one that was interrupted is simply taken again.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::StreamExt as _;
use jiaozi_adapters::spec::files::FileFormat;
use jiaozi_ledger::decision::{Scope, digest};
use jiaozi_ledger::instruction::file::Told;
use jiaozi_ledger::instruction::{News, Said};
use jiaozi_ledger::store::batch::Failure;
use serde::Serialize;
use serde_json::json;

use super::results::{self, Line, Refused, Results, Strange};
use super::{Filed, FiledError};
use crate::gateway::Gateway;
use crate::mailbox::Mailbox;
use crate::record::LeaveEvent;
use crate::utility::follow_up::hear as hear_of;

/// What cannot be followed and is kept with the file's event; all of it is named to whoever takes it.
const KEPT: usize = 100;

/// Lines that are handed in at the same time: they share commits.
const AT_ONCE: usize = 64;

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Whose it is.
    pub partner: String,
    /// How the file names itself.
    pub report: Option<String>,
    /// The file of ours that it is about.
    pub about: Option<String>,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// Whether it was taken before.
    pub repeated: bool,
    /// How many lines say what: `payments.done`, `reversals.refused`, ….
    pub counts: BTreeMap<String, u64>,
    /// What it says that cannot be followed.
    pub strange: Vec<Strange>,
}

/// Why a file was not taken, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The partner is not told by files.
    #[error("{0} is not told by files; expected a partner with [outbound.files]")]
    NotFiled(String),
    /// It is refused as a whole.
    #[error("the file is refused: {0}; nothing of it was taken")]
    Refused(Refused),
    /// A part could not be handed in.
    #[error("stopped: {0}; take the file again to go on")]
    Stopped(FiledError),
}

impl From<Refused> for TakeError {
    fn from(refused: Refused) -> TakeError {
        match refused {
            Refused::Filed(error) => TakeError::Stopped(error),
            refused => TakeError::Refused(refused),
        }
    }
}

impl From<Failure> for TakeError {
    fn from(failure: Failure) -> TakeError {
        TakeError::Stopped(failure.into())
    }
}

/// What came of a look into an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// How many files of results were taken or refused.
    pub taken: usize,
    /// Whether another one lies there that is taken at the next look: who has answered is not silent.
    pub more_comes: bool,
}

/// The largest file of results: what a report of the most transactions that are listed needs, and more.
const RESULTS_BYTES_MAX: u64 = 64 << 20;

/// Takes the files of results that lie in a partner's inbox. Every other file there is somebody else's.
///
/// # Errors
/// When the inbox cannot be used, or a file not be taken to its end: it is found again.
pub async fn take_all(
    gateway: &Gateway,
    filed: &Filed,
    mailbox: &Mailbox,
) -> Result<Looked, FiledError> {
    let Some(files) = filed.terms() else { return Ok(Looked { taken: 0, more_comes: false }) };
    let inbox = |error| FiledError::Inbox { partner: filed.code().to_owned(), error };
    let mut taken = 0;
    let all = mailbox.look().map_err(inbox)?;
    let more_comes = mailbox.is_coming(&all, |name| files.results.accepts(name));
    for arrived in all {
        if !files.results.accepts(&arrived.name) {
            continue;
        }
        let length = std::fs::metadata(&arrived.path).map_or(0, |metadata| metadata.len());
        if length > RESULTS_BYTES_MAX {
            let why = format!("{length} bytes; expected at most {RESULTS_BYTES_MAX}");
            tracing::error!(
                partner = filed.code(),
                file = arrived.name,
                why,
                "a file of results is refused"
            );
            mailbox.refused(&arrived, &why).map_err(inbox)?;
            taken += 1;
            continue;
        }
        let bytes = match std::fs::read(&arrived.path) {
            Ok(bytes) => Bytes::from(bytes),
            // Another process has put it aside.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(inbox(error)),
        };
        match take(gateway, filed, &arrived.name, &bytes).await {
            Ok(said) => {
                for one in &said.strange {
                    let Strange { place, reference, why } = one;
                    tracing::warn!(partner = filed.code(), file = arrived.name, %place, reference, why, "not followed");
                }
                mailbox.taken(&arrived).map_err(inbox)?;
            }
            Err(TakeError::Stopped(error)) => return Err(error),
            Err(refused) => {
                tracing::error!(partner = filed.code(), file = arrived.name, %refused, "a file of results is refused");
                mailbox.refused(&arrived, &refused.to_string()).map_err(inbox)?;
            }
        }
        taken += 1;
    }
    Ok(Looked { taken, more_comes })
}

/// Takes one file of results.
///
/// # Errors
/// It is refused as a whole, or could not be taken to its end.
pub async fn take(
    gateway: &Gateway,
    filed: &Filed,
    name: &str,
    bytes: &Bytes,
) -> Result<Taken, TakeError> {
    let files = filed.terms().ok_or_else(|| TakeError::NotFiled(filed.code().to_owned()))?;
    let results = match files.format {
        FileFormat::Iso20022 => results::of_iso(gateway, filed, bytes).await?,
    };
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for line in &results.lines {
        *counts.entry(counted(line)).or_default() += 1;
    }
    let repeated = received(gateway, filed, name, bytes, &results, &counts).await?;
    let lines: Vec<_> = results.lines.iter().map(|line| hand_in(gateway, filed, line)).collect();
    let mut handed_in = futures_util::stream::iter(lines).buffered(AT_ONCE);
    while let Some(line) = handed_in.next().await {
        line?;
    }
    let (sha256, partner) = (hex::encode(digest(bytes)), filed.code().to_owned());
    let Results { name: report, about, strange, .. } = results;
    Ok(Taken { partner, report, about, sha256, repeated, counts, strange })
}

fn counted(line: &Line) -> String {
    let said = match line.said {
        Said::Done => "done",
        Said::Refused => "refused",
        Said::Reversed => "reversed",
        Said::NotFound => "not_found",
        Said::InProgress => "in_progress",
        Said::Nothing => "unknown",
    };
    format!("{}.{said}", line.verb.as_str())
}

/// Keeps that the file has come; whether it had before.
async fn received(
    gateway: &Gateway,
    filed: &Filed,
    name: &str,
    bytes: &Bytes,
    results: &Results,
    counts: &BTreeMap<String, u64>,
) -> Result<bool, Failure> {
    let content = digest(bytes);
    let sha256 = hex::encode(content);
    let scope = Scope {
        partner: filed.code().to_owned(),
        operation: "utility.results",
        key: sha256.clone(),
    };
    let received = LeaveEvent {
        scope,
        digest: content,
        kind: "instruction_results.received",
        subject: None,
        data: json!({
            "partner": filed.code(), "name": name, "sha256": sha256, "report": results.name,
            "about": results.about, "counts": counts,
            "strange": results.strange.iter().take(KEPT).collect::<Vec<_>>(),
            "strange_found": results.strange.len(),
        }),
    };
    Ok(gateway.submit(received).await?.replayed)
}

/// Hands in what a line says. What is under way at the other side is no news: it is waited for.
async fn hand_in(gateway: &Gateway, filed: &Filed, line: &Line) -> Result<(), Failure> {
    if matches!(line.said, Said::InProgress | Said::Nothing) {
        return Ok(());
    }
    let news = match line.verb {
        Told::Payments => News::Answered(line.said),
        Told::Reversals => News::Reversal(line.said),
    };
    let words = (line.their_reference.clone(), line.reason.clone());
    hear_of(gateway, &filed.biller, line.instruction.id, (news, 0), words).await
}
