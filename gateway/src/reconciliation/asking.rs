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

/// The open breaks of payments of which nobody knows what became.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting(gateway: &Gateway) -> Result<Vec<Break>, StoreError> {
    let kind = vec![Cell::Text(BreakKind::Unknown.name().to_owned())];
    gateway.store.find("resolution is null and kind = $2 order by since, id", kind).await
}

/// Whether there is something to do for such a break now: its payment has ended, or is to be asked for.
///
/// # Errors
/// When the database cannot be read.
pub async fn ready(gateway: &Gateway, one: &Break) -> Result<Option<Instruction>, StoreError> {
    let key = vec![Cell::Text(one.reference_key.clone())];
    let found: Option<Instruction> = gateway.store.first("reference_key = $2", key).await?;
    let last = one.cause == Cause::StatusNotKnown;
    Ok(found.filter(|found| found.state.has_ended() || (last && found.step == Step::Rest)))
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
