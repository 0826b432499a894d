//! Draws as operators see them: those that are not at an end, and what two of them rule.

use jiaozi_adapters::utility::rule::Ruling;
use jiaozi_ledger::draw::{Draw, DrawState};
use jiaozi_ledger::id::DrawId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Reply;

use super::payments::{Drawn, of_order};
use crate::gateway::Gateway;
use crate::operators::{OrderError, Who, approvals};

/// Draws that are not at an end, the oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_draws(gateway: &Gateway, limit: i64) -> Result<Vec<Drawn>, StoreError> {
    let open = [DrawState::Asked, DrawState::Drawn, DrawState::Returning];
    let mut binds: Vec<Cell> = open.map(|state| Cell::Int(state.code())).into();
    binds.push(Cell::Int(limit));
    let draws: Vec<Draw> =
        gateway.store.find("state in ($2, $3, $4) order by at, id limit $5", binds).await?;
    let mut found = Vec::with_capacity(draws.len());
    for draw in draws {
        found.extend(of_order(gateway, draw.order).await?);
    }
    Ok(found)
}

/// Proposes what became of a debit at the core.
///
/// # Errors
/// There is no such draw, or the order is not taken. A decline is an answer.
pub async fn propose(
    gateway: &Gateway,
    who: &Who,
    key: String,
    id: DrawId,
    done: bool,
    reason: String,
) -> Result<Reply, OrderError> {
    let draw: Option<Draw> = gateway.store.first("id = $2", vec![Cell::Id(id.0)]).await?;
    let Some(draw) = draw else {
        let why = format!("there is no draw {id}; expected one of `jiaozi core list`");
        return Err(OrderError::Refused(why));
    };
    let asked: Option<Instruction> =
        gateway.store.first("id = $2", vec![Cell::Id(draw.instruction.0)]).await?;
    let Some(asked) = asked else {
        return Err(OrderError::Refused(format!(
            "draw {id} has no instruction; run `jiaozi check`"
        )));
    };
    let content = Ruling::on(&asked, Some(&draw), done).content();
    approvals::propose(gateway, who, key, content, reason).await
}
