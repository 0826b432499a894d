//! The commands, with the real program on a real SQLite file, and the workers that do the same by
//! themselves.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

#[path = "cli/accounts.rs"]
mod accounts;
#[path = "cli/biller_books.rs"]
mod biller_books;
#[path = "cli/checks.rs"]
mod checks;
#[path = "cli/company.rs"]
mod company;
#[path = "cli/day_files.rs"]
mod day_files;
#[path = "cli/days.rs"]
mod days;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/exports.rs"]
mod exports;
#[path = "cli/fetching.rs"]
mod fetching;
#[path = "cli/held_up.rs"]
mod held_up;
#[path = "cli/imports.rs"]
mod imports;
#[path = "cli/late.rs"]
mod late;
#[path = "cli/mirror_days.rs"]
mod mirror_days;
#[path = "cli/mirrored.rs"]
mod mirrored;
#[path = "cli/mirrors.rs"]
mod mirrors;
#[path = "cli/notices.rs"]
mod notices;
#[path = "cli/operators.rs"]
mod operators;
#[path = "cli/others.rs"]
mod others;
#[path = "cli/outcomes.rs"]
mod outcomes;
#[path = "cli/paid_out.rs"]
mod paid_out;
#[path = "cli/partners.rs"]
mod partners;
#[path = "cli/payouts.rs"]
mod payouts;
#[path = "cli/reconciling.rs"]
mod reconciling;
#[path = "cli/reconciling_billers.rs"]
mod reconciling_billers;
#[path = "cli/refunds.rs"]
mod refunds;
#[path = "cli/returned.rs"]
mod returned;
#[path = "cli/starting.rs"]
mod starting;
#[path = "cli/statements.rs"]
mod statements;
#[path = "cli/support.rs"]
mod support;
#[path = "cli/wallets.rs"]
mod wallets;
#[path = "cli/withheld.rs"]
mod withheld;
#[path = "cli/withholding.rs"]
mod withholding;
#[path = "cli/workers.rs"]
mod workers;
