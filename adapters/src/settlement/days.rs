//! Finding the clearing day that a payment or refund belongs to, and changing its sums. Closing it is
//! in [`super::close`].

use jiaozi_ledger::day::Day;
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::DayId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::Shares;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;

use super::payee::Payee;

/// How many days are looked at before giving up. A day closes only after its cut-off, so even one is
/// rare; each further one may cost a round of needs.
const AHEAD: usize = 4;

fn dates(payee: &Payee, at: Instant) -> impl Iterator<Item = Date> {
    std::iter::successors(payee.clearing_date(at), |date| date.tomorrow().ok()).take(AHEAD)
}

/// The days that may turn out to be the one: two more than are known to be closed, because the cut-off
/// may pass between loading and deciding.
#[must_use]
pub fn needs(payee: &Payee, facts: &Facts) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut candidates = 0;
    for date in dates(payee, facts.moment().at) {
        let need = Day::by_date(&payee.code, date);
        let closed = facts.one::<Day>(&need).is_some_and(|day| day.closed_at.is_some());
        needs.push(need);
        candidates += usize::from(!closed);
        if candidates == 2 {
            break;
        }
    }
    needs
}

/// The first open day from the clearing date of now on; a new one where nothing has happened yet, with
/// the `nth` identifier.
#[must_use]
pub fn open(payee: &Payee, facts: &Facts, nth: u16) -> Option<Day> {
    for date in dates(payee, facts.moment().at) {
        let need = Day::by_date(&payee.code, date);
        match facts.one::<Day>(&need) {
            Some(day) if day.closed_at.is_none() => return Some(day.clone()),
            Some(_) => {}
            None if facts.knows(&need) => {
                let id: DayId = facts.moment().ids.id(nth);
                return Some(Day::open(id, &payee.code, date));
            }
            None => return None,
        }
    }
    None
}

/// Adds an amount, which may be negative, to an item of a day. Items at nothing are left out.
#[must_use]
pub fn add_item(day: &mut Day, item: &str, amount: Fen) -> Option<()> {
    let sum = item_sum(day, item).plus(amount)?;
    if sum == Fen::ZERO {
        day.items.remove(item);
    } else {
        day.items.insert(item.to_owned(), sum.0);
    }
    Some(())
}

/// Adds to what second payees get of an item of a day. Payees with nothing are left out.
#[must_use]
pub fn add_shares(day: &mut Day, item: &str, shares: &Shares) -> Option<()> {
    change_shares(day, item, shares, Fen::plus)
}

/// Takes from what second payees get of an item of a day.
#[must_use]
pub fn take_shares(day: &mut Day, item: &str, shares: &Shares) -> Option<()> {
    change_shares(day, item, shares, Fen::minus)
}

fn change_shares(
    day: &mut Day,
    item: &str,
    shares: &Shares,
    change: fn(Fen, Fen) -> Option<Fen>,
) -> Option<()> {
    let mut of_item = day.shares.remove(item).unwrap_or_default();
    for (payee, fen) in shares {
        let sum = change(of_item.get(payee).copied().unwrap_or_default(), *fen)?;
        of_item.insert(payee.clone(), sum);
    }
    of_item.retain(|_, fen| *fen != Fen::ZERO);
    if !of_item.is_empty() {
        day.shares.insert(item.to_owned(), of_item);
    }
    Some(())
}

/// What is left of an item of a day for the payee itself.
#[must_use]
pub fn own_part(day: &Day, item: &str) -> Option<Fen> {
    let shares = day.shares.get(item).into_iter().flat_map(|shares| shares.values().copied());
    item_sum(day, item).minus(Fen::total(shares)?)
}

/// Whether nobody has less than nothing of an item of a day.
#[must_use]
pub fn covers(day: &Day, item: &str) -> bool {
    let mut shares = day.shares.get(item).into_iter().flat_map(|shares| shares.values());
    own_part(day, item).is_some_and(|own| own >= Fen::ZERO) && shares.all(|fen| *fen >= Fen::ZERO)
}

/// What a day has for an item.
#[must_use]
pub fn item_sum(day: &Day, item: &str) -> Fen {
    Fen(day.items.get(item).copied().unwrap_or(0))
}
