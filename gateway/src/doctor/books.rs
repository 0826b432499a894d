//! What lags behind in the books: readers of the feed, notices, holds, days, approvals; calendars that
//! end; and whether there is somebody who may order.

use std::collections::BTreeSet;

use jiaozi_acquisition::reader;
use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_ledger::operator::{Operator, Role};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use jiaozi_ledger::time::Instant;
use jiff::ToSpan as _;

use super::{Finding, accounts, count, fetching, held_up, payouts};
use crate::config::Config;
use crate::days;
use crate::notices::{NoticeState, write};
use crate::partners::Partners;

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How old the oldest event that a reader has not read may be.
const READER_LATE: i64 = 10 * MINUTE;

/// How long a hold may outlive its time, a worker's pauses included.
const HOLD_LATE: i64 = 10 * MINUTE;

/// How long something that was proposed may wait for a second person.
const APPROVAL_LATE: i64 = 3 * DAY;

/// Days before its end within which a calendar should be extended.
const CALENDAR_DAYS: i64 = 60;

/// What there is to say, or that the database does not say it.
pub(super) async fn examine(
    config: &Config,
    store: &Store,
    partners: Option<&Partners>,
) -> Vec<Finding> {
    match all(config, store, partners).await {
        Ok(findings) => findings,
        Err(error) => {
            let says = format!("the books cannot be read: {error}");
            vec![Finding::wrong("books", says, "run `jiaozi check`")]
        }
    }
}

async fn all(
    config: &Config,
    store: &Store,
    partners: Option<&Partners>,
) -> Result<Vec<Finding>, StoreError> {
    let now = store.now().await?;
    let mut findings = Vec::new();
    for (reader, role) in [(write::READER, "webhooks"), (reader::READER, "workers")] {
        findings.push(follows(store, reader, role, now).await?);
    }
    findings.push(notices(store, config.webhooks.retry_hours_max).await?);
    findings.push(holds(store, now).await?);
    for payee in partners.into_iter().flat_map(Partners::payees) {
        findings.extend(days_of(store, payee, now).await?);
        findings.extend(calendar(payee, now));
    }
    if let Some(partners) = partners {
        findings.extend(payouts::examine(config, store, partners, now).await?);
    }
    for mirror in partners.into_iter().flat_map(Partners::mirrors) {
        findings.extend(accounts::examine(store, mirror, now).await?);
    }
    findings.extend(held_up::examine(store, partners, now).await?);
    if let Some(partners) = partners {
        findings.extend(fetching::examine(store, partners, now).await?);
    }
    findings.push(operators(store).await?);
    findings.push(approvals(store, now).await?);
    Ok(findings)
}

/// A reader of the feed, by the age of what it has not read.
async fn follows(
    store: &Store,
    reader: &str,
    role: &str,
    now: Instant,
) -> Result<Finding, StoreError> {
    let cursor = store.cursor(reader).await?;
    let behind = store.head().await?.seq.saturating_sub(cursor);
    let Some(next) = store.feed(cursor, 1).await?.into_iter().next() else {
        return Ok(Finding::ok("readers", format!("{reader} has read the whole feed")));
    };
    let age = now.0.saturating_sub(next.at.0);
    let says = format!("{reader} is {} behind, the oldest of {}", count(behind, "event"), next.at);
    let todo = format!("run `jiaozi serve` with the role {role}; its log says what keeps it");
    Ok(if age > DAY {
        Finding::wrong("readers", says, todo)
    } else if age > READER_LATE {
        Finding::warn("readers", says, todo)
    } else {
        Finding::ok("readers", says)
    })
}

async fn notices(store: &Store, hours: u64) -> Result<Finding, StoreError> {
    let of = async |state: NoticeState| {
        let sql = "select count(*) from notices where book = $1 and state = $2";
        store.number(sql, vec![Cell::Int(BOOK), Cell::Int(state.code())]).await
    };
    let (waiting, given_up) = (of(NoticeState::Waiting).await?, of(NoticeState::GivenUp).await?);
    let waits = format!("{} to be told", count(waiting, "notice"));
    Ok(if given_up > 0 {
        Finding::warn(
            "notices",
            format!("{} given up after {hours} hours; {waits}", count(given_up, "notice")),
            "ask the partner to read the feed from there on (GET /v1/events)",
        )
    } else {
        Finding::ok("notices", waits)
    })
}

async fn holds(store: &Store, now: Instant) -> Result<Finding, StoreError> {
    let sql = "select count(*) from holds where book = $1 and closed = 0 and expires_at <= $2";
    let late = Cell::Int(now.0.saturating_sub(HOLD_LATE));
    let late = store.number(sql, vec![Cell::Int(BOOK), late]).await?;
    Ok(if late > 0 {
        Finding::warn(
            "holds",
            format!("{} past their time and not given back", count(late, "hold")),
            "run `jiaozi serve` with the role workers",
        )
    } else {
        Finding::ok("holds", "none past its time")
    })
}

async fn days_of(
    store: &Store,
    payee: &Payee,
    now: Instant,
) -> Result<Option<Finding>, StoreError> {
    let Some(open) = payee.clearing_date(now) else { return Ok(None) };
    let due = days::due(store, payee, open).await?;
    let (Some(first), code) = (due.first(), &payee.code) else {
        let says = format!("{}: every day before {open} is closed", payee.code);
        return Ok(Some(Finding::ok("days", says)));
    };
    let number = i64::try_from(due.len()).unwrap_or(i64::MAX);
    let says = format!(
        "{code}: {} past the cut-off and not closed, from {first} on",
        count(number, "day")
    );
    let todo = format!(
        "run `jiaozi serve` with the role workers, or `jiaozi day close --partner {code} --date {first}`, which says what keeps it"
    );
    let old = open.saturating_sub(1.day()) > *first;
    Ok(Some(if old {
        Finding::wrong("days", says, todo)
    } else {
        Finding::warn("days", says, todo)
    }))
}

fn calendar(payee: &Payee, now: Instant) -> Option<Finding> {
    let (today, until) = (payee.today(now), payee.calendar.until());
    let says = format!("the calendar of {} ends on {until}", payee.code);
    let todo = "extend the file under calendars/: a day that it does not cover is not settled";
    if until < today {
        Some(Finding::wrong("calendar", says, todo))
    } else if until < today.saturating_add(CALENDAR_DAYS.days()) {
        Some(Finding::warn("calendar", says, todo))
    } else {
        Some(Finding::ok("calendar", says))
    }
}

async fn operators(store: &Store) -> Result<Finding, StoreError> {
    let active: Vec<Operator> = store.find("revoked_at is null order by code", vec![]).await?;
    let with = |role: Role| active.iter().filter(|one| one.roles.contains(&role)).count();
    let makers: BTreeSet<&str> = active
        .iter()
        .filter(|one| one.roles.contains(&Role::Maker) || one.roles.contains(&Role::Checker))
        .map(|one| one.code.as_str())
        .collect();
    let says = format!(
        "{} administrators, {} makers, {} checkers",
        with(Role::Administrator),
        with(Role::Maker),
        with(Role::Checker)
    );
    if store.head().await?.sandbox {
        return Ok(Finding::ok("operators", format!("{says}; a sandbox asks nobody for a proof")));
    }
    Ok(match with(Role::Administrator) {
        0 => Finding::wrong(
            "operators",
            format!("{says}: nothing can be ordered by hand"),
            "jiaozi operator add CODE --first --role administrator …",
        ),
        1 => Finding::warn(
            "operators",
            format!("{says}: if that key is lost, nobody can be added or revoked"),
            "add a second administrator",
        ),
        _ if with(Role::Maker) == 0 || with(Role::Checker) == 0 || makers.len() < 2 => {
            let says = format!("{says}: what takes two people cannot be done");
            Finding::warn("operators", says, "add a maker and, as another person, a checker")
        }
        _ => Finding::ok("operators", says),
    })
}

async fn approvals(store: &Store, now: Instant) -> Result<Finding, StoreError> {
    let sql =
        "select count(*) from approvals where book = $1 and state in (0, 1) and proposed_at <= $2";
    let waiting =
        async |before: i64| store.number(sql, vec![Cell::Int(BOOK), Cell::Int(before)]).await;
    let old = waiting(now.0.saturating_sub(APPROVAL_LATE)).await?;
    let all = waiting(i64::MAX).await?;
    Ok(if old > 0 {
        let says = format!("{} for more than three days", count(old, "proposal"));
        Finding::warn("approvals", says, "jiaozi approval list")
    } else {
        Finding::ok("approvals", format!("{} not done yet", count(all, "proposal")))
    })
}
