//! Compares clearing days with the orders and refunds of their dates, and closed ones with the event that
//! closed them.

use super::next;
use crate::day::{CLOSED, Day};
use crate::decision::Verdict;
use crate::row::Cell;
use crate::store::engine::Query;
use crate::store::journal::Record;
use crate::store::{BOOK, Store, StoreError};
use serde_json::{Map, Value};

/// How many days are missing, do not add up, or are not as they were closed, up to a number in the feed.
pub(super) async fn offenders(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    let offenders = |sql| store.number(sql, vec![Cell::Int(BOOK)]);
    Ok(offenders(WITHOUT_DAY).await?
        + offenders(WRONG_SETTLEMENT).await?
        + offenders(WRONG_SUMS).await?
        + wrong_parts(store).await?
        + not_as_closed(store, up_to).await?)
}

/// What is paid for a partner and not settled to it is what its open days come to.
const WRONG_SETTLEMENT: &str = "select count(*) from (
    select partner, sum(case when closed_at is null
        then paid_fen + discounts_fen - refunded_fen - refunded_discounts_fen + adjusted_fen
        else 0 end) as net_fen
    from days where book = $1 group by partner) as d
    join accounts a on a.book = $1 and a.code = 'partner:' || d.partner || ':settlement'
    where a.posted_fen <> d.net_fen";

/// Every order and refund counts in the day of its clearing date, cancelled orders too: they had opened
/// it.
const WITHOUT_DAY: &str = "select count(*) from (
    select partner, clearing_date from orders where book = $1
    union select partner, counted_on from instructions where book = $1 and counted_on is not null
    union select partner, clearing_date from refunds where book = $1) as dated
    left join days d on d.book = $1 and d.partner = dated.partner and d.date = dated.clearing_date
    where d.id is null";

/// An order counts on its clearing date, or where a system outside was asked for it, on the day in whose
/// run it is settled, if the partner has its money.
const WRONG_SUMS: &str = "select count(*) from days d left join (
    select partner, clearing_date, count(*) as payments, sum(amount_fen) as paid_fen, sum(discount_fen) as discounts_fen,
        sum(fee_fen) as fee_fen
    from (select o.partner, case when i.id is null then o.clearing_date else i.counted_on end as clearing_date,
            o.amount_fen, o.discount_fen, o.fee_fen
        from orders o left join instructions i on i.book = o.book and i.order_id = o.id
        where o.book = $1 and o.state <> 1 and (i.id is null or i.counted_on is not null)) as counted
    group by partner, clearing_date) as o
    on o.partner = d.partner and o.clearing_date = d.date left join (
    select partner, clearing_date, count(*) as refunds, sum(amount_fen + discount_fen - from_settled_fen) as back_fen
    from refunds where book = $1 group by partner, clearing_date) as r
    on r.partner = d.partner and r.clearing_date = d.date
    where d.book = $1 and (d.payments <> coalesce(o.payments, 0) or d.paid_fen <> coalesce(o.paid_fen, 0)
        or d.discounts_fen <> coalesce(o.discounts_fen, 0) or d.refunds <> coalesce(r.refunds, 0)
        or d.refunded_fen + d.refunded_discounts_fen <> coalesce(r.back_fen, 0)
        or d.fee_fen + d.fee_apart_fen > coalesce(o.fee_fen, 0)
        or (d.closed_at is null and (d.fee_fen <> coalesce(o.fee_fen, 0) or d.fee_apart_fen <> 0)))";

/// Days whose items, fee, shares and settlement do not add up to what is to be settled, or whose key is
/// not that of their partner and date.
async fn wrong_parts(store: &Store) -> Result<i64, StoreError> {
    let mut days = store.engine().stream(Query::rows::<Day>("order by id", vec![]));
    let mut wrong = 0;
    while let Some(day) = next::<Day>(&mut days).await? {
        let net = i128::from(day.paid.0) + i128::from(day.discounts.0)
            - i128::from(day.refunded.0)
            - i128::from(day.refunded_discounts.0)
            + i128::from(day.adjusted.0);
        let items: i128 = day.items.values().copied().map(i128::from).sum();
        let shares: i128 = day.shares.values().flatten().map(|(_, fen)| i128::from(fen.0)).sum();
        let settled = i128::from(day.settled.0) + i128::from(day.fee.0) + shares;
        let closed = day.closed_at.is_some();
        let sound = items == net
            && (!closed || settled == net)
            && closed == day.seq.is_some()
            && day.day_key == Day::key_of(&day.partner, day.date);
        wrong += i64::from(!sound);
    }
    Ok(wrong)
}

/// Closed days that are not what the event says that closed them, and either without the other. Both
/// never change, so they are followed side by side in the order of the feed.
async fn not_as_closed(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    let binds =
        vec![Cell::Int(up_to), Cell::Int(Verdict::Done.code()), Cell::Text(CLOSED.to_owned())];
    let clause = "seq <= $2 and verdict = $3 and kind = $4 order by seq";
    let mut events = store.engine().stream(Query::rows::<Record>(clause, binds));
    let days = Query::rows::<Day>("seq <= $2 order by seq", vec![Cell::Int(up_to)]);
    let mut days = store.engine().stream(days);
    let mut wrong = 0;
    let mut waiting: Option<Day> = next(&mut days).await?;
    while let Some(event) = next::<Record>(&mut events).await? {
        let mut met = false;
        while let Some(day) = waiting.take_if(|day| day.seq <= Some(event.seq)) {
            waiting = next(&mut days).await?;
            let as_closed = day.seq == Some(event.seq) && !met && is_told(&day, &event.data);
            met |= day.seq == Some(event.seq);
            wrong += i64::from(!as_closed);
        }
        wrong += i64::from(!met);
    }
    while waiting.is_some() {
        wrong += 1;
        waiting = next(&mut days).await?;
    }
    Ok(wrong)
}

/// Whether an event says all of a day as it is.
fn is_told(day: &Day, data: &str) -> bool {
    let data: Map<String, Value> = serde_json::from_str(data).unwrap_or_default();
    day.told().iter().all(|(name, value)| data.get(name) == Some(value))
}
