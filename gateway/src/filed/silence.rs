//! What was told in a file and not answered in time is unknown, or its reversal is told again. What was in no
//! file when its day ended was surely not told.

use jiaozi_adapters::utility::by_files::Due;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::row::Cell;

use super::{Filed, FiledError};
use crate::gateway::Gateway;
use crate::utility::follow_up::hear;

/// Instructions of a partner whose time is over: those in a file, and those that wait for one.
const DUE: &str =
    "partner = $2 and due_at <= $3 and (step = 0 or step = 2) order by due_at, id limit $4";

/// How many are looked at at a time.
const LOOK_MAX: i64 = 20_000;

/// Lets the instructions of a partner go on whose time is over; says how many.
///
/// # Errors
/// When the database cannot be read, or the news not be handed in.
pub async fn notice(gateway: &Gateway, filed: &Filed) -> Result<usize, FiledError> {
    let now = gateway.now().await?;
    let binds = vec![Cell::Text(filed.code().to_owned()), Cell::Int(now.0), Cell::Int(LOOK_MAX)];
    let due: Vec<Instruction> = gateway.store.find(DUE, binds).await?;
    let mut noticed = 0;
    for one in &due {
        let Due::Heard(news, tried, reason) = filed.biller.due_by_files(one, now) else {
            continue;
        };
        let words = (None, Some(reason.to_owned()));
        hear(gateway, &filed.biller, one.id, (news, tried), words).await?;
        noticed += 1;
    }
    Ok(noticed)
}
