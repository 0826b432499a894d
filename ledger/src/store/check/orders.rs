//! Follows orders with their refunds, and compares bills and days with them.

use super::next;
use crate::bill::Bill;
use crate::day::Day;
use crate::order::{Order, OrderLine, OrderState, Refund, Shares};
use crate::progress::Pace;
use crate::row::{Cell, Row};
use crate::store::engine::Query;
use crate::store::{BOOK, Store, StoreError};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// How many bills are compared at a time: each takes some tens of bytes of memory.
const BILLS_AT_A_TIME: i64 = 1_000_000;

/// An odd number whose bits are as good as random: 2^128 divided by the golden ratio.
const MIX: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;

static NO_SHARES: Shares = Shares::new();

/// How many orders, refunds, bills and days do not agree.
pub(super) async fn offenders(store: &Store, pace: &mut Pace<'_>) -> Result<i64, StoreError> {
    let mut shared = Shared::default();
    // The days come first: what is closed when they are read is not changed by whoever pays meanwhile.
    let wrong_days = wrong_days(store, &mut shared).await?;
    let wrong_orders = wrong_orders(store, &mut shared, pace).await?;
    Ok(wrong_days + wrong_orders + shared.wrong() + wrong_bills(store).await?)
}

/// What second payees got of closed days, by day, item and payee, less what the days' orders and refunds
/// say that they got.
#[derive(Default)]
struct Shared(HashMap<String, BTreeMap<(String, String), i128>>);

impl Shared {
    fn expect(&mut self, day: &Day) {
        let of_day = self.0.entry(day.day_key.clone()).or_default();
        for (item, shares) in &day.shares {
            for (payee, fen) in shares {
                of_day.insert((item.clone(), payee.clone()), i128::from(fen.0));
            }
        }
    }

    fn count(&mut self, partner: &str, date: Date, item: &str, shares: &Shares, sign: i128) {
        if shares.is_empty() {
            return;
        }
        let Some(of_day) = self.0.get_mut(&Day::key_of(partner, date)) else { return };
        for (payee, fen) in shares {
            *of_day.entry((item.to_owned(), payee.clone())).or_default() -=
                sign * i128::from(fen.0);
        }
    }

    /// How many days are left with something.
    fn wrong(&self) -> i64 {
        self.0.values().filter(|of_day| of_day.values().any(|fen| *fen != 0)).count() as i64
    }
}

fn all<T: Row>(order: &str) -> Query {
    Query::rows::<T>(&format!("order by {order}"), vec![])
}

/// Orders whose lines, refunds and sums do not agree, and refunds of orders that are not there.
async fn wrong_orders(
    store: &Store,
    shared: &mut Shared,
    pace: &mut Pace<'_>,
) -> Result<i64, StoreError> {
    let mut orders = store.engine().stream(all::<Order>("id"));
    let mut refunds = store.engine().stream(all::<Refund>("order_id"));
    let mut wrong = 0;
    let mut refund: Option<Refund> = next(&mut refunds).await?;
    while let Some(order) = next::<Order>(&mut orders).await? {
        if order.state != OrderState::Cancelled {
            for (line, shares) in order.divided() {
                let shares = shares.unwrap_or(&NO_SHARES);
                shared.count(&order.partner, order.clearing_date, &line.item, shares, 1);
            }
        }
        let (mut to_payer, mut to_budget) = (0, 0);
        while let Some(one) = refund.take_if(|refund| refund.order <= order.id) {
            refund = next(&mut refunds).await?;
            for (item, shares) in &one.shares {
                shared.count(&one.partner, one.clearing_date, item, shares, -1);
            }
            if one.order == order.id {
                to_payer += i128::from(one.amount.0);
                to_budget += i128::from(one.discount.0);
            } else {
                wrong += 1;
            }
        }
        wrong += i64::from(!agrees(&order, to_payer, to_budget));
        pace.step();
    }
    while refund.is_some() {
        wrong += 1;
        refund = next(&mut refunds).await?;
    }
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
            let shares = shares.unwrap_or(&NO_SHARES);
            shares.values().all(|fen| fen.is_positive())
                && shares.values().map(|fen| i128::from(fen.0)).sum::<i128>() <= gross
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
        OrderState::Paid => refunded == 0 && to_payer == 0 && to_budget == 0,
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
        let mixed = |bill: Uuid| bill.as_u128().wrapping_mul(MIX) >> 64;
        let mine = |bill: Uuid| mixed(bill) % passes == pass;
        let mut paid: HashMap<Uuid, i128> = HashMap::new();
        let mut orders = store.engine().stream(all::<Order>("id"));
        while let Some(order) = next::<Order>(&mut orders).await? {
            let counts = order.state != OrderState::Cancelled;
            for line in order.lines.iter().filter(|line| counts && mine(line.bill.0)) {
                *paid.entry(line.bill.0).or_default() +=
                    i128::from(line.principal.0) - i128::from(line.refunded_principal.0);
            }
        }
        let mut bills = store.engine().stream(all::<Bill>("id"));
        while let Some(bill) = next::<Bill>(&mut bills).await? {
            if mine(bill.id.0) {
                let settled = paid.remove(&bill.id.0).unwrap_or(0);
                wrong += i64::from(settled != i128::from(bill.paid.0));
            }
        }
        // What is left was paid for bills that are not there.
        wrong += paid.values().filter(|settled| **settled != 0).count() as i64;
    }
    Ok(wrong)
}

/// Days whose items, fee, shares and settlement do not add up to what is to be settled. The shares of
/// closed ones are kept for comparison.
async fn wrong_days(store: &Store, shared: &mut Shared) -> Result<i64, StoreError> {
    let mut days = store.engine().stream(all::<Day>("id"));
    let mut wrong = 0;
    while let Some(day) = next::<Day>(&mut days).await? {
        let net = i128::from(day.paid.0) + i128::from(day.discounts.0)
            - i128::from(day.refunded.0)
            - i128::from(day.refunded_discounts.0);
        if day.closed_at.is_some() {
            shared.expect(&day);
        }
        let items: i128 = day.items.values().copied().map(i128::from).sum();
        let shares: i128 = day.shares.values().flatten().map(|(_, fen)| i128::from(fen.0)).sum();
        let settled = i128::from(day.settled.0) + i128::from(day.fee.0) + shares;
        wrong += i64::from(items != net || (day.closed_at.is_some() && settled != net));
    }
    Ok(wrong)
}
