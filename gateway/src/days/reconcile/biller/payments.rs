//! Payments of the date: where their money is by their entries, against where it is by their records.

use jiaozi_ledger::draw::DrawState;
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::instruction::InstructionState;
use jiaozi_ledger::order::OrderState;
use jiaozi_ledger::progress::Pace;
use jiaozi_ledger::row::{Cell, Corrupt, Kind};
use uuid::Uuid;

use super::posted::{Found, Scope};
use super::{Breaks, Legs};
use crate::days::DayError;
use crate::days::reconcile::add;

/// The payers of the date.
const PAYERS: &str = "select distinct o.payer as payer from orders o
    where o.book = $1 and o.partner = $2 and o.clearing_date = $3";

const KINDS: [Kind; 8] =
    [Kind::Int, Kind::Int, Kind::Id, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int];

/// A payment, as it is on record. Its refunds are records of their own.
struct Payment {
    id: Uuid,
    amount: i64,
    state: OrderState,
    payer: AccountId,
    /// What the biller was asked: where it stands, and how much; nothing of one that was withheld.
    asked: Option<(InstructionState, i64)>,
    /// Whether it counts in a day.
    counted: bool,
    /// Whether the money was drawn from the core, which did not get it back.
    drawn: bool,
    /// What is reserved for it on the payer's account.
    reserved: i64,
    found: Legs,
}

impl Payment {
    fn read(mut found: Found) -> Result<Payment, Corrupt> {
        let mut cells = found.cells();
        let state = |code| OrderState::ALL.into_iter().find(|state| state.code() == code);
        let (amount, state, payer) = (cells.int()?, cells.int_as(state)?, cells.id()?);
        let asked = match cells.maybe_int()? {
            Some(code) => {
                let state = InstructionState::ALL.into_iter().find(|state| state.code() == code);
                Some((state.ok_or_else(|| cells.corrupt())?, cells.int()?))
            }
            None => cells.maybe_int().map(|_| None)?,
        };
        Ok(Payment {
            id: found.id,
            amount,
            state,
            payer,
            asked,
            counted: cells.int()? != 0,
            drawn: cells.int()? != 0,
            reserved: cells.int()?,
            found: found.legs,
        })
    }

    /// What all its postings come to, by its record.
    fn expected(&self, scope: &Scope<'_>) -> Legs {
        let (payer, amount) = (Some(self.payer), self.amount);
        let mut legs = Legs::new();
        let mut moved = |from: Option<AccountId>, to: Option<AccountId>| {
            for (account, fen) in [(from, -amount), (to, amount)] {
                if let Some(account) = account {
                    add(&mut legs, account, fen);
                }
            }
        };
        match self.state {
            OrderState::Paid | OrderState::PartRefunded | OrderState::Refunded => {
                moved(payer, scope.accounts.settlement());
            }
            OrderState::Unknown | OrderState::Reversing => moved(payer, scope.unknown()),
            // The biller has undone it after it was settled.
            OrderState::Reversed | OrderState::Refused if self.counted => {
                moved(scope.accounts.own(), scope.accounts.settlement());
            }
            OrderState::Accepted
            | OrderState::Refused
            | OrderState::Reversed
            | OrderState::Cancelled => {}
        }
        if self.drawn {
            moved(None, payer);
        }
        legs
    }

    /// Where an order stands whose instruction stands so.
    fn agrees(&self) -> bool {
        let Some((asked, amount)) = self.asked else {
            return matches!(
                self.state,
                OrderState::Paid | OrderState::PartRefunded | OrderState::Refunded
            );
        };
        let stands = match asked {
            InstructionState::Asked => self.state == OrderState::Accepted,
            InstructionState::Unknown => self.state == OrderState::Unknown,
            InstructionState::Reversing => self.state == OrderState::Reversing,
            InstructionState::Done => {
                use OrderState::{Paid, PartRefunded, Refunded};
                matches!(self.state, Paid | PartRefunded | Refunded)
            }
            InstructionState::Refused => self.state == OrderState::Refused,
            InstructionState::Reversed => self.state == OrderState::Reversed,
        };
        stands && amount == self.amount
    }

    fn is_live(&self) -> bool {
        matches!(self.state, OrderState::Paid | OrderState::PartRefunded | OrderState::Refunded)
    }
}

/// Compares the payments of the date; how many are paid and as they should be.
pub(super) async fn compare(
    scope: &Scope<'_>,
    breaks: &mut Breaks<'_>,
    pace: &mut Pace<'_>,
) -> Result<i64, DayError> {
    let mut binds = scope.binds();
    let entries = scope.entries(Some(PAYERS), &mut binds);
    binds.push(Cell::Int(DrawState::Spent.code()));
    let spent = format!("${}", binds.len());
    let sql = format!(
        "select o.id, o.amount_fen, o.state, o.payer, i.state, i.amount_fen, \
         cast(case when i.counted_on is null then 0 else 1 end as bigint), \
         cast(case when d.state = {spent} then 1 else 0 end as bigint), \
         coalesce(h.open_fen, 0), l.account, l.fen \
         from orders o \
         left join instructions i on i.book = o.book and i.order_id = o.id and i.partner = o.partner \
         left join holds h on h.book = o.book and h.id = i.hold \
         left join draws d on d.book = o.book and d.order_id = o.id \
         left join (select j.subject as subject, p.account as account, cast(sum(p.fen) as bigint) as fen \
            from ({entries}) p join journal j on j.book = $1 and j.seq = p.seq \
            where j.kind <> 'payment.refunded' group by j.subject, p.account) l on l.subject = o.id \
         where o.book = $1 and o.partner = $2 and o.clearing_date = $3 order by o.id"
    );
    let mut records = scope.records(sql, binds, &KINDS);
    let mut matched = 0;
    while let Some(found) = records.next().await? {
        let payment = Payment::read(found).map_err(jiaozi_ledger::store::StoreError::from)?;
        let whole = one(scope, &payment, breaks).await?;
        matched += i64::from(whole && payment.is_live());
        pace.step();
    }
    Ok(matched)
}

async fn one(
    scope: &Scope<'_>,
    payment: &Payment,
    breaks: &mut Breaks<'_>,
) -> Result<bool, DayError> {
    let (subject, expected) = (payment.id.to_string(), payment.expected(scope));
    let mut whole = scope.judge("payment", &subject, &expected, &payment.found, breaks).await?;
    let reserved = if payment.state == OrderState::Accepted { payment.amount } else { 0 };
    if payment.reserved != reserved {
        let what = format!("reserves {} fen, expected {reserved}", payment.reserved);
        breaks.record("payment", &subject, [reserved, payment.reserved], what);
        whole = false;
    }
    if !payment.agrees() {
        let asked = payment.asked.map_or(payment.amount, |(_, amount)| amount);
        let at = payment.asked.map(|(state, _)| serde_json::json!(state).to_string());
        let what = format!(
            "is {} of {} fen, but what the biller was asked is {} of {asked} fen",
            serde_json::json!(payment.state),
            payment.amount,
            at.as_deref().unwrap_or("nothing"),
        );
        breaks.record("payment", &subject, [asked, payment.amount], what);
        whole = false;
    }
    Ok(whole)
}
