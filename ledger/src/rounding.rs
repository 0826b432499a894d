//! Rates and shares of money, each with a rounding that has a name.
//!
//! A rule names one [`Rounding`]; a split always sums to the whole ([`shares`], largest remainder).

use crate::money::Fen;
use serde::{Deserialize, Serialize};

/// How a fraction of a fen becomes whole fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Towards zero: the fraction is dropped.
    Down,
    /// Away from zero: any fraction counts as a whole fen.
    Up,
    /// To the nearest, a half away from zero (四舍五入).
    HalfUp,
    /// To the nearest, a half to the even neighbour (banker's rounding).
    HalfEven,
}

/// One hundredth of a percent.
pub const BASIS_POINTS: i64 = 10_000;

impl Rounding {
    /// `amount × numerator ÷ denominator`, rounded; `None` when the denominator is not positive or
    /// the result does not fit.
    pub fn rate(self, amount: Fen, numerator: i64, denominator: i64) -> Option<Fen> {
        if denominator <= 0 {
            return None;
        }
        let product = i128::from(amount.0) * i128::from(numerator);
        let denominator = i128::from(denominator);
        let quotient = product / denominator;
        let rest = (product % denominator).abs();
        let away = if product < 0 { -1 } else { 1 };
        let step = match self {
            Rounding::Down => false,
            Rounding::Up => rest > 0,
            Rounding::HalfUp => rest * 2 >= denominator,
            Rounding::HalfEven => {
                rest * 2 > denominator || (rest * 2 == denominator && quotient % 2 != 0)
            }
        };
        let rounded = if step { quotient + away } else { quotient };
        i64::try_from(rounded).ok().map(Fen)
    }
}

/// Splits `whole` by `weights` so that the shares sum to it: each gets the floor of its part, and the
/// fen left over go one each to the largest fractions, ties to the earlier. `None` when `whole` is
/// negative, a weight is negative, or all weights are zero while `whole` is not.
pub fn shares(whole: Fen, weights: &[i64]) -> Option<Vec<Fen>> {
    if whole.0 < 0 || weights.iter().any(|weight| *weight < 0) {
        return None;
    }
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if total == 0 {
        return (whole == Fen::ZERO).then(|| vec![Fen::ZERO; weights.len()]);
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut fractions = Vec::with_capacity(weights.len());
    let mut given: i128 = 0;
    for (place, weight) in weights.iter().enumerate() {
        let product = i128::from(whole.0) * i128::from(*weight);
        let part = product / total;
        given += part;
        parts.push(part);
        fractions.push((product % total, place));
    }
    fractions.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let left = usize::try_from(i128::from(whole.0) - given).ok()?;
    for (_, place) in fractions.iter().take(left) {
        parts[*place] += 1;
    }
    parts.into_iter().map(|part| i64::try_from(part).ok().map(Fen)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_rounding_does_what_its_name_says() {
        let half = |rounding: Rounding| rounding.rate(Fen(5), 1, 2);
        assert_eq!(half(Rounding::Down), Some(Fen(2)));
        assert_eq!(half(Rounding::Up), Some(Fen(3)));
        assert_eq!(half(Rounding::HalfUp), Some(Fen(3)));
        assert_eq!(half(Rounding::HalfEven), Some(Fen(2)));
        assert_eq!(Rounding::HalfUp.rate(Fen(-5), 1, 2), Some(Fen(-3)));
    }

    #[test]
    fn ties_go_to_the_earlier_share() {
        assert_eq!(shares(Fen(5), &[1, 1]), Some(vec![Fen(3), Fen(2)]));
        assert_eq!(shares(Fen(0), &[0, 0]), Some(vec![Fen(0), Fen(0)]));
        assert_eq!(shares(Fen(1), &[0, 0]), None);
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_whole(whole in 0..i64::MAX, weights in prop::collection::vec(0..i64::MAX, 1..20)) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let parts = shares(Fen(whole), &weights).expect("positive weights");
            prop_assert_eq!(Fen::total(parts), Some(Fen(whole)));
        }

        #[test]
        fn a_rounded_rate_is_within_one_fen(amount in -1_000_000_000i64..1_000_000_000, rate in 0..20_000i64) {
            for rounding in [Rounding::Down, Rounding::Up, Rounding::HalfUp, Rounding::HalfEven] {
                let rounded = rounding.rate(Fen(amount), rate, BASIS_POINTS).expect("fits");
                let exact = i128::from(amount) * i128::from(rate);
                prop_assert!((i128::from(rounded.0) * i128::from(BASIS_POINTS) - exact).abs() < i128::from(BASIS_POINTS));
            }
        }
    }
}
