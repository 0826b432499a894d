//! Follows orders with their refunds, and compares bills with them.

use super::next;
use crate::bill::Bill;
use crate::order::{Order, OrderLine, OrderState, Refund, Shares};
use crate::progress::Pace;
use crate::row::{Cell, Row};
use crate::store::engine::Query;
use crate::store::{BOOK, Store, StoreError};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// How many bills are compared at a time: each takes some tens of bytes of memory.
const BILLS_AT_A_TIME: i64 = 1_000_000;

/// How often those that disagree are looked at again.
const LOOKS_AGAIN: u32 = 3;

/// More than these were not all changed during one look, and are not counted further: some tens of
/// megabytes.
const SUSPECTS_MAX: usize = 1_000_000;

/// An odd number whose bits are as good as random: 2^128 divided by the golden ratio.
const MIX: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;

/// How many orders, refunds and bills do not agree.
pub(super) async fn offenders(store: &Store, pace: &mut Pace<'_>) -> Result<i64, StoreError> {
    Ok(wrong_orders(store, pace).await? + wrong_bills(store).await?)
}

fn all<T: Row>(order: &str) -> Query {
    Query::rows::<T>(&format!("order by {order}"), vec![])
}

/// Two streams do not see one moment: on a live database they may disagree on what changes between them.
/// What disagreed is looked at again, a few times; what was changed from outside disagrees every time.
async fn persistent<Look, Looking>(
    mut suspects: HashSet<Uuid>,
    look: Look,
) -> Result<i64, StoreError>
where
    Look: Fn(Arc<HashSet<Uuid>>) -> Looking,
    Looking: Future<Output = Result<HashSet<Uuid>, StoreError>>,
{
    for _ in 0..LOOKS_AGAIN {
        if suspects.is_empty() || suspects.len() > SUSPECTS_MAX {
            break;
        }
        suspects = look(Arc::new(suspects)).await?;
    }
    Ok(suspects.len() as i64)
}

/// Orders whose lines, refunds and sums do not agree, and refunds of orders that are not there.
async fn wrong_orders(store: &Store, pace: &mut Pace<'_>) -> Result<i64, StoreError> {
    let first = disagreeing_orders(store, |_| true, Some(pace)).await?;
    let again = |suspects: Arc<HashSet<Uuid>>| {
        disagreeing_orders(store, move |order| suspects.contains(&order), None)
    };
    persistent(first, again).await
}

async fn disagreeing_orders(
    store: &Store,
    mine: impl Fn(Uuid) -> bool,
    mut pace: Option<&mut Pace<'_>>,
) -> Result<HashSet<Uuid>, StoreError> {
    let mut orders = store.engine().stream(all::<Order>("id"));
    let mut refunds = store.engine().stream(all::<Refund>("order_id"));
    let mut wrong = HashSet::new();
    let mut refund: Option<Refund> = next(&mut refunds).await?;
    while let Some(order) = next::<Order>(&mut orders).await? {
        let (mut to_payer, mut to_budget) = (0, 0);
        while let Some(one) = refund.take_if(|refund| refund.order <= order.id) {
            refund = next(&mut refunds).await?;
            if one.order == order.id {
                to_payer += i128::from(one.amount.0);
                to_budget += i128::from(one.discount.0);
            } else {
                wrong.insert(one.order.0);
            }
        }
        if mine(order.id.0) && !agrees(&order, to_payer, to_budget) {
            wrong.insert(order.id.0);
        }
        if wrong.len() > SUSPECTS_MAX {
            return Ok(wrong);
        }
        if let Some(pace) = &mut pace {
            pace.step();
        }
    }
    while let Some(one) = refund {
        wrong.insert(one.order.0);
        refund = next(&mut refunds).await?;
    }
    wrong.retain(|order| mine(*order));
    Ok(wrong)
}

fn sum(lines: &[OrderLine], of: impl Fn(&OrderLine) -> [i64; 3]) -> i128 {
    lines.iter().flat_map(of).map(i128::from).sum()
}

/// Whether the parts of an order add up: what its lines charge is what payer and budget paid, and what
/// its lines gave back is what its refunds gave.
fn agrees(order: &Order, to_payer: i128, to_budget: i128) -> bool {
    let (lines, amount) = (&order.lines, i128::from(order.amount.0));
    let charged = sum(lines, |line| [line.principal.0, line.late_fee.0, -line.discount.0]);
    let discount = sum(lines, |line| [line.discount.0, 0, 0]);
    let back = sum(lines, |line| {
        [line.refunded_principal.0, line.refunded_late_fee.0, -line.refunded_discount.0]
    });
    let discount_back = sum(lines, |line| [line.refunded_discount.0, 0, 0]);
    let divided = order.shares.len() <= lines.len()
        && order.divided().all(|(line, shares)| {
            let gross = i128::from(line.principal.0) + i128::from(line.late_fee.0);
            let mut shares = shares.into_iter().flat_map(Shares::values);
            let sum =
                shares.try_fold(0, |sum, fen| fen.is_positive().then(|| sum + i128::from(fen.0)));
            sum.is_some_and(|sum| sum <= gross)
        });
    let within = lines.iter().all(|line| {
        (0..=line.principal.0).contains(&line.refunded_principal.0)
            && (0..=line.late_fee.0).contains(&line.refunded_late_fee.0)
            && (0..=line.discount.0).contains(&line.refunded_discount.0)
            && line.discount <= line.principal
    });
    // Orders of scenes without bills have no lines.
    let of_lines = lines.is_empty()
        || (within && charged == amount && discount == i128::from(order.discount.0));
    let refunded = i128::from(order.refunded.0);
    let given_back = match order.state {
        // A cancel takes the whole payment back without a refund.
        OrderState::Cancelled => to_payer == 0 && to_budget == 0,
        OrderState::Paid
        | OrderState::Accepted
        | OrderState::Unknown
        | OrderState::Reversing
        | OrderState::Refused
        | OrderState::Reversed => refunded == 0 && to_payer == 0 && to_budget == 0,
        OrderState::PartRefunded | OrderState::Refunded => {
            refunded == to_payer
                && (lines.is_empty() || (back == to_payer && discount_back == to_budget))
        }
    };
    let cancelled = (order.state == OrderState::Cancelled) == order.cancel_seq.is_some();
    of_lines && divided && cancelled && given_back && refunded >= 0 && refunded <= amount
}

/// Bills of which another part is paid than their orders have settled.
async fn wrong_bills(store: &Store) -> Result<i64, StoreError> {
    let bills =
        store.number("select count(*) from bills where book = $1", vec![Cell::Int(BOOK)]).await?;
    let passes = u128::from((bills / BILLS_AT_A_TIME + 1).unsigned_abs());
    let mut wrong = 0;
    for pass in 0..passes {
        // Identifiers of one batch share most of their bits: they are mixed first.
        let mine = move |bill: Uuid| (bill.as_u128().wrapping_mul(MIX) >> 64) % passes == pass;
        let first = disagreeing_bills(store, mine).await?;
        let again = |suspects: Arc<HashSet<Uuid>>| {
            disagreeing_bills(store, move |bill| mine(bill) && suspects.contains(&bill))
        };
        wrong += persistent(first, again).await?;
    }
    Ok(wrong)
}

async fn disagreeing_bills(
    store: &Store,
    mine: impl Fn(Uuid) -> bool,
) -> Result<HashSet<Uuid>, StoreError> {
    let mut paid: HashMap<Uuid, i128> = HashMap::new();
    let mut orders = store.engine().stream(all::<Order>("id"));
    while let Some(order) = next::<Order>(&mut orders).await? {
        let counts = order.state != OrderState::Cancelled;
        for line in order.lines.iter().filter(|line| counts && mine(line.bill.0)) {
            *paid.entry(line.bill.0).or_default() +=
                i128::from(line.principal.0) - i128::from(line.refunded_principal.0);
        }
    }
    let mut wrong = HashSet::new();
    let mut bills = store.engine().stream(all::<Bill>("id"));
    while let Some(bill) = next::<Bill>(&mut bills).await? {
        if mine(bill.id.0) {
            let settled = paid.remove(&bill.id.0).unwrap_or(0);
            if settled != i128::from(bill.paid.0) {
                wrong.insert(bill.id.0);
            }
        }
    }
    // What is left was paid for bills that are not there.
    wrong.extend(paid.into_iter().filter(|(_, settled)| *settled != 0).map(|(bill, _)| bill));
    Ok(wrong)
}
