//! A clearing date of a biller: everything that does not match, found by the database and settled some at
//! a time.

use std::sync::Arc;

use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::row::{Cell, Cells, Kind, Table};
use jiaozi_ledger::statement::Statement;
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::evidence::{self, current};
use super::settling::{SettleError, settle};
use crate::gateway::Gateway;

/// How many references are settled at a time: their commands share commits.
const AT_A_TIME: usize = 64;

/// Ours of the date that are not done with the same amount on both sides, and not nothing on both.
const OURS: &str = "select i.reference_key from instructions i left join statement_lines l
    on l.book = i.book and l.statement = $4 and l.reference_key = i.reference_key
    where i.book = $1 and i.partner = $2 and i.clearing_date = $3
    and case when i.state = 3 and l.state = 0 and l.amount_fen = i.amount_fen then 0
        when i.state in (4, 5) and coalesce(l.state, 1) <> 0 then 0 else 1 end = 1";

/// Debits under mandates of the date that are not paid with the same amount in their file too.
const WITHHELD: &str = "select o.reference_key from orders o left join statement_lines l
    on l.book = o.book and l.statement = $4 and l.reference_key = o.reference_key
    where o.book = $1 and o.partner = $2 and o.clearing_date = $3 and o.channel = o.partner
    and case when l.state = 0 and l.amount_fen = o.amount_fen then 0 else 1 end = 1";

/// Theirs that are paid and not ours of the date. The reference of a debit under a mandate is the claim.
const THEIRS: &str = "select l.reference_key from statement_lines l left join instructions i
    on i.book = l.book and i.reference_key = l.reference_key
    left join orders o on o.book = l.book and o.reference_key = l.reference_key and o.channel = o.partner
    where l.book = $1 and l.statement = $2 and l.state = 0
    and (i.id is null or i.partner <> $3 or i.clearing_date <> $4)
    and (o.id is null or o.partner <> $3 or o.clearing_date <> $4)";

/// What a file before may have left: breaks that are open, or have moved money.
const LEFT: &str = "select reference_key from breaks
    where book = $1 and partner = $2 and clearing_date = $3 and (resolution is null or moved_fen <> 0)";

/// Those of ours that match.
const MATCHED: &str = "select count(*) from instructions i join statement_lines l
    on l.book = i.book and l.statement = $4 and l.reference_key = i.reference_key
    where i.book = $1 and i.partner = $2 and i.clearing_date = $3
    and i.state = 3 and l.state = 0 and l.amount_fen = i.amount_fen";

/// Debits under mandates that match.
const MATCHED_WITHHELD: &str = "select count(*) from orders o join statement_lines l
    on l.book = o.book and l.statement = $4 and l.reference_key = o.reference_key
    where o.book = $1 and o.partner = $2 and o.clearing_date = $3 and o.channel = o.partner
    and l.state = 0 and l.amount_fen = o.amount_fen";

const ROWS: Table =
    Table { name: "instructions, orders and statement_lines", key: &[], columns: &[] };

/// Compares a clearing date, if its file is there, or a later one is and the biller sends none of an empty
/// day. How many references did not match.
///
/// # Errors
/// The first that could not be settled; all others are.
pub async fn compare(
    gateway: &Gateway,
    biller: &Arc<Biller>,
    date: Date,
) -> Result<u64, SettleError> {
    let partner = &biller.payee.code;
    let empty_day = evidence::empty_day(gateway, partner);
    if !evidence::is_there(&gateway.store, partner, date, empty_day).await? {
        return Ok(0);
    }
    // Of a day without a file no line is there.
    let file = current(&gateway.store, partner, date).await?;
    let file = Cell::Id(file.map_or(Uuid::nil(), |file| file.id.0));
    let of_date = || vec![Cell::Int(BOOK), Cell::Text(partner.clone()), number(date)];
    let ours = [of_date(), vec![file.clone()]].concat();
    let theirs = vec![Cell::Int(BOOK), file, Cell::Text(partner.clone()), number(date)];
    let mut settled = 0;
    let mut queries = vec![(OURS, ours.clone()), (THEIRS, theirs), (LEFT, of_date())];
    if evidence::lists_withheld(gateway, partner) {
        queries.push((WITHHELD, ours));
    }
    for (sql, binds) in queries {
        settled += all(gateway, biller, sql, binds).await?;
    }
    Ok(settled)
}

/// How many payments of a date, debits under mandates included, match the lines of its file.
///
/// # Errors
/// When the database cannot be read.
pub async fn matched(
    gateway: &Gateway,
    partner: &str,
    date: Date,
    file: &Statement,
) -> Result<i64, StoreError> {
    let binds =
        vec![Cell::Int(BOOK), Cell::Text(partner.to_owned()), number(date), Cell::Id(file.id.0)];
    let asked = gateway.store.number(MATCHED, binds.clone()).await?;
    Ok(asked + gateway.store.number(MATCHED_WITHHELD, binds).await?)
}

fn number(date: Date) -> Cell {
    Cell::Int(date_to_number(date))
}

/// Settles every reference of a query.
async fn all(
    gateway: &Gateway,
    biller: &Arc<Biller>,
    sql: &str,
    binds: Vec<Cell>,
) -> Result<u64, SettleError> {
    let query = Query { sql: sql.to_owned(), binds, kinds: vec![Kind::Text] };
    let mut rows = gateway.store.engine().stream(query);
    let (mut settled, mut failed) = (0, None);
    loop {
        let part = next(&mut rows).await?;
        if part.is_empty() {
            return failed.map_or(Ok(settled), Err);
        }
        let mut under_way = JoinSet::new();
        settled += part.len() as u64;
        for reference_key in part {
            let (gateway, biller) = (gateway.clone(), Arc::clone(biller));
            under_way.spawn(async move { settle(&gateway, &biller, &reference_key).await });
        }
        while let Some(ended) = under_way.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                // One that cannot be settled keeps no other from it.
                Ok(Err(error)) => failed = failed.or(Some(error)),
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        }
    }
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
