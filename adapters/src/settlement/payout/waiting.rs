//! What a closed day leaves to be paid out: in the commit that closes it, its parts are put on the list of
//! each account that the specification pays out, and its fee on that of what is owed.

use jiaozi_ledger::day::Day;
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::id::PayableId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::payout::payable::{Payable, Waiting};

use crate::settlement::payee::Payee;

/// The first identifier that is drawn for a new list: those before belong to the day.
const FIRST_ID: u16 = 100;

/// The lists of the accounts that are paid out.
#[must_use]
pub fn needs(payee: &Payee) -> Vec<Need> {
    payee.paid_out().into_iter().map(Payable::by_account).collect()
}

/// The lists as they are once the day is closed; nothing where sums do not fit.
#[must_use]
pub fn after(payee: &Payee, facts: &Facts, day: &Day) -> Option<Vec<Payable>> {
    let seq = facts.moment().seq;
    let mut lists = Vec::new();
    for (account, nth) in payee.paid_out().into_iter().zip(FIRST_ID..) {
        let known = facts.one::<Payable>(&Payable::by_account(account)).cloned();
        let mut list = known
            .unwrap_or_else(|| Payable::open(facts.moment().ids.id::<PayableId>(nth), account));
        let own = account == payee.settled();
        let fen = match own {
            true => day.settled,
            false => day.payees().get(account).copied().unwrap_or_default(),
        };
        if fen != Fen::ZERO {
            let settlement_date = day.settlement_date?;
            list.waiting.push(Waiting { day: day.day_key.clone(), settlement_date, fen });
        }
        if own && day.fee_apart != Fen::ZERO {
            list.owe(day.date, day.fee_apart)?;
        }
        list.seq = seq;
        lists.push(list);
    }
    Some(lists)
}
