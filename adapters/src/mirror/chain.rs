//! Balances from one statement to the next: the first opens with what we had before it, and every other
//! with what the one before has closed with. Where it does not, a statement is missing or tells days twice.

use std::collections::BTreeMap;

use jiaozi_ledger::breaks::{BreakKind, Cause};
use jiaozi_ledger::mirror::Mirror;
use jiaozi_ledger::mirror::account_statement::AccountStatement;
use jiaozi_ledger::money::Fen;
use jiff::ToSpan as _;

use super::judge::Difference;
use crate::reconciliation::judge::Found;
use crate::spec::mirror::MirrorSpec;

/// What a statement's opening is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// `mirror/reference` of the break that it would be.
    pub reference_key: String,
    /// The key of that break.
    pub break_key: String,
    /// The difference; nothing where it follows.
    pub difference: Option<Difference>,
}

/// The order of statements: by day, number and page. Those of the same days that have neither follow each
/// other by their balances, in whatever order they came.
pub fn sort(statements: &mut [AccountStatement]) {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<u64>().ok());
    let place =
        |one: &AccountStatement| (one.date, one.from, number(&one.number), number(&one.page));
    statements.sort_by_key(|one| (place(one), one.seq));
    let mut closed = None;
    for parts in statements.chunk_by_mut(|one, next| place(one) == place(next)) {
        in_chain(parts, closed);
        closed = parts.iter().rev().find_map(|one| one.closing).or(closed);
    }
}

/// Puts parts of the same days in an order in which each opens with what the one before has closed with.
fn in_chain(parts: &mut [AccountStatement], closed: Option<Fen>) {
    let mut closed = closed;
    for nth in 0..parts.len().saturating_sub(1) {
        let rest = &parts[nth..];
        let follows = |one: &AccountStatement| one.opening.is_some() && one.opening == closed;
        // What comes back to its balance comes before what leaves it.
        let stays = |one: &AccountStatement| follows(one) && one.closing == one.opening;
        let begins = |one: &AccountStatement| {
            let goes_on =
                |other: &AccountStatement| other.id != one.id && other.closing == one.opening;
            one.opening.is_some() && !rest.iter().any(goes_on)
        };
        let found = rest.iter().position(stays).or_else(|| rest.iter().position(follows));
        let next = found.or_else(|| rest.iter().position(begins)).unwrap_or(0);
        parts[nth..=nth + next].rotate_right(1);
        closed = parts[nth].closing.or(closed);
    }
}

/// Every link of a chain of statements, which are in their order and all of them count. Statements that
/// state no balance are no links.
#[must_use]
pub fn links(spec: &MirrorSpec, mirror: &Mirror, statements: &[AccountStatement]) -> Vec<Link> {
    let code = &spec.code;
    let mut before: Option<&AccountStatement> = None;
    let mut links = Vec::new();
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    for statement in statements {
        let (Some(opening), Some(_)) = (statement.opening, statement.closing) else { continue };
        let nth = named.entry(of(statement)).or_default();
        *nth += 1;
        let (reference, expected) = match before.and_then(|before| before.closing) {
            Some(closing) if *nth > 1 => (format!("{} ({nth})", of(statement)), closing),
            Some(closing) => (of(statement), closing),
            None => ("opening".to_owned(), mirror.base),
        };
        let cause = match before {
            None => Cause::OpeningDiffers,
            Some(before) if statement.from <= before.date && !is_page_after(statement, before) => {
                Cause::StatementOverlap
            }
            Some(_) => Cause::StatementMissing,
        };
        let gap = Fen(expected.0.saturating_sub(opening.0).saturating_abs());
        let (ours, theirs, booked) = (expected, opening, Fen::ZERO);
        let found = Found { kind: BreakKind::Balance, ours, theirs, gap, booked, cause };
        links.push(Link {
            reference_key: format!("{code}/{reference}"),
            break_key: format!("{code}/balance/{reference}"),
            difference: (gap != Fen::ZERO).then_some(Difference { date: statement.from, found }),
        });
        before = Some(statement);
    }
    links
}

/// How a statement is called where it does not follow.
fn of(statement: &AccountStatement) -> String {
    let mut name = format!("statement {}", statement.date);
    for part in [&statement.number, &statement.page].into_iter().flatten() {
        name.push_str(&format!(" {part}"));
    }
    name
}

/// Whether a statement goes on with the day of the one before, such as another page of it.
fn is_page_after(statement: &AccountStatement, before: &AccountStatement) -> bool {
    let other = (&statement.number, &statement.page) != (&before.number, &before.page);
    let goes_on = statement.opening.is_some() && statement.opening == before.closing;
    statement.date == before.date && (other || goes_on)
}

/// A hole or a fold in a row of statements, said by days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seam {
    /// Working days that no statement tells: between two of them, or before the first.
    Missing {
        /// The first of them.
        from: jiff::civil::Date,
        /// The last of them.
        to: jiff::civil::Date,
    },
    /// Days that two statements tell.
    Twice {
        /// The first of them.
        from: jiff::civil::Date,
        /// The last of them.
        to: jiff::civil::Date,
    },
}

/// Where a row of statements, in their order, leaves days out or tells them twice, from the first day that is
/// reconciled on.
#[must_use]
pub fn seams(spec: &MirrorSpec, statements: &[AccountStatement]) -> Vec<Seam> {
    let first = statements.first();
    let before_all = first.and_then(|first| missing(spec, spec.since, first.from));
    let mut seams: Vec<Seam> = before_all.into_iter().collect();
    for pair in statements.windows(2) {
        let [before, next] = pair else { continue };
        if next.from <= before.date {
            if !is_page_after(next, before) {
                seams.push(Seam::Twice { from: next.from, to: before.date.min(next.date) });
            }
            continue;
        }
        seams.extend(missing(spec, before.date.saturating_add(1.day()), next.from));
    }
    seams
}

/// The working days from one day on and before another one, if there are any.
fn missing(spec: &MirrorSpec, from: jiff::civil::Date, before: jiff::civil::Date) -> Option<Seam> {
    let mut found: Option<(jiff::civil::Date, jiff::civil::Date)> = None;
    let mut day = from;
    while day < before {
        // What a calendar does not cover is taken for worked: rather named than not.
        if spec.calendar.is_working_day(day).unwrap_or(true) {
            found = Some(found.map_or((day, day), |(first, _)| (first, day)));
        }
        day = day.saturating_add(1.day());
    }
    found.map(|(from, to)| Seam::Missing { from, to })
}

/// How far statements go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The last day of the last statement: what we have posted after it is not expected there.
    pub until: jiff::civil::Date,
    /// The last day of the row of statements from the first day that is reconciled on that leaves no working
    /// day out: what is not there by then is missing. Behind a hole nothing can be said to be.
    pub unbroken: jiff::civil::Date,
}

/// How far statements, in their order, go; nothing where there are none.
#[must_use]
pub fn reach(spec: &MirrorSpec, statements: &[AccountStatement]) -> Option<Reach> {
    let until = statements.iter().map(|one| one.date).max()?;
    let hole = seams(spec, statements).into_iter().find_map(|seam| match seam {
        Seam::Missing { from, .. } => Some(from),
        Seam::Twice { .. } => None,
    });
    let before = |hole: jiff::civil::Date| hole.saturating_sub(1.day());
    Some(Reach { until, unbroken: hole.map_or(until, before) })
}
