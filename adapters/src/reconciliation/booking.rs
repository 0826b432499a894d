//! From what we owe a partner to suspense, and back. What is booked counts in the partner's days, so that
//! it is settled with them.

use jiaozi_ledger::account::Account;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::Changes;
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::posting::Draft;
use jiaozi_ledger::problem::Problem;
use jiff::civil::Date;

use crate::answer::{no_open_day, not_opened, too_large};
use crate::settlement::days;
use crate::utility::biller::Biller;

/// The facts that a booking for a clearing date needs.
pub(super) fn needs(biller: &Biller, date: Date, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![
        Account::by_code(&biller.payee.settlement()),
        Account::by_code(&biller.unexplained()),
        Day::by_date(&biller.payee.code, date),
    ];
    needs.extend(days::needs(&biller.payee, facts));
    needs
}

/// Moves so much from what we owe the partner into suspense; back, if it is below nothing.
pub(super) fn book(
    biller: &Biller,
    facts: &Facts,
    date: Date,
    into_suspense: Fen,
    changes: &mut Changes,
) -> Result<(), Problem> {
    if into_suspense == Fen::ZERO {
        return Ok(());
    }
    let account = |code: String| {
        facts.account(&code).map(|account| account.id).ok_or_else(|| not_opened(&code))
    };
    let (partner, suspense) = (account(biller.payee.settlement())?, account(biller.unexplained())?);
    let back = into_suspense.negated().ok_or_else(too_large)?;
    changes.draft = Some(if into_suspense > Fen::ZERO {
        Draft::new().debit(partner, into_suspense).credit(suspense, into_suspense)
    } else {
        Draft::new().debit(suspense, back).credit(partner, back)
    });
    let own = facts.one::<Day>(&Day::by_date(&biller.payee.code, date));
    let own = own.filter(|day| day.closed_at.is_none()).cloned();
    // Identifier 0 may be the break's.
    let mut day = own.or_else(|| days::open(&biller.payee, facts, 1)).ok_or_else(no_open_day)?;
    day.adjusted = day.adjusted.plus(back).ok_or_else(too_large)?;
    days::add_item(&mut day, &biller.item, back).ok_or_else(too_large)?;
    changes.days.push(day);
    Ok(())
}
