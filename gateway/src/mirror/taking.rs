//! A file of statements taken: read and proved, put on record with all its lines, and its accounts
//! compared.
//!
//! | step | what a second run of the same file does |
//! |---|---|
//! | read to its end, totals proved | the same; a file that is refused has no effect |
//! | its statements put on record, under its hash | is answered with what was recorded |
//! | their lines, some a command | is answered with what was recorded |
//! | the accounts compared | finds everything as it should be |

use std::collections::BTreeMap;
use std::sync::Arc;

use jiaozi_adapters::mirror::lines::Line;
use jiaozi_adapters::mirror::take::{Face, Hindrance, TakeAccountStatement, TakeLines};
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_ledger::id::AccountStatementId;
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::progress::{Progress, Watcher};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiff::civil::Date;
use serde::Serialize;
use tokio::sync::mpsc;

use super::proving::{Proved, Refusal, lines_of, prove};
use super::summary::{AccountDay, account_day};
use super::{CompareError, carried_out, compare};
use crate::files::content::Content;
use crate::gateway::Gateway;

/// Chunks that are read ahead of the books.
const AHEAD: usize = 4;

/// A file to be taken.
#[derive(Debug, Clone)]
pub struct Source {
    /// Whose statements it holds: the code of a mirrored account; found out, if it is left out.
    pub account: Option<String>,
    /// The day of a statement that says none itself.
    pub date: Option<Date>,
    /// Its name.
    pub name: String,
    /// Its content.
    pub content: Content,
}

/// A statement that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenStatement {
    /// The statement.
    pub statement: AccountStatementId,
    /// The code of its account.
    pub account: String,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub date: Date,
    /// How many items it has.
    pub lines: i64,
    /// Whether it was taken before.
    pub repeated: bool,
    /// How many statements it has replaced.
    pub corrects: usize,
    /// Whether a later one of the same days counts instead.
    pub superseded: bool,
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Its format.
    pub format: &'static str,
    /// Its statements.
    pub statements: Vec<TakenStatement>,
    /// What its accounts came to by its last days.
    pub accounts: Vec<AccountDay>,
}

/// Two statements that tell the same days, and none of which surely replaces the other.
#[derive(Debug, thiserror::Error)]
#[error(
    "its statement {place} tells {from} to {date}, and {name} tells {other_from} to {other_date}: found days that both tell, expected other days, a page that goes on with its balance, a correction with its number and page (or, without one, its first balance), or one that covers all its days and has its balances at both ends"
)]
pub struct Clash {
    /// Its place in the file, from 1.
    pub place: usize,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub date: Date,
    /// The name of the other one.
    pub name: String,
    /// The first day of that.
    pub other_from: Date,
    /// The last day of that.
    pub other_date: Date,
}

/// Why a file was not taken, or its accounts not compared to the end.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// There is no such account.
    #[error(
        "{}; expected one of {known}",
        if found.is_empty() { "no account's statements come".to_owned() } else { format!("there is no account and no biller {found:?}") }
    )]
    Account {
        /// What was given.
        found: String,
        /// Those that there are.
        known: String,
    },
    /// The file is refused as a whole.
    #[error("the file is refused: {0}; nothing of it was taken")]
    Refused(Refusal),
    /// It is of a day that has not come.
    #[error(
        "the file is refused: a statement is of {date}, expected a day up to {today}; nothing of it was taken"
    )]
    NotYet {
        /// Its day.
        date: Date,
        /// The day there now.
        today: Date,
    },
    /// The account is in another currency here.
    #[error(
        "the file is refused: {account} is in {found} here, expected {expected}; nothing of it was taken"
    )]
    Currency {
        /// The account of the books.
        account: String,
        /// Its currency.
        found: String,
        /// The specification's.
        expected: String,
    },
    /// It tells days that another one tells.
    #[error("the file is refused: {0}; nothing of it was taken")]
    Clash(Box<Clash>),
    /// Another file was not taken to its end.
    #[error("{name} of {date} was not taken to its end; expected it, or a correction of it, first")]
    HalfTaken {
        /// Its name.
        name: String,
        /// Its day.
        date: Date,
    },
    /// The reading was given up by the runtime.
    #[error("reading the file was given up: {0}")]
    GivenUp(#[from] tokio::task::JoinError),
    /// What the books answered does not read.
    #[error("a recorded answer does not read: {0}")]
    Answer(#[from] serde_json::Error),
    /// It was not taken or compared to the end; import it again to go on.
    #[error("stopped: {0}; import the file again to go on")]
    Stopped(CompareError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

// What they say is said above already: as a source it would be said twice.
impl From<Refusal> for TakeError {
    fn from(refusal: Refusal) -> TakeError {
        TakeError::Refused(refusal)
    }
}

impl From<CompareError> for TakeError {
    fn from(error: CompareError) -> TakeError {
        TakeError::Stopped(error)
    }
}

/// Takes a file. The watcher hears of lines.
///
/// # Errors
/// When the file is refused, or the books cannot be written. What was done before that stands, and the
/// same file goes on from there.
pub async fn take(
    gateway: &Gateway,
    source: Source,
    watcher: Watcher<'_>,
) -> Result<Taken, TakeError> {
    let specs = known(gateway, source.account.as_deref())?;
    let (content, told) = (source.content.clone(), source.date);
    let proved = tokio::task::spawn_blocking(move || prove(&content, &specs, told)).await??;
    let proved = Arc::new(proved);
    let accounts: BTreeMap<&str, &Arc<MirrorSpec>> =
        proved.statements.iter().map(|(spec, _)| (spec.code.as_str(), spec)).collect();
    may_come(gateway, &source.name, &proved, &accounts).await?;
    let mut begun = Vec::new();
    for (spec, face) in &proved.statements {
        let command = beginning(&source.name, &proved, spec, face);
        let reply = carried_out(gateway, &source.name, Arc::new(command)).await?;
        let told: serde_json::Value = serde_json::from_slice(&reply.answer.body)?;
        let id: AccountStatementId = serde_json::from_value(told["statement"].clone())?;
        begun.push((id, reply.replayed));
    }
    let ids: Vec<AccountStatementId> = begun.iter().map(|(id, _)| *id).collect();
    put_lines(gateway, &source, &proved, &ids, watcher).await?;
    let mut compared = Vec::new();
    for (code, spec) in accounts {
        compare(gateway, spec).await?;
        let days = proved.statements.iter().filter(|(of, _)| of.code == code);
        if let Some(date) = days.map(|(_, face)| face.date).max() {
            compared.push(account_day(gateway, spec, date).await?);
        }
    }
    let mut statements = Vec::new();
    for (id, repeated) in begun {
        statements.extend(what_became(gateway, id, repeated).await?);
    }
    Ok(Taken { format: proved.format.name(), statements, accounts: compared })
}

/// The accounts that may be meant.
fn known(gateway: &Gateway, wanted: Option<&str>) -> Result<Vec<Arc<MirrorSpec>>, TakeError> {
    let all: Vec<Arc<MirrorSpec>> = gateway.partners.mirrors().map(Arc::clone).collect();
    let found: Vec<Arc<MirrorSpec>> = all
        .iter()
        .filter(|spec| wanted.is_none_or(|wanted| spec.code == wanted))
        .map(Arc::clone)
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let mut codes: Vec<&str> = all.iter().map(|spec| spec.code.as_str()).collect();
    let sends = |code: &str| {
        let spec = gateway.partners.spec(code);
        spec.and_then(|spec| spec.biller()).is_some_and(|biller| biller.statement.is_some())
    };
    let billers = gateway.partners.billers().map(|biller| biller.payee.code.as_str());
    codes.extend(billers.filter(|code| sends(code)));
    let (found, known) = (wanted.unwrap_or_default().to_owned(), codes.join(", "));
    Err(TakeError::Account { found, known })
}

/// Whether a proved file may be taken now.
async fn may_come(
    gateway: &Gateway,
    name: &str,
    proved: &Proved,
    accounts: &BTreeMap<&str, &Arc<MirrorSpec>>,
) -> Result<(), TakeError> {
    let now = gateway.now().await?;
    for (spec, face) in &proved.statements {
        let (date, today) = (face.date, spec.day_of(now));
        if date > today {
            return Err(TakeError::NotYet { date, today });
        }
    }
    for spec in accounts.values() {
        let ours = gateway.store.account(&spec.account).await?;
        if let Some(ours) = ours.filter(|ours| ours.currency != spec.currency) {
            return Err(TakeError::Currency {
                account: ours.code,
                found: ours.currency.to_string(),
                expected: spec.currency.to_string(),
            });
        }
        let clause = "mirror = $2 order by seq";
        let mut all: Vec<AccountStatement> =
            gateway.store.find(clause, vec![Cell::Text(spec.code.clone())]).await?;
        for (of, face) in proved.statements.iter().filter(|(of, _)| of.code == spec.code) {
            let beginning = beginning(name, proved, of, face);
            let beside: Vec<&AccountStatement> = all.iter().collect();
            if let Some(hindrance) = beginning.hindrance(&beside) {
                return Err(hindered(face, hindrance));
            }
            // Those after it in the file must be able to stand beside it too.
            let own = beginning.announced();
            if all.iter().all(|one| one.statement_key != own.statement_key) {
                all.push(own);
            }
        }
    }
    Ok(())
}

/// Why a statement cannot come, for people.
fn hindered(face: &Face, hindrance: Hindrance<'_>) -> TakeError {
    match hindrance {
        Hindrance::HalfTaken(half) => {
            TakeError::HalfTaken { name: half.name.clone(), date: half.date }
        }
        Hindrance::Clash(other) => TakeError::Clash(Box::new(Clash {
            place: face.place + 1,
            from: face.from,
            date: face.date,
            name: other.name.clone(),
            other_from: other.from,
            other_date: other.date,
        })),
    }
}

/// What begins to take a statement of a file.
fn beginning(
    name: &str,
    proved: &Proved,
    spec: &Arc<MirrorSpec>,
    face: &Face,
) -> TakeAccountStatement {
    let content_hash = proved.content_hash.to_string();
    TakeAccountStatement {
        scope: TakeAccountStatement::scope_of(&spec.code, &content_hash, face),
        spec: Arc::clone(spec),
        content_hash,
        name: name.to_owned(),
        face: face.clone(),
    }
}

/// What became of a statement.
async fn what_became(
    gateway: &Gateway,
    id: AccountStatementId,
    repeated: bool,
) -> Result<Option<TakenStatement>, StoreError> {
    let store = &gateway.store;
    let found: Option<AccountStatement> = store.first("id = $2", vec![Cell::Id(id.0)]).await?;
    let Some(one) = found else { return Ok(None) };
    let key = vec![Cell::Text(one.mirror.clone()), Cell::Id(id.0)];
    let before: Vec<AccountStatement> =
        store.find("mirror = $2 and replaced_by = $3 order by id", key).await?;
    Ok(Some(TakenStatement {
        statement: id,
        account: one.mirror,
        from: one.from,
        date: one.date,
        lines: one.lines,
        repeated,
        corrects: before.len(),
        superseded: one.replaced_by.is_some(),
    }))
}

/// Some lines of a statement, by its place in the file.
type Chunk = (usize, i64, Vec<Line>);

/// Puts the lines of a file on record, some at a time, while the next are read. The last line of each
/// statement waits until the file was read to its end and is still the one that was proved: a statement
/// that is complete is what was proved.
async fn put_lines(
    gateway: &Gateway,
    source: &Source,
    proved: &Arc<Proved>,
    ids: &[AccountStatementId],
    watcher: Watcher<'_>,
) -> Result<(), TakeError> {
    let of: i64 = proved.statements.iter().map(|(_, face)| face.lines).sum();
    let (hand_over, mut chunks) = mpsc::channel::<Chunk>(AHEAD);
    let (content, reading_of) = (source.content.clone(), Arc::clone(proved));
    let reading =
        tokio::task::spawn_blocking(move || read_chunks(&content, &reading_of, &hand_over));
    let mut done = 0;
    while let Some((place, after, lines)) = chunks.recv().await {
        let (Some((spec, _)), Some(id)) = (proved.statements.get(place), ids.get(place)) else {
            continue;
        };
        done += lines.len() as u64;
        let command = TakeLines {
            scope: TakeLines::scope_of(&spec.code, *id, after),
            spec: Arc::clone(spec),
            statement: *id,
            after,
            lines,
        };
        carried_out(gateway, &source.name, Arc::new(command)).await?;
        watcher(Progress { done, of: of.unsigned_abs() });
    }
    reading.await?.map_err(TakeError::Refused)
}

fn read_chunks(
    content: &Content,
    proved: &Proved,
    hand_over: &mpsc::Sender<Chunk>,
) -> Result<(), Refusal> {
    let nobody = |_| Refusal::Unreadable(std::io::Error::other("nobody takes the lines any more"));
    let hand_over =
        |part: Part| hand_over.blocking_send((part.place, part.after, part.lines)).map_err(nobody);
    // The statement that is being read, and the last line of each one before it.
    let (mut part, mut last) = (Part::default(), Vec::new());
    lines_of(content, proved, &mut |place, line| {
        if place != part.place {
            let before = std::mem::replace(&mut part, Part { place, ..Part::default() });
            let (most, one) = before.without_last();
            if !most.lines.is_empty() {
                hand_over(most)?;
            }
            last.extend(one);
        }
        if part.lines.len() == TakeLines::MOST {
            let full = part.next();
            hand_over(std::mem::replace(&mut part, full))?;
        }
        part.lines.push(line);
        Ok(())
    })?;
    last.into_iter().chain([part]).filter(|part| !part.lines.is_empty()).try_for_each(hand_over)
}

/// Some lines of a statement that follow each other.
#[derive(Debug, Default)]
struct Part {
    /// The statement's place in the file.
    place: usize,
    /// How many of its lines come before these.
    after: i64,
    /// The lines.
    lines: Vec<Line>,
}

impl Part {
    /// What follows these, without a line yet.
    fn next(&self) -> Part {
        let count = i64::try_from(self.lines.len()).unwrap_or(i64::MAX);
        Part { place: self.place, after: self.after.saturating_add(count), lines: Vec::new() }
    }

    /// All but the last line, and the last.
    fn without_last(mut self) -> (Part, Option<Part>) {
        let Some(line) = self.lines.pop() else { return (self, None) };
        let last = Part { lines: vec![line], ..self.next() };
        (self, Some(last))
    }
}
