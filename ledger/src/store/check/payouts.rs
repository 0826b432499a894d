//! Compares payouts with what is in transit, with their files, and with what the chain says of them: none
//! was made, moved or sent elsewhere behind its back, and no day is paid twice.

use super::next;
use crate::decision::{Verdict, digest};
use crate::payout::file::{MADE, PayoutFile};
use crate::payout::payable::Payable;
use crate::payout::{PREPARED, Payout, PayoutState, REDIRECTED, REJECTED};
use crate::row::Cell;
use crate::store::engine::Query;
use crate::store::journal::Record;
use crate::store::{BOOK, Store, StoreError};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use tokio::sync::mpsc;

/// How much does not agree. The head was at `up_to` when the check began.
pub(super) async fn offenders(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    let number = |sql: &'static str| store.number(sql, vec![Cell::Int(BOOK)]);
    let mut wrong = number(WRONG_TRANSIT).await? + number(WRONG_FEES).await?;
    wrong += number(WRONG_FILES).await?;
    let (as_said, paid) = payouts(store).await?;
    wrong += as_said + missing(store, up_to).await?;
    wrong += files(store, up_to).await?;
    wrong += payables(store, up_to, &paid).await?;
    Ok(wrong)
}

/// What is in transit is what open payouts say.
const WRONG_TRANSIT: &str = "select count(*) from (
    select (select coalesce(sum(posted_fen), 0) from accounts where book = $1 and code = 'payouts:transit') as posted,
        (select coalesce(sum(amount_fen), 0) from payouts where book = $1 and state in (0, 1, 2)) as payouts) as both_sides
    where posted <> payouts";

/// What is owed in fees is what the payables say.
const WRONG_FEES: &str = "select count(*) from (
    select code, sum(fen) as fen from (
        select code, posted_fen as fen from accounts where book = $1 and code like 'receivable:fees:%'
        union all select 'receivable:fees:' || substr(account, 12), -fees_fen from payables
        where book = $1 and account like 'settlement:%') as both_sides
    group by code) as sums where fen <> 0";

/// A file has the payouts that name it.
const WRONG_FILES: &str = "select count(*) from payout_files f left join (
    select file, count(*) as payouts, sum(amount_fen) as fen from payouts
    where book = $1 and file is not null group by file) as p on p.file = f.id
    where f.book = $1 and (f.payouts <> coalesce(p.payouts, 0) or f.sum_fen <> coalesce(p.fen, 0))";

/// What every payout is made of, as it was prepared.
const AS_PREPARED: [&str; 10] = [
    "payout",
    "partner",
    "account",
    "date",
    "run",
    "amount_fen",
    "currency",
    "days",
    "other_fen",
    "destination_sha256",
];

/// Days of accounts that payouts have paid or are paying.
type Paid = HashSet<(String, String)>;

/// How many payouts are not as the chain says, and what they pay. The rows first: what is said of them is
/// then in the journal.
async fn payouts(store: &Store) -> Result<(i64, Paid), StoreError> {
    let (mut wrong, mut paid) = (0, Paid::new());
    let mut rows = store.engine().stream(Query::rows::<Payout>("order by prepared_seq", vec![]));
    let mut row: Option<Payout> = next(&mut rows).await?;
    let mut events = events(store, &[PREPARED], i64::MAX);
    while let Some(payout) = row {
        let event = at(&mut events, payout.prepared_seq).await?;
        let said = event.is_some_and(|event| says(&event, &payout, &AS_PREPARED));
        let whole = hex::encode(digest(payout.destination.as_bytes())) == payout.destination_digest;
        let key = Payout::key_of(&payout.account, payout.date, payout.run);
        let mut once = true;
        if payout.state != PayoutState::Rejected && !ruled_after_all(store, &payout).await? {
            for part in &payout.days {
                once &= paid.insert((payout.account.clone(), part.day.clone()));
            }
        }
        let sum: i128 = payout.days.iter().map(|part| i128::from(part.fen.0)).sum();
        let adds_up = sum + i128::from(payout.other.0) == i128::from(payout.amount.0);
        let sound = said && whole && once && adds_up && payout.payout_key == key;
        wrong += i64::from(!sound);
        row = next(&mut rows).await?;
    }
    let mut rows = store.engine().stream(Query::rows::<Payout>("order by seq, id", vec![]));
    let mut row: Option<Payout> = next(&mut rows).await?;
    let mut events = every_event(store);
    let mut last: Option<Record> = None;
    while let Some(payout) = row {
        if last.as_ref().is_none_or(|event| event.seq < payout.seq) {
            last = at(&mut events, payout.seq).await?;
        }
        let said = last.as_ref().is_some_and(|event| stands(event, &payout));
        wrong += i64::from(!said);
        row = next(&mut rows).await?;
    }
    Ok((wrong, paid))
}

/// Whether two operators have ruled that the core has paid it although its money had come back: its days may
/// have been paid again by then, or wait to be, and what it took is the account's debt.
async fn ruled_after_all(store: &Store, payout: &Payout) -> Result<bool, StoreError> {
    if payout.state != PayoutState::Settled || payout.approval.is_none() {
        return Ok(false);
    }
    let sql = "select count(*) from journal where book = $1 and verdict = $2 and kind = $3 and subject = $4";
    let binds = vec![
        Cell::Int(BOOK),
        Cell::Int(Verdict::Done.code()),
        Cell::Text(REJECTED.to_owned()),
        Cell::Id(payout.id.0),
    ];
    Ok(store.number(sql, binds).await? > 0)
}

/// Whether an event says all of these members of a payout as it is.
fn says(event: &Record, payout: &Payout, members: &[&str]) -> bool {
    let data: Map<String, Value> = serde_json::from_str(&event.data).unwrap_or_default();
    let told = payout.told();
    event.subject == payout.id.0
        && members.iter().all(|member| data.get(*member) == told.get(*member))
}

/// Whether the event that changed a payout last leaves it as it is.
fn stands(event: &Record, payout: &Payout) -> bool {
    if event.seq != payout.seq {
        return false;
    }
    if event.kind == MADE {
        let file = payout.file.map(|file| file.0);
        let untouched = payout.status.is_none() && payout.contested.is_none();
        return payout.state == PayoutState::Sent && file == Some(event.subject) && untouched;
    }
    says(event, payout, &["state", "status", "reason", "contested", "file", "approval"])
}

/// Payouts that the chain has and the table does not.
async fn missing(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    let sql = "select abs((select count(*) from journal where book = $1 and verdict = $2 and kind = $3 and seq <= $4)
        - (select count(*) from payouts where book = $1 and prepared_seq <= $4))";
    let done = Cell::Int(Verdict::Done.code());
    let binds = vec![Cell::Int(BOOK), done, Cell::Text(PREPARED.to_owned()), Cell::Int(up_to)];
    store.number(sql, binds).await
}

/// Files that are not what the event says that made them, and either without the other.
async fn files(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    let clause = "seq <= $2 order by seq";
    let rows = Query::rows::<PayoutFile>(clause, vec![Cell::Int(up_to)]);
    let mut rows = store.engine().stream(rows);
    let mut events = events(store, &[MADE], up_to);
    let mut wrong = 0;
    loop {
        let (row, event) =
            (next::<PayoutFile>(&mut rows).await?, next::<Record>(&mut events).await?);
        let as_made = match (&row, &event) {
            (None, None) => return Ok(wrong),
            (Some(file), Some(event)) => {
                let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
                let told = file.told();
                let members = told.as_object().into_iter().flatten();
                event.subject == file.id.0
                    && members.into_iter().all(|(name, value)| data.get(name) == Some(value))
                    && file.file_key == PayoutFile::key_of(file.date, file.number)
            }
            _ => false,
        };
        wrong += i64::from(!as_made);
    }
}

/// What waits is not paid already, fees add up, and money goes where the chain says that it goes. What has
/// changed since the check began is left to the next one.
async fn payables(store: &Store, up_to: i64, paid: &Paid) -> Result<i64, StoreError> {
    let mut destinations: HashMap<String, Value> = HashMap::new();
    let mut said = events(store, &[PREPARED, REDIRECTED], up_to);
    while let Some(event) = next::<Record>(&mut said).await? {
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let account = data["account"].as_str().unwrap_or_default().to_owned();
        destinations.insert(account, data["destination_sha256"].clone());
    }
    let clause = "seq <= $2 order by id";
    let rows = Query::rows::<Payable>(clause, vec![Cell::Int(up_to)]);
    let mut rows = store.engine().stream(rows);
    let mut wrong = 0;
    while let Some(payable) = next::<Payable>(&mut rows).await? {
        let fees: i128 = payable.fees.values().map(|fen| i128::from(fen.0)).sum();
        let mut days = HashSet::new();
        let unpaid = payable.waiting.iter().all(|one| {
            days.insert(&one.day) && !paid.contains(&(payable.account.clone(), one.day.clone()))
        });
        let there = destinations.get(&payable.account).and_then(Value::as_str);
        let sound = fees == i128::from(payable.fees_fen.0)
            && unpaid
            && there == payable.destination.as_deref();
        wrong += i64::from(!sound);
    }
    Ok(wrong)
}

pub(super) type Rows = mpsc::Receiver<Result<Vec<Cell>, StoreError>>;

/// The events of some kinds that were carried out.
pub(super) fn events(store: &Store, kinds: &[&str], up_to: i64) -> Rows {
    let places: Vec<String> = (4..kinds.len() + 4).map(|place| format!("${place}")).collect();
    let clause =
        format!("seq <= $2 and verdict = $3 and kind in ({}) order by seq", places.join(", "));
    let mut binds = vec![Cell::Int(up_to), Cell::Int(Verdict::Done.code())];
    binds.extend(kinds.iter().map(|kind| Cell::Text((*kind).to_owned())));
    store.engine().stream(Query::rows::<Record>(&clause, binds))
}

fn every_event(store: &Store) -> Rows {
    use crate::payout::{ACCEPTED, CONTESTED, HEARD, SETTLED};
    let kinds = [PREPARED, MADE, ACCEPTED, SETTLED, REJECTED, HEARD, CONTESTED];
    events(store, &kinds, i64::MAX)
}

/// The event with a number; those before it are passed over.
async fn at(events: &mut Rows, seq: i64) -> Result<Option<Record>, StoreError> {
    while let Some(event) = next::<Record>(events).await? {
        if event.seq >= seq {
            return Ok((event.seq == seq).then_some(event));
        }
    }
    Ok(None)
}
