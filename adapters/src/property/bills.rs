//! What paying and giving back do to one bill. Pure values; which orders and accounts are concerned is
//! the commands' affair.

use jiaozi_ledger::bill::{Bill, BillState};
use jiaozi_ledger::id::{BillId, OrderId};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::order::OrderLine;
use jiff::civil::Date;

use super::company::Company;

/// What import ids of months paid ahead begin with; no partner's own may.
pub const ADVANCE: &str = "advance:";

/// The import id of a month paid ahead, until the company publishes it under its own.
#[must_use]
pub fn advance_id(house: &str, item: &str, period: &str) -> String {
    format!("{ADVANCE}{house}:{item}:{period}")
}

/// The state that a payable bill has by what is paid of it.
#[must_use]
pub fn state_by_paid(amount: Fen, paid: Fen) -> BillState {
    if paid >= amount {
        BillState::Paid
    } else if paid.is_positive() {
        BillState::Partial
    } else {
        BillState::Published
    }
}

/// The bill after so much of its principal is paid and its late fee is paid up to a day.
#[must_use]
pub fn pay(bill: &Bill, principal: Fen, up_to: Date, order: OrderId) -> Option<Bill> {
    let paid = bill.paid.plus(principal)?;
    Some(Bill {
        paid,
        state: state_by_paid(bill.amount, paid),
        late_paid_to: bill.late_paid_to.max(up_to),
        revision: bill.revision + 1,
        last_order: Some(order),
        ..bill.clone()
    })
}

/// A month that is paid before it is published; takes the place of one that was given back.
#[derive(Debug, Clone)]
pub struct Ahead<'a> {
    /// The identifier, if there is no earlier one.
    pub id: BillId,
    /// The site of the house.
    pub site: &'a str,
    /// The house.
    pub house: &'a str,
    /// The item.
    pub item: &'a str,
    /// The month.
    pub period: &'a str,
    /// The full price.
    pub amount: Fen,
    /// When it will be due unless the company says otherwise.
    pub due: Date,
    /// The order that pays it.
    pub order: OrderId,
}

impl Ahead<'_> {
    /// The bill, paid.
    #[must_use]
    pub fn bill(&self, company: &Company, earlier: Option<&Bill>) -> Bill {
        let import_id = advance_id(self.house, self.item, self.period);
        Bill {
            id: earlier.map_or(self.id, |bill| bill.id),
            partner: company.payee.code.clone(),
            import_key: format!("{}/{import_id}", company.payee.code),
            house_key: Bill::house_key_of(&company.payee.code, self.house),
            site: self.site.to_owned(),
            item: self.item.to_owned(),
            period: self.period.to_owned(),
            amount: self.amount,
            paid: self.amount,
            due: self.due,
            late_paid_to: self.due,
            state: BillState::Paid,
            version: earlier.map_or(1, |bill| bill.version + 1),
            revision: earlier.map_or(1, |bill| bill.revision + 1),
            advance: true,
            last_order: Some(self.order),
        }
    }
}

/// What becomes of a bill whose money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// It can be paid again.
    Payable,
    /// It was settled at the partner's desk.
    PaidAtDesk,
}

/// The bill after so much of its principal went back, and with `late_fee_back` the whole late fee of
/// the order's line too: the days that the order paid for are then owed again, unless a later order has
/// paid for more since. A bill that the partner settled otherwise meanwhile stays so.
#[must_use]
pub fn give_back(
    bill: &Bill,
    line: &OrderLine,
    principal: Fen,
    late_fee_back: bool,
    paid_on: Date,
    afterwards: Afterwards,
) -> Option<Bill> {
    let paid = bill.paid.minus(principal)?;
    let untouched_since = bill.late_paid_to <= line.late_paid_to_before.max(paid_on);
    let late_paid_to = if late_fee_back && untouched_since {
        line.late_paid_to_before.max(bill.due)
    } else {
        bill.late_paid_to
    };
    let state = match (bill.state, afterwards) {
        (BillState::Withdrawn | BillState::PaidAtDesk, _) => bill.state,
        // The company never published it, so nobody owes it.
        _ if bill.advance && !paid.is_positive() => BillState::Withdrawn,
        (_, Afterwards::PaidAtDesk) => BillState::PaidAtDesk,
        (_, Afterwards::Payable) => state_by_paid(bill.amount, paid),
    };
    Some(Bill { paid, state, late_paid_to, revision: bill.revision + 1, ..bill.clone() })
}

/// "already paid by order …", where the order is known.
#[must_use]
pub fn paid_by(bill: &Bill) -> String {
    match bill.last_order {
        Some(order) => format!("already paid by order {order}"),
        None => "already paid".to_owned(),
    }
}
