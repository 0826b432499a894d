//! Reading and writing whole records inside a transaction: one statement a table, never one a row.

use jiaozi_ledger::row::{Cell, Row};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::engine::{Unit, records};
use uuid::Uuid;

/// The records of a table whose column has one of these values, all of one kind.
pub(crate) async fn select<T: Row>(
    unit: &mut dyn Unit,
    column: &str,
    values: Vec<Cell>,
) -> Result<Vec<T>, StoreError> {
    // With nothing to look for the engine could not tell of which kind it is.
    if values.is_empty() {
        return Ok(Vec::new());
    }
    records(unit.select_in(&T::TABLE, column, values).await?)
}

/// Writes new records.
pub(crate) async fn insert<T: Row>(unit: &mut dyn Unit, rows: &[T]) -> Result<(), StoreError> {
    write(unit, rows, false).await
}

/// Writes records; those whose key is there take the columns that may change.
pub(crate) async fn replace<T: Row>(unit: &mut dyn Unit, rows: &[T]) -> Result<(), StoreError> {
    write(unit, rows, true).await
}

async fn write<T: Row>(unit: &mut dyn Unit, rows: &[T], replace: bool) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    unit.write(&T::TABLE, rows.iter().map(Row::cells).collect(), replace).await
}

/// A cell of bytes or nothing.
pub(crate) fn maybe_bytes(value: Option<&[u8]>) -> Cell {
    value.map_or(Cell::Null, |bytes| Cell::Bytes(bytes.to_vec()))
}

/// A cell of an identifier or nothing.
pub(crate) fn maybe_id(value: Option<impl Into<Uuid>>) -> Cell {
    value.map_or(Cell::Null, |id| Cell::Id(id.into()))
}

/// Identifiers as cells.
pub(crate) fn ids<T: Into<Uuid>>(values: impl IntoIterator<Item = T>) -> Vec<Cell> {
    values.into_iter().map(|id| Cell::Id(id.into())).collect()
}

/// Texts as cells.
pub(crate) fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Cell> {
    values.into_iter().map(|text| Cell::Text(text.to_owned())).collect()
}
