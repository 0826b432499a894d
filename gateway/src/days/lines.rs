//! A closed day's payments and refunds as lines: those of an order together, in the order in which
//! they were posted. Everything comes from records that no longer change.
//!
//! A refund's row says how much went back in all; how much of which bill is told by the answer that
//! was recorded with it, which holds the order's lines afterwards: what one refund gave back is the
//! difference to the refund before.
//!
//! What a line brought the partner's own account is what is left when second payees have their shares,
//! which are kept with the order. A refund has the shares that it took from second payees by item; the
//! lines of an item bear them by what they gave back. So the own shares of a day, paid less refunded, are
//! what its settlement gave the partner before our fee, less what refunds took from settled money.

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_adapters::spec::day_file::{DayKind, DayLine};
use jiaozi_adapters::spec::share::shares;
use jiaozi_ledger::facts::Fact;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::{Order, OrderLine, OrderState, Refund, Shares};
use jiaozi_ledger::progress::{Pace, Watcher};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::journal::Record;
use jiaozi_ledger::time::date_to_number;
use serde::Deserialize;
use uuid::Uuid;

use super::{Closed, DayError};
use crate::gateway::Gateway;

/// Records read at once.
const PAGE: i64 = 500;

/// What a day consists of.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The lines, in the order of the books.
    pub(super) lines: Vec<DayLine>,
    /// The number of payments.
    pub(super) payments: i64,
    /// What payers paid.
    pub(super) paid: i64,
    /// What budgets paid on top.
    pub(super) discounts: i64,
    /// The number of refunds.
    pub(super) refunds: i64,
    /// What went back to payers and budgets.
    pub(super) given_back: i64,
    /// What of it came from money that was settled before.
    pub(super) from_settled: i64,
    /// The fees of the payments, as they were kept with them.
    pub(super) fees: i64,
    /// What the lines brought the partner's own account, before our fee: paid less refunded.
    pub(super) own: i64,
}

/// Reads a day. Sums that do not fit are held at the ends: they then differ from the day's.
pub(super) async fn of(
    gateway: &Gateway,
    payee: &Payee,
    closed: &Closed,
    watcher: Watcher<'_>,
) -> Result<Content, DayError> {
    let mut pace = Pace::new(watcher);
    pace.expect(closed.day.payments.saturating_add(closed.day.refunds));
    let mut content = Content::default();
    let mut posted: Vec<(i64, Vec<DayLine>)> = Vec::new();
    let mut fees = Vec::new();
    let day = [Cell::Text(payee.code.clone()), Cell::Int(date_to_number(closed.day.date))];
    let mut orders: Vec<Order> = of_day(gateway, &day).await?;
    // A cancel is only possible while the day is open.
    orders.retain(|order| order.state != OrderState::Cancelled);
    for order in orders {
        let fee = order.fee.0;
        content.payments += 1;
        content.paid = content.paid.saturating_add(order.amount.0);
        content.discounts = content.discounts.saturating_add(order.discount.0);
        content.fees = content.fees.saturating_add(fee);
        fees.push(fee);
        posted.push((order.seq, paid(&order)));
        pace.step();
    }
    charge(&mut posted, &fees, closed);
    for refund in of_day::<Refund>(gateway, &day).await? {
        content.refunds += 1;
        let gross = refund.amount.0.saturating_add(refund.discount.0);
        content.given_back = content.given_back.saturating_add(gross);
        content.from_settled = content.from_settled.saturating_add(refund.from_settled.0);
        posted.push((refund.seq, refunded(gateway, payee, closed, &refund).await?));
        pace.step();
    }
    posted.sort_by_key(|(seq, _)| *seq);
    content.lines = posted.into_iter().flat_map(|(_, lines)| lines).collect();
    content.own = content.lines.iter().fold(0, |own: i64, line| match line.kind {
        DayKind::Paid => own.saturating_add(line.own_share_fen),
        DayKind::Refunded => own.saturating_sub(line.own_share_fen),
    });
    Ok(content)
}

/// The orders or refunds of a day, page by page.
async fn of_day<T: Fact>(gateway: &Gateway, day: &[Cell; 2]) -> Result<Vec<T>, DayError> {
    let mut all: Vec<T> = Vec::new();
    loop {
        let after = all.last().map_or(Uuid::nil(), Fact::key);
        let clause = "partner = $2 and clearing_date = $3 and id > $4 order by id limit $5";
        let mut binds = day.to_vec();
        binds.extend([Cell::Id(after), Cell::Int(PAGE)]);
        let page: Vec<T> = gateway.store.find(clause, binds).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn paid(order: &Order) -> Vec<DayLine> {
    let line = |(line, shares): (&OrderLine, Option<&Shares>)| {
        let gross = line.principal.0.saturating_add(line.late_fee.0);
        DayLine {
            kind: DayKind::Paid,
            order: order.id.to_string(),
            import_id: line.import_id.clone(),
            community: order.site.clone(),
            house: order.house.clone(),
            item: line.item.clone(),
            period: line.period.clone(),
            principal_fen: line.principal.0.saturating_sub(line.discount.0),
            late_fee_fen: line.late_fee.0,
            discount_fen: line.discount.0,
            own_share_fen: gross.saturating_sub(shares.map_or(0, sum)),
            fee_fen: 0,
            paid_at: order.at.timestamp(),
            clearing_date: order.clearing_date,
            channel: order.channel.clone(),
        }
    };
    order.divided().map(line).collect()
}

fn sum(shares: &Shares) -> i64 {
    shares.values().fold(0, |sum, fen| sum.saturating_add(fen.0))
}

/// Takes from each refunded line what second payees bore of it: that of an item by what its lines gave
/// back.
fn bear(lines: &mut [DayLine], refund: &Refund) {
    for (item, borne) in &refund.shares {
        let mut of_item: Vec<&mut DayLine> =
            lines.iter_mut().filter(|line| line.item == *item).collect();
        let weights: Vec<i64> = of_item.iter().map(|line| line.own_share_fen).collect();
        // An item that bears something has a line that gave something back.
        let parts = shares(sum(borne), &weights).unwrap_or_default();
        for (line, part) in of_item.iter_mut().zip(parts) {
            line.own_share_fen = line.own_share_fen.saturating_sub(part);
        }
    }
}

/// Puts the fee of each payment on its lines, by what they brought. Where a part of the day's fee was
/// waived, the payments bear it in proportion.
fn charge(posted: &mut [(i64, Vec<DayLine>)], fees: &[i64], closed: &Closed) {
    let waived = closed.fee_waived > Fen::ZERO;
    let charged = if waived { shares(closed.day.fee.0, fees) } else { None };
    let fees = charged.as_deref().unwrap_or(fees);
    for ((_, lines), fee) in posted.iter_mut().zip(fees) {
        let amount = |line: &DayLine| line.principal_fen.saturating_add(line.late_fee_fen);
        let weights: Vec<i64> = lines.iter().map(amount).collect();
        // All weights are nothing only where the payer paid nothing, and then there is no fee.
        let parts = shares(*fee, &weights).unwrap_or_default();
        for (line, part) in lines.iter_mut().zip(parts) {
            line.fee_fen = part;
        }
    }
}

/// An order's lines as they were recorded after a refund.
#[derive(Deserialize)]
struct Afterwards {
    lines: Vec<OrderLine>,
}

async fn refunded(
    gateway: &Gateway,
    payee: &Payee,
    closed: &Closed,
    refund: &Refund,
) -> Result<Vec<DayLine>, DayError> {
    let unreadable = |what: String| DayError::Unreadable {
        partner: payee.code.clone(),
        date: closed.day.date,
        what,
    };
    let order: Option<Order> =
        gateway.store.first("id = $2", vec![Cell::Id(refund.order.0)]).await?;
    let order = order.ok_or_else(|| unreadable(format!("order {} is missing", refund.order)))?;
    let after = afterwards(gateway, refund.seq).await?;
    let after = after.ok_or_else(|| unreadable(format!("record {}", refund.seq)))?;
    let before = match earlier(gateway, refund.order, refund.seq).await? {
        None => Vec::new(),
        Some(seq) => {
            afterwards(gateway, seq).await?.ok_or_else(|| unreadable(format!("record {seq}")))?
        }
    };
    let mut lines = Vec::new();
    let (mut to_payer, mut to_budget) = (0i64, 0i64);
    for (nth, line) in after.iter().enumerate() {
        let back = |of: fn(&OrderLine) -> Fen| {
            of(line).0.saturating_sub(before.get(nth).map_or(0, |line| of(line).0))
        };
        let discount = back(|line| line.refunded_discount);
        let principal = back(|line| line.refunded_principal).saturating_sub(discount);
        let late_fee = back(|line| line.refunded_late_fee);
        if (principal, late_fee, discount) == (0, 0, 0) {
            continue;
        }
        to_payer = to_payer.saturating_add(principal).saturating_add(late_fee);
        to_budget = to_budget.saturating_add(discount);
        let gross = principal.saturating_add(late_fee).saturating_add(discount);
        lines.push(DayLine {
            kind: DayKind::Refunded,
            order: order.id.to_string(),
            import_id: line.import_id.clone(),
            community: order.site.clone(),
            house: order.house.clone(),
            item: line.item.clone(),
            period: line.period.clone(),
            principal_fen: principal,
            late_fee_fen: late_fee,
            discount_fen: discount,
            own_share_fen: gross,
            fee_fen: 0,
            paid_at: refund.at.timestamp(),
            clearing_date: refund.clearing_date,
            channel: order.channel.clone(),
        });
    }
    bear(&mut lines, refund);
    if (to_payer, to_budget) == (refund.amount.0, refund.discount.0) {
        Ok(lines)
    } else {
        Err(unreadable(format!("refund {} is not the sum of its lines", refund.id)))
    }
}

async fn afterwards(gateway: &Gateway, seq: i64) -> Result<Option<Vec<OrderLine>>, DayError> {
    let record: Option<Record> = gateway.store.first("seq = $2", vec![Cell::Int(seq)]).await?;
    let answer = record.and_then(|record| {
        let answer: Option<Afterwards> = serde_json::from_slice(&record.answer).ok();
        answer
    });
    Ok(answer.map(|answer| answer.lines))
}

/// The number of the refund of an order before another.
async fn earlier(gateway: &Gateway, order: OrderId, seq: i64) -> Result<Option<i64>, DayError> {
    let clause = "order_id = $2 and seq < $3 order by seq desc";
    let binds = vec![Cell::Id(order.0), Cell::Int(seq)];
    let refund: Option<Refund> = gateway.store.first(clause, binds).await?;
    Ok(refund.map(|refund| refund.seq))
}
