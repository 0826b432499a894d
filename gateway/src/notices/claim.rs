//! Whose turn it is, which process has it, and what came of it.
//!
//! A claim moves a notice's next attempt to the claim's end, and that instant is its mark: whoever
//! claims the notice again, after a process that hangs or has died, moves it further. So a failure
//! counts only for the claim under which it was tried, however late it is told. A success is a fact
//! whoever tells it and when, and nothing is written over it.

use jiaozi_ledger::row::{Cell, Kind};
use jiaozi_ledger::store::engine::{Query, Unit};
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::Instant;

use super::{Notice, NoticeState};

/// The partners for which notices wait: one search of the index for each of them.
const WAITING: &str = "with recursive waiting (partner) as (
        select min(partner) from notices where book = $1 and state = 0
        union all
        select (select min(n.partner) from notices n
            where n.book = $1 and n.state = 0 and n.partner > waiting.partner)
        from waiting where waiting.partner is not null)
    select partner from waiting where partner is not null";

/// A partner's notices whose turn it is: of each resource only the oldest that still waits.
const DUE: &str = "partner = $2 and state = 0 and next_at <= $3 and not exists (
    select 1 from notices e where e.book = notices.book and e.partner = notices.partner
        and e.subject = notices.subject and e.seq < notices.seq and e.state = 0)
    order by next_at, seq limit $4";

const CLAIM: &str = "update notices set next_at = $4
    where book = $1 and id = $2 and state = 0 and next_at = $3";

const HEARD: &str = "update notices set attempts = attempts + 1, state = 1, outcome = 'delivered'
    where book = $1 and id = $2 and state <> 1";

const FAILED: &str =
    "update notices set attempts = attempts + 1, next_at = $4, state = $5, outcome = $6
    where book = $1 and id = $2 and state = 0 and next_at = $3";

/// The partners for which notices wait, due or not.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting(store: &Store) -> Result<Vec<String>, StoreError> {
    let query =
        Query { sql: WAITING.to_owned(), binds: vec![Cell::Int(BOOK)], kinds: vec![Kind::Text] };
    let rows = store.engine().read(query).await?;
    let partners = rows.into_iter().flatten().filter_map(|cell| match cell {
        Cell::Text(partner) => Some(partner),
        _ => None,
    });
    Ok(partners.collect())
}

/// The notices of a partner whose turn it is, at most `limit`. A notice whose turn it is keeps it until
/// someone claims it: what is older of its resource is done with for ever.
///
/// # Errors
/// When the database cannot be read.
pub async fn due(
    store: &Store,
    partner: &str,
    now: Instant,
    limit: usize,
) -> Result<Vec<Notice>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    store.find(DUE, vec![Cell::Text(partner.to_owned()), Cell::Int(now.0), Cell::Int(limit)]).await
}

/// Claims a notice as it was read. Gives it back with the claim's mark, unless another process was
/// quicker.
///
/// # Errors
/// When the database cannot be written.
pub async fn claim(
    unit: &mut dyn Unit,
    notice: Notice,
    until: Instant,
) -> Result<Option<Notice>, StoreError> {
    let binds = vec![
        Cell::Int(BOOK),
        Cell::Text(notice.id.clone()),
        Cell::Int(notice.next_at.0),
        Cell::Int(until.0),
    ];
    let claimed = unit.execute(CLAIM.to_owned(), binds).await? == 1;
    Ok(claimed.then_some(Notice { next_at: until, ..notice }))
}

/// The partner has heard a notice.
///
/// # Errors
/// When the database cannot be written.
pub async fn heard(unit: &mut dyn Unit, notice: &Notice) -> Result<(), StoreError> {
    let binds = vec![Cell::Int(BOOK), Cell::Text(notice.id.clone())];
    unit.execute(HEARD.to_owned(), binds).await?;
    Ok(())
}

/// An attempt under a claim has failed: the notice waits for another, or is given up.
///
/// # Errors
/// When the database cannot be written.
pub async fn failed(
    unit: &mut dyn Unit,
    notice: &Notice,
    next_at: Instant,
    state: NoticeState,
    outcome: &str,
) -> Result<(), StoreError> {
    let binds = vec![
        Cell::Int(BOOK),
        Cell::Text(notice.id.clone()),
        Cell::Int(notice.next_at.0),
        Cell::Int(next_at.0),
        Cell::Int(state.code()),
        Cell::Text(outcome.to_owned()),
    ];
    unit.execute(FAILED.to_owned(), binds).await?;
    Ok(())
}
