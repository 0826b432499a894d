//! Named roundings of a fraction of fen. There is no rounding without a name.

use serde::{Deserialize, Serialize};

/// How a fraction becomes a whole number of fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest; a half goes away from zero (四舍五入).
    HalfUp,
    /// To the nearest; a half goes to the even neighbour.
    HalfEven,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
}

impl Rounding {
    /// `numerator / denominator`, rounded; nothing if the denominator is zero or the result leaves `i64`.
    #[must_use]
    pub fn divide(self, numerator: i128, denominator: i128) -> Option<i64> {
        let whole = numerator.checked_div(denominator)?;
        let rest = numerator.checked_rem(denominator)?.unsigned_abs();
        let away = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
        let below_half = rest < denominator.unsigned_abs() - rest;
        let half = rest == denominator.unsigned_abs() - rest;
        let step = match self {
            _ if rest == 0 => 0,
            Self::Up => away,
            Self::Down => 0,
            Self::HalfUp => {
                if below_half {
                    0
                } else {
                    away
                }
            }
            Self::HalfEven => {
                if below_half || (half && whole % 2 == 0) {
                    0
                } else {
                    away
                }
            }
        };
        i64::try_from(whole.checked_add(step)?).ok()
    }

    /// So many basis points of an amount.
    #[must_use]
    pub fn basis_points(self, amount_fen: i64, basis_points: i64) -> Option<i64> {
        self.divide(i128::from(amount_fen).checked_mul(i128::from(basis_points))?, 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_rounding_does_what_its_name_says() {
        let cases = [
            (Rounding::HalfUp, 5, 1),
            (Rounding::HalfUp, 4, 0),
            (Rounding::HalfUp, -5, -1),
            (Rounding::HalfEven, 5, 0),
            (Rounding::HalfEven, 15, 2),
            (Rounding::HalfEven, 6, 1),
            (Rounding::Up, 1, 1),
            (Rounding::Up, -1, -1),
            (Rounding::Up, 10, 1),
            (Rounding::Down, 9, 0),
            (Rounding::Down, -9, 0),
        ];
        for (rounding, tenths, whole) in cases {
            assert_eq!(rounding.divide(tenths, 10), Some(whole), "{rounding:?} of {tenths}/10");
        }
        assert_eq!(Rounding::Down.divide(1, 0), None);
    }

    proptest! {
        #[test]
        fn a_rounded_quotient_is_less_than_one_away(n in any::<i64>(), d in 1..1_000_000_i64) {
            for rounding in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Up, Rounding::Down] {
                let q = i128::from(rounding.divide(n.into(), d.into()).expect("it fits"));
                prop_assert!((q * i128::from(d) - i128::from(n)).abs() < i128::from(d));
            }
        }

        #[test]
        fn rounding_never_panics(n in any::<i128>(), d in any::<i128>()) {
            for rounding in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Up, Rounding::Down] {
                let _ = rounding.divide(n, d);
            }
        }
    }
}
