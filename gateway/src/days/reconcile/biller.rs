//! A biller's clearing date: our orders against our ledger.
//!
//! A payment to a biller is posted each time that its outcome becomes another one, perhaps days later, and
//! none of these postings stands in its record. So not each posting is compared, but what all postings of a
//! payment come to, account by account: its record says that, whatever way it went. The same is true of a
//! break and what was booked for it. Refunds and the closing are posted once.
//!
//! | of the date | its record says |
//! |---|---|
//! | a payment, asked or withheld | where its money is: reserved, in suspense, the biller's, the payer's; or with the payer, and the biller has given it back from what was settled |
//! | a refund | from the day's money and from what was settled, to the payer |
//! | a break | what is in suspense for it, and what two operators have moved from there |
//! | the closing | what was settled, and our fee |
//!
//! Each of these is read with its entries in one statement, so that both are of one moment. What else was
//! posted to the biller's accounts since the day before was closed must be of a record of another date
//! ([`strays`]), or it is named.
//!
//! | module | compares |
//! |---|---|
//! | [`posted`] | (the entries, as a part of a statement, and what a statement gives of a record) |
//! | [`payments`] | payments |
//! | [`once`] | refunds and the closing |
//! | [`bookings`] | what was booked for breaks |
//! | [`counted`] | the day with the payments that count in it, and days with breaks |
//! | [`strays`] | what is left over |

mod bookings;
mod counted;
mod once;
mod payments;
mod posted;
mod strays;

use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::chart::FEE_INCOME;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::progress::Pace;
use jiff::civil::Date;

use self::posted::Scope;
use super::accounts::Accounts;
use super::span::Span;
use super::{Breaks, Legs};
use crate::days::DayError;
use crate::days::report::Findings;
use crate::gateway::Gateway;

/// Compares a day; gives it, and how many of the date's payments and refunds match.
pub(in crate::days) async fn day(
    gateway: &Gateway,
    biller: &Biller,
    date: Date,
    findings: &mut Findings,
    pace: &mut Pace<'_>,
) -> Result<(Option<Day>, i64), DayError> {
    let span = Span::of(gateway, &biller.payee, date).await?;
    pace.expect(span.day.as_ref().map_or(0, |day| day.payments.saturating_add(day.refunds)));
    let mut codes = biller.accounts();
    codes.push(FEE_INCOME.to_owned());
    let accounts = Accounts::of(gateway, &biller.payee, codes, span.day.as_ref()).await?;
    let scope = Scope::of(gateway, biller, &span, &accounts).await?;
    let mut breaks = Breaks { partner: &biller.payee.code, findings };
    let mut matched = payments::compare(&scope, &mut breaks, pace).await?;
    matched += once::refunds(&scope, &mut breaks, pace).await?;
    once::closing(&scope, &mut breaks).await?;
    bookings::compare(&scope, &mut breaks).await?;
    strays::find(&scope, &mut breaks).await?;
    counted::compare(&scope, &mut breaks).await?;
    Ok((span.day, matched))
}
