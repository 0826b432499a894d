//! Accounts that mirror one elsewhere: what we have posted since the last comparison is laid beside the
//! statements that are here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_ledger::mirror::Mirror;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::time::Instant;

use super::{Run, Worker};
use crate::gateway::Gateway;
use crate::mirror::{CompareError, compare, current};

/// How long an account rests between two comparisons, in seconds: one takes a look at all that is open.
const AGAIN_SECONDS: i64 = 300;

/// Compares.
#[derive(Debug, Default)]
pub(super) struct Mirrors {
    /// When each was compared last.
    compared: Mutex<BTreeMap<String, Instant>>,
}

impl Mirrors {
    /// Whether it is time for an account; if it is, it is taken for compared.
    fn is_time(&self, code: &str, now: Instant) -> bool {
        let mut compared = self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        let rests = compared.get(code).is_some_and(|at| now < at.plus_seconds(AGAIN_SECONDS));
        if !rests {
            compared.insert(code.to_owned(), now);
        }
        !rests
    }
}

impl Worker for Mirrors {
    fn name(&self) -> &'static str {
        "mirrors"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let mut done = 0;
            for spec in gateway.partners.mirrors() {
                if !has_news(gateway, spec).await? {
                    continue;
                }
                if !self.is_time(&spec.code, gateway.now().await?) {
                    continue;
                }
                match compare(gateway, spec).await {
                    Ok(changed) => done += usize::try_from(changed).unwrap_or(usize::MAX),
                    // Somebody is taking a statement: it is compared after that.
                    Err(CompareError::HalfTaken { .. }) => {}
                    // One that fails keeps no other waiting; it is found again.
                    Err(error) => {
                        tracing::error!(account = spec.code, %error, "an account is not compared; again later");
                    }
                }
            }
            Ok(done)
        })
    }
}

/// Whether an account has entries or statements with which it was not compared to the end.
async fn has_news(gateway: &Gateway, spec: &Arc<MirrorSpec>) -> Result<bool, StoreError> {
    let store = &gateway.store;
    let code = vec![Cell::Text(spec.code.clone())];
    let Some(mirror) = store.first::<Mirror>("code = $2", code).await? else {
        // The first comparison may have been cut short before there was a mirror.
        return Ok(!current(store, &spec.code).await?.is_empty());
    };
    if mirror.has_news() {
        return Ok(true);
    }
    let account = store.account(&spec.account).await?;
    Ok(account.is_some_and(|account| account.entries > mirror.taken))
}
