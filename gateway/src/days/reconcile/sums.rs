//! What a day's movements come to, against what the day says of itself.

use std::collections::BTreeSet;

use jiaozi_ledger::day::Day;
use jiaozi_ledger::order::Shares;

use super::Breaks;
use super::movements::{Kind, Movement};
use super::span::Span;
use crate::days::{DayError, closed};
use crate::gateway::Gateway;

/// The sums of a day's live payments and of its refunds.
#[derive(Debug, Default)]
pub(super) struct Sums {
    payments: i64,
    paid: i64,
    discounts: i64,
    refunds: i64,
    /// What refunds took out of the day's money.
    refunded: i64,
    fees: i64,
    /// What second payees get.
    shares: Shares,
}

/// The fee of a day, whether it was taken from it or is collected apart.
fn all_fees(day: &Day) -> i64 {
    day.fee.0.saturating_add(day.fee_apart.0)
}

impl Sums {
    /// Those of payments (how many, paid, fees) and of refunds (how many, out of the day) that were summed
    /// already.
    pub(super) fn of(payments: [i64; 3], refunds: [i64; 2]) -> Sums {
        let ([payments, paid, fees], [refunds, refunded]) = (payments, refunds);
        Sums { payments, paid, fees, refunds, refunded, ..Sums::default() }
    }

    pub(super) fn count(&mut self, movement: &Movement) {
        let sign = match movement.kind {
            Kind::Payment if movement.is_live() => {
                self.payments += 1;
                self.paid = self.paid.saturating_add(movement.amount);
                self.discounts = self.discounts.saturating_add(movement.discount);
                self.fees = self.fees.saturating_add(movement.fee);
                1
            }
            Kind::Refund => {
                self.refunds += 1;
                let from_day = movement.gross().saturating_sub(movement.from_settled);
                self.refunded = self.refunded.saturating_add(from_day);
                -1
            }
            Kind::Payment | Kind::Cancel | Kind::Closing => return,
        };
        for (payee, fen) in &movement.shares {
            let sum = self.shares.entry(payee.clone()).or_default();
            sum.0 = sum.0.saturating_add(sign * fen.0);
        }
    }

    /// Compares every sum that both have.
    pub(super) async fn compare(
        &self,
        gateway: &Gateway,
        span: &Span,
        breaks: &mut Breaks<'_>,
    ) -> Result<(), DayError> {
        let key = Day::key_of(&span.partner, span.date);
        let mut differs = |what: &str, expected: i64, found: i64| {
            if expected != found {
                let what = format!("{what}: {found} in the day, {expected} in its orders");
                breaks.sum(&key, [expected, found], what);
            }
        };
        let of = |of: fn(&Day) -> i64| span.day.as_ref().map_or(0, of);
        differs("paid, in fen", self.paid, of(|day| day.paid.0));
        differs("discounts, in fen", self.discounts, of(|day| day.discounts.0));
        let refunded = of(|day| day.refunded.0.saturating_add(day.refunded_discounts.0));
        differs("given back out of the day, in fen", self.refunded, refunded);
        let payees = span.day.as_ref().map(Day::payees).unwrap_or_default();
        let all: BTreeSet<&String> = self.shares.keys().chain(payees.keys()).collect();
        for payee in all {
            let of = |shares: &Shares| shares.get(payee).map_or(0, |fen| fen.0);
            let what = format!("the share of {payee}, in fen");
            differs(&what, of(&self.shares), of(&payees));
        }
        let is_closed = of(|day| i64::from(day.closed_at.is_some())) != 0;
        let (waived, unreadable) = match closed(gateway, &span.partner, span.date).await {
            Ok(closed) => (closed.map_or(0, |closed| closed.fee_waived.0), None),
            Err(DayError::Unreadable { what, .. }) => (0, Some(what)),
            Err(other) => return Err(other),
        };
        // A day that was closed since it was read has waived nothing yet.
        let waived = if is_closed { waived } else { 0 };
        differs("the fee, in fen", self.fees.saturating_sub(waived), of(all_fees));
        // Against the day itself: what its orders come to is told above.
        let shares = payees.values().fold(0i64, |sum, fen| sum.saturating_add(fen.0));
        let net = of(|day| day.net().0.saturating_sub(day.fee.0));
        if is_closed {
            differs("settled, in fen", net.saturating_sub(shares), of(|day| day.settled.0));
        }
        let counts = [
            ("payments", self.payments, of(|day| day.payments)),
            ("refunds", self.refunds, of(|day| day.refunds)),
        ];
        for (what, expected, found) in counts.into_iter().filter(|(_, a, b)| a != b) {
            // A number of things is no money.
            breaks.sum(
                &key,
                [0, 0],
                format!("{what}: {found} in the day, {expected} in its orders"),
            );
        }
        if let Some(what) = unreadable {
            breaks.sum(&key, [0, 0], what);
        }
        Ok(())
    }
}
