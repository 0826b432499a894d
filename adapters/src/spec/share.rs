//! Largest remainder: a whole is divided by weights so that the shares sum to it, to the fen.

/// Divides `total_fen` by weights. The fen left over after rounding down go one each to the largest
/// fractions, ties to the earlier weight. Nothing if a weight is negative, all are zero, or the total
/// is negative; a total of zero gives zeros.
#[must_use]
pub fn shares(total_fen: i64, weights: &[i64]) -> Option<Vec<i64>> {
    let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if total_fen < 0 || sum <= 0 || weights.iter().any(|w| *w < 0) {
        return None;
    }
    let exact = |weight: &i64| i128::from(total_fen) * i128::from(*weight);
    let mut out =
        weights.iter().map(|w| i64::try_from(exact(w) / sum).ok()).collect::<Option<Vec<_>>>()?;
    let left = total_fen - out.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(exact(&weights[*i]) % sum));
    for index in order.into_iter().take(usize::try_from(left).ok()?) {
        out[index] += 1;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_fen_left_over_goes_to_the_largest_fraction_and_ties_to_the_earlier() {
        assert_eq!(shares(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(shares(10, &[9700, 300]), Some(vec![10, 0]));
        assert_eq!(shares(1, &[0, 1, 1]), Some(vec![0, 1, 0]));
        assert_eq!(shares(5, &[0, 0]), None);
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_whole_and_are_never_negative(
            total in 0..=i64::MAX,
            weights in prop::collection::vec(0..=10_000_i64, 1..8),
        ) {
            if let Some(out) = shares(total, &weights) {
                prop_assert_eq!(out.iter().map(|s| i128::from(*s)).sum::<i128>(), i128::from(total));
                prop_assert!(out.iter().zip(&weights).all(|(s, w)| *s >= 0 && (*w > 0 || *s == 0)));
            } else {
                prop_assert!(weights.iter().all(|w| *w == 0));
            }
        }
    }
}
