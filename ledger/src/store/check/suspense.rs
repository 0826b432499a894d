//! What is in suspense against the open items that it is for: unknown outcomes and breaks. What is left
//! over is nobody's, and unexplained as a whole.

use crate::row::Cell;
use crate::store::{BOOK, Store, StoreError};

/// By account of a partner: what is posted there, and what its open items say. Of the core's money only
/// what goes back is there.
const TIED: &str = "select a.code as code, a.posted_fen as posted, coalesce(i.fen, 0) as items
    from accounts a left join (
        select partner, sum(fen) as fen from (
            select i.partner as partner, i.amount_fen as fen from instructions i
            left join draws d on d.book = i.book and d.instruction = i.id
            where i.book = $1 and i.state in (1, 2) and d.id is null
            union all select core, amount_fen from draws where book = $1 and state = 3) as items
        group by partner) as i
    on a.code = 'suspense:unknown:' || i.partner
    where a.book = $1 and a.code like 'suspense:unknown:%'
    union all select a.code, a.posted_fen, coalesce(b.fen, 0) from accounts a left join (
        select partner, sum(booked_fen) as fen from breaks where book = $1 group by partner) as b
    on a.code = 'suspense:unexplained:' || b.partner
    where a.book = $1 and a.code like 'suspense:unexplained:%'";

/// What reconciliation has added to partners' days is what breaks have not, by partner. Mirrored accounts
/// have no days.
const WRONG_ADJUSTMENTS: &str = "select count(*) from (
    select partner, sum(fen) as fen from (
        select partner, adjusted_fen as fen from days where book = $1
        union all select partner, booked_fen + moved_fen from breaks where book = $1
            and partner not in (select code from mirrors where book = $1)) as both_sides
    group by partner) as sums where fen <> 0";

const WRONG_STATEMENTS: &str = "select count(*) from statements
    where book = $1 and (taken > lines or (completed_at is not null) <> (taken = lines))";

/// What no open item explains: breaks, unknown outcomes and those that the books did not take, contested payouts, what the core must take back
/// and says that it gave, and the rest of suspense. What is an open break already is not counted twice.
const ITEMS: &str = "select cast(
    (select coalesce(sum(gap_fen), 0) from breaks where book = $1 and resolution is null)
    + (select coalesce(sum(amount_fen), 0) from instructions
        where book = $1 and (state in (1, 2) or (state = 0 and step = 3)))
    + (select coalesce(sum(amount_fen), 0) from payouts where book = $1 and contested is not null)
    + (select coalesce(sum(d.amount_fen), 0) from draws d
        join instructions i on i.book = d.book and i.id = d.instruction
        where d.book = $1 and d.state = 3 and i.state not in (1, 2) and not exists (
            select 1 from breaks b where b.book = d.book and b.reference_key = i.reference_key
            and b.resolution is null and b.gap_fen > 0))
    as bigint)";

const UNTIED: &str = "select cast(coalesce(sum(abs(posted_fen)), 0) as bigint) from accounts
    where book = $1 and code in ('suspense:unknown', 'suspense:unexplained')";

/// How many accounts of suspense, partners' days and files are not what their items say.
pub(super) async fn offenders(store: &Store) -> Result<i64, StoreError> {
    let number = |sql: String| async move { store.number(&sql, vec![Cell::Int(BOOK)]).await };
    let untied = format!("select count(*) from ({TIED}) as tied where posted <> items");
    Ok(number(untied).await?
        + number(WRONG_ADJUSTMENTS.to_owned()).await?
        + number(WRONG_STATEMENTS.to_owned()).await?)
}

/// The absolute amounts of all that is unexplained, in fen: open breaks, unknown outcomes, contested payouts, and what is in
/// suspense for nothing of these.
///
/// # Errors
/// When the database cannot be read.
pub async fn unexplained(store: &Store) -> Result<i64, StoreError> {
    let number = |sql: String| async move { store.number(&sql, vec![Cell::Int(BOOK)]).await };
    let rest = format!(
        "select cast(coalesce(sum(abs(posted - items)), 0) as bigint) from ({TIED}) as tied"
    );
    let sums =
        [number(ITEMS.to_owned()).await?, number(UNTIED.to_owned()).await?, number(rest).await?];
    Ok(sums.into_iter().fold(0, i64::saturating_add))
}
