//! How far the work with a partner has come, each step with its evidence. Append-only.
//!
//! ```text
//!   prospect ─▶ agreement_signed ─▶ settlement_account_open ─▶ adapter_certified ─▶ live ⇄ suspended
//!   any of them ─▶ closed
//! ```
//!
//! It describes the work; whether a partner may call the gateway is decided by its keys.

use crate::table::insert;
use crate::{Error, said};
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Row, Table, fixed};
use jiaozi_ledger::store::engine::{Query, records};
use jiaozi_ledger::store::{Store, StoreError};
use jiaozi_ledger::time::Instant;
use serde::Serialize;

words! {
    /// How far the work with a partner has come.
    Stage {
        /// We talk.
        Prospect = 0 "prospect",
        /// The cooperation is agreed.
        AgreementSigned = 1 "agreement_signed",
        /// Its settlement account with the bank is open.
        SettlementAccountOpen = 2 "settlement_account_open",
        /// Its integration has passed.
        AdapterCertified = 3 "adapter_certified",
        /// It works with real money.
        Live = 4 "live",
        /// Stopped for now.
        Suspended = 5 "suspended",
        /// Over.
        Closed = 6 "closed",
    }
}

impl Stage {
    /// Whether the work can go on from here to there in one step.
    pub fn may_become(self, next: Stage) -> bool {
        match (self, next) {
            (Stage::Closed, _) => false,
            (_, Stage::Closed) | (Stage::Suspended, Stage::Live) => true,
            (from, to) => from <= Stage::Live && to.code() == from.code() + 1,
        }
    }
}

/// A step on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartnerStage {
    /// The partner.
    pub partner: String,
    /// Its how-manieth step this is.
    pub nth: i64,
    /// What was reached.
    pub stage: Stage,
    /// What proves it: a contract's number, an account, a test's protocol.
    pub evidence: String,
    /// Who put it on record.
    pub actor: String,
    /// When.
    pub at: Instant,
}

impl Row for PartnerStage {
    const TABLE: Table = Table {
        name: "partner_stages",
        key: &["partner", "nth"],
        columns: &[
            fixed("partner", Kind::Text),
            fixed("nth", Kind::Int),
            fixed("stage", Kind::Int),
            fixed("evidence", Kind::Text),
            fixed("actor", Kind::Text),
            fixed("at", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Text(self.partner.clone()),
            Cell::Int(self.nth),
            Cell::Int(self.stage.code()),
            Cell::Text(self.evidence.clone()),
            Cell::Text(self.actor.clone()),
            Cell::Int(self.at.0),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<PartnerStage, Corrupt> {
        Ok(PartnerStage {
            partner: cells.text()?,
            nth: cells.int()?,
            stage: cells.int_as(Stage::from_code)?,
            evidence: cells.text()?,
            actor: cells.text()?,
            at: Instant(cells.int()?),
        })
    }
}

const LAST: &str = "partner = $2 order by nth desc limit 1";

/// Puts the next step on record. The first is always [`Stage::Prospect`]; the stage that is reached
/// already is answered as it is.
///
/// # Errors
/// When the step is not possible from where the work stands, something that must be said is empty,
/// or the store cannot be written.
pub async fn advance(
    store: &Store,
    partner: &str,
    to: Stage,
    evidence: &str,
    actor: &str,
    now: Instant,
) -> Result<PartnerStage, Error> {
    let partner = said("the partner", partner)?;
    let evidence = said("the evidence", evidence)?;
    let actor = said("the actor", actor)?;
    let (mut unit, _) = store.engine().begin().await?;
    let step = async {
        let query = Query::rows::<PartnerStage>(LAST, vec![Cell::Text(partner.to_owned())]);
        let last: Option<PartnerStage> = records(unit.read(query).await?)?.pop();
        let nth = match last {
            Some(last) if last.stage == to => return Ok(last),
            Some(last) if last.stage.may_become(to) => last.nth + 1,
            None if to == Stage::Prospect => 1,
            other => {
                let from = other.map_or(Stage::Prospect, |last| last.stage);
                return Err(Error::Stage { partner: partner.to_owned(), from, to });
            }
        };
        let step = PartnerStage {
            partner: partner.to_owned(),
            nth,
            stage: to,
            evidence: evidence.to_owned(),
            actor: actor.to_owned(),
            at: now,
        };
        insert(unit.as_mut(), std::slice::from_ref(&step)).await?;
        Ok(step)
    }
    .await;
    match step {
        Ok(step) => {
            unit.commit().await?;
            Ok(step)
        }
        Err(error) => {
            // The first error is the one to tell.
            let _ = unit.rollback().await;
            Err(error)
        }
    }
}

/// How far the work with a partner has come, if it has begun.
///
/// # Errors
/// When the store cannot be read.
pub async fn stage_of(store: &Store, partner: &str) -> Result<Option<PartnerStage>, StoreError> {
    Ok(store.find(LAST, vec![Cell::Text(partner.to_owned())]).await?.pop())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_step_is_skipped_and_closed_is_the_end() {
        assert!(Stage::Prospect.may_become(Stage::AgreementSigned));
        assert!(!Stage::Prospect.may_become(Stage::Live));
        assert!(Stage::Live.may_become(Stage::Suspended));
        assert!(Stage::Suspended.may_become(Stage::Live));
        for stage in Stage::ALL {
            assert_eq!(stage.may_become(Stage::Closed), *stage != Stage::Closed);
            assert!(!Stage::Closed.may_become(*stage));
        }
    }
}
