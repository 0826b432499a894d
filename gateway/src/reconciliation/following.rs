//! What becomes of a payment after its break was opened: a late answer, a reversal, a ruling. The feed tells
//! of it, and both sides are judged again, because what was only ours may be only theirs now.

use std::sync::Arc;

use jiaozi_ledger::row::{Cell, Cells, Kind, Table};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};

use super::settling::{SettleError, settle};
use crate::gateway::Gateway;

/// The name of this reader of the feed.
const READER: &str = "reconciliation";

/// How many numbers of the feed are looked at in one run.
const EVENTS_MAX: i64 = 10_000;

/// How far it may be ahead of its cursor when it has found nothing: what lies between is only read again.
const AHEAD_MAX: i64 = 1_000;

/// Payments with a break of which a part of the feed tells.
const CHANGED: &str = "select distinct i.partner, i.reference_key from journal j
    join instructions i on i.book = j.book and i.order_id = j.subject
    join breaks b on b.book = i.book and b.break_key = i.reference_key
    where j.book = $1 and j.seq > $2 and j.seq <= $3 and j.verdict = 0";

const ROWS: Table = Table { name: "journal, instructions and breaks", key: &[], columns: &[] };

/// Judges the breaks again whose payments the feed tells of after `from`, or after its cursor. Says up to
/// which number of the feed it has come, and how many it judged.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn follow(gateway: &Gateway, from: Option<i64>) -> Result<(i64, usize), StoreError> {
    let store = &gateway.store;
    let cursor = store.cursor(READER).await?;
    let from = from.unwrap_or(cursor).max(cursor);
    let to = store.head().await?.seq.min(from.saturating_add(EVENTS_MAX));
    if to <= from {
        return Ok((from, 0));
    }
    let query = Query {
        sql: CHANGED.to_owned(),
        binds: vec![Cell::Int(BOOK), Cell::Int(from), Cell::Int(to)],
        kinds: vec![Kind::Text, Kind::Text],
    };
    let changed = store.engine().read(query).await?;
    let judged = changed.len();
    for row in changed {
        let mut cells = Cells::new(ROWS, row);
        let (partner, reference_key) = (cells.text()?, cells.text()?);
        let Some(biller) = gateway.partners.called(&partner) else { continue };
        match settle(gateway, &Arc::clone(biller), &reference_key).await {
            Ok(()) => {}
            Err(SettleError::Store(error)) => return Err(error),
            // The writer takes nothing for the moment: it is begun again from here.
            Err(SettleError::Failure(error)) => {
                tracing::warn!(partner, %error, "breaks are judged again later");
                return Ok((from, 0));
            }
            // The next file finds it again.
            Err(error) => tracing::error!(partner, %error, "a break is not judged again"),
        }
    }
    if judged > 0 || to.saturating_sub(cursor) >= AHEAD_MAX {
        let (mut unit, _) = store.engine().begin().await?;
        // Another process may have come further meanwhile.
        if unit.cursor(READER).await? < to {
            unit.move_cursor(READER, to).await?;
        }
        unit.commit().await?;
    }
    Ok((to, judged))
}
