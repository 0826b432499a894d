//! What must hold of the books whatever happened.

use std::collections::HashMap;

use jiaozi_ledger::bill::BillState;
use jiaozi_ledger::money::{Fen, Side};
use jiaozi_ledger::order::OrderState;
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
            if day.closed_at.is_some() {
                let shares: i64 = day.shares.iter().map(|(_, fen)| fen.0).sum();
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
