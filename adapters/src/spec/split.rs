//! Who else gets a share of a payment: a part in basis points, or the whole of some items.

use serde::Deserialize;

use super::identity::{AccountCode, Code, Names};
use super::share::shares;

/// One second payee.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SplitKeys")]
pub struct Split {
    /// The payee's account.
    pub payee: AccountCode,
    /// The payee's names.
    pub name: Names,
    /// What it gets.
    pub share: SplitShare,
}

/// What a second payee gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitShare {
    /// All of these items.
    WholeOf(Vec<Code>),
    /// Basis points of these items, or of every item that is not given away whole.
    BasisPoints {
        /// Hundredths of a percent.
        basis_points: i64,
        /// None: of every item.
        items: Option<Vec<Code>>,
    },
}

/// A split as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitKeys {
    payee: AccountCode,
    name: Names,
    whole_of: Option<Vec<Code>>,
    basis_points: Option<i64>,
    items: Option<Vec<Code>>,
}

impl TryFrom<SplitKeys> for Split {
    type Error = String;
    fn try_from(keys: SplitKeys) -> Result<Self, String> {
        let share = match (keys.whole_of, keys.basis_points, keys.items) {
            (Some(items), None, None) if !items.is_empty() => SplitShare::WholeOf(items),
            (None, Some(basis_points @ 1..=10_000), items) => {
                SplitShare::BasisPoints { basis_points, items }
            }
            _ => {
                return Err("expected either `whole_of` with items, or `basis_points` from 1 to 10000 (with `items` or for all)".to_owned());
            }
        };
        Ok(Self { payee: keys.payee, name: keys.name, share })
    }
}

impl Split {
    /// Whether this payee gets the whole of the item.
    #[must_use]
    pub fn takes_whole(&self, item: &str) -> bool {
        matches!(&self.share, SplitShare::WholeOf(items) if items.iter().any(|i| i.as_str() == item))
    }

    /// The basis points that this payee gets of the item; 0 if none.
    #[must_use]
    pub fn basis_points_of(&self, item: &str) -> i64 {
        match &self.share {
            SplitShare::WholeOf(_) => 0,
            SplitShare::BasisPoints { basis_points, items: None } => *basis_points,
            SplitShare::BasisPoints { basis_points, items: Some(items) } => {
                if items.iter().any(|i| i.as_str() == item) { *basis_points } else { 0 }
            }
        }
    }
}

/// Divides one amount of one item among the partner's own account and the second payees. The shares sum
/// to the amount; those of zero are left out. Nothing if the amount is negative or the rules give away
/// more than the whole, which [`super::check`] refuses.
#[must_use]
pub fn divide(
    splits: &[Split],
    own: &AccountCode,
    item: &str,
    amount_fen: i64,
) -> Option<Vec<(AccountCode, i64)>> {
    if amount_fen < 0 {
        return None;
    }
    if let Some(whole) = splits.iter().find(|s| s.takes_whole(item)) {
        return Some(if amount_fen == 0 {
            vec![]
        } else {
            vec![(whole.payee.clone(), amount_fen)]
        });
    }
    let points: Vec<i64> = splits.iter().map(|s| s.basis_points_of(item)).collect();
    let left = 10_000_i64.checked_sub(points.iter().sum())?;
    let mut weights = vec![left];
    weights.extend(points);
    let payees = std::iter::once(own).chain(splits.iter().map(|s| &s.payee));
    let parts = shares(amount_fen, &weights)?;
    Some(payees.cloned().zip(parts).filter(|(_, part)| *part > 0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn account(text: &str) -> AccountCode {
        AccountCode::try_from(text.to_owned()).expect("a code")
    }

    fn split(payee: &str, share: SplitShare) -> Split {
        let label =
            |t: &str| super::super::identity::Label::try_from(t.to_owned()).expect("a label");
        Split { payee: account(payee), name: Names { zh: label("甲"), en: label("A") }, share }
    }

    fn code(text: &str) -> Code {
        Code::try_from(text.to_owned()).expect("a code")
    }

    fn rules() -> Vec<Split> {
        vec![
            split("payee:parking", SplitShare::WholeOf(vec![code("parking")])),
            split("payee:fund", SplitShare::BasisPoints { basis_points: 333, items: None }),
        ]
    }

    #[test]
    fn an_item_given_away_whole_goes_to_one_payee_only() {
        let own = account("settlement:a");
        let out = divide(&rules(), &own, "parking", 1_001).expect("it divides");
        assert_eq!(out, [(account("payee:parking"), 1_001)]);
    }

    proptest! {
        #[test]
        fn the_parts_of_a_line_sum_to_it(parking: bool, amount in 0..1_000_000_000_i64) {
            let item = if parking { "parking" } else { "management" };
            let parts = divide(&rules(), &account("settlement:a"), item, amount).expect("it divides");
            prop_assert_eq!(parts.iter().map(|(_, part)| part).sum::<i64>(), amount);
        }
    }
}
