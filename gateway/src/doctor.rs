//! What is wrong with this installation: everything that can be seen without changing anything, also
//! while a server runs.
//!
//! | module | looks at |
//! |---|---|
//! | [`machine`] | folders, files with secrets, disks, addresses, certificates |
//! | [`database`] | whether it answers, its schema, its durability, its time |
//! | [`partners`] | specifications, keys, calendars |
//! | [`payouts`] | whether payouts can be told to the core, and what keeps them |
//! | [`core`](mod@core) | the bank's core, where one is in force |
//! | [`accounts`] | accounts that mirror one elsewhere: whether their statements come |
//! | [`held_up`] | what waits until an account takes money again |
//! | [`fetching`] | files that come by themselves: which are late |
//! | [`books`] | what lags behind: readers, notices, holds, days, approvals; and who may order |
//!
//! What it looks at later stands on what it looked at before: a database that does not answer is one
//! finding and not ten.

mod accounts;
mod books;
mod certificate;
mod core;
mod database;
mod fetching;
mod held_up;
mod machine;
mod partners;
mod payouts;

use jiaozi_ledger::time::Instant;
use serde::Serialize;

use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warn,
    /// Something does not work, or money or its proof is at risk.
    Wrong,
}

impl Level {
    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was looked at.
    pub about: &'static str,
    /// What was found.
    pub says: String,
    /// What to do, unless it is as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

impl Finding {
    fn ok(about: &'static str, says: impl Into<String>) -> Finding {
        Finding { level: Level::Ok, about, says: says.into(), todo: None }
    }

    fn warn(about: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Finding {
        Finding { level: Level::Warn, about, says: says.into(), todo: Some(todo.into()) }
    }

    fn wrong(about: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Finding {
        Finding { level: Level::Wrong, about, says: says.into(), todo: Some(todo.into()) }
    }
}

/// Looks at everything, in the order in which one thing stands on another.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let now: Instant = SystemClock.now();
    let mut findings = vec![Finding::ok("configuration", "every key is what it should be")];
    findings.extend(machine::examine(config, now).await);
    let (partners, found) = partners::specifications(config);
    findings.extend(found);
    let (store, found) = database::examine(config, now).await;
    findings.extend(found);
    let Some(store) = store else { return findings };
    if let Some(partners) = &partners {
        findings.extend(partners::keys(&store, partners).await);
        findings.extend(core::examine(config, &store, partners).await);
    }
    findings.extend(books::examine(config, &store, partners.as_ref()).await);
    // Nothing was written, so there is nothing that closing could lose.
    if let Err(error) = store.close().await {
        tracing::debug!(%error, "the database does not close");
    }
    findings
}

/// How many of something: `1 hold`, `2 holds`.
fn count(number: i64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
