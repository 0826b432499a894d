//! Compares draws on the core with their instructions, their payments and the postings that they have made.

use crate::row::Cell;
use crate::store::{BOOK, Store, StoreError};

/// How many draws, and accounts that the core's money passes through, are not what they should be.
/// Those of the feed up to a number are all there, and none that is not in it.
pub(super) async fn offenders(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    let mut wrong = 0;
    for sql in [DISAGREEING, LEFT_BEHIND, NOT_CLEARED] {
        wrong += store.number(sql, vec![Cell::Int(BOOK)]).await?;
    }
    for sql in [LOST, NEVER_ASKED] {
        wrong += store.number(sql, vec![Cell::Int(BOOK), Cell::Int(up_to)]).await?;
    }
    Ok(wrong)
}

/// What the feed says that the core was asked for, and no draw is there.
const LOST: &str = "select count(*) from journal j
    left join draws d on d.book = j.book and d.order_id = j.subject and d.seq = j.seq
    where j.book = $1 and j.seq <= $2 and j.kind = 'draw.asked' and d.id is null";

/// A draw of which the feed does not tell.
const NEVER_ASKED: &str = "select count(*) from draws d
    left join journal j on j.book = d.book and j.seq = d.seq and j.kind = 'draw.asked'
    where d.book = $1 and d.seq <= $2 and j.seq is null";

/// A draw stands where its instruction and its payment allow it, and nothing is reserved for it.
const DISAGREEING: &str = "select count(*) from draws d
    left join instructions i on i.book = d.book and i.id = d.instruction
    left join orders o on o.book = d.book and o.id = d.order_id
    left join accounts a on a.book = d.book and a.id = d.account
    where d.book = $1 and (i.id is null or a.id is null or a.code not like 'customer:%'
        or i.order_id <> d.id or i.partner <> d.core or i.amount_fen <> d.amount_fen
        or i.clearing_date <> d.clearing_date
        or (d.state = 0 and i.state not in (0, 1, 2)) or (d.state in (1, 2) and i.state <> 3)
        or (d.state = 3 and i.state not in (1, 2, 3)) or (d.state = 4 and i.state not in (3, 4, 5))
        or (d.state = 5 and i.state not in (4, 5))
        or (i.state > 2 and i.due_at is not null)
        or (d.state = 2 and (o.id is null or o.payer <> d.account or o.amount_fen <> d.amount_fen
            or o.partner <> d.payee or o.channel <> d.channel or o.state in (2, 3)))
        or (d.state in (0, 1, 5) and o.id is not null)
        or (d.state in (3, 4) and o.id is not null and o.state not in (1, 7, 8)))";

/// What passes through an account of a customer is what is drawn and not spent yet, or was given back by
/// the scene and is not on its way to the core yet. When all draws have ended, that is nothing.
const LEFT_BEHIND: &str = "select count(*) from accounts a left join (
        select d.account as account, sum(d.amount_fen) as fen from draws d
        left join orders o on o.book = d.book and o.id = d.order_id
        where d.book = $1 and (d.state = 1 or (d.state = 2 and o.state in (1, 4, 7, 8)))
        group by d.account) as s on s.account = a.id
    where a.book = $1 and a.code like 'customer:%' and a.posted_fen <> coalesce(s.fen, 0)";

/// What the core has given is a debit of its clearing account, and what it has again a credit.
const NOT_CLEARED: &str = "select count(*) from draws d
    left join accounts a on a.book = d.book and a.code = 'core:clearing'
    left join entries g on g.book = d.book and g.account = a.id and g.seq = d.drawn_seq
        and g.side = 0 and g.amount_fen = d.amount_fen
    left join entries r on r.book = d.book and r.account = a.id and r.seq = d.returned_seq
        and r.side = 1 and r.amount_fen = d.amount_fen
    where d.book = $1 and (
        (case when d.state in (1, 2, 3, 4) then 1 else 0 end) <> (case when d.drawn_seq is null then 0 else 1 end)
        or (case when d.state = 4 then 1 else 0 end) <> (case when d.returned_seq is null then 0 else 1 end)
        or (d.drawn_seq is not null and g.seq is null) or (d.returned_seq is not null and r.seq is null))";
