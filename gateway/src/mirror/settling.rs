//! What is left over on either side, and its breaks: opened, changed, or resolved by evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiaozi_adapters::mirror::chain::{self, Link, Reach};
use jiaozi_adapters::mirror::compare::{About, CompareMirror};
use jiaozi_adapters::mirror::judge::judge;
use jiaozi_adapters::reconciliation::judge::target;
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_ledger::breaks::{Break, BreakKind};
use jiaozi_ledger::id::AccountStatementId;
use jiaozi_ledger::mirror::Mirror;
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::mirror::item::Item;
use jiaozi_ledger::row::{Cell, Cells, Kind, Table};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::date_to_number;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{CompareError, carried_out, once};
use crate::gateway::Gateway;

/// How many references are settled at a time: their commands share commits.
const AT_A_TIME: usize = 64;

/// By what an account is judged, all read at one time.
#[derive(Debug)]
pub(super) struct By {
    /// How far its statements go.
    pub(super) reach: Reach,
    /// Those that count.
    pub(super) counting: BTreeSet<AccountStatementId>,
    /// Their number: [`Mirror::evidence`].
    pub(super) evidence: i64,
}

/// References with something open that the other side should have by now.
const OPEN: &str = "select distinct reference_key from mirror_items
    where book = $1 and mirror = $2 and state = 0 and (origin = 1 or date <= $3)";

/// References whose breaks are open, or have moved money.
const LEFT: &str = "select distinct reference_key from breaks
    where book = $1 and partner = $2 and (resolution is null or moved_fen <> 0) and kind <> $3";

const ROWS: Table = Table { name: "mirror_items", key: &[], columns: &[] };

/// Settles every reference of an account with something left over, as far as its statements go. How many breaks were opened, changed or resolved.
///
/// # Errors
/// The first that could not be settled; those before it are, and the rest is when it is run again.
pub(super) async fn items(
    gateway: &Gateway,
    spec: &Arc<MirrorSpec>,
    by: Arc<By>,
) -> Result<u64, CompareError> {
    let of = || vec![Cell::Int(BOOK), Cell::Text(spec.code.clone())];
    let until_day = Cell::Int(date_to_number(by.reach.until));
    let balance = Cell::Text(BreakKind::Balance.name().to_owned());
    let mut changed = 0;
    for (sql, third) in [(OPEN, until_day), (LEFT, balance)] {
        let binds = [of(), vec![third]].concat();
        let query = Query { sql: sql.to_owned(), binds, kinds: vec![Kind::Text] };
        let mut rows = gateway.store.engine().stream(query);
        loop {
            let part = next(&mut rows).await?;
            if part.is_empty() {
                break;
            }
            let mut under_way = JoinSet::new();
            for reference_key in part {
                let (gateway, spec, by) = (gateway.clone(), Arc::clone(spec), Arc::clone(&by));
                under_way.spawn(async move { settle(&gateway, &spec, &reference_key, &by).await });
            }
            changed += ended(under_way).await?.into_iter().sum::<u64>();
        }
    }
    Ok(changed)
}

/// Brings the breaks of a reference to what its items say.
async fn settle(
    gateway: &Gateway,
    spec: &Arc<MirrorSpec>,
    reference_key: &str,
    by: &By,
) -> Result<u64, CompareError> {
    let key = || vec![Cell::Text(reference_key.to_owned())];
    let mut items: Vec<Item> = gateway.store.find("reference_key = $2", key()).await?;
    let breaks: Vec<Break> = gateway.store.find("reference_key = $2", key()).await?;
    // What another statement that is just being taken says does not count yet.
    items.retain(|item| item.statement.is_none_or(|one| by.counting.contains(&one)));
    let differences = judge(&items.iter().collect::<Vec<_>>(), by.reach, spec);
    let mut keys: BTreeSet<String> = differences.keys().cloned().collect();
    keys.extend(breaks.iter().filter(|one| stays(one)).map(|one| one.break_key.clone()));
    let before: BTreeMap<&str, &Break> =
        breaks.iter().map(|one| (one.break_key.as_str(), one)).collect();
    keys.retain(|key| {
        let found = differences.get(key).map(|one| one.found);
        target(found, before.get(key.as_str()).copied()).is_some()
    });
    let changed = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    // A reference may have very many: those of one commit read its items once.
    let mut keys = keys.into_iter();
    loop {
        let part: Vec<String> = keys.by_ref().take(AT_A_TIME).collect();
        if part.is_empty() {
            return Ok(changed);
        }
        let mut under_way = JoinSet::new();
        for break_key in part {
            let (gateway, spec) = (gateway.clone(), Arc::clone(spec));
            let about = About::Items { reference_key: reference_key.to_owned(), reach: by.reach };
            let evidence = by.evidence;
            under_way
                .spawn(async move { hand_in(&gateway, &spec, break_key, about, evidence).await });
        }
        ended(under_way).await?;
    }
}

/// Waits for all; the first error, if there is one.
async fn ended<T: 'static>(
    mut under_way: JoinSet<Result<T, CompareError>>,
) -> Result<Vec<T>, CompareError> {
    let (mut all, mut failed) = (Vec::new(), None);
    while let Some(one) = under_way.join_next().await {
        match one {
            Ok(Ok(one)) => all.push(one),
            Ok(Err(error)) => failed = Some(failed.unwrap_or(error)),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    failed.map_or(Ok(all), Err)
}

/// Whether a break of items can change: it is open, or has moved money.
fn stays(one: &Break) -> bool {
    one.kind != BreakKind::Balance && (one.is_open() || one.moved.0 != 0)
}

/// Brings the breaks of balances to what the statements of an account say.
///
/// # Errors
/// When the books cannot be read or written.
pub(super) async fn balances(
    gateway: &Gateway,
    spec: &Arc<MirrorSpec>,
    mirror: &Mirror,
    statements: &[AccountStatement],
) -> Result<u64, CompareError> {
    let clause = "partner = $2 and kind = $3 order by id";
    let kind = Cell::Text(BreakKind::Balance.name().to_owned());
    let binds = vec![Cell::Text(spec.code.clone()), kind];
    let breaks: Vec<Break> = gateway.store.find(clause, binds).await?;
    let mut links = chain::links(spec, mirror, statements);
    for one in breaks.iter().filter(|one| one.is_open() || one.moved.0 != 0) {
        if !links.iter().any(|link| link.break_key == one.break_key) {
            links.push(Link {
                reference_key: one.reference_key.clone(),
                break_key: one.break_key.clone(),
                difference: None,
            });
        }
    }
    let mut changed = 0;
    for link in links {
        let before = breaks.iter().find(|one| one.break_key == link.break_key);
        if target(link.difference.map(|one| one.found), before).is_some() {
            let (key, about) = (link.break_key.clone(), About::Balance(link));
            hand_in(gateway, spec, key, about, mirror.evidence).await?;
            changed += 1;
        }
    }
    Ok(changed)
}

async fn hand_in(
    gateway: &Gateway,
    spec: &Arc<MirrorSpec>,
    break_key: String,
    about: About,
    evidence: i64,
) -> Result<(), CompareError> {
    let (scope, subject) = (once(CompareMirror::OPERATION), break_key.clone());
    let command = CompareMirror { scope, spec: Arc::clone(spec), break_key, about, evidence };
    carried_out(gateway, &subject, Arc::new(command)).await.map(|_| ())
}

/// The next references; none at the end.
async fn next(
    rows: &mut mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
) -> Result<Vec<String>, StoreError> {
    let mut part = Vec::with_capacity(AT_A_TIME);
    while part.len() < AT_A_TIME {
        let Some(row) = rows.recv().await else { break };
        part.push(Cells::new(ROWS, row?).text()?);
    }
    Ok(part)
}
