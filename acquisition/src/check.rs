//! Invariant I10, as far as people and leads go, and that the reader agrees with the feed. Both can
//! be asked of a live database.

use crate::lead::PaymentState;
use crate::payment::POSTED;
use crate::reader::READER;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::check::Invariant;
use jiaozi_ledger::store::{BOOK, Store, StoreError};

/// Checks I10: every lead names its evidence, a payment in the feed, and is of a person who exists.
///
/// # Errors
/// When the database cannot be read.
pub async fn check(store: &Store) -> Result<Invariant, StoreError> {
    let posted = || vec![Cell::Int(BOOK), Cell::Text(POSTED.to_owned())];
    let state = PaymentState::Cancelled.code();
    let offenders = store.number(WITHOUT_EVIDENCE, posted()).await?
        + store.number(WITHOUT_PERSON, vec![Cell::Int(BOOK)]).await?
        + store.number(WRONG_COUNTS, vec![Cell::Int(BOOK), Cell::Int(state)]).await?
        + offenders_of_reader(store).await?;
    let leads =
        store.number("select count(*) from leads where book = $1", vec![Cell::Int(BOOK)]).await?;
    Ok(Invariant::of(
        "I10",
        "every lead names its evidence, a payment in the feed, and its person, and every payment read is counted once",
        offenders,
        format!("{leads} leads"),
    ))
}

/// Checks that the reader is not ahead of the feed, that every payment up to its cursor is counted
/// once or on record as unread, and that nothing points at a person who was merged into another.
///
/// # Errors
/// When the database cannot be read.
pub async fn check_reader(store: &Store) -> Result<Invariant, StoreError> {
    let offenders = offenders_of_reader(store).await?;
    let cursor = store.cursor(READER).await?;
    Ok(Invariant::of(
        "people",
        "each payment that the reader has passed is counted once, and each payer is one person",
        offenders,
        format!("read to {cursor}"),
    ))
}

async fn offenders_of_reader(store: &Store) -> Result<i64, StoreError> {
    let reader = || vec![Cell::Int(BOOK), Cell::Text(READER.to_owned())];
    let mut with_kind = reader();
    with_kind.push(Cell::Text(POSTED.to_owned()));
    Ok(store.number(AHEAD_OF_FEED, reader()).await?
        + store.number(NOT_COUNTED_ONCE, with_kind).await?
        + store.number(POINTING_AT_MERGED, vec![Cell::Int(BOOK)]).await?)
}

const WITHOUT_EVIDENCE: &str = "select count(*) from leads l where l.book = $1 and not exists (
    select 1 from journal j where j.book = l.book and j.seq = l.seq and j.kind = $2 and j.verdict = 0
        and j.subject = l.order_id)";

const WITHOUT_PERSON: &str = "select count(*) from leads l where l.book = $1 and not exists (
    select 1 from people p where p.book = l.book and p.id = l.person
        and (p.merged_into is null or l.merged_into is not null))";

const WRONG_COUNTS: &str = "select count(*) from leads l left join (
    select lead, count(*) as payments, count(case when state = $2 then 1 end) as cancelled
    from lead_payments where book = $1 group by lead) as y on y.lead = l.id
    where l.book = $1 and l.merged_into is null
        and (l.payments <> coalesce(y.payments, 0) or l.cancelled <> coalesce(y.cancelled, 0)
            or l.payments < 1)";

const AHEAD_OF_FEED: &str = "select count(*) from cursors c join books b on b.book = c.book
    where c.book = $1 and c.reader = $2 and c.seq > b.seq";

const NOT_COUNTED_ONCE: &str = "select abs(
    (select count(*) from journal j join cursors c on c.book = j.book and c.reader = $2 and j.seq <= c.seq
        where j.book = $1 and j.kind = $3 and j.verdict = 0)
    - (select count(*) from lead_payments y join cursors c on c.book = y.book and c.reader = $2 and y.seq <= c.seq
        where y.book = $1)
    - (select count(*) from unread_events u join cursors c on c.book = u.book and c.reader = $2 and u.seq <= c.seq
        where u.book = $1 and u.kind = $3))";

const POINTING_AT_MERGED: &str = "select
    (select count(*) from identities i join people p on p.book = i.book and p.id = i.person
        where i.book = $1 and p.merged_into is not null)
    + (select count(*) from people o join people p on p.book = o.book and p.id = o.merged_into
        where o.book = $1 and p.merged_into is not null)
    + (select count(*) from (select identity_key from identities where book = $1 and kind in (0, 1)
        group by identity_key having count(*) > 1) as shared)";
