//! Payments that wait because the books did not take what was heard of them: an account was frozen, closed or
//! never opened. They are shown, and go on when it is mended.

use jiaozi_adapters::utility::biller::{Biller, Role};
use jiaozi_ledger::account::{Account, AccountStatus};
use jiaozi_ledger::chart::CORE_CLEARING;
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::instruction::{Instruction, InstructionState, Step};
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::{Instant, date_to_number};
use jiff::civil::Date;
use serde::Serialize;

use crate::gateway::Gateway;

/// A payment that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldUp {
    /// The payment, or what the core is asked for it.
    pub order: OrderId,
    /// Whom it is for.
    pub partner: String,
    /// Our reference there.
    pub reference: String,
    /// How much.
    #[serde(rename = "amount_fen")]
    pub amount: Fen,
    /// Since when it is under way.
    pub at: Instant,
    /// What was heard, and why the books did not take it.
    pub reason: String,
}

impl From<Instruction> for HeldUp {
    fn from(one: Instruction) -> HeldUp {
        HeldUp {
            order: one.order,
            reference: one.reference().to_owned(),
            partner: one.partner,
            amount: one.amount,
            at: one.at,
            reason: one.reason.unwrap_or_default(),
        }
    }
}

/// Which they are; two binds, for states and the step.
const CLAUSE: &str = "state < 3 and state <= $2 and step = $3 and contested = 1";

fn binds() -> Vec<Cell> {
    vec![Cell::Int(InstructionState::Reversing.code()), Cell::Int(Step::Rest.code())]
}

/// All of them, the oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(store: &Store, limit: i64) -> Result<Vec<HeldUp>, StoreError> {
    let binds = [binds(), vec![Cell::Int(limit)]].concat();
    let found: Vec<Instruction> =
        store.find(&format!("{CLAUSE} order by id limit $4"), binds).await?;
    Ok(found.into_iter().map(HeldUp::from).collect())
}

/// Those of a partner's clearing date, the oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_day(store: &Store, partner: &str, date: Date) -> Result<Vec<HeldUp>, StoreError> {
    let day = vec![Cell::Text(partner.to_owned()), Cell::Int(date_to_number(date))];
    let clause = format!("{CLAUSE} and partner = $4 and clearing_date = $5 order by id");
    let found: Vec<Instruction> = store.find(&clause, [binds(), day].concat()).await?;
    Ok(found.into_iter().map(HeldUp::from).collect())
}

/// Whether every account through which the money of an instruction can go is open and takes it: as long as
/// one is not, the books would refuse again what they refused.
///
/// # Errors
/// When the database cannot be read.
pub async fn accounts_take(
    gateway: &Gateway,
    biller: &Biller,
    instruction: &Instruction,
) -> Result<bool, StoreError> {
    let store = &gateway.store;
    let mut codes = biller.accounts();
    codes.extend((biller.role == Role::Core).then(|| CORE_CLEARING.to_owned()));
    for code in codes {
        let account = store.account(&code).await?;
        if account.is_none_or(|account| account.status != AccountStatus::Active) {
            return Ok(false);
        }
    }
    let hold: Option<Hold> = store.first("id = $2", vec![Cell::Id(instruction.hold.0)]).await?;
    let of = vec![Cell::Id(instruction.id.0)];
    let draw: Option<Draw> = store.first("instruction = $2", of).await?;
    let payers = hold.map(|hold| hold.account).into_iter().chain(draw.map(|draw| draw.account));
    for payer in payers {
        let account: Option<Account> = store.first("id = $2", vec![Cell::Id(payer.0)]).await?;
        if account.is_none_or(|account| account.status != AccountStatus::Active) {
            return Ok(false);
        }
    }
    Ok(true)
}
