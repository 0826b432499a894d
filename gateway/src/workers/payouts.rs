//! Accounts whose settled days are due are prepared to be paid out, on working days.
//!
//! Each partner is looked at when its day begins, and then once a minute: a day may be closed late, and a
//! person may release what was held.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;

use super::{Run, Worker};
use crate::gateway::Gateway;
use crate::operators::Who;
use crate::payouts::preparing;

/// How long it takes until a partner is looked at again on the same day, in seconds.
const AGAIN_SECONDS: i64 = 60;

/// Prepares payouts.
#[derive(Debug, Default)]
pub(super) struct Preparing {
    /// On which day and when each partner was looked at last.
    looked: Mutex<BTreeMap<String, (Date, Instant)>>,
}

impl Preparing {
    /// Whether it is time to look; if it is, it is taken for looked at.
    fn is_time(&self, payee: &Payee, now: Instant) -> bool {
        let today = payee.today(now);
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let known = looked.get(&payee.code);
        let waits =
            known.is_some_and(|(date, at)| *date == today && now < at.plus_seconds(AGAIN_SECONDS));
        if !waits {
            looked.insert(payee.code.clone(), (today, now));
        }
        // A calendar that ends is the doctor's to say.
        !waits && payee.calendar.is_working_day(today).unwrap_or(false)
    }

    fn again(&self, payee: &Payee) {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).remove(&payee.code);
    }
}

impl Worker for Preparing {
    fn name(&self) -> &'static str {
        "payouts"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let paid = |payee: &&Arc<Payee>| payee.payout.is_some();
            let payees: Vec<Arc<Payee>> = gateway.partners.payees().filter(paid).cloned().collect();
            if payees.is_empty() {
                return Ok(0);
            }
            let now = gateway.now().await?;
            let (mut done, mut failed) = (0, None);
            for payee in payees.iter().filter(|payee| self.is_time(payee, now)) {
                // One partner that cannot be paid out keeps no other waiting.
                match preparing::partner(gateway, payee, None, &Who::Worker).await {
                    Ok(outcomes) => {
                        for payout in outcomes.iter().filter_map(|one| one.payout.as_ref()) {
                            tracing::info!(partner = payee.code, %payout, "a payout is prepared");
                            done += 1;
                        }
                    }
                    Err(error) => {
                        tracing::error!(partner = payee.code, %error, "nothing is paid out");
                        self.again(payee);
                        failed = Some(error);
                    }
                }
            }
            match failed {
                Some(error) if done == 0 => Err(error.into()),
                _ => Ok(done),
            }
        })
    }
}
