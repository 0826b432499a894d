//! Who asks for something to be done with an order, in every scene.

use jiaozi_ledger::order::Order;

/// Who asks for something to be done with an order. What a caller may not see does not exist for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A channel, by its code: the orders that it made.
    Channel(String),
    /// A partner, by its code: the orders of its own bills.
    Partner(String),
    /// An operator of the bank: every order.
    Operator,
}

impl Caller {
    /// Whether the caller may act on the order.
    #[must_use]
    pub fn sees(&self, order: &Order) -> bool {
        match self {
            Caller::Channel(code) => order.channel == *code,
            Caller::Partner(code) => order.partner == *code,
            Caller::Operator => true,
        }
    }

    /// The caller's name, for events and digests.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Caller::Channel(code) | Caller::Partner(code) => code,
            Caller::Operator => "operator",
        }
    }
}
