//! A partner's clearing date: our orders against our ledger. That of a company, whose payments are posted
//! once; that of a biller is in [`biller`].
//!
//! What should have been posted is read from the payments, cancels, refunds and the day itself; what was
//! posted, from the entries of every account that they touch: payers, the partner's settlement, its own
//! account, second payees, budgets, fee income. Both come in the order of the feed and are laid side by
//! side, one command after another, so memory does not grow with the day. An entry that differs, is
//! missing or is too much is named with its account. What else was posted to these accounts since the
//! day before was closed belongs to somebody else ([`strays`]), or it is named too.
//!
//! The day's sums are compared with its payments and refunds as well: from these it is settled.
//!
//! | module | reads |
//! |---|---|
//! | [`span`] | the day, and from where to where in the feed its entries are |
//! | [`accounts`] | which accounts it touches |
//! | [`movements`] | what should have been posted |
//! | [`entries`] | what was posted |
//! | [`strays`] | whose the rest is |
//! | [`sums`] | what the movements come to, against the day |
//! | [`biller`] | the same for a biller |

mod accounts;
pub(super) mod biller;
mod entries;
mod movements;
mod span;
mod strays;
mod sums;

use std::collections::BTreeMap;

use jiaozi_adapters::property::company::Company;
use jiaozi_ledger::chart::FEE_INCOME;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::progress::Pace;
use jiff::civil::Date;

use self::accounts::Accounts;
use self::entries::Entries;
use self::movements::{Kind, Movement, Movements};
use self::span::Span;
use self::strays::Strays;
use self::sums::Sums;
use super::DayError;
use super::report::{Break, Findings};
use crate::gateway::Gateway;

/// What is moved, by account: credits above nothing, debits below.
type Legs = BTreeMap<AccountId, i64>;

/// Compares a day; gives it, and how many of its payments and refunds match.
pub(super) async fn day(
    gateway: &Gateway,
    company: &Company,
    date: Date,
    findings: &mut Findings,
    pace: &mut Pace<'_>,
) -> Result<(Option<Day>, i64), DayError> {
    let span = Span::of(gateway, &company.payee, date).await?;
    pace.expect(span.day.as_ref().map_or(0, |day| day.payments.saturating_add(day.refunds)));
    let mut codes = company.accounts();
    codes.push(FEE_INCOME.to_owned());
    let accounts = Accounts::of(gateway, &company.payee, codes, span.day.as_ref()).await?;
    let mut movements = Movements::of(gateway, &span);
    let mut entries = Entries::of(gateway, &span, &accounts).await?;
    let mut comparison = Comparison {
        gateway,
        accounts: &accounts,
        breaks: Breaks { partner: &company.payee.code, findings },
        day: Day::key_of(&company.payee.code, date),
        sums: Sums::default(),
        matched: 0,
    };
    let mut strays = Strays::new(&span);
    while let Some(movement) = movements.next().await? {
        while let Some(leg) = entries.next_before(movement.seq).await? {
            strays.add(gateway, &accounts, leg, &mut comparison.breaks).await?;
        }
        let found = entries.of_command(movement.seq).await?;
        comparison.compare(&movement, found).await?;
        if movement.is_live() {
            pace.step();
        }
    }
    while let Some(leg) = entries.next_before(i64::MAX).await? {
        strays.add(gateway, &accounts, leg, &mut comparison.breaks).await?;
    }
    strays.resolve(gateway, &accounts, &mut comparison.breaks).await?;
    let Comparison { sums, mut breaks, matched, .. } = comparison;
    sums.compare(gateway, &span, &mut breaks).await?;
    Ok((span.day, matched))
}

/// The breaks of one partner.
struct Breaks<'a> {
    partner: &'a str,
    findings: &'a mut Findings,
}

impl Breaks<'_> {
    fn entry(
        &mut self,
        kind: &'static str,
        subject: String,
        account: String,
        [expected_fen, found_fen]: [i64; 2],
        what: String,
    ) {
        let (partner, account) = (self.partner.to_owned(), Some(account));
        self.findings.add(Break { partner, kind, subject, account, expected_fen, found_fen, what });
    }

    fn sum(&mut self, day: &str, figures: [i64; 2], what: String) {
        self.record("day", day, figures, what);
    }

    /// What differs within the records, not on an account.
    fn record(
        &mut self,
        kind: &'static str,
        subject: &str,
        [expected_fen, found_fen]: [i64; 2],
        what: String,
    ) {
        let (partner, subject) = (self.partner.to_owned(), subject.to_owned());
        let account = None;
        self.findings.add(Break { partner, kind, subject, account, expected_fen, found_fen, what });
    }
}

struct Comparison<'a> {
    gateway: &'a Gateway,
    accounts: &'a Accounts,
    breaks: Breaks<'a>,
    /// The key of the day.
    day: String,
    sums: Sums,
    matched: i64,
}

impl Comparison<'_> {
    /// One command: what it should have moved against what it did.
    async fn compare(&mut self, movement: &Movement, found: Legs) -> Result<(), DayError> {
        self.sums.count(movement);
        let expected = movement.legs(self.accounts);
        if expected == found {
            self.matched += i64::from(movement.is_live());
            return Ok(());
        }
        let both: std::collections::BTreeSet<&AccountId> =
            expected.keys().chain(found.keys()).collect();
        for account in both {
            let of = |legs: &Legs| legs.get(account).copied().unwrap_or(0);
            let (expected, found) = (of(&expected), of(&found));
            if expected == found {
                continue;
            }
            let code = self.accounts.code_of(self.gateway, *account).await?;
            let what = format!("moves {found} fen on {code}, expected {expected}");
            let subject = match movement.kind {
                Kind::Closing => self.day.clone(),
                _ => movement.subject.to_string(),
            };
            self.breaks.entry(movement.kind.name(), subject, code, [expected, found], what);
        }
        Ok(())
    }
}

/// Adds to a leg; one that comes to nothing is no leg.
fn add(legs: &mut Legs, account: AccountId, fen: i64) {
    let sum = legs.get(&account).copied().unwrap_or(0).saturating_add(fen);
    if sum == 0 {
        legs.remove(&account);
    } else {
        legs.insert(account, sum);
    }
}
