//! Importing a partner's file: bytes in, one answer for every line out, and the books changed in
//! between.
//!
//! # What happens when
//!
//! | step | what a second run of the same file does |
//! |---|---|
//! | read the whole file, prove its totals | the same; a file that is refused has no effect |
//! | bills, some lines a command, keyed by the file's hash | is answered with what was recorded |
//! | a roster: one event `file.received` | is answered with what was recorded: as of when it holds |
//! | roster rows | are not looked at when the roster was imported whole; else finds the rows there |
//! | one event `file.imported` | is answered with what was recorded |
//!
//! So the same file twice has one effect and gives the same answer, and a run that was interrupted is
//! simply started again. A line that cannot be taken never stops another. Command line and HTTP use
//! this; it knows neither.
//!
//! # Which file is newer
//!
//! A line of a bill file is a new version of its bill when its file comes, and says so. A roster is the
//! word on who lives where as of a day: the one that is named with it, or else that on which it first
//! came. A house about which a newer roster has spoken is left as it is, and the rows that say something
//! else are counted as `outdated`. The same roster again changes nothing, unless it is given as of
//! another day.

mod bills;
mod kept;
mod report;
mod roster;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::raw_line::LineError;
use jiaozi_adapters::spec::totals::{Counted, TotalsProof};
use jiaozi_ledger::decision::{Command, Scope, digest};
use jiaozi_ledger::progress::{Progress, Watcher};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::{Failure, Reply};
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use self::kept::{Batch, Batches};
pub use self::report::{LineResult, Report, Summary};

use crate::files::FileError;
use crate::files::content_hash::ContentHash;
use crate::gateway::Gateway;
use crate::record::LeaveEvent;

/// How often a chunk is handed in again when the queue is full or another run holds its key.
const ATTEMPTS_MAX: u32 = 100;

/// The pause between two of these attempts.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(50);

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What is due.
    Bills,
    /// Who lives where.
    Roster,
}

impl Kind {
    /// The name on the command line and in paths.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Bills => "bills",
            Kind::Roster => "roster",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Kind> {
        [Kind::Bills, Kind::Roster].into_iter().find(|kind| kind.as_str() == name)
    }

    fn operation(self) -> &'static str {
        match self {
            Kind::Bills => "file.bills",
            Kind::Roster => "file.roster",
        }
    }
}

/// A file to be imported.
#[derive(Debug, Clone)]
pub struct Source {
    /// Whose file it is: a partner's code.
    pub partner: String,
    /// What it holds.
    pub kind: Kind,
    /// The code of the format in the partner's specification; the first one if it is left out.
    pub format: Option<String>,
    /// The file's name, for records.
    pub name: String,
    /// Who hands it in: a partner's code, or an operator.
    pub by: String,
    /// A roster's last day of which it tells; the moment when it first came if it is left out.
    pub as_of: Option<Date>,
    /// Its content.
    pub bytes: Bytes,
}

/// Why a file as a whole was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such partner, or it sends no such files.
    #[error("partner {partner}: {what}; expected {expected}")]
    Partner {
        /// The code that was given.
        partner: String,
        /// What is the matter.
        what: &'static str,
        /// What would do.
        expected: String,
    },
    /// The partner's specification has no such format.
    #[error("partner {partner} has no {kind} format {format:?}; expected one of {known}", kind = .kind.as_str())]
    Format {
        /// The partner.
        partner: String,
        /// What the file holds.
        kind: Kind,
        /// The format that was asked for.
        format: String,
        /// Those that there are.
        known: String,
    },
    /// It holds as of a day that cannot be.
    #[error("as of {as_of}: {what}")]
    AsOf {
        /// The day that was given.
        as_of: Date,
        /// What is the matter, and what would do.
        what: String,
    },
    /// The file is refused as a whole; nothing of it had an effect.
    #[error("the file is refused: {0}; nothing of it was taken")]
    File(#[from] FileError),
    /// The reading was given up by the runtime.
    #[error("reading the file was given up: {0}")]
    GivenUp(#[from] tokio::task::JoinError),
    /// A part could not be handed in; those before it stand.
    #[error("stopped before line {line}: {failure}; import the file again to go on")]
    Stopped {
        /// The first line that is not done.
        line: usize,
        /// Why.
        failure: Failure,
    },
    /// A part was declined as a whole; those before it stand.
    #[error("stopped before line {line}: declined with {answer}")]
    Declined {
        /// The first line that is not done.
        line: usize,
        /// The answer.
        answer: String,
    },
    /// What the books answered does not read: another version wrote it.
    #[error("a recorded answer does not read: {0}")]
    Answer(#[from] serde_json::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The people.
    #[error(transparent)]
    People(#[from] jiaozi_acquisition::Error),
}

/// Imports a file, and says what became of every line. The watcher hears of lines.
///
/// # Errors
/// When the file as a whole is refused, or the books cannot be written. What was done before that
/// stands, and the same file goes on from there.
pub async fn import(
    gateway: &Gateway,
    source: Source,
    watcher: Watcher<'_>,
) -> Result<Report, ImportError> {
    let spec = partner(gateway, &source)?;
    match (source.kind, source.as_of) {
        (Kind::Bills, Some(as_of)) => {
            let what = "bills come in versions; expected it of a roster only".to_owned();
            Err(ImportError::AsOf { as_of, what })
        }
        (Kind::Bills, None) => bills::import(gateway, &spec, source, watcher).await,
        (Kind::Roster, _) => roster::import(gateway, &spec, source, watcher).await,
    }
}

fn partner(gateway: &Gateway, source: &Source) -> Result<Arc<PartnerSpec>, ImportError> {
    let refuse = |what, expected: String| ImportError::Partner {
        partner: source.partner.clone(),
        what,
        expected,
    };
    let codes = || {
        let codes: Vec<&str> =
            gateway.partners.companies().map(|company| company.payee.code.as_str()).collect();
        format!("one of {}", codes.join(", "))
    };
    let spec = gateway
        .partners
        .spec(&source.partner)
        .ok_or_else(|| refuse("there is no such partner", codes()))?;
    if spec.property().is_none() {
        return Err(refuse("it is a channel, which sends no files", codes()));
    }
    Ok(Arc::clone(spec))
}

/// The place of a format in a list: that of its name, or the first.
fn place_of<'f>(
    source: &Source,
    names: impl Iterator<Item = &'f str> + Clone,
) -> Result<usize, ImportError> {
    let place = match &source.format {
        Some(wanted) => names.clone().position(|name| name == wanted),
        None => names.clone().next().map(|_| 0),
    };
    place.ok_or_else(|| ImportError::Format {
        partner: source.partner.clone(),
        kind: source.kind,
        format: source.format.clone().unwrap_or_default(),
        known: match names.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "no format: the specification has none".to_owned(),
            known => known,
        },
    })
}

/// Under which keys the parts of a file are recorded: the file's hash, and that of what was read from
/// it. A corrected specification reads the same bytes as other lines, which is another import.
struct Keys {
    scope: Scope,
}

impl Keys {
    fn new(source: &Source, format: &str, hash: ContentHash, read: &str) -> Keys {
        let reading = hex::encode(digest(format!("{format}\n{read}").as_bytes()));
        let mut key = format!("{hash}/{}", reading.get(..16).unwrap_or_default());
        if let Some(as_of) = source.as_of {
            key.push_str(&format!("/{as_of}"));
        }
        let operation = source.kind.operation();
        Keys { scope: Scope { partner: source.partner.clone(), operation, key } }
    }

    fn chunk(&self, number: usize) -> Scope {
        Scope { key: format!("{}/{number}", self.scope.key), ..self.scope.clone() }
    }

    fn received(&self) -> Scope {
        Scope { key: format!("{}/received", self.scope.key), ..self.scope.clone() }
    }
}

/// Lines, as watchers hear of them.
fn lines(done: usize, of: usize) -> Progress {
    let number = |lines| u64::try_from(lines).unwrap_or(u64::MAX);
    Progress { done: number(done), of: number(of) }
}

/// Hands a command in; waits when the queue is full, or when another run of the same file holds it.
pub(crate) async fn submit(gateway: &Gateway, command: Arc<dyn Command>) -> Result<Reply, Failure> {
    for _ in 1..ATTEMPTS_MAX {
        match gateway.writer.submit(Arc::clone(&command)).await {
            Err(Failure::Overloaded | Failure::InProgress) => {
                tokio::time::sleep(ATTEMPT_PAUSE).await;
            }
            other => return other,
        }
    }
    gateway.writer.submit(command).await
}

/// What was read from a file, besides its lines.
struct ReadFile {
    format: String,
    hash: ContentHash,
    counted: Counted,
    totals: TotalsProof,
    faults: Vec<LineError>,
}

/// Leaves the event, and puts the report together from what is recorded under it.
async fn finish(
    gateway: &Gateway,
    source: &Source,
    keys: &Keys,
    file: &ReadFile,
    as_of: Option<Instant>,
    results: Vec<LineResult>,
    counted: report::Counts,
) -> Result<Report, ImportError> {
    let totals = match file.totals {
        TotalsProof::NotStated => "not_stated",
        TotalsProof::Right => "right",
        TotalsProof::SumOpen => "sum_open",
    };
    let mut data = json!({
        "partner": source.partner, "kind": source.kind, "format": file.format, "name": source.name,
        "sha256": file.hash.to_string(), "bytes": source.bytes.len(), "by": source.by,
        "lines": file.counted.lines, "sum_fen": file.counted.sum_fen, "totals": totals,
        "counts": counted.counts, "sums_fen": counted.sums_fen,
    });
    if let Some(as_of) = as_of {
        data["as_of"] = json!(as_of);
    }
    let event = LeaveEvent {
        scope: keys.scope.clone(),
        digest: digest(keys.scope.key.as_bytes()),
        kind: "file.imported",
        subject: None,
        data,
    };
    let line = results.last().map_or(0, |result| result.line);
    let reply = submit(gateway, Arc::new(event))
        .await
        .map_err(|failure| ImportError::Stopped { line, failure })?;
    let summary: Summary = serde_json::from_slice(&reply.answer.body)?;
    Ok(Report { summary, results, repeated: reply.replayed })
}
