//! What is unexplained: open breaks, unknown outcomes and contested payouts, by partner and by age. Nothing is netted, and
//! neither an owner nor a suggested cause lowers it.

use std::collections::BTreeMap;

use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::instruction::{Instruction, InstructionState, Step};
use jiaozi_ledger::payout::Payout;
use jiaozi_ledger::row::{Cell, Cells, Row};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{StoreError, check};
use jiaozi_ledger::time::Instant;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::gateway::Gateway;

const DAY_MICROSECONDS: i64 = 24 * 60 * 60 * 1_000_000;

/// Amounts by how long they have been unexplained, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ages {
    /// For less than a day.
    pub today_fen: i64,
    /// For one to three days.
    pub days_1_to_3_fen: i64,
    /// For four to ten days.
    pub days_4_to_10_fen: i64,
    /// For longer.
    pub older_fen: i64,
}

impl Ages {
    /// All together.
    #[must_use]
    pub fn total(&self) -> i64 {
        [self.today_fen, self.days_1_to_3_fen, self.days_4_to_10_fen, self.older_fen]
            .into_iter()
            .fold(0, i64::saturating_add)
    }

    fn add(&mut self, since: Instant, now: Instant, fen: i64) {
        let bucket = match now.0.saturating_sub(since.0) / DAY_MICROSECONDS {
            ..1 => &mut self.today_fen,
            1..4 => &mut self.days_1_to_3_fen,
            4..11 => &mut self.days_4_to_10_fen,
            _ => &mut self.older_fen,
        };
        *bucket = bucket.saturating_add(fen);
    }
}

/// What is unexplained of one partner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OfPartner {
    /// All of it, in fen.
    pub unexplained_fen: i64,
    /// How many items.
    pub items: i64,
    /// By age.
    pub ages: Ages,
}

/// What is unexplained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unexplained {
    /// All of it, in fen, with what is in suspense for no item at all.
    pub unexplained_fen: i64,
    /// Of partners with open items.
    pub partners: BTreeMap<String, OfPartner>,
}

/// What is unexplained now.
///
/// # Errors
/// When the database cannot be read.
pub async fn unexplained(gateway: &Gateway) -> Result<Unexplained, StoreError> {
    let (store, now) = (&gateway.store, gateway.now().await?);
    let mut partners: BTreeMap<String, OfPartner> = BTreeMap::new();
    let mut add = |partner: String, since, fen| {
        let of = partners.entry(partner).or_default();
        of.items += 1;
        of.ages.add(since, now, fen);
        of.unexplained_fen = of.ages.total();
    };
    let open =
        Query::rows::<Break>("resolution is null and gap_fen > 0 order by since, id", vec![]);
    let mut breaks = store.engine().stream(open);
    while let Some(one) = next::<Break>(&mut breaks).await? {
        add(one.partner, one.since, one.gap.0);
    }
    let unknown = Query::rows::<Instruction>(
        "(state in ($2, $3) or (state = $4 and step = $5)) order by id",
        vec![
            Cell::Int(InstructionState::Unknown.code()),
            Cell::Int(InstructionState::Reversing.code()),
            // What the books did not take.
            Cell::Int(InstructionState::Asked.code()),
            Cell::Int(Step::Rest.code()),
        ],
    );
    let mut instructions = store.engine().stream(unknown);
    while let Some(one) = next::<Instruction>(&mut instructions).await? {
        add(one.partner, one.at, one.amount.0);
    }
    let contested = Query::rows::<Payout>("contested is not null order by id", vec![]);
    let mut payouts = store.engine().stream(contested);
    while let Some(one) = next::<Payout>(&mut payouts).await? {
        add(one.partner, one.heard_at.unwrap_or(one.prepared_at), one.amount.0);
    }
    // What the core says that it gave, nobody is to have, and it takes back no more; if that is a break, it
    // is counted above.
    let stranded = Query::rows::<Draw>(
        "state = 3 and instruction in (select i.id from instructions i where i.book = $1 and i.state = $2
            and not exists (select 1 from breaks b where b.book = i.book
                and b.reference_key = i.reference_key and b.resolution is null and b.gap_fen > 0)) order by id",
        vec![Cell::Int(InstructionState::Done.code())],
    );
    let mut draws = store.engine().stream(stranded);
    while let Some(one) = next::<Draw>(&mut draws).await? {
        add(one.core, one.at, one.amount.0);
    }
    Ok(Unexplained { unexplained_fen: check::unexplained(store).await?, partners })
}

async fn next<T: Row>(
    rows: &mut mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
) -> Result<Option<T>, StoreError> {
    match rows.recv().await {
        Some(row) => Ok(Some(T::from_cells(&mut Cells::new(T::TABLE, row?))?)),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_counted_in_whole_days() {
        let mut ages = Ages::default();
        for (days, fen) in [(0, 1), (1, 20), (3, 300), (4, 4_000), (10, 50_000), (11, 600_000)] {
            ages.add(Instant(0), Instant(days * DAY_MICROSECONDS), fen);
        }
        let expected = Ages {
            today_fen: 1,
            days_1_to_3_fen: 320,
            days_4_to_10_fen: 54_000,
            older_fen: 600_000,
        };
        assert_eq!((ages, ages.total()), (expected, 654_321));
    }
}
