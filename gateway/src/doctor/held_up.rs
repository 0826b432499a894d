//! What waits until an account takes money again: payments of which the books did not take the outcome, and
//! files of claims.

use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::Instant;

use super::{Finding, count};
use crate::partners::Partners;
use crate::utility::{held_up, unknown};
use crate::withholding::obstacle;

/// How long a payment may be unknown while nobody is asked: the files of its day and of the next come over a
/// weekend. In microseconds.
const RESTS: i64 = 4 * 24 * 60 * 60 * 1_000_000;

/// How many payments are counted.
const COUNTED: i64 = 10_000;

pub(super) async fn examine(
    store: &Store,
    partners: Option<&Partners>,
    now: Instant,
) -> Result<Vec<Finding>, StoreError> {
    let mut findings = vec![payments(store).await?];
    findings.extend(unknown_for_long(store, now).await?);
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

/// Payments of which nobody is asked any more, and that no file has decided in time.
async fn unknown_for_long(store: &Store, now: Instant) -> Result<Option<Finding>, StoreError> {
    let before = Instant(now.0.saturating_sub(RESTS));
    let resting = unknown::resting_since(store, before, COUNTED).await?;
    let Some(first) = resting.first() else { return Ok(None) };
    let number = i64::try_from(resting.len()).unwrap_or(i64::MAX);
    let says = format!(
        "{} of which nobody has known for four days what became, the oldest {} to {} of {}",
        count(number, "payment"),
        first.order,
        first.partner,
        first.at
    );
    let todo = "import the biller's files, or ask it; then `jiaozi payment propose`, and a second operator's approval";
    Ok(Some(Finding::warn("payments", says, todo)))
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
