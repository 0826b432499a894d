//! What a mandate may say.

use jiaozi_ledger::mandate::{Limits, Partial};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;
use serde_json::json;

use crate::answer::digest_of;
use crate::spec::fields::AMOUNT_FEN_MAX;

/// How often what failed may be presented again.
const TIMES_MAX: i64 = 31;

/// Whether the limits of a mandate can be meant on a day, and if not, which and why.
pub(super) fn checked(limits: &Limits, today: Date) -> Result<(), Problem> {
    let amount = |fen: Fen| (1..=AMOUNT_FEN_MAX).contains(&fen.0);
    let days = &limits.again.days;
    let rising = days.iter().zip(days.iter().skip(1)).all(|(a, b)| a < b);
    let in_month = days.iter().all(|day| (1..=31).contains(day));
    let times = limits.again.times_max;
    let checks = [
        (amount(limits.of_debit), "debit_max_fen", "1 to 10000000000 fen"),
        (
            limits.of_month.is_none_or(|most| amount(most) && most >= limits.of_debit),
            "month_max_fen",
            "at least debit_max_fen, at most 10000000000 fen",
        ),
        (
            limits.valid_to.is_none_or(|last| last >= limits.valid_from && last >= today),
            "valid_to",
            "a day that is not over, and not before valid_from",
        ),
        (
            match limits.partial {
                Partial::None => true,
                Partial::WhatIsThere { minimum_fen } => {
                    amount(minimum_fen) && minimum_fen <= limits.of_debit
                }
            },
            "partial.minimum_fen",
            "1 fen to debit_max_fen",
        ),
        (rising && in_month, "again.days", "days of the month, 1 to 31, rising"),
        (
            (0..=TIMES_MAX).contains(&times) && (times == 0) == days.is_empty(),
            "again.times_max",
            "1 to 31 where there are days, 0 where there are none",
        ),
    ];
    match checks.into_iter().find(|(right, _, _)| !right) {
        None => Ok(()),
        Some((_, member, expected)) => {
            let detail = "The mandate says something that cannot be meant.";
            let next = "Correct it, and ask with a new idempotency key.";
            Err(Problem::new(422, "mandate_terms", detail, next)
                .with("place", format!("body, {member}"))
                .with("expected", expected))
        }
    }
}

/// The limits as part of what was asked.
pub(super) fn part(limits: &Limits) -> String {
    let text = json!([
        limits.of_debit,
        limits.of_month,
        limits.valid_from,
        limits.valid_to,
        limits.partial,
        limits.again,
    ])
    .to_string();
    hex::encode(digest_of(&[&text]))
}
