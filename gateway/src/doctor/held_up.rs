//! What waits until an account takes money again: payments of which the books did not take the outcome, and
//! files of claims.

use jiaozi_ledger::store::{Store, StoreError};

use super::{Finding, count};
use crate::partners::Partners;
use crate::utility::held_up;
use crate::withholding::obstacle;

/// How many payments are counted.
const COUNTED: i64 = 10_000;

pub(super) async fn examine(
    store: &Store,
    partners: Option<&Partners>,
) -> Result<Vec<Finding>, StoreError> {
    let mut findings = vec![payments(store).await?];
    for claimant in partners.into_iter().flat_map(Partners::claimants) {
        let code = claimant.code();
        let Some(why) = obstacle::of(store, claimant).await? else { continue };
        let waiting = obstacle::waiting(store, claimant).await?;
        if waiting > 0 {
            let says =
                format!("{code}: {} of claims to be presented, but {why}", count(waiting, "file"));
            let todo = "mend the account; the files go on by themselves";
            findings.push(Finding::wrong("withholding", says, todo));
        }
    }
    Ok(findings)
}

async fn payments(store: &Store) -> Result<Finding, StoreError> {
    let waiting = held_up::all(store, COUNTED).await?;
    let Some(first) = waiting.first() else {
        return Ok(Finding::ok("payments", "the books have taken every outcome"));
    };
    let number = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
    let says = format!(
        "{} whose outcome the books do not take, the oldest {} to {} of {}: {}",
        count(number, "payment"),
        first.order,
        first.partner,
        first.at,
        first.reason
    );
    let todo =
        "mend the payer's or the partner's account; what was heard is taken then, within minutes";
    Ok(Finding::warn("payments", says, todo))
}
