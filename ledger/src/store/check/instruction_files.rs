//! Compares the files in which partners are told of instructions with what the chain says of them, and with
//! the instructions that name them.

use super::next;
use super::payouts::events;
use crate::instruction::file::{InstructionFile, MADE};
use crate::row::Cell;
use crate::store::engine::Query;
use crate::store::journal::Record;
use crate::store::{BOOK, Store, StoreError};
use serde_json::Value;

/// How much does not agree. The head was at `up_to` when the check began.
pub(super) async fn offenders(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    Ok(store.number(MISNAMED, vec![Cell::Int(BOOK)]).await? + files(store, up_to).await?)
}

/// A file that an instruction names is one to its partner that tells what was told; a reversal is told of
/// what was told, and only while it is under way.
const MISNAMED: &str = "select count(*) from instructions i
    left join instruction_files f on f.book = i.book and f.id = i.file
    left join instruction_files r on r.book = i.book and r.id = i.reversal_file
    where i.book = $1 and (
        (i.file is not null and (f.id is null or f.partner <> i.partner or f.verb <> 0 or f.date <> i.clearing_date))
        or (i.reversal_file is not null and (r.id is null or r.partner <> i.partner or r.verb <> 1
            or i.file is null or i.step <> 2)))";

/// Files that are not what the event says that made them, and either without the other.
async fn files(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    let rows = Query::rows::<InstructionFile>("seq <= $2 order by seq", vec![Cell::Int(up_to)]);
    let mut rows = store.engine().stream(rows);
    let mut events = events(store, &[MADE], up_to);
    let mut wrong = 0;
    loop {
        let (row, event) =
            (next::<InstructionFile>(&mut rows).await?, next::<Record>(&mut events).await?);
        let as_made = match (&row, &event) {
            (None, None) => return Ok(wrong),
            (Some(file), Some(event)) => {
                let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
                event.subject == file.id.0
                    && data == file.told()
                    && file.file_key
                        == InstructionFile::key_of(&file.partner, file.date, file.number)
            }
            _ => false,
        };
        wrong += i64::from(!as_made);
    }
}
