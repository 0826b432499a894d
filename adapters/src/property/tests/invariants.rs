//! What must hold of the books whatever happened.

use std::collections::{BTreeMap, HashMap};

use jiaozi_ledger::bill::BillState;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::money::{Fen, Side};
use jiaozi_ledger::order::{OrderState, Shares};
use uuid::Uuid;

use super::town::Town;

impl Town {
    /// Everything that must hold whatever happened.
    #[track_caller]
    pub fn check(&self) {
        let sum: i64 = self
            .accounts
            .values()
            .map(|account| match account.side {
                Side::Debit => account.posted.0,
                Side::Credit => -account.posted.0,
            })
            .sum();
        assert_eq!(sum, -2_100_000, "no fen is made or lost");
        for day in self.days.values() {
            let items: i64 = day.items.values().sum();
            assert_eq!(items, day.net().0, "items of {}", day.date);
            assert!(day.items.values().all(|fen| *fen > 0), "{:?}", day.items);
            assert_eq!(day.shares, self.shares(day), "shares of {}", day.date);
            if day.closed_at.is_some() {
                let shares: i64 = day.payees().values().map(|fen| fen.0).sum();
                assert_eq!(day.settled.0 + day.fee.0 + shares, day.net().0, "{}", day.date);
            }
        }
        let open = self.days.values().filter(|day| day.closed_at.is_none());
        let open: i64 = open.map(|day| day.net().0).sum();
        assert_eq!(
            self.balance("partner:yunhe:settlement"),
            open,
            "unsettled money is of open days"
        );
        self.check_bills();
        self.check_budget();
    }

    /// What second payees have of a day by its orders and refunds.
    fn shares(&self, day: &Day) -> BTreeMap<String, Shares> {
        let mut sums: BTreeMap<String, Shares> = BTreeMap::new();
        let mut add = |item: &str, shares: &Shares, sign: i64| {
            for (payee, fen) in shares {
                let of_item = sums.entry(item.to_owned()).or_default();
                of_item.entry(payee.clone()).or_default().0 += sign * fen.0;
            }
        };
        let live = self.orders.values().filter(|order| order.state != OrderState::Cancelled);
        for order in live.filter(|order| order.clearing_date == day.date) {
            for (line, shares) in order.divided() {
                let gross = line.principal.0 + line.late_fee.0;
                let shares = shares.cloned().unwrap_or_default();
                assert!(shares.values().map(|fen| fen.0).sum::<i64>() <= gross, "{order:?}");
                add(&line.item, &shares, 1);
            }
        }
        for refund in self.refunds.values().filter(|refund| refund.clearing_date == day.date) {
            for (item, shares) in &refund.shares {
                add(item, shares, -1);
            }
        }
        for shares in sums.values_mut() {
            shares.retain(|_, fen| *fen != Fen::ZERO);
            assert!(shares.values().all(|fen| fen.is_positive()), "nobody has less than nothing");
        }
        sums.retain(|_, shares| !shares.is_empty());
        sums
    }

    fn check_bills(&self) {
        let mut paid: HashMap<Uuid, i64> = HashMap::new();
        for order in self.orders.values() {
            let cancelled = order.state == OrderState::Cancelled;
            for line in order.lines.iter().filter(|_| !cancelled) {
                *paid.entry(line.bill.0).or_default() +=
                    line.principal.0 - line.refunded_principal.0;
                assert!(
                    line.refunded_late_fee <= line.late_fee && line.refunded_late_fee >= Fen::ZERO
                );
                assert!(line.refunded_discount <= line.discount);
            }
            let mine = self.refunds.values().filter(|refund| refund.order == order.id);
            let (back, discount) = mine.fold((0, 0), |(back, discount), refund| {
                (back + refund.amount.0, discount + refund.discount.0)
            });
            assert_eq!(order.refunded.0, back);
            assert!(order.refunded <= order.amount);
            let of_lines: i64 = order.lines.iter().map(|line| line.refunded_discount.0).sum();
            assert_eq!(of_lines, discount);
        }
        for bill in self.bills.values() {
            assert_eq!(bill.paid.0, paid.get(&bill.id.0).copied().unwrap_or(0), "{bill:?}");
            assert_eq!(
                bill.state == BillState::Paid,
                bill.paid >= bill.amount && {
                    !matches!(bill.state, BillState::Withdrawn | BillState::PaidAtDesk)
                },
                "{bill:?}"
            );
        }
    }

    fn check_budget(&self) {
        let spent: i64 = self
            .orders
            .values()
            .filter(|order| order.state != OrderState::Cancelled)
            .map(|order| order.discount.0)
            .sum();
        let back: i64 = self.refunds.values().map(|refund| refund.discount.0).sum();
        assert_eq!(self.balance("budget:yunhe"), 100_000 - spent + back, "the budget is conserved");
    }
}
