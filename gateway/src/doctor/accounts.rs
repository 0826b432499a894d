//! Accounts that mirror one elsewhere: whether their statements come in time, and follow each other.

use jiaozi_adapters::mirror::chain::seams;
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;

use super::{Finding, count};
use crate::mirror::{current, half_taken};

/// Working days that a statement may be missing before something is wrong.
const LATE_DAYS: usize = 3;

/// What there is to say of an account.
pub(super) async fn examine(
    store: &Store,
    spec: &MirrorSpec,
    now: Instant,
) -> Result<Vec<Finding>, StoreError> {
    let (code, about) = (&spec.code, "statements");
    let mut findings = Vec::new();
    for half in half_taken(store, code).await? {
        let says = format!("{code}: {} of {} was not taken to its end", half.name, half.date);
        findings.push(Finding::wrong(
            about,
            says,
            "import the same file again, or a correction of it",
        ));
    }
    let statements = current(store, code).await?;
    let last = statements.iter().map(|one| one.date).max();
    let missing = seams(spec, &statements).len();
    if missing > 0 {
        let number = i64::try_from(missing).unwrap_or(i64::MAX);
        let places = count(number, "place");
        let says = format!("{code}: in {places} its statements do not follow each other");
        findings.push(Finding::warn(about, says, "jiaozi day report names them; ask for them"));
    }
    let expected = match spec.expected_by(spec.day_of(now)) {
        Ok(expected) => expected,
        Err(error) => {
            let says = format!("{code}: when its statements are due is not known: {error}");
            findings.push(Finding::warn(about, says, "extend the file under calendars/"));
            return Ok(findings);
        }
    };
    findings.push(match expected.filter(|day| last.is_none_or(|last| last < *day)) {
        Some(day) => overdue(spec, last, day),
        None => {
            let until =
                last.map_or("none is due yet".to_owned(), |last| format!("here up to {last}"));
            Finding::ok(about, format!("{code}: {until}"))
        }
    });
    Ok(findings)
}

fn overdue(spec: &MirrorSpec, last: Option<Date>, day: Date) -> Finding {
    let (code, about) = (&spec.code, "statements");
    let here = last.map_or("none has come".to_owned(), |last| format!("the last is of {last}"));
    let says = format!("{code}: the statement of {day} is overdue; {here}");
    let todo = "ask for it, and import it with `jiaozi file import statement FILE`";
    // How many working days are missing decides how bad it is.
    let mut since = last.unwrap_or(spec.since);
    let mut late = 0;
    while since < day && late < LATE_DAYS {
        match spec.calendar.next_working_day(since) {
            Ok(next) => since = next,
            Err(_) => break,
        }
        late += 1;
    }
    match late < LATE_DAYS {
        true => Finding::warn(about, says, todo),
        false => Finding::wrong(about, says, todo),
    }
}
