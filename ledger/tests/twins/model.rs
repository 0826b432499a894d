//! A model of the books in a few lines, written from their promises and not from their code.

use std::collections::BTreeMap;

/// What a command asks, as far as money goes.
#[derive(Clone, Debug)]
pub enum Op {
    /// A transaction: account, whether it is a debit, amount.
    Post(Vec<(String, bool, i64)>),
    /// A reservation: account, amount, tolerance, seconds.
    Place(String, i64, i64, i64),
    /// A capture of a hold: how much, to whom, whether it is the last.
    Capture(usize, i64, String, bool),
    /// The end of a hold by a void.
    Void(usize),
    /// The end of a hold by its time.
    Expire(usize),
    /// Something that is always carried out and moves no money.
    Other,
    /// A transfer to the clearing account that passes limits.
    Forced(String, i64),
}

#[derive(Clone, Debug, Default)]
struct Account {
    debit_side: bool,
    floor: Option<i64>,
    ceiling: Option<i64>,
    posted: i64,
    pending: i64,
}

impl Account {
    fn beyond(&self) -> (i64, i64) {
        let short = self.floor.map_or(0, |floor| floor - (self.posted - self.pending));
        let over = self.ceiling.map_or(0, |ceiling| self.posted - ceiling);
        (short.max(0), over.max(0))
    }
}

#[derive(Clone, Debug)]
struct Hold {
    account: String,
    held: i64,
    tolerance: i64,
    open: i64,
    captured: i64,
    given_back: i64,
    until: i64,
    closed: bool,
}

/// Accounts by code, holds by their number.
#[derive(Clone, Debug, Default)]
pub struct Model {
    accounts: BTreeMap<String, Account>,
    holds: Vec<Hold>,
}

impl Model {
    /// An account without money.
    pub fn open(&mut self, code: &str, debit_side: bool, floor: Option<i64>, ceiling: Option<i64>) {
        let account = Account { debit_side, floor, ceiling, ..Account::default() };
        self.accounts.insert(code.to_owned(), account);
    }

    /// Every account's posted and pending balance.
    pub fn balances(&self) -> impl Iterator<Item = (&String, i64, i64)> {
        self.accounts.iter().map(|(code, account)| (code, account.posted, account.pending))
    }

    /// Carries something out at a time in seconds, or says that it is declined: then nothing changes.
    pub fn carry_out(&mut self, op: &Op, now: i64) -> bool {
        let mut after = self.clone();
        let done = after.attempt(op, now).is_some() && after.is_allowed_after(self, op);
        if done {
            *self = after;
        }
        done
    }

    fn is_allowed_after(&self, before: &Model, op: &Op) -> bool {
        matches!(op, Op::Forced(..))
            || self.accounts.iter().all(|(code, account)| {
                let (now, then) = (account.beyond(), before.accounts[code].beyond());
                now.0 <= then.0 && now.1 <= then.1
            })
    }

    fn attempt(&mut self, op: &Op, now: i64) -> Option<()> {
        match op {
            Op::Other => Some(()),
            Op::Post(lines) => self.post(lines),
            Op::Forced(from, amount) => self.post(&[
                (from.clone(), true, *amount),
                ("core:clearing".to_owned(), false, *amount),
            ]),
            Op::Place(code, amount, tolerance, seconds) => {
                let account = self.accounts.get_mut(code)?;
                if *amount <= 0 || *tolerance < 0 || *seconds <= 0 {
                    return None;
                }
                account.pending += amount;
                self.holds.push(Hold {
                    account: code.clone(),
                    held: *amount,
                    tolerance: *tolerance,
                    open: *amount,
                    captured: 0,
                    given_back: 0,
                    until: now + seconds,
                    closed: false,
                });
                Some(())
            }
            Op::Capture(nth, amount, to, last) => {
                let hold = self.open_hold(*nth)?;
                if *amount <= 0 {
                    return None;
                }
                let before = hold.open;
                hold.open = (hold.open - amount).max(0);
                hold.captured += amount;
                if *last {
                    hold.given_back += hold.open;
                    hold.open = 0;
                }
                hold.closed = hold.open == 0;
                let excess = hold.open + hold.captured + hold.given_back - hold.held;
                if excess > hold.tolerance {
                    return None;
                }
                let (account, freed) = (hold.account.clone(), before - hold.open);
                self.accounts.get_mut(&account)?.pending -= freed;
                self.post(&[(account, true, *amount), (to.clone(), false, *amount)])
            }
            Op::Void(nth) => self.end(*nth),
            Op::Expire(nth) => {
                if now < self.holds.get(*nth)?.until {
                    return None;
                }
                self.end(*nth)
            }
        }
    }

    fn open_hold(&mut self, nth: usize) -> Option<&mut Hold> {
        self.holds.get_mut(nth).filter(|hold| !hold.closed)
    }

    fn end(&mut self, nth: usize) -> Option<()> {
        let hold = self.open_hold(nth)?;
        let (account, open) = (hold.account.clone(), hold.open);
        hold.given_back += open;
        (hold.open, hold.closed) = (0, true);
        self.accounts.get_mut(&account)?.pending -= open;
        Some(())
    }

    fn post(&mut self, lines: &[(String, bool, i64)]) -> Option<()> {
        let counted: Vec<_> = lines.iter().filter(|(_, _, amount)| *amount != 0).collect();
        let mut sum = 0;
        for (code, debit, amount) in &counted {
            let account = self.accounts.get_mut(code)?;
            if *amount < 0 {
                return None;
            }
            account.posted += if *debit == account.debit_side { *amount } else { -amount };
            sum += if *debit { *amount } else { -amount };
        }
        let known = lines.iter().all(|(code, _, _)| self.accounts.contains_key(code));
        (known && counted.len() >= 2 && sum == 0).then_some(())
    }
}
