//! The database: whether it is there and answers, its schema, its durability, its time.

use std::sync::Arc;

use jiaozi_ledger::store::{OpenOptions, SchemaState, Store, StoreError};
use jiaozi_ledger::time::Instant;

use super::Finding;
use crate::clock::SystemClock;
use crate::config::{Config, Mode};
use crate::sandbox;

/// By how much the books' time may be ahead of the clock, in microseconds: processes on several machines
/// are never quite of one mind.
const AHEAD: i64 = 2_000_000;

/// The store, if it can be worked with as it is; and what was found on the way.
pub(super) async fn examine(config: &Config, now: Instant) -> (Option<Store>, Vec<Finding>) {
    let shown = config.database.shown_url();
    if let Some(file) = sandbox::database_file(&config.database.url)
        && !file.exists()
    {
        let todo = "start `jiaozi serve` or run `jiaozi sandbox create`: they make it";
        return (None, vec![Finding::warn("database", format!("{shown}: not there yet"), todo)]);
    }
    let state = match Store::schema_state(&config.database.url).await {
        Ok(state) => state,
        Err(error) => return (None, vec![unreachable(&shown, &error)]),
    };
    let schema = schema(&shown, &state);
    if schema.level != super::Level::Ok {
        return (None, vec![schema]);
    }
    // The schema is this program's, so opening brings nothing up to date.
    let options = OpenOptions { allow_weak_durability: true, ..OpenOptions::default() };
    match Store::open(&config.database.url, Arc::new(SystemClock), options).await {
        Ok(store) => {
            let mut findings = vec![schema];
            findings.extend(of_open(config, &store, &shown, now).await);
            (Some(store), findings)
        }
        Err(error) => (None, vec![schema, unreachable(&shown, &error)]),
    }
}

fn unreachable(shown: &str, error: &StoreError) -> Finding {
    let todo = "see that it runs, and that this user may use it; then database.url";
    Finding::wrong("database", format!("{shown}: {error}"), todo)
}

fn schema(shown: &str, state: &SchemaState) -> Finding {
    let missing = state.known.iter().filter(|known| !state.applied.contains(known)).count();
    let unknown = state.applied.iter().filter(|applied| !state.known.contains(applied)).count();
    let last = state.applied.last().copied().unwrap_or_default();
    match (missing, unknown) {
        (0, 0) => Finding::ok("schema", format!("version {last}, this program's")),
        (_, 0) => Finding::warn(
            "schema",
            format!("{shown}: version {last}, {missing} behind this program's"),
            "start `jiaozi serve`: it brings the schema up to date",
        ),
        _ => Finding::wrong(
            "schema",
            format!("{shown}: version {last}, which this program does not know"),
            "run the program that has made it, or a newer one",
        ),
    }
}

async fn of_open(config: &Config, store: &Store, shown: &str, now: Instant) -> Vec<Finding> {
    let (head, durability) = match (store.head().await, store.durability().await) {
        (Ok(head), Ok(durability)) => (head, durability),
        (Err(error), _) | (_, Err(error)) => return vec![unreachable(shown, &error)],
    };
    let kind = if head.sandbox { "a sandbox" } else { "live" };
    let says = format!("{shown}: {kind}, {} commands in the feed", head.seq);
    let mut findings = vec![Finding::ok("database", says)];
    if !head.sandbox
        && let Err(complaint) = config.secrets.keys(Mode::Live)
    {
        let says = config.complain(complaint).to_string();
        findings.push(Finding::wrong(
            "secret",
            says,
            "set it as it was when the database was made",
        ));
    }
    let settings: Vec<String> =
        durability.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let says = format!("{}: {}", durability.engine, settings.join(", "));
    findings.push(if durability.full {
        Finding::ok("durability", says)
    } else {
        let todo = "switch them on: a loss of power could lose an answered payment";
        Finding::wrong("durability", says, todo)
    });
    let clock = now.0.saturating_add(head.clock_offset);
    let ahead = head.at.0.saturating_sub(clock);
    findings.push(if ahead > AHEAD {
        Finding::wrong(
            "time",
            format!(
                "the books are at {}, {} s ahead of this machine's clock",
                head.at,
                ahead / 1_000_000
            ),
            "set the clock (NTP): until it has caught up, every payment gets the books' time",
        )
    } else {
        Finding::ok("time", format!("the clock is not behind the books, which are at {}", head.at))
    });
    findings
}
