//! Do we agree with everyone? The companies lay the day files beside their own books, which they have
//! from notices; what differs they look up in the gateway's feed. The gateway lays its payments beside
//! its postings. What is left without a cause is unexplained.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context as _;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, Store};
use jiff::civil::Date;
use serde::Serialize;

use super::billers::Difference;
use super::cast::{Cast, Troupe};
use super::companies::{Companies, Heard, Sums};
use super::papers::Way;
use super::stage::Stage;
use crate::trial::program::run;

/// What came of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Reconciliation {
    /// What both sides have with the same amount: by bill or order, as the companies look at it.
    pub matched: u64,
    /// What they did not have alike at first.
    pub breaks: u64,
    /// The absolute amounts of what still differs when everything was looked up, and of what our own
    /// payments and postings do not explain, in fen.
    pub unexplained_fen: i64,
    /// Payments and refunds that match their postings.
    pub own_matched: u64,
    /// Those that do not.
    pub own_breaks: u64,
    /// Where billers' files, wrong ones among them, were not what our books said. Later files and a last
    /// question to the billers have explained all of them.
    pub differences: Vec<Difference>,
    /// What was unexplained when they were open, in fen.
    pub differences_unexplained_fen: i64,
}

/// Steps of simulated time in which notices are tried again, in minutes.
const STEPS_MINUTES: [i64; 12] = [1, 2, 5, 15, 30, 60, 120, 240, 480, 480, 480, 480];

/// How long one step may take, by the clock on the wall.
const STEP: Duration = Duration::from_millis(2_500);
const LOOK_EVERY: Duration = Duration::from_millis(50);

const WAITING: &str = "select count(*) from notices where book = $1 and state = 0";
const UNREAD: &str = "select max(j.seq) - coalesce((select c.seq from cursors c
    where c.book = $1 and c.reader = 'notices'), 0) from journal j where j.book = $1";

/// Lets time pass until every notice was heard.
///
/// # Errors
/// When the gateway does not answer.
pub async fn until_heard(
    stage: &Stage,
    store: &Store,
    companies: &Companies,
) -> anyhow::Result<Heard> {
    for minutes in STEPS_MINUTES {
        if settled(store).await? == 0 {
            break;
        }
        stage.move_to(stage.now().await?.plus_seconds(minutes * 60)).await?;
    }
    stage.notebook.expect("notices that were not heard", 0, settled(store).await?);
    let heard = companies.heard();
    stage.notebook.expect("signatures of notices that did not verify", 0, heard.forged);
    Ok(heard)
}

/// How many notices wait when no more of them is delivered for a while.
async fn settled(store: &Store) -> anyhow::Result<i64> {
    let count = |sql: &'static str| store.number(sql, vec![Cell::Int(BOOK)]);
    let started = std::time::Instant::now();
    let mut last = i64::MAX;
    let mut progressed = started;
    loop {
        let open = count(WAITING).await? + count(UNREAD).await?.max(0);
        if open == 0 {
            return Ok(0);
        }
        if open < last {
            (last, progressed) = (open, std::time::Instant::now());
        }
        if progressed.elapsed() > STEP {
            return Ok(open);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Everyone compares.
///
/// # Errors
/// When a day file is missing or cannot be read, or the gateway does not answer.
pub async fn all(
    stage: &Stage,
    cast: Option<&Cast>,
    companies: &Companies,
) -> anyhow::Result<Reconciliation> {
    let days = [stage.day, stage.day.tomorrow()?];
    let mut all = Reconciliation::default();
    for troupe in cast.into_iter().flat_map(Cast::troupes) {
        compare(stage, troupe, companies, &days, &mut all).await?;
    }
    for date in days {
        let words = ["day", "report", "--json", "--date", &date.to_string()].map(str::to_owned);
        let report = run(&stage.place, words).await?;
        stage.notebook.expect("the report of a day", Some(0), report.code);
        let report = report.json()?;
        all.own_matched += report["matched"].as_u64().unwrap_or(0);
        all.own_breaks += report["breaks"].as_array().map_or(0, Vec::len) as u64;
        all.unexplained_fen += report["unexplained_fen"].as_i64().unwrap_or(i64::MAX);
    }
    Ok(all)
}

/// One company compares.
async fn compare(
    stage: &Stage,
    troupe: &Troupe,
    companies: &Companies,
    days: &[Date],
    all: &mut Reconciliation,
) -> anyhow::Result<()> {
    let code = troupe.code.as_str();
    let mut ours = Sums::new();
    for date in days {
        for (key, way, fen) in troupe.papers.read_day(&day_file(stage, code, *date).await?)? {
            *ours.entry((key, way)).or_default() += fen;
        }
    }
    let theirs = companies.books(code, |books| books.sums())?;
    let keys: BTreeSet<&(String, Way)> = ours.keys().chain(theirs.keys()).collect();
    let (same, breaks): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| ours.get(key) == theirs.get(key));
    all.matched += same.len() as u64;
    all.breaks += breaks.len() as u64;

    let found = if breaks.is_empty() { 0 } else { look_up(stage, code, companies).await? };
    let theirs = companies.books(code, |books| books.sums())?;
    let keys: BTreeSet<&(String, Way)> = ours.keys().chain(theirs.keys()).collect();
    let of = |sums: &Sums, key| sums.get(key).copied().unwrap_or(0);
    let unexplained: i64 =
        keys.into_iter().map(|key| (of(&ours, key) - of(&theirs, key)).abs()).sum();
    all.unexplained_fen += unexplained;
    let (orders, fen) = companies.books(code, |books| books.paid())?;
    stage.notebook.tell(format!(
        "{code}: {} lines of its day files are in its books, {} are not; it finds {found} notices in the feed \
         that it had lost; {unexplained} fen are unexplained ({orders} payments of {fen} fen)",
        same.len(),
        breaks.len(),
    ));
    Ok(())
}

/// The file of a day, as the gateway has kept it; made again it must be the same.
async fn day_file(stage: &Stage, code: &str, date: Date) -> anyhow::Result<Vec<u8>> {
    let folder = stage.place.path("days").join(code).join(date.to_string());
    let mut files = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let kept = files.next().with_context(|| format!("no file in {}", folder.display()))??.path();
    let bytes = std::fs::read(&kept)?;
    let again = stage.place.path(&format!("again-{code}-{date}"));
    let words = ["file", "export", "day", "--partner", code, "--date", &date.to_string(), "--out"];
    let mut words = words.map(str::to_owned).to_vec();
    words.push(again.display().to_string());
    run(&stage.place, words).await?.done()?;
    let same = std::fs::read(&again)? == bytes;
    stage.notebook.expect("a day file made again is the same", true, same);
    Ok(bytes)
}

/// The company reads the feed from its beginning and notes what it does not have.
async fn look_up(stage: &Stage, code: &str, companies: &Companies) -> anyhow::Result<u64> {
    let mut caller = stage.caller(code)?;
    let (mut after, mut found) = (0, 0);
    loop {
        let page = caller.get(&format!("/v1/events?after={after}&limit=500")).await?;
        anyhow::ensure!(page.status.is_success(), "no feed: {} {}", page.status, page.code());
        let page = page.json();
        for event in page["events"].as_array().context("events")? {
            let id = event["id"].as_str().context("an event without an identifier")?;
            found += u64::from(companies.take_note(code, id, event)?);
        }
        after = page["next"].as_i64().context("where it goes on")?;
        if page["more"] != true {
            return Ok(found);
        }
    }
}
