//! What a late payer owes: so many basis points a day on what is unpaid, from the day after due.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::rounding::Rounding;

/// A daily late fee (滞纳金). It is computed on the unpaid principal only, never on late fees.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateFee {
    /// Basis points of the unpaid principal for each day.
    pub basis_points_per_day: i64,
    /// Days after due on which paying costs nothing.
    #[serde(default)]
    pub grace_days: u32,
    /// What is counted once the grace is over.
    #[serde(default)]
    pub counts_from: CountsFrom,
    /// The most it can become, in basis points of the principal.
    pub cap_basis_points: Option<i64>,
    /// How a fraction of a fen is rounded, once for all days together.
    pub rounding: Rounding,
}

/// From which day on late days are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountsFrom {
    /// From the day after due: who pays after the grace pays for the grace too.
    #[default]
    Due,
    /// From the day after the grace.
    EndOfGrace,
}

impl LateFee {
    /// The late fee on `principal_fen` if it is paid on `paid_on`; nothing if the principal is negative
    /// or the result leaves `i64`.
    #[must_use]
    pub fn of(&self, principal_fen: i64, due: Date, paid_on: Date) -> Option<i64> {
        if principal_fen < 0 {
            return None;
        }
        let days = self.late_days(due, paid_on);
        let base = i128::from(principal_fen);
        let daily = base.checked_mul(i128::from(self.basis_points_per_day))?;
        let plain = self.rounding.divide(daily.checked_mul(i128::from(days))?, 10_000)?;
        match self.cap_basis_points {
            Some(cap) => Some(plain.min(Rounding::Down.basis_points(principal_fen, cap)?)),
            None => Some(plain),
        }
    }

    /// How many days are charged.
    #[must_use]
    pub fn late_days(&self, due: Date, paid_on: Date) -> i64 {
        let after_due = i64::from((paid_on - due).get_days());
        let grace = i64::from(self.grace_days);
        if after_due <= grace {
            return 0;
        }
        match self.counts_from {
            CountsFrom::Due => after_due,
            CountsFrom::EndOfGrace => after_due - grace,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn rule() -> LateFee {
        LateFee {
            basis_points_per_day: 5,
            grace_days: 3,
            counts_from: CountsFrom::Due,
            cap_basis_points: Some(1_000),
            rounding: Rounding::HalfUp,
        }
    }

    #[test]
    fn nothing_is_owed_on_the_due_day_or_within_the_grace() {
        let due = date(2026, 11, 10);
        assert_eq!(rule().of(100_000, due, date(2026, 11, 1)), Some(0));
        assert_eq!(rule().of(100_000, due, due), Some(0));
        assert_eq!(rule().of(100_000, due, date(2026, 11, 13)), Some(0));
    }

    #[test]
    fn after_the_grace_the_days_count_as_the_rule_says() {
        let (due, day) = (date(2026, 11, 10), date(2026, 11, 14));
        assert_eq!(rule().of(100_000, due, day), Some(200));
        let kinder = LateFee { counts_from: CountsFrom::EndOfGrace, ..rule() };
        assert_eq!(kinder.of(100_000, due, day), Some(50));
    }

    #[test]
    fn the_cap_holds_however_late() {
        assert_eq!(rule().of(100_000, date(2020, 1, 1), date(2026, 1, 1)), Some(10_000));
    }

    proptest! {
        #[test]
        fn a_late_fee_never_falls_with_time_and_never_passes_its_cap(
            principal in 0..10_000_000_000_i64, late in -100..5_000_i32,
        ) {
            let due = date(2020, 6, 15);
            let day = due.checked_add(jiff::Span::new().days(late)).expect("within the calendar");
            let today = rule().of(principal, due, day).expect("it fits");
            let tomorrow = rule().of(principal, due, day.tomorrow().expect("in range")).expect("it fits");
            prop_assert!(0 <= today && today <= tomorrow && tomorrow <= principal / 10);
        }
    }
}
