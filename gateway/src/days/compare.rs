//! A day's lines against its sums. The sums were kept with every payment, in the same commit; the
//! lines are read from the payments themselves. Where they differ, something was changed from outside,
//! and a file would spread it.

use super::lines::Content;
use super::{Closed, DayError};

/// Compares every sum that both have.
///
/// # Errors
/// The first sum that differs.
pub(super) fn compare(closed: &Closed, content: &Content) -> Result<(), DayError> {
    let day = &closed.day;
    let from_day = content.given_back.saturating_sub(content.from_settled);
    let gross = content.paid.saturating_add(content.discounts);
    let items = day.items.values().fold(0i64, |sum, fen| sum.saturating_add(*fen));
    let charged = day.fee.0.saturating_add(day.fee_apart.0);
    let fee = charged.saturating_add(closed.fee_waived.0);
    let refunded = day.refunded.0.saturating_add(day.refunded_discounts.0);
    let pairs = [
        ("the number of payments", day.payments, content.payments),
        ("the amount paid in fen", day.paid.0, content.paid),
        ("the amount of discounts in fen", day.discounts.0, content.discounts),
        ("the number of refunds", day.refunds, content.refunds),
        ("the amount given back out of the day in fen", refunded, from_day),
        ("the sum of the items in fen", items, gross.saturating_sub(from_day)),
        ("the fee in fen", fee, content.fees),
        ("the settled whole in fen", settled(closed), gross.saturating_sub(from_day)),
        (
            "the partner's own share in fen",
            day.settled.0.saturating_add(day.fee.0),
            content.own.saturating_add(content.from_settled),
        ),
    ];
    match pairs.into_iter().find(|(_, day, lines)| day != lines) {
        None => Ok(()),
        Some((what, of_day, of_lines)) => Err(DayError::Differs {
            partner: day.partner.clone(),
            date: day.date,
            what,
            day: of_day,
            lines: of_lines,
        }),
    }
}

/// What left the partner's settlement: its own part, the shares and the fee.
fn settled(closed: &Closed) -> i64 {
    let shares = closed.day.payees().into_values().map(|share| share.0);
    shares.fold(closed.day.settled.0.saturating_add(closed.day.fee.0), i64::saturating_add)
}
