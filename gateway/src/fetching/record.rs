//! What became of fetching the file of a day, and which process has the day. A claim is a time until which
//! nobody else asks for it or takes its file.

use jiaozi_ledger::row::{
    Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, maybe_int, maybe_text,
};
use jiaozi_ledger::store::engine::{Query, records};
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::{Instant, date_from_number, date_to_number};
use jiff::civil::Date;
use serde::Serialize;

/// For how long a day belongs to the process that claimed it, in seconds. A file comes and is taken within
/// that, or another process begins anew.
pub const CLAIM_SECONDS: i64 = 15 * 60;

/// The longest text of what was heard.
const SAYS_CHARACTERS_MAX: usize = 500;

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A file came and was taken.
    Taken,
    /// The file came that had been taken before.
    Same,
    /// It is not there yet.
    NotThere,
    /// The partner says that there is none of this day.
    NoFile,
    /// Nothing was heard that helps: no connection, no answer, a cut one, an error.
    Unanswered,
    /// What came is not the file of the day, or is wrong: nothing of it had an effect.
    Refused,
    /// A file came, and we could not take it to its end.
    Stopped,
}

impl Outcome {
    const ALL: [Outcome; 7] = [
        Outcome::Taken,
        Outcome::Same,
        Outcome::NotThere,
        Outcome::NoFile,
        Outcome::Unanswered,
        Outcome::Refused,
        Outcome::Stopped,
    ];

    /// The word under which it is stored and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Taken => "taken",
            Outcome::Same => "same",
            Outcome::NotThere => "not_there",
            Outcome::NoFile => "no_file",
            Outcome::Unanswered => "unanswered",
            Outcome::Refused => "refused",
            Outcome::Stopped => "stopped",
        }
    }

    fn named(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What came of it.
    pub outcome: Outcome,
    /// In words.
    pub says: String,
    /// The hash of a file that was refused, so that the same one is not refused at length again.
    pub refused_hash: Option<String>,
}

impl Heard {
    /// Something heard.
    pub fn of(outcome: Outcome, says: impl Into<String>) -> Heard {
        Heard { outcome, says: says.into(), refused_hash: None }
    }
}

/// What became of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The biller's or account's code.
    pub code: String,
    /// The day.
    pub date: Date,
    /// How often it was tried.
    pub tries: i64,
    /// When it is asked for again.
    pub next_at: Instant,
    /// Until when a process has it.
    pub claimed_until: Instant,
    /// When it was tried last.
    pub tried_at: Option<Instant>,
    /// What came of that.
    pub outcome: Option<Outcome>,
    /// What was heard then, in words.
    pub heard: Option<String>,
    /// The hash of the file that was refused last.
    pub refused_hash: Option<String>,
}

impl Row for Fetched {
    const TABLE: Table = Table {
        name: "fetches",
        key: &["code", "date"],
        columns: &[
            fixed("code", Kind::Text),
            fixed("date", Kind::Int),
            changing("tries", Kind::Int),
            changing("next_at", Kind::Int),
            changing("claimed_until", Kind::Int),
            changing("tried_at", Kind::Int),
            changing("outcome", Kind::Text),
            changing("heard", Kind::Text),
            changing("refused_hash", Kind::Text),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Text(self.code.clone()),
            Cell::Int(date_to_number(self.date)),
            Cell::Int(self.tries),
            Cell::Int(self.next_at.0),
            Cell::Int(self.claimed_until.0),
            maybe_int(self.tried_at.map(|at| at.0)),
            maybe_text(self.outcome.map(Outcome::name)),
            maybe_text(self.heard.as_deref()),
            maybe_text(self.refused_hash.as_deref()),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Fetched, Corrupt> {
        let (code, date) = (cells.text()?, cells.int_as(date_from_number)?);
        let (tries, next_at) = (cells.int()?, Instant(cells.int()?));
        let claimed_until = Instant(cells.int()?);
        let tried_at = cells.maybe_int()?.map(Instant);
        let outcome = match cells.maybe_text()? {
            Some(name) => Some(Outcome::named(&name).ok_or_else(|| cells.corrupt())?),
            None => None,
        };
        let (heard, refused_hash) = (cells.maybe_text()?, cells.maybe_text()?);
        Ok(Fetched {
            code,
            date,
            tries,
            next_at,
            claimed_until,
            tried_at,
            outcome,
            heard,
            refused_hash,
        })
    }
}

const THE_DAY: &str = "code = $2 and date = $3";

const CLAIM: &str = "update fetches set claimed_until = $5
    where book = $1 and code = $2 and date = $3 and claimed_until <= $4";

const LET_GO: &str =
    "update fetches set claimed_until = 0 where book = $1 and code = $2 and date = $3";

fn the_day(code: &str, date: Date) -> Vec<Cell> {
    vec![Cell::Text(code.to_owned()), Cell::Int(date_to_number(date))]
}

/// What became of a day, if anything was tried.
///
/// # Errors
/// When the database cannot be read.
pub async fn of(store: &Store, code: &str, date: Date) -> Result<Option<Fetched>, StoreError> {
    store.first(THE_DAY, the_day(code, date)).await
}

/// What became of the days from one on.
///
/// # Errors
/// When the database cannot be read.
pub async fn since(store: &Store, code: &str, first: Date) -> Result<Vec<Fetched>, StoreError> {
    store.find("code = $2 and date >= $3 order by date", the_day(code, first)).await
}

/// Claims a day; nothing if another process has it.
///
/// # Errors
/// When the database cannot be written.
pub async fn claim(
    store: &Store,
    code: &str,
    date: Date,
    now: Instant,
) -> Result<Option<Fetched>, StoreError> {
    let (mut unit, _) = store.engine().begin().await?;
    let found = unit.read(Query::rows::<Fetched>(THE_DAY, the_day(code, date))).await?;
    let claimed_until = now.plus_seconds(CLAIM_SECONDS);
    let known: Option<Fetched> = records(found)?.into_iter().next();
    let claimed = match known {
        None => {
            let new = Fetched {
                code: code.to_owned(),
                date,
                tries: 0,
                next_at: now,
                claimed_until,
                tried_at: None,
                outcome: None,
                heard: None,
                refused_hash: None,
            };
            unit.write(&Fetched::TABLE, vec![new.cells()], false).await?;
            Some(new)
        }
        Some(known) => {
            let mut binds = vec![Cell::Int(BOOK)];
            binds.extend(the_day(code, date));
            binds.extend([Cell::Int(now.0), Cell::Int(claimed_until.0)]);
            let changed = unit.execute(CLAIM.to_owned(), binds).await?;
            (changed == 1).then_some(Fetched { claimed_until, ..known })
        }
    };
    unit.commit().await?;
    Ok(claimed)
}

/// Puts on record what was heard of a day that this process has claimed, and lets it go.
///
/// # Errors
/// When the database cannot be written.
pub async fn keep(
    store: &Store,
    claimed: &Fetched,
    heard: &Heard,
    now: Instant,
    next_at: Instant,
) -> Result<(), StoreError> {
    let says: String = heard
        .says
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(SAYS_CHARACTERS_MAX)
        .collect();
    let row = Fetched {
        code: claimed.code.clone(),
        date: claimed.date,
        tries: claimed.tries.saturating_add(1),
        next_at,
        claimed_until: Instant(0),
        tried_at: Some(now),
        outcome: Some(heard.outcome),
        heard: Some(says),
        refused_hash: heard.refused_hash.clone(),
    };
    let (mut unit, _) = store.engine().begin().await?;
    unit.update(&Fetched::TABLE, vec![row.cells()]).await?;
    unit.commit().await
}

/// Lets a day go of which nothing was heard.
///
/// # Errors
/// When the database cannot be written.
pub async fn let_go(store: &Store, claimed: &Fetched) -> Result<(), StoreError> {
    let mut binds = vec![Cell::Int(BOOK)];
    binds.extend(the_day(&claimed.code, claimed.date));
    let (mut unit, _) = store.engine().begin().await?;
    unit.execute(LET_GO.to_owned(), binds).await?;
    unit.commit().await
}
