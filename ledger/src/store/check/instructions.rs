//! Compares instructions to partners with their orders and the reservations that they have made.

use crate::row::Cell;
use crate::store::{BOOK, Store, StoreError};

/// How many instructions do not agree with their order or their reservation.
pub(super) async fn offenders(store: &Store) -> Result<i64, StoreError> {
    store.number(DISAGREEING, vec![Cell::Int(BOOK)]).await
}

/// An order stands where its instruction stands, or has given something back since; money is reserved exactly while the instruction waits for
/// its first outcome; nothing is asked of one that has ended; and what was posted once is known by its
/// number.
const DISAGREEING: &str = "select count(*) from instructions i
    left join orders o on o.book = i.book and o.id = i.order_id
    left join holds h on h.book = i.book and h.id = i.hold
    left join draws d on d.book = i.book and d.instruction = i.id
    where i.book = $1 and d.id is null and (o.id is null or h.id is null
        or o.partner <> i.partner or o.amount_fen <> i.amount_fen or h.held_fen <> i.amount_fen
        or o.clearing_date <> i.clearing_date
        or (o.state <> (case i.state when 0 then 4 when 1 then 5 when 2 then 6 when 3 then 0 when 4 then 7 else 8 end)
            and not (i.state = 3 and o.state in (2, 3)))
        or (i.state = 0) <> (h.closed = 0)
        or (i.state > 2 and i.due_at is not null)
        or (i.state = 0 and i.step = 0 and i.due_at is null)
        or (i.state = 3 and i.counted_on is null)
        or (i.counted_on is not null and i.posted_seq is null))";
