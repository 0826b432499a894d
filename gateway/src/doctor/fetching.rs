//! Files that come by themselves: which are late, since when, and what was heard of them.

use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::Instant;

use super::Finding;
use crate::fetching::errand::Errand;
use crate::fetching::record::Outcome;
use crate::fetching::standing::{Standing, of_errand};
use crate::partners::Partners;

const ABOUT: &str = "files";

/// From how many late files on something is wrong.
const WRONG_FROM: usize = 3;

/// How many late files of one partner are named.
const NAMED: usize = 3;

/// What there is to say of files that are fetched; nothing where none are.
pub(super) async fn examine(
    store: &Store,
    partners: &Partners,
    now: Instant,
) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    for errand in Errand::all(partners) {
        let standings = of_errand(store, &errand, now).await?;
        let late: Vec<&Standing> =
            standings.iter().filter(|one| one.late_since.is_some()).collect();
        for one in late.iter().take(NAMED) {
            findings.push(is_late(one, late.len()));
        }
        if late.len() > NAMED {
            let says = format!("{}: {} more are late", errand.code, late.len() - NAMED);
            findings.push(Finding::wrong(ABOUT, says, "jiaozi day report --date DATE"));
        }
        if late.is_empty() && !standings.is_empty() {
            findings.push(in_time(&errand.code, &standings));
        }
    }
    Ok(findings)
}

fn is_late(one: &Standing, late: usize) -> Finding {
    let Standing { code, date, .. } = one;
    let since = one.late_since.map(|since| since.to_string()).unwrap_or_default();
    let says = format!("{code}: the file of {date} is late since {since}; {}", one.last());
    let todo = format!(
        "ask {code} for it; then `jiaozi file fetch statement --partner {code} --date {date}`, or import it"
    );
    match late < WRONG_FROM && one.outcome != Some(Outcome::Stopped) {
        true => Finding::warn(ABOUT, says, todo),
        false => Finding::wrong(ABOUT, says, todo),
    }
}

fn in_time(code: &str, standings: &[Standing]) -> Finding {
    let waited = standings.iter().find(|one| !one.here);
    let says = match waited {
        Some(one) => format!("{code}: the file of {} is waited for; {}", one.date, one.last()),
        None => format!("{code}: every file is here that is due"),
    };
    Finding::ok(ABOUT, says)
}
