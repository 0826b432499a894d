//! Compares what second payees got of closed days with what the days' orders and refunds say that they
//! got.

use super::next;
use crate::day::Day;
use crate::order::{Order, OrderState, Refund, Shares};
use crate::store::engine::Query;
use crate::store::{Store, StoreError};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};

/// By day, item and payee: what the day says, less what its orders and refunds say.
#[derive(Default)]
struct Left(HashMap<String, BTreeMap<(String, String), i128>>);

/// How many closed days are left with something. They are read first: nobody who pays meanwhile changes
/// what is closed then.
pub(super) async fn offenders(store: &Store) -> Result<i64, StoreError> {
    let mut left = Left::default();
    let closed = Query::rows::<Day>("closed_at is not null order by id", vec![]);
    let mut days = store.engine().stream(closed);
    while let Some(day) = next::<Day>(&mut days).await? {
        left.expect(&day);
    }
    let mut orders =
        store.engine().stream(Query::rows::<Order>("shares <> '[]' order by id", vec![]));
    while let Some(order) = next::<Order>(&mut orders).await? {
        if order.state == OrderState::Cancelled {
            continue;
        }
        for (line, shares) in order.divided() {
            if let Some(shares) = shares {
                left.count(&order.partner, order.clearing_date, &line.item, shares, 1);
            }
        }
    }
    let mut refunds =
        store.engine().stream(Query::rows::<Refund>("shares <> '{}' order by id", vec![]));
    while let Some(refund) = next::<Refund>(&mut refunds).await? {
        for (item, shares) in &refund.shares {
            left.count(&refund.partner, refund.clearing_date, item, shares, -1);
        }
    }
    Ok(left.days())
}

impl Left {
    fn expect(&mut self, day: &Day) {
        let of_day = self.0.entry(day.day_key.clone()).or_default();
        for (item, shares) in &day.shares {
            for (payee, fen) in shares {
                of_day.insert((item.clone(), payee.clone()), i128::from(fen.0));
            }
        }
    }

    fn count(&mut self, partner: &str, date: Date, item: &str, shares: &Shares, sign: i128) {
        let Some(of_day) = self.0.get_mut(&Day::key_of(partner, date)) else { return };
        for (payee, fen) in shares {
            *of_day.entry((item.to_owned(), payee.clone())).or_default() -=
                sign * i128::from(fen.0);
        }
    }

    fn days(&self) -> i64 {
        self.0.values().filter(|of_day| of_day.values().any(|fen| *fen != 0)).count() as i64
    }
}
