//! Paying months ahead at a discount that a budget bears.

use serde::Deserialize;

use super::identity::{AccountCode, Code, Names};
use super::rounding::Rounding;

/// A plan to pay months ahead.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepay {
    /// Its code.
    pub code: Code,
    /// Its names.
    pub name: Names,
    /// The item that is paid ahead.
    pub item: Code,
    /// For how many months.
    pub months: u32,
    /// The discount, in basis points of the full price.
    pub discount_basis_points: i64,
    /// How a fraction of a fen of the discount is rounded.
    pub rounding: Rounding,
    /// The budget that bears the discount.
    pub budget: AccountCode,
}

/// What a plan costs at one monthly price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrepayPrice {
    /// What the partner gets.
    pub full_fen: i64,
    /// What the budget pays.
    pub discount_fen: i64,
    /// What the payer pays.
    pub pay_fen: i64,
}

impl Prepay {
    /// The price at so much a month; nothing if that is not above zero or the result leaves `i64`.
    #[must_use]
    pub fn price(&self, monthly_fen: i64) -> Option<PrepayPrice> {
        if monthly_fen <= 0 {
            return None;
        }
        let full_fen = monthly_fen.checked_mul(i64::from(self.months))?;
        let discount_fen =
            self.rounding.basis_points(full_fen, self.discount_basis_points)?.clamp(0, full_fen);
        Some(PrepayPrice { full_fen, discount_fen, pay_fen: full_fen - discount_fen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan() -> Prepay {
        serde_json::from_value(serde_json::json!({
            "code": "year", "name": {"zh": "年付", "en": "A year"}, "item": "management",
            "months": 12, "discount_basis_points": 500, "rounding": "down", "budget": "budget:a",
        }))
        .expect("a plan")
    }

    #[test]
    fn twelve_months_at_five_percent_off() {
        let price = plan().price(25_333).expect("a price");
        assert_eq!(
            price,
            PrepayPrice { full_fen: 303_996, discount_fen: 15_199, pay_fen: 288_797 }
        );
    }

    proptest! {
        #[test]
        fn payer_and_budget_together_pay_the_full_price(monthly in any::<i64>()) {
            if let Some(price) = plan().price(monthly) {
                prop_assert_eq!(price.pay_fen + price.discount_fen, price.full_fen);
                prop_assert!(price.discount_fen >= 0 && price.pay_fen >= 0);
            }
        }
    }
}
