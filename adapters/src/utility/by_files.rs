//! When somebody who is told by files is told: at the times of its specification, and of the last minutes
//! before its cut-off at once. And what is due of an instruction: to be put into a file, or news of a silence.

use jiaozi_ledger::instruction::file::Told;
use jiaozi_ledger::instruction::{Instruction, News, Said, Step};
use jiaozi_ledger::time::Instant;
use jiff::ToSpan as _;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use super::biller::Biller;
use crate::spec::files::Files;

/// What is due of an instruction of somebody who is told by files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    NotYet,
    /// It, or its reversal, goes into a file.
    Gather(Told),
    /// News of this try, and why: an answer did not come in time, or its day ended before it was told.
    Heard(News, i64, &'static str),
}

impl Biller {
    /// What is due of an instruction at an instant. What is asked by messages is not due here.
    #[must_use]
    pub fn due_by_files(&self, one: &Instruction, at: Instant) -> Due {
        let Some(files) = &self.files else { return Due::NotYet };
        let Some(due_at) = one.due_at.filter(|due_at| *due_at <= at) else { return Due::NotYet };
        let day = self.now(at, one.clearing_date);
        let told = match one.step {
            Step::Await => Told::Payments,
            Step::Reverse => Told::Reversals,
            Step::Ask | Step::Rest => return Due::NotYet,
        };
        match (told, one.waits_for_file()) {
            (_, true) if !day.day_is_over() => {
                let leaves = files.leaves_at(due_at, day.day_ends_at) <= at;
                if leaves { Due::Gather(told) } else { Due::NotYet }
            }
            (Told::Payments, true) => Due::Heard(News::NotSent, 0, "in_no_file"),
            (Told::Payments, false) => Due::Heard(News::Answered(Said::Nothing), 0, "no_result"),
            (Told::Reversals, waits) => {
                let why = if waits { "cut_off_passed" } else { "no_result" };
                Due::Heard(News::Reversal(Said::Nothing), one.tries, why)
            }
        }
    }
}

/// The times of a partner's files.
#[derive(Debug, Clone)]
pub struct ByFiles {
    /// The zone of its times.
    pub zone: TimeZone,
    /// Every so many minutes from midnight on.
    pub every_minutes: Option<u32>,
    /// At these times of the day, in their order.
    pub at: Vec<Time>,
    /// From so many seconds before the end of a day on, at once.
    pub before_cut_off_seconds: i64,
    /// How long an answer is waited for.
    pub answer_seconds: i64,
}

impl ByFiles {
    /// Those of a specification.
    #[must_use]
    pub fn of(files: &Files, zone: &TimeZone) -> ByFiles {
        let mut at: Vec<Time> = files.at.iter().map(|at| at.0).collect();
        at.sort();
        ByFiles {
            zone: zone.clone(),
            every_minutes: files.every_minutes,
            at,
            before_cut_off_seconds: i64::from(files.before_cut_off_minutes) * 60,
            answer_seconds: i64::from(files.answer_minutes) * 60,
        }
    }

    /// When what is ready at an instant goes into a file, of a day that ends at another. What is asked again
    /// with the answer gets the same answer, and who is ready later goes no earlier.
    #[must_use]
    pub fn leaves_at(&self, ready: Instant, day_ends_at: Instant) -> Instant {
        let last = Instant(day_ends_at.0.saturating_sub(self.before_cut_off_seconds * 1_000_000));
        let regular = self.next(ready);
        regular.map_or(last, |regular| regular.min(last)).max(ready)
    }

    /// The first of its times that is not before an instant.
    fn next(&self, ready: Instant) -> Option<Instant> {
        let civil = self.zone.to_datetime(ready.timestamp());
        let every = self.every_minutes.and_then(|minutes| next_of_grid(civil, minutes));
        let at = |civil: DateTime| {
            let later = self.at.iter().find(|at| **at >= civil.time());
            later.map(|at| civil.date().to_datetime(*at))
        };
        let tomorrow = || at(civil.date().tomorrow().ok()?.to_datetime(Time::midnight()));
        let fixed = at(civil).or_else(tomorrow);
        let times = [every, fixed].into_iter().flatten();
        let first = times.filter_map(|civil| self.zone.to_timestamp(civil).ok()).min()?;
        Some(Instant::from(first))
    }
}

/// The first of a day's multiples of so many minutes that is not before a time, or the next midnight.
fn next_of_grid(civil: DateTime, minutes: u32) -> Option<DateTime> {
    let midnight = civil.date().to_datetime(Time::midnight());
    let time = civil.time();
    let passed = i64::from(time.hour()) * 3_600
        + i64::from(time.minute()) * 60
        + i64::from(time.second())
        + i64::from(time.subsec_nanosecond() > 0);
    let step = i64::from(minutes.max(1)) * 60;
    let seconds = (passed + step - 1) / step * step;
    let tomorrow = civil.date().tomorrow().ok()?.to_datetime(Time::midnight());
    Some(midnight.checked_add(seconds.seconds()).ok()?.min(tomorrow))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn times(every_minutes: Option<u32>, at: &[(i8, i8)]) -> ByFiles {
        ByFiles {
            zone: TimeZone::get("Asia/Shanghai").expect("a zone"),
            every_minutes,
            at: at.iter().map(|(hour, minute)| Time::constant(*hour, *minute, 0, 0)).collect(),
            before_cut_off_seconds: 600,
            answer_seconds: 1_800,
        }
    }

    fn instant(text: &str) -> Instant {
        let at: Timestamp = format!("2026-11-20T{text}+08:00").parse().expect("a time");
        at.into()
    }

    #[test]
    fn a_file_is_made_at_its_times_and_before_the_cut_off_at_once() {
        let end = instant("23:00:00");
        let (grid, fixed) = (times(Some(15), &[]), times(None, &[(12, 0), (17, 30)]));
        for (of, ready, leaves) in [
            (&grid, "10:00:00", "10:00:00"),
            (&grid, "10:00:00.000001", "10:15:00"),
            (&grid, "22:46:00", "22:50:00"),
            (&grid, "22:51:07", "22:51:07"),
            (&fixed, "10:00:00", "12:00:00"),
            (&fixed, "12:00:01", "17:30:00"),
            (&fixed, "18:00:00", "22:50:00"),
            (&times(Some(60), &[(10, 30)]), "10:10:00", "10:30:00"),
            (&times(Some(60), &[(10, 30)]), "10:31:00", "11:00:00"),
        ] {
            assert_eq!(of.leaves_at(instant(ready), end), instant(leaves), "{ready}");
        }
        // The night before belongs to the day that ends at 23:00.
        let next_day = instant("23:00:00").plus_seconds(86_400);
        assert_eq!(
            fixed.leaves_at(instant("23:30:00"), next_day),
            instant("12:00:00").plus_seconds(86_400)
        );
    }

    proptest! {
        #[test]
        fn it_leaves_in_time_once_and_in_order(
            every in proptest::option::of(1_u32..=1_440),
            at in proptest::collection::vec((0_i8..24, 0_i8..60), 0..3),
            first in 0_i64..86_400_000, more in 0_i64..86_400_000,
        ) {
            let mut at = at;
            at.sort_unstable();
            let (of, start) = (times(every, &at), instant("00:00:00"));
            let end = start.plus_seconds(2 * 86_400);
            let (one, two) = (Instant(start.0 + first * 1_000), Instant(start.0 + (first + more) * 1_000));
            let (leaves, later) = (of.leaves_at(one, end), of.leaves_at(two, end));
            prop_assert!(leaves >= one && leaves <= later);
            prop_assert_eq!(of.leaves_at(leaves, end), leaves);
            prop_assert!(leaves.0 <= (end.0 - 600 * 1_000_000).max(one.0));
        }
    }
}
