//! Accounts with money: what the office of a bank's core has in the place of bills.

use super::super::order::{Order, Refusal};
use super::{Bill, Office};

/// An account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Till {
    balance_fen: i64,
    frozen: bool,
}

impl Till {
    /// Takes what an order asks for; what is taken, as if it were a bill.
    pub(super) fn take(&mut self, order: &Order) -> Result<Bill, Refusal> {
        let amount_fen = order.amount_fen.filter(|fen| *fen > 0).ok_or(Refusal::AmountDiffers)?;
        if self.frozen {
            return Err(Refusal::Frozen);
        }
        if amount_fen > self.balance_fen {
            return Err(Refusal::NotEnough);
        }
        self.balance_fen -= amount_fen;
        let (id, fee, period) = (String::new(), String::new(), String::new());
        Ok(Bill { id, fee, period, amount_fen, late_fee_fen: 0 })
    }

    pub(super) fn give_back(&mut self, taken: &[Bill]) {
        self.balance_fen += taken.iter().map(Bill::total_fen).sum::<i64>();
    }
}

impl Office {
    /// An account with so much money, in fen. What was there before is forgotten.
    pub fn open_account(&self, number: &str, balance_fen: i64) {
        let till = Till { balance_fen, frozen: false };
        self.state().tills.insert(number.to_owned(), till);
    }

    /// Freezes an account: nothing is taken from it any more.
    pub fn freeze(&self, number: &str) {
        if let Some(till) = self.state().tills.get_mut(number) {
            till.frozen = true;
        }
    }

    /// What is on an account, in fen; nothing if there is none.
    #[must_use]
    pub fn balance(&self, number: &str) -> Option<i64> {
        self.state().tills.get(number).map(|till| till.balance_fen)
    }
}
