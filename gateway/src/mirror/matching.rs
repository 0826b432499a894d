//! Items of both sides that are the same, found by the database: by their reference first, then by the
//! beginning of one and, where they give none, by amount and days, if only one can be meant.

use std::sync::Arc;

use jiaozi_adapters::mirror::pair::{By, CUT_AT, Pair, sole};
use jiaozi_adapters::mirror::take::Withdraw;
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_ledger::id::ItemId;
use jiaozi_ledger::mirror::item::Item;
use jiaozi_ledger::row::{Cell, Cells, Kind, Row, Table};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::date_to_number;
use jiff::ToSpan as _;
use jiff::civil::Date;
use tokio::sync::mpsc;

use super::{CompareError, carried_out, once};
use crate::gateway::Gateway;

/// Theirs that are open, each with the one of ours of the same reference and amount, in their order.
const SAME_REFERENCE: &str = "with theirs as (
        select id, reference_key, amount_fen,
            row_number() over (partition by reference_key, amount_fen order by date, place, id) as nth
        from mirror_items
        where book = $1 and mirror = $2 and state = 0 and origin = 1 and named = 1
            and statement in (select id from account_statements
                where book = $1 and mirror = $2 and completed_at is not null and replaced_by is null)),
    ours as (
        select id, reference_key, amount_fen,
            row_number() over (partition by reference_key, amount_fen order by state, date, place) as nth
        from mirror_items
        where book = $1 and reference_key in (select reference_key from theirs)
            and mirror = $2 and origin = 0 and state in (0, 2))
    select ours.id, theirs.id from theirs join ours on ours.reference_key = theirs.reference_key
        and ours.amount_fen = theirs.amount_fen and ours.nth = theirs.nth";

/// Theirs that are open and whose reference may be cut short, each with the one of ours of the same amount
/// whose reference begins so, if neither side has another.
const CUT_REFERENCE: &str = "with theirs as (
        select id, reference_key, amount_fen,
            count(*) over (partition by reference_key, amount_fen) as many
        from mirror_items
        where book = $1 and mirror = $2 and state = 0 and origin = 1 and named = 1
            and length(reference_key) = $3
            and statement in (select id from account_statements
                where book = $1 and mirror = $2 and completed_at is not null and replaced_by is null)),
    found as (
        select ours.id as ours, theirs.id as theirs,
            count(*) over (partition by theirs.id) as many
        from theirs join mirror_items ours on ours.book = $1 and ours.mirror = $2 and ours.state = 0
            and ours.amount_fen = theirs.amount_fen and ours.origin = 0
            and length(ours.reference_key) > $3
            and substr(ours.reference_key, 1, cast($3 as integer)) = theirs.reference_key
        where theirs.many = 1)
    select ours, theirs from found where many = 1";

/// What statements that were replaced have left.
const REPLACED: &str = "select i.id from account_statements s
    join mirror_items i on i.book = s.book and i.statement = s.id
    where s.book = $1 and s.mirror = $2 and s.replaced_by is not null and i.state <> 4";

const ROWS: Table = Table { name: "mirror_items", key: &[], columns: &[] };

/// Withdraws the items of statements that were replaced.
///
/// # Errors
/// When the books cannot be read or written.
pub(super) async fn withdraw(
    gateway: &Gateway,
    spec: &Arc<MirrorSpec>,
) -> Result<(), CompareError> {
    let binds = vec![Cell::Int(BOOK), Cell::Text(spec.code.clone())];
    let query = Query { sql: REPLACED.to_owned(), binds, kinds: vec![Kind::Id] };
    let mut rows = gateway.store.engine().stream(query);
    loop {
        let part = next(&mut rows, |cells| cells.id().map(ItemId)).await?;
        if part.is_empty() {
            return Ok(());
        }
        let scope = once(Withdraw::OPERATION);
        let command = Withdraw { scope, spec: Arc::clone(spec), items: part };
        carried_out(gateway, &spec.code, Arc::new(command)).await?;
    }
}

/// Pairs what is the same.
///
/// # Errors
/// When the books cannot be read or written.
pub(super) async fn pair(gateway: &Gateway, spec: &Arc<MirrorSpec>) -> Result<(), CompareError> {
    let cut = i64::try_from(spec.code.len() + 1 + CUT_AT).unwrap_or(i64::MAX);
    for (by, sql, third) in
        [(By::Reference, SAME_REFERENCE, None), (By::CutReference, CUT_REFERENCE, Some(cut))]
    {
        let of = [Cell::Int(BOOK), Cell::Text(spec.code.clone())];
        let binds = of.into_iter().chain(third.map(Cell::Int)).collect();
        let query = Query { sql: sql.to_owned(), binds, kinds: vec![Kind::Id, Kind::Id] };
        let mut rows = gateway.store.engine().stream(query);
        loop {
            let part =
                next(&mut rows, |cells| Ok((cells.id().map(ItemId)?, ItemId(cells.id()?)))).await?;
            if part.is_empty() {
                break;
            }
            hand_in(gateway, spec, by, part).await?;
        }
    }
    by_amount(gateway, spec).await
}

async fn by_amount(gateway: &Gateway, spec: &Arc<MirrorSpec>) -> Result<(), CompareError> {
    let clause = "state = 0 and mirror = $2 and origin = 1 and named = 0 and returned = 0
        and statement in (select id from account_statements
            where book = $1 and mirror = $2 and completed_at is not null and replaced_by is null)
        order by date, place";
    let query = Query::rows::<Item>(clause, vec![Cell::Text(spec.code.clone())]);
    let mut rows = gateway.store.engine().stream(query);
    loop {
        let part = next(&mut rows, Item::from_cells).await?;
        if part.is_empty() {
            return Ok(());
        }
        let mut pairs = Vec::new();
        for theirs in part {
            let ours = open(gateway, spec, &theirs, theirs.date, "origin = 0").await?;
            let [only] = &ours[..] else { continue };
            let rivals =
                open(gateway, spec, &theirs, only.date, "origin = 1 and named = 0").await?;
            let found = sole(&theirs, &ours, &rivals, spec);
            pairs.extend(found.map(|ours| (ours.id, theirs.id)));
        }
        if !pairs.is_empty() {
            hand_in(gateway, spec, By::Amount, pairs).await?;
        }
    }
}

/// Open items with the amount of one, around a day; of more than two only two.
async fn open(
    gateway: &Gateway,
    spec: &MirrorSpec,
    like: &Item,
    around: Date,
    which: &str,
) -> Result<Vec<Item>, StoreError> {
    let days = i64::from(spec.matching.days).days();
    let (from, to) = (around.saturating_sub(days), around.saturating_add(days));
    let clause = format!(
        "state = 0 and mirror = $2 and amount_fen = $3 and date between $4 and $5 and {which} limit 2"
    );
    let number = |date| Cell::Int(date_to_number(date));
    let amount = Cell::Int(like.amount.0);
    let binds = vec![Cell::Text(spec.code.clone()), amount, number(from), number(to)];
    gateway.store.find(&clause, binds).await
}

async fn hand_in(
    gateway: &Gateway,
    spec: &Arc<MirrorSpec>,
    by: By,
    pairs: Vec<(ItemId, ItemId)>,
) -> Result<(), CompareError> {
    let command = Pair { scope: once(Pair::OPERATION), spec: Arc::clone(spec), by, pairs };
    carried_out(gateway, &spec.code, Arc::new(command)).await.map(|_| ())
}

/// The next rows, as many as one command takes; none at the end.
async fn next<T>(
    rows: &mut mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
    read: impl Fn(&mut Cells) -> Result<T, jiaozi_ledger::row::Corrupt>,
) -> Result<Vec<T>, StoreError> {
    let mut part = Vec::new();
    while part.len() < Pair::MOST {
        let Some(row) = rows.recv().await else { break };
        part.push(read(&mut Cells::new(ROWS, row?))?);
    }
    Ok(part)
}
