//! Payments to billers of which nobody knows what became: those that wait for an answer or a file, and what two
//! operators rule where neither comes.

use jiaozi_adapters::utility::rule::Ruling;
use jiaozi_ledger::id::OrderId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::batch::Reply;
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::Instant;

use crate::gateway::Gateway;
use crate::operators::{OrderError, Who, approvals};

/// Instructions without an outcome: asked, unknown, reversing. In the words of the index `instructions_open`, or
/// it is not used.
const OPEN: &str = "state < 3";

/// Of these, those that are not being told just now; what the core is asked has a list of its own.
const UNKNOWN: &str = "state > 0 and \
    not exists (select 1 from draws d where d.book = instructions.book and d.instruction = instructions.id)";

/// Payments whose outcome is not known, the oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(store: &Store, limit: i64) -> Result<Vec<Instruction>, StoreError> {
    let clause = format!("{OPEN} and {UNKNOWN} order by id limit $2");
    store.find(&clause, vec![Cell::Int(limit)]).await
}

/// The same, of those that began before an instant and of which nobody is asked any more: they rest until a
/// file or a person decides.
///
/// # Errors
/// When the database cannot be read.
pub async fn resting_since(
    store: &Store,
    before: Instant,
    limit: i64,
) -> Result<Vec<Instruction>, StoreError> {
    let clause = format!(
        "{OPEN} and {UNKNOWN} and due_at is null and at <= $2 and contested = 0 order by id limit $3"
    );
    store.find(&clause, vec![Cell::Int(before.0), Cell::Int(limit)]).await
}

/// Proposes what became of a payment, where neither the biller nor its files say it.
///
/// # Errors
/// There is no such payment to a biller, its outcome is known, or the order is not taken. A decline is an
/// answer.
pub async fn propose(
    gateway: &Gateway,
    who: &Who,
    key: String,
    order: OrderId,
    done: bool,
    reason: String,
) -> Result<Reply, OrderError> {
    let of_order = vec![Cell::Id(order.0)];
    let found: Vec<Instruction> = gateway.store.find("order_id = $2", of_order).await?;
    let of_biller = |one: &Instruction| gateway.partners.biller(&one.partner).is_some();
    let Some(found) = found.into_iter().find(of_biller) else {
        let why = format!(
            "there is no payment {order} to a biller; expected one of `jiaozi payment list`, or a draw: `jiaozi core propose`"
        );
        return Err(OrderError::Refused(why));
    };
    if found.state.has_ended() {
        let why = format!(
            "what became of payment {order} is known; a difference with the biller is a break (`jiaozi break list`)"
        );
        return Err(OrderError::Refused(why));
    }
    approvals::propose(gateway, who, key, Ruling::on(&found, None, done).content(), reason).await
}

#[cfg(test)]
mod tests {
    use jiaozi_ledger::instruction::InstructionState;

    use super::OPEN;

    #[test]
    fn what_has_no_outcome_is_named_by_its_codes() {
        for state in InstructionState::ALL {
            assert_eq!(!state.has_ended(), state.code() < 3, "{state:?}");
        }
        for engine in ["sqlite", "postgres"] {
            let path = format!(
                "{}/../migrations/{engine}/0005_instructions.sql",
                env!("CARGO_MANIFEST_DIR")
            );
            let sql = std::fs::read_to_string(path).expect("the migration");
            assert!(sql.contains(&format!("where {OPEN};")), "{engine}");
        }
    }
}
