//! Batches, read.

use jiaozi_ledger::id::BatchId;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::time::date_to_number;
use jiaozi_ledger::withholding::{Batch, BatchLine, LineState};
use jiff::civil::Date;
use uuid::Uuid;

use crate::gateway::Gateway;

/// A batch of a partner.
///
/// # Errors
/// When the database cannot be read.
pub async fn by_id(
    gateway: &Gateway,
    partner: &str,
    id: BatchId,
) -> Result<Option<Batch>, StoreError> {
    let binds = vec![Cell::Id(id.0), Cell::Text(partner.to_owned())];
    gateway.store.first("id = $2 and partner = $3", binds).await
}

/// The batches of a partner after an identifier, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_partner(
    gateway: &Gateway,
    partner: &str,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Batch>, StoreError> {
    let clause = "partner = $2 and id > $3 order by id limit $4";
    let binds = vec![Cell::Text(partner.to_owned()), Cell::Id(after), Cell::Int(limit)];
    gateway.store.find(clause, binds).await
}

/// The batches of a partner that are to be run on a day, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn due(gateway: &Gateway, partner: &str, today: Date) -> Result<Vec<Batch>, StoreError> {
    let clause = "state in (2, 3) and partner = $2 and run_on <= $3 order by id";
    let binds = vec![Cell::Text(partner.to_owned()), Cell::Int(date_to_number(today))];
    gateway.store.find(clause, binds).await
}

/// Lines of a batch after a line that were not presented yet, in the order of the file.
///
/// # Errors
/// When the database cannot be read.
pub async fn new_lines(
    gateway: &Gateway,
    batch: BatchId,
    after: i64,
    limit: i64,
) -> Result<Vec<BatchLine>, StoreError> {
    let clause = "batch = $2 and line > $3 and state = $4 order by line limit $5";
    let new = Cell::Int(LineState::New.code());
    let binds = vec![Cell::Id(batch.0), Cell::Int(after), new, Cell::Int(limit)];
    gateway.store.find(clause, binds).await
}

/// Lines of a partner that are to be presented again on a day.
///
/// # Errors
/// When the database cannot be read.
pub async fn due_again(
    gateway: &Gateway,
    partner: &str,
    today: Date,
    limit: i64,
) -> Result<Vec<BatchLine>, StoreError> {
    let clause =
        "partner = $2 and again_on is not null and again_on <= $3 order by again_on, id limit $4";
    let binds =
        vec![Cell::Text(partner.to_owned()), Cell::Int(date_to_number(today)), Cell::Int(limit)];
    gateway.store.find(clause, binds).await
}
