//! The last query: what neither the file of its day nor that of the next has was not done, unless the
//! biller, asked once more, says that it was. Silence is no answer: it is asked again, or two operators
//! rule.

use std::sync::Arc;

use jiaozi_ledger::breaks::{Break, BreakKind, Cause};
use jiaozi_ledger::instruction::{Instruction, News, Said, Step};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::StoreError;

use super::settling::{SettleError, hear, settle};
use crate::gateway::Gateway;
use crate::utility::billers::Billers;
use crate::utility::follow_up::{self, FollowUpError};

/// Why a last query led to nothing. It is found again.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The query.
    #[error(transparent)]
    FollowUp(#[from] FollowUpError),
    /// What came of it.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Open breaks of payments of which nobody knew, that have ended or are to be asked for a last time.
const READY: &str = "resolution is null and kind = $2 and exists (select 1 from instructions i
    where i.book = breaks.book and i.reference_key = breaks.reference_key
    and (i.state in (3, 4, 5) or (breaks.cause = $3 and i.step = $4))) order by since, id";

/// The open breaks of payments of which nobody knows what became, and for which there is something to do:
/// the payment has ended meanwhile, or is to be asked for a last time.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting(gateway: &Gateway) -> Result<Vec<Break>, StoreError> {
    let text = |name: &str| Cell::Text(name.to_owned());
    let binds = vec![
        text(BreakKind::Unknown.name()),
        text(Cause::StatusNotKnown.name()),
        Cell::Int(Step::Rest.code()),
    ];
    gateway.store.find(READY, binds).await
}

/// The payment of such a break.
///
/// # Errors
/// When the database cannot be read.
pub async fn payment(gateway: &Gateway, one: &Break) -> Result<Option<Instruction>, StoreError> {
    let key = vec![Cell::Text(one.reference_key.clone())];
    gateway.store.first("reference_key = $2", key).await
}

/// Brings such a break on: its payment has ended, or the biller is asked a last time.
///
/// # Errors
/// When it cannot be asked or what it said not be kept.
pub async fn bring_on(
    gateway: &Gateway,
    billers: &Billers,
    one: &Break,
    ours: &Instruction,
) -> Result<(), AskError> {
    let Some(reached) = billers.get(&one.partner) else { return Ok(()) };
    if !ours.state.has_ended() {
        match follow_up::ask_finally(gateway, billers, reached, ours).await? {
            Some(Said::Done) => {
                // Both files are wrong: it is done, and only ours.
                hear(gateway, &reached.biller, ours, News::Queried(Said::Done)).await?;
            }
            Some(Said::Refused | Said::Reversed | Said::NotFound) => {
                hear(gateway, &reached.biller, ours, News::Unlisted).await?;
            }
            Some(Said::InProgress | Said::Nothing) | None => return Ok(()),
        }
    }
    settle(gateway, &Arc::clone(&reached.biller), &one.reference_key).await?;
    Ok(())
}
