//! Mirrored accounts: what happened by our word against our entries, pairs against each other, statements
//! against what they hold, and what reconciliation has booked against its breaks.

use crate::row::Cell;
use crate::store::{BOOK, Store, StoreError};

/// Every entry after the first one that counts is an item as it was posted, and every item of ours an entry.
const WRONG_ENTRIES: &str = "select (select count(*) from mirrors m join entries e
        on e.book = m.book and e.account = m.account and e.nth > m.base_nth and e.nth <= m.taken
    left join mirror_items i on i.book = m.book and i.mirror = m.code and i.place = e.nth
        and i.statement is null
    where m.book = $1 and (i.id is null or i.source <> e.seq
        or i.amount_fen <> case e.side when 0 then e.amount_fen else -e.amount_fen end))
    + (select count(*) from mirror_items i left join mirrors m on m.book = i.book and m.code = i.mirror
    where i.book = $1 and i.statement is null
        and (m.id is null or i.place <= m.base_nth or i.place > m.taken or i.origin = 1))";

const WRONG_BASES: &str = "select count(*) from mirrors m
    left join accounts a on a.book = m.book and a.id = m.account
    left join entries e on e.book = m.book and e.account = m.account and e.nth = m.base_nth
    where m.book = $1 and (a.id is null or m.taken < m.base_nth or m.taken > a.entries
        or m.base_fen <> case a.side when 0 then coalesce(e.balance_after_fen, 0)
            else -coalesce(e.balance_after_fen, 0) end)";

/// Items that are paired are so with each other, on two sides, for the same amount, and by a reference only
/// where theirs is ours, or the first 16 characters of it.
const WRONG_PAIRS: &str = "select count(*) from mirror_items i left join mirror_items p
    on p.book = i.book and p.id = i.pair
    where i.book = $1 and i.pair is not null and (p.id is null or p.pair is null or p.pair <> i.id
        or p.mirror <> i.mirror or p.amount_fen <> i.amount_fen or p.state <> i.state
        or i.origin + p.origin <> 1
        or (i.state = 1 and i.origin = 1 and p.reference_key <> i.reference_key
            and (length(i.reference_key) <> length(i.mirror) + 17
                or substr(p.reference_key, 1, length(i.reference_key)) <> i.reference_key)))";

/// A statement has the items that it says it has, and they are the way from its first balance to its last.
const WRONG_STATEMENTS: &str = "select count(*) from account_statements s left join (
        select statement, count(*) as items,
            sum(case when state = 3 then 0 else amount_fen end) as moved
        from mirror_items where book = $1 and statement is not null group by statement) as i
    on i.statement = s.id
    where s.book = $1 and (s.taken <> coalesce(i.items, 0) or s.taken > s.lines
        or (s.completed_at is not null) <> (s.taken = s.lines)
        or (s.completed_at is not null and s.replaced_by is null and s.opening_fen is not null
            and s.closing_fen - s.opening_fen <> coalesce(i.moved, 0)))";

/// What breaks have booked and moved is what reconciliation has posted on the mirror.
const WRONG_BOOKINGS: &str = "select count(*) from mirrors m left join (
        select partner, sum(booked_fen + moved_fen) as fen from breaks where book = $1 group by partner) as b
    on b.partner = m.code
    left join (select e.account, sum(case e.side when 0 then e.amount_fen else -e.amount_fen end) as fen
        from mirrors n join entries e on e.book = n.book and e.account = n.account and e.nth > n.base_nth
        join journal j on j.book = e.book and j.seq = e.seq and j.operation like 'mirror.%'
        where n.book = $1 group by e.account) as p
    on p.account = m.account
    where m.book = $1 and coalesce(b.fen, 0) <> coalesce(p.fen, 0)";

/// How many of these are not what they should be.
pub(super) async fn offenders(store: &Store) -> Result<i64, StoreError> {
    let all = [WRONG_ENTRIES, WRONG_BASES, WRONG_PAIRS, WRONG_STATEMENTS, WRONG_BOOKINGS];
    let mut offenders = 0;
    for sql in all {
        offenders += store.number(sql, vec![Cell::Int(BOOK)]).await?;
    }
    Ok(offenders)
}
