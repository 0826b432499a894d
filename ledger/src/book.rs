//! The rules of the books: what a transaction must be, which limits hold, and what changes when a
//! decision is applied to the facts in memory.
//!
//! [`preview`] says what would come of some changes, without changing anything: scenes ask it before
//! they decide, so that a refusal becomes a decline with a reason. [`apply`] does it, whole or not at
//! all.

use crate::account::{Account, AccountStatus};
use crate::decision::Changes;
use crate::facts::Facts;
use crate::hold::Hold;
use crate::id::{AccountId, DebtId, HoldId};
use crate::money::{Currency, Fen, Side};
use crate::posting::{Debt, Draft, Entry, Line};
use std::collections::BTreeMap;

/// Why the books do not take some changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A line or hold names an account that does not exist.
    #[error("there is no account {0}")]
    UnknownAccount(AccountId),
    /// The account is frozen or closed.
    #[error("account {code} is not active")]
    NotActive {
        /// The account's code.
        code: String,
    },
    /// The account would be left with less than its floor.
    #[error("account {code} would be {short} below its floor")]
    BelowFloor {
        /// The account's code.
        code: String,
        /// How much is missing.
        short: Fen,
    },
    /// The account would hold more than its ceiling.
    #[error("account {code} would be {over} above its ceiling")]
    AboveCeiling {
        /// The account's code.
        code: String,
        /// How much is too much.
        over: Fen,
    },
    /// Fewer than two lines.
    #[error("a transaction has two or more lines")]
    TooFewLines,
    /// A line whose amount is not more than nothing.
    #[error("a line's amount is more than nothing")]
    NotPositive,
    /// Debits and credits differ.
    #[error("debits and credits in {0} differ")]
    Unbalanced(Currency),
    /// A sum does not fit.
    #[error("a sum does not fit")]
    Overflow,
    /// A hold was changed in a way that its parts do not allow.
    #[error("hold {0} does not add up")]
    HoldBroken(HoldId),
}

/// What some changes come to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Every account touched, as it is afterwards.
    pub accounts: BTreeMap<AccountId, Account>,
    /// The entries, in the order of the lines.
    pub entries: Vec<Entry>,
    /// The debts opened by a forced posting.
    pub debts: Vec<Debt>,
}

/// What these changes would come to.
///
/// # Errors
/// The first rule of the books that they break.
pub fn preview(facts: &Facts, changes: &Changes) -> Result<Outcome, Refusal> {
    let mut outcome = Outcome::default();
    for account in &changes.accounts {
        let mut account = account.clone();
        if let Some(now) = facts.get::<Account>(account.id) {
            (account.posted, account.pending, account.entries) =
                (now.posted, now.pending, now.entries);
        }
        outcome.accounts.insert(account.id, account);
    }
    for hold in &changes.holds {
        reserve(facts, &mut outcome, hold)?;
    }
    if let Some(draft) = &changes.draft {
        post(facts, &mut outcome, draft)?;
    }
    let forced = changes.draft.as_ref().and_then(|draft| draft.forced.as_deref());
    within_limits(facts, &mut outcome, forced)?;
    Ok(outcome)
}

/// Applies the changes to the facts, whole or not at all, and says what they came to.
///
/// # Errors
/// The first rule of the books that they break; the facts are then as before.
pub fn apply(facts: &mut Facts, changes: &Changes) -> Result<Outcome, Refusal> {
    let outcome = preview(facts, changes)?;
    keep(facts, changes, &outcome);
    Ok(outcome)
}

/// Puts the changes and what they came to on the shelves. `outcome` is what [`preview`] made of these
/// changes over these facts.
pub(crate) fn keep(facts: &mut Facts, changes: &Changes, outcome: &Outcome) {
    use crate::facts::Shelved;
    for account in outcome.accounts.values() {
        Account::shelf_mut(facts).put(account.clone());
    }
    for hold in &changes.holds {
        Hold::shelf_mut(facts).put(hold.clone());
    }
    for bill in &changes.bills {
        crate::bill::Bill::shelf_mut(facts).put(bill.clone());
    }
    for order in &changes.orders {
        crate::order::Order::shelf_mut(facts).put(order.clone());
    }
    for refund in &changes.refunds {
        crate::order::Refund::shelf_mut(facts).put(refund.clone());
    }
    for day in &changes.days {
        crate::day::Day::shelf_mut(facts).put(day.clone());
    }
    for instruction in &changes.instructions {
        crate::instruction::Instruction::shelf_mut(facts).put(instruction.clone());
    }
    for file in &changes.instruction_files {
        crate::instruction::file::InstructionFile::shelf_mut(facts).put(file.clone());
    }
    for draw in &changes.draws {
        crate::draw::Draw::shelf_mut(facts).put(draw.clone());
    }
    for mandate in &changes.mandates {
        crate::mandate::Mandate::shelf_mut(facts).put(mandate.clone());
    }
    for batch in &changes.batches {
        crate::withholding::Batch::shelf_mut(facts).put(batch.clone());
    }
    for line in &changes.batch_lines {
        crate::withholding::BatchLine::shelf_mut(facts).put(line.clone());
    }
    for operator in &changes.operators {
        crate::operator::Operator::shelf_mut(facts).put(operator.clone());
    }
    for approval in &changes.approvals {
        crate::approval::Approval::shelf_mut(facts).put(approval.clone());
    }
    for statement in &changes.statements {
        crate::statement::Statement::shelf_mut(facts).put(statement.clone());
    }
    for one in &changes.breaks {
        crate::breaks::Break::shelf_mut(facts).put(one.clone());
    }
    for payout in &changes.payouts {
        crate::payout::Payout::shelf_mut(facts).put(payout.clone());
    }
    for file in &changes.payout_files {
        crate::payout::file::PayoutFile::shelf_mut(facts).put(file.clone());
    }
    for payable in &changes.payables {
        crate::payout::payable::Payable::shelf_mut(facts).put(payable.clone());
    }
    for mirror in &changes.mirrors {
        crate::mirror::Mirror::shelf_mut(facts).put(mirror.clone());
    }
    for statement in &changes.account_statements {
        crate::mirror::account_statement::AccountStatement::shelf_mut(facts).put(statement.clone());
    }
    for item in &changes.mirror_items {
        crate::mirror::item::Item::shelf_mut(facts).put(item.clone());
    }
}

/// The account as it stands in the outcome so far, taken from the facts the first time.
fn touch<'a>(
    facts: &Facts,
    outcome: &'a mut Outcome,
    id: AccountId,
) -> Result<&'a mut Account, Refusal> {
    use std::collections::btree_map::Entry::{Occupied, Vacant};
    match outcome.accounts.entry(id) {
        Occupied(place) => Ok(place.into_mut()),
        Vacant(place) => {
            let account = facts.get::<Account>(id).ok_or(Refusal::UnknownAccount(id))?;
            Ok(place.insert(account.clone()))
        }
    }
}

fn reserve(facts: &Facts, outcome: &mut Outcome, hold: &Hold) -> Result<(), Refusal> {
    let before = facts.get::<Hold>(hold.id);
    let sound = hold.open.0 >= 0
        && hold.excess().0 >= 0
        && hold.excess() <= hold.tolerance
        && before.is_none_or(|before| {
            before.account == hold.account
                && before.held == hold.held
                && before.tolerance == hold.tolerance
                && before.captured <= hold.captured
                && before.voided <= hold.voided
                && before.expired <= hold.expired
                && !before.closed
        });
    if !sound {
        return Err(Refusal::HoldBroken(hold.id));
    }
    let open_before = before.map_or(Fen::ZERO, |before| before.open);
    let account = touch(facts, outcome, hold.account)?;
    let change = hold.open.minus(open_before).ok_or(Refusal::Overflow)?;
    if change.is_positive() && account.status != AccountStatus::Active {
        return Err(Refusal::NotActive { code: account.code.clone() });
    }
    account.pending = account.pending.plus(change).ok_or(Refusal::Overflow)?;
    Ok(())
}

fn post(facts: &Facts, outcome: &mut Outcome, draft: &Draft) -> Result<(), Refusal> {
    if draft.lines.len() < 2 {
        return Err(Refusal::TooFewLines);
    }
    let seq = facts.moment().seq;
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    for (number, Line { account, side, amount }) in draft.lines.iter().enumerate() {
        if !amount.is_positive() {
            return Err(Refusal::NotPositive);
        }
        let account = touch(facts, outcome, *account)?;
        if account.status != AccountStatus::Active {
            return Err(Refusal::NotActive { code: account.code.clone() });
        }
        let sum = sums.entry(account.currency).or_default();
        *sum += match side {
            Side::Debit => i128::from(amount.0),
            Side::Credit => -i128::from(amount.0),
        };
        let posted = if *side == account.side {
            account.posted.plus(*amount)
        } else {
            account.posted.minus(*amount)
        };
        account.posted = posted.ok_or(Refusal::Overflow)?;
        account.entries += 1;
        let entry = Entry {
            account: account.id,
            nth: account.entries,
            seq,
            line: i64::try_from(number).map_err(|_| Refusal::Overflow)?,
            side: *side,
            amount: *amount,
            balance_after: account.posted,
        };
        outcome.entries.push(entry);
    }
    match sums.into_iter().find(|(_, sum)| *sum != 0) {
        Some((currency, _)) => Err(Refusal::Unbalanced(currency)),
        None => Ok(()),
    }
}

/// How far an account is beyond its limits.
fn beyond(account: &Account) -> (i64, i64) {
    let short = account.floor.map_or(0, |floor| floor.0.saturating_sub(account.available().0));
    let over = account.ceiling.map_or(0, |top| account.posted.0.saturating_sub(top.0));
    (short.max(0), over.max(0))
}

/// Checks limits against the accounts as they are afterwards. An account that is already beyond a
/// limit may still move towards it; nothing but an outside fact brings one beyond, or further beyond,
/// not even a change of the limit. A debt is by how much further, so that debts add up.
fn within_limits(
    facts: &Facts,
    outcome: &mut Outcome,
    forced: Option<&str>,
) -> Result<(), Refusal> {
    let mut debts = Vec::new();
    for account in outcome.accounts.values() {
        let (short, over) = beyond(account);
        let before = facts.get::<Account>(account.id).map_or((0, 0), beyond);
        let (shorter, further) = ((short - before.0).max(0), (over - before.1).max(0));
        if shorter == 0 && further == 0 {
            continue;
        }
        let Some(fact) = forced else {
            let code = account.code.clone();
            return Err(if shorter > 0 {
                Refusal::BelowFloor { code, short: Fen(short) }
            } else {
                Refusal::AboveCeiling { code, over: Fen(over) }
            });
        };
        let nth = u16::MAX - u16::try_from(debts.len()).map_err(|_| Refusal::Overflow)?;
        debts.push(Debt {
            id: facts.moment().ids.id::<DebtId>(nth),
            account: account.id,
            amount: Fen(shorter.saturating_add(further)),
            settled: Fen::ZERO,
            fact: fact.to_owned(),
            seq: facts.moment().seq,
        });
    }
    outcome.debts = debts;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Moment, Shelved};
    use crate::id::Ids;
    use crate::time::Instant;
    use proptest::prelude::*;

    fn ids() -> Ids {
        Ids::new(Instant(1_000_000), 7, 0)
    }

    fn facts(accounts: &[Account]) -> Facts {
        let mut facts = Facts::new(Moment { at: Instant(1_000_000), seq: 1, ids: ids() });
        for account in accounts {
            Account::shelf_mut(&mut facts)
                .load(&[Account::by_id(account.id)], vec![account.clone()]);
        }
        facts
    }

    fn account(nth: u16, side: Side) -> Account {
        Account::open(ids().id(nth), &format!("test:{nth}"), side, Currency::CNY)
    }

    fn transfer(from: &Account, to: &Account, amount: i64) -> Changes {
        let draft = Draft::new().debit(from.id, Fen(amount)).credit(to.id, Fen(amount));
        Changes { draft: Some(draft), ..Changes::default() }
    }

    #[test]
    fn a_transfer_below_the_floor_is_refused_and_changes_nothing() {
        let payer = Account { posted: Fen(100), ..account(0, Side::Credit).with_floor(Fen::ZERO) };
        let payee = account(1, Side::Credit);
        let mut facts = facts(&[payer.clone(), payee.clone()]);
        let refusal = apply(&mut facts, &transfer(&payer, &payee, 101)).expect_err("too much");
        assert_eq!(refusal, Refusal::BelowFloor { code: "test:0".to_owned(), short: Fen(1) });
        assert_eq!(facts.get::<Account>(payer.id), Some(&payer));
    }

    #[test]
    fn held_money_cannot_be_spent_but_can_be_captured() {
        let payer = Account { posted: Fen(100), ..account(0, Side::Credit).with_floor(Fen::ZERO) };
        let payee = account(1, Side::Credit);
        let mut facts = facts(&[payer.clone(), payee.clone()]);
        let hold = Hold::place(ids().id(9), payer.id, Fen(80), Fen::ZERO, Instant(9_000_000));
        let placed = Changes { holds: vec![hold.clone()], ..Changes::default() };
        apply(&mut facts, &placed).expect("enough to hold");
        assert!(apply(&mut facts, &transfer(&payer, &payee, 21)).is_err());
        let captured = Changes {
            holds: vec![hold.capture(Fen(80), true).expect("open")],
            ..transfer(&payer, &payee, 80)
        };
        let outcome = apply(&mut facts, &captured).expect("held money");
        assert_eq!(outcome.accounts[&payer.id].available(), Fen(20));
        assert_eq!(outcome.accounts[&payer.id].pending, Fen::ZERO);
    }

    #[test]
    fn a_forced_posting_passes_the_floor_and_leaves_a_debt() {
        let payer = account(0, Side::Credit).with_floor(Fen::ZERO);
        let payee = account(1, Side::Credit);
        let mut facts = facts(&[payer.clone(), payee.clone()]);
        let mut changes = transfer(&payer, &payee, 30);
        if let Some(draft) = &mut changes.draft {
            draft.forced = Some("offline slip 7".to_owned());
        }
        let outcome = apply(&mut facts, &changes).expect("forced");
        assert_eq!(outcome.debts.len(), 1);
        assert_eq!(outcome.debts[0].amount, Fen(30));
    }

    #[test]
    fn each_forced_posting_owes_only_what_it_added() {
        let payer = account(0, Side::Credit).with_floor(Fen::ZERO);
        let payee = account(1, Side::Credit);
        let mut facts = facts(&[payer.clone(), payee.clone()]);
        let mut owed = Vec::new();
        for amount in [30, 20] {
            let mut changes = transfer(&payer, &payee, amount);
            if let Some(draft) = &mut changes.draft {
                draft.forced = Some("offline slip".to_owned());
            }
            let outcome = apply(&mut facts, &changes).expect("forced");
            owed.extend(outcome.debts.iter().map(|debt| debt.amount.0));
        }
        assert_eq!(owed, [30, 20]);
    }

    #[test]
    fn a_limit_cannot_be_moved_past_the_balance() {
        let payer = Account { posted: Fen(100), ..account(0, Side::Credit).with_floor(Fen::ZERO) };
        let mut facts = facts(std::slice::from_ref(&payer));
        let moved = |floor| Changes {
            accounts: vec![payer.clone().with_floor(Fen(floor))],
            ..Changes::default()
        };
        let refusal = apply(&mut facts, &moved(101)).expect_err("past the balance");
        assert_eq!(refusal, Refusal::BelowFloor { code: "test:0".to_owned(), short: Fen(1) });
        apply(&mut facts, &moved(100)).expect("up to the balance");
    }

    #[test]
    fn an_unbalanced_draft_is_refused() {
        let (a, b) = (account(0, Side::Credit), account(1, Side::Debit));
        let mut facts = facts(&[a.clone(), b.clone()]);
        let draft = Draft::new().debit(a.id, Fen(2)).credit(b.id, Fen(1));
        let changes = Changes { draft: Some(draft), ..Changes::default() };
        assert_eq!(
            apply(&mut facts, &changes).map(|_| ()),
            Err(Refusal::Unbalanced(Currency::CNY))
        );
    }

    proptest! {
        #[test]
        fn whatever_is_applied_the_books_balance(moves in prop::collection::vec((0usize..4, 0usize..4, 1i64..1000), 1..60)) {
            let sides = [Side::Credit, Side::Debit, Side::Credit, Side::Debit];
            let accounts: Vec<Account> = sides.iter().zip(0u16..).map(|(side, nth)| account(nth, *side)).collect();
            let mut facts = facts(&accounts);
            for (from, to, amount) in moves {
                // Same account on both sides is a transaction too.
                apply(&mut facts, &transfer(&accounts[from], &accounts[to], amount)).expect("no limits");
                let sum: i64 = accounts.iter().filter_map(|account| facts.get::<Account>(account.id))
                    .map(|account| if account.side == Side::Debit { account.posted.0 } else { -account.posted.0 })
                    .sum();
                prop_assert_eq!(sum, 0);
            }
        }
    }
}
