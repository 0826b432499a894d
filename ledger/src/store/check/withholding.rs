//! Compares lines of batches with their payments, and batches with their lines.

use crate::row::Cell;
use crate::store::{BOOK, Store, StoreError};

/// How many lines and batches do not agree.
pub(super) async fn offenders(store: &Store) -> Result<i64, StoreError> {
    let offenders = |sql| store.number(sql, vec![Cell::Int(BOOK)]);
    Ok(offenders(WRONG_LINES).await? + offenders(TWICE).await? + offenders(WRONG_BATCHES).await?)
}

/// A line has a payment of what was debited, or neither, and says so with its state; it waits for a day, or
/// has ended.
const WRONG_LINES: &str = "select count(*) from batch_lines l
    left join orders o on o.book = l.book and o.id = l.order_id
    left join batches b on b.book = l.book and b.id = l.batch
    where l.book = $1 and (b.id is null or b.partner <> l.partner
        or (l.order_id is null) <> (l.debited_fen = 0)
        or (l.order_id is not null and (o.id is null or o.amount_fen <> l.debited_fen or o.partner <> l.partner))
        or (l.state in (1, 2)) <> (l.debited_fen > 0) or l.debited_fen > l.amount_fen
        or (l.state = 1) <> (l.debited_fen = l.amount_fen)
        or (l.state = 4) <> (l.again_on is not null) or (l.state = 0) <> (l.tries = 0))";

/// No payment is that of two lines.
const TWICE: &str = "select count(*) from (select order_id from batch_lines
    where book = $1 and order_id is not null group by order_id having count(*) > 1) as twice";

/// The counters of a batch are those of its lines, which are all here before the first is presented.
const WRONG_BATCHES: &str = "select count(*) from batches b left join (
    select batch, count(*) as loaded, sum(amount_fen) as sum_fen, sum(debited_fen) as debited_fen,
        sum(case when state <> 0 then 1 else 0 end) as presented,
        sum(case when state = 1 then 1 else 0 end) as done, sum(case when state = 2 then 1 else 0 end) as partial,
        sum(case when state = 3 then 1 else 0 end) as refused, sum(case when state = 4 then 1 else 0 end) as waiting
    from batch_lines where book = $1 group by batch) as l on l.batch = b.id
    where b.book = $1 and (b.loaded <> coalesce(l.loaded, 0) or b.presented <> coalesce(l.presented, 0)
        or b.done <> coalesce(l.done, 0) or b.partial <> coalesce(l.partial, 0)
        or b.refused <> coalesce(l.refused, 0) or b.waiting <> coalesce(l.waiting, 0)
        or b.debited_fen <> coalesce(l.debited_fen, 0)
        or (b.state in (2, 3, 4, 5) and (b.loaded <> b.lines or b.sum_fen <> coalesce(l.sum_fen, 0)))
        or (b.state in (0, 1, 2) and b.presented <> 0) or (b.state in (4, 5) and b.presented <> b.lines))";
