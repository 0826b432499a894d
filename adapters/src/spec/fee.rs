//! What a partner pays us for a payment.

use serde::{Deserialize, Serialize};

use super::rounding::Rounding;

/// A fee in basis points of the amount, within bounds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Hundredths of a percent of what the payer paid.
    pub basis_points: i64,
    /// The least for one payment; never more than the payment itself.
    #[serde(default)]
    pub minimum_fen: i64,
    /// The most for one payment.
    pub maximum_fen: Option<i64>,
    /// How a fraction of a fen is rounded.
    pub rounding: Rounding,
    /// Who bears it. We know only the partner: a payer is never charged for paying.
    pub borne_by: BorneBy,
}

/// Who bears the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BorneBy {
    /// The partner, from its settlement.
    Partner,
}

impl Fee {
    /// The fee of one payment; nothing if the amount is negative or the result leaves `i64`.
    #[must_use]
    pub fn of(&self, amount_fen: i64) -> Option<i64> {
        if amount_fen < 0 {
            return None;
        }
        let plain = self.rounding.basis_points(amount_fen, self.basis_points)?;
        let bounded = plain.max(self.minimum_fen).min(self.maximum_fen.unwrap_or(i64::MAX));
        Some(bounded.min(amount_fen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fee() -> Fee {
        Fee {
            basis_points: 30,
            minimum_fen: 10,
            maximum_fen: Some(2_500),
            rounding: Rounding::HalfUp,
            borne_by: BorneBy::Partner,
        }
    }

    #[test]
    fn a_fee_keeps_to_its_bounds_and_to_the_payment() {
        assert_eq!(fee().of(100_000), Some(300));
        assert_eq!(fee().of(1_000), Some(10));
        assert_eq!(fee().of(7), Some(7));
        assert_eq!(fee().of(100_000_000), Some(2_500));
        assert_eq!(fee().of(-1), None);
    }

    proptest! {
        #[test]
        fn a_fee_is_never_negative_nor_above_the_payment(amount in 0..=i64::MAX) {
            let fee = fee().of(amount).expect("it fits");
            prop_assert!((0..=amount).contains(&fee));
        }
    }
}
