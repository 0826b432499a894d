//! Contradictions among the terms of a biller: its customers, its limits and its schedule, its day's file.

use super::Problems;
use crate::spec::biller::{Biller, Customer, Service};
use crate::spec::import::{Coded, ColumnName};
use crate::spec::outbound::{Outbound, Reversal};
use crate::spec::statement::{LineStatus, Statement, TotalsCover, Withheld};

/// The form of customers' numbers at a key.
pub(super) fn customer(customer: &Customer, key: &str, problems: &mut Problems<'_>) {
    let ordered = 1 <= customer.least && customer.least <= customer.most && customer.most <= 32;
    problems.unless(ordered, key, "expected 1 <= `least` <= `most` <= 32");
}

pub(super) fn service(service: &Service, problems: &mut Problems<'_>) {
    customer(&service.customer, "biller.customer", problems);
    problems.unless(
        (30..=86_400).contains(&service.quote_valid_seconds),
        "biller.quote_valid_seconds",
        "expected 30 to 86400",
    );
}

pub(super) fn outbound(outbound: &Outbound, problems: &mut Problems<'_>) {
    let matching = outbound.declared.is_none_or(|name| name.encoding() == outbound.encoding);
    problems.unless(matching, "outbound.declared", "expected a name of the same `encoding`");
    let reference = &outbound.reference;
    problems.unless(
        (4..=18).contains(&reference.digits),
        "outbound.reference.digits",
        "expected 4 to 18 digits",
    );
    let plain = reference.prefix.len() <= 12
        && reference.prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    problems.unless(
        plain,
        "outbound.reference.prefix",
        "expected at most 12 letters, digits, - and _",
    );
    let limits = outbound.limits;
    let timeouts = outbound.timeouts;
    let breaker = outbound.breaker;
    for (key, value, most) in [
        ("outbound.limits.in_flight_max", limits.in_flight_max, 1_000),
        ("outbound.limits.per_minute", limits.per_minute, 1_000_000),
        (
            "outbound.limits.per_customer_per_minute",
            limits.per_customer_per_minute.unwrap_or(1),
            1_000,
        ),
        ("outbound.timeouts.connect_seconds", timeouts.connect_seconds, 120),
        ("outbound.timeouts.answer_seconds", timeouts.answer_seconds, 300),
        ("outbound.breaker.failures", breaker.failures, 1_000),
        ("outbound.breaker.pause_seconds", breaker.pause_seconds, 86_400),
    ] {
        problems.unless((1..=most).contains(&value), key, &format!("expected 1 to {most}"));
    }
    problems.unless(
        timeouts.late_seconds <= 3_600,
        "outbound.timeouts.late_seconds",
        "expected 0 to 3600",
    );
}

/// What the schedule says about messages that the partner has or has not.
pub(super) fn schedule(biller: &Biller, problems: &mut Problems<'_>) {
    let schedule = &biller.outbound.schedule;
    let waits = |key: &str, list: &[u32], problems: &mut Problems<'_>| {
        let right = (1..=50).contains(&list.len()) && list.iter().all(|s| (1..=86_400).contains(s));
        problems.unless(right, key, "expected 1 to 50 waits of 1 to 86400 seconds");
    };
    let ask = "outbound.schedule.ask_after_seconds";
    match (&biller.messages.ask, schedule.ask_after_seconds.as_slice()) {
        (None, []) => {}
        (None, _) => problems.at(ask, "expected no waits, for there is no [message.ask]"),
        (Some(_), list) => waits(ask, list, problems),
    }
    let repeat = "outbound.schedule.reverse_after_seconds";
    let most = "outbound.schedule.reverse_attempts_max";
    let by_files = biller.outbound.files.as_ref();
    let told = biller.messages.reversal.is_some()
        || by_files.is_some_and(|files| files.reversals.is_some());
    match (schedule.reversal, told) {
        (Reversal::UntilCutOff, true) => {
            waits(repeat, &schedule.reverse_after_seconds, problems);
            let counted = schedule.reverse_attempts_max.is_some_and(|n| (1..=1_000).contains(&n));
            problems.unless(counted, most, "expected 1 to 1000 attempts");
        }
        (Reversal::UntilCutOff, false) => problems.at(
            "outbound.schedule.reversal",
            match by_files {
                None => "`until_cut_off` needs [message.reversal], expected that or `none`",
                Some(_) => {
                    "`until_cut_off` needs `reversals` in [outbound.files], expected that or `none`"
                }
            },
        ),
        (Reversal::None, told) => {
            problems.unless(
                !told,
                if by_files.is_some() { "outbound.files.reversals" } else { "message.reversal" },
                "`outbound.schedule.reversal` is `none`, expected no such message",
            );
            let none = schedule.reverse_after_seconds.is_empty();
            problems.unless(none, repeat, "expected no waits, for there is no reversal");
            let none = schedule.reverse_attempts_max.is_none();
            problems.unless(none, most, "expected none, for there is no reversal");
        }
    }
    // Without a question nothing but the day's file can tell what became of a payment.
    problems.unless(
        biller.messages.ask.is_some() || biller.statement.is_some(),
        "message.ask",
        "expected this message or a [statement], for an outcome that is not known must be found out",
    );
}

/// The day's file, of a biller that claims under mandates or does not.
pub(super) fn statement(statement: &Statement, claims: bool, problems: &mut Problems<'_>) {
    super::formats::file_name(&statement.name, "statement.name", problems);
    let mut columns: Vec<(&str, &ColumnName)> =
        vec![("reference", &statement.reference.column), ("amount", &statement.amount.column)];
    columns.extend(statement.customer.as_ref().map(|c| ("customer", &c.column)));
    columns.extend(statement.date.as_ref().map(|c| ("date", &c.column)));
    columns.extend(statement.status.as_ref().and_then(Coded::column).map(|c| ("status", c)));
    columns.extend(statement.contract.as_ref().map(|c| ("contract", &c.column)));
    columns.extend(statement.period.as_ref().map(|c| ("period", &c.column)));
    withheld(statement, claims, problems);
    super::formats::columns(&statement.file, &columns, "statement", problems);
    if let Some(status) = &statement.status {
        let paid = status.values().contains(&&LineStatus::Paid);
        problems.unless(paid, "statement.status", "expected a word for `paid`");
    }
    let totals = statement.file.totals.is_some();
    let covered = totals || statement.totals_cover == TotalsCover::AllLines;
    problems.unless(covered, "statement.totals_cover", "needs `file.totals`");
    if let Some(date) = &statement.totals_date {
        problems.unless(totals, "statement.totals_date", "needs `file.totals`");
        problems.unless(
            date.column >= 1,
            "statement.totals_date.column",
            "columns are counted from 1",
        );
    }
}

/// Whether debits under mandates are in the file is said exactly where there are such, and how they are
/// known exactly where they are in it.
fn withheld(statement: &Statement, claims: bool, problems: &mut Problems<'_>) {
    let key = "statement.withheld";
    match (claims, statement.withheld) {
        (true, None) => {
            problems.at(key, "expected `listed` or `not_listed`, for there is a [withholding]");
        }
        (false, Some(_)) => problems.at(key, "needs a [withholding]"),
        _ => {}
    }
    let listed = statement.withheld == Some(Withheld::Listed);
    let columns = [
        ("statement.contract", statement.contract.is_some()),
        ("statement.period", statement.period.is_some()),
    ];
    for (key, given) in columns {
        let expected = "expected with `withheld` = `listed`, and only there";
        problems.unless(given == listed, key, expected);
    }
}
