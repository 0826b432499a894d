//! Draws as operators see them: those that are not at an end, and what two of them rule.

use jiaozi_adapters::utility::rule::Ruling;
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::id::DrawId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Reply;

use super::payments::{Drawn, of_order};
use crate::gateway::Gateway;
use crate::operators::{OrderError, Who, approvals};

/// The draws that are not at an end: asked, drawn, returning. In the words of the index `draws_open`, or it
/// is not used.
pub(crate) const OPEN: &str = "state = 0 or state = 1 or state = 3";

/// Draws that are not at an end, the oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_draws(gateway: &Gateway, limit: i64) -> Result<Vec<Drawn>, StoreError> {
    let clause = format!("({OPEN}) order by at, id limit $2");
    let draws: Vec<Draw> = gateway.store.find(&clause, vec![Cell::Int(limit)]).await?;
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

#[cfg(test)]
mod tests {
    use jiaozi_ledger::draw::DrawState;

    use super::OPEN;

    #[test]
    fn open_draws_are_named_by_their_codes() {
        let open = [DrawState::Asked, DrawState::Drawn, DrawState::Returning];
        let named = open.map(|state| format!("state = {}", state.code())).join(" or ");
        assert_eq!(OPEN, named);
        for engine in ["sqlite", "postgres"] {
            let path =
                format!("{}/../migrations/{engine}/0009_core.sql", env!("CARGO_MANIFEST_DIR"));
            let sql = std::fs::read_to_string(path).expect("the migration");
            assert!(sql.contains(&format!("where {OPEN};")), "{engine}");
        }
    }
}
