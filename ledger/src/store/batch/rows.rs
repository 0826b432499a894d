//! What a batch reads before it decides and writes after it: in bulk, never one query a command.

use super::Asked;
use crate::bill::{BillPayment, BillVersion};
use crate::book::Outcome;
use crate::decision::{Changes, ROUNDS};
use crate::facts::{Fact, Facts, Need, for_every_shelf};
use crate::posting::{Debt, Entry};
use crate::row::{Cell, Row, Table};
use crate::statement::StatementLine;
use crate::store::StoreError;
use crate::store::engine::{Unit, records};
use crate::store::journal::Record;
use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// Needs by table and column.
type Missing = BTreeMap<(&'static str, &'static str), HashSet<Need>>;

/// The records that some commands' scopes already have.
pub(super) async fn recorded(
    unit: &mut dyn Unit,
    asked: &[Asked<'_>],
) -> Result<Vec<Record>, StoreError> {
    let scopes = asked.iter().map(|asked| Cell::Id(asked.scope)).collect();
    records(unit.select_in(&Record::TABLE, "scope", scopes).await?)
}

/// Loads what the commands need, in rounds, each over the whole batch. The scopes of commands that
/// panicked when they were asked come back.
pub(super) async fn load(
    unit: &mut dyn Unit,
    facts: &mut Facts,
    mut asked: Vec<&Asked<'_>>,
) -> Result<HashSet<Uuid>, StoreError> {
    let mut defects = HashSet::new();
    for _ in 0..ROUNDS {
        let mut missing = Missing::new();
        asked.retain(|asked| {
            let needs = catch_unwind(AssertUnwindSafe(|| asked.command.needs(facts)));
            for need in needs.iter().flatten().filter(|need| !facts.knows(need)) {
                missing.entry((need.table, need.column)).or_default().insert(need.clone());
            }
            if needs.is_err() {
                defects.insert(asked.scope);
            }
            needs.is_ok()
        });
        if missing.is_empty() {
            break;
        }
        for ((table, column), needs) in missing {
            load_shelf(unit, facts, table, column, needs.into_iter().collect()).await?;
        }
    }
    Ok(defects)
}

macro_rules! load_and_write_shelves {
    ($(($field:ident, $type:ty)),* $(,)?) => {
        async fn load_shelf(
            unit: &mut dyn Unit,
            facts: &mut Facts,
            table: &'static str,
            column: &'static str,
            needs: Vec<Need>,
        ) -> Result<(), StoreError> {
            $(if table == <$type as Row>::TABLE.name {
                return load_needs::<$type>(unit, facts, column, &needs).await;
            })*
            Ok(())
        }

        async fn write_shelves(unit: &mut dyn Unit, facts: &Facts) -> Result<(), StoreError> {
            $(write_shelf::<$type>(unit, facts).await?;)*
            Ok(())
        }
    };
}
for_every_shelf!(load_and_write_shelves);

async fn load_needs<T: Fact>(
    unit: &mut dyn Unit,
    facts: &mut Facts,
    column: &'static str,
    needs: &[Need],
) -> Result<(), StoreError> {
    let values = needs.iter().map(|need| need.value.clone()).collect();
    let rows = unit.select_in(&T::TABLE, column, values).await?;
    T::shelf_mut(facts).load(needs, records(rows)?);
    Ok(())
}

async fn write_shelf<T: Fact>(unit: &mut dyn Unit, facts: &Facts) -> Result<(), StoreError> {
    let shelf = T::shelf(facts);
    if !shelf.has_changes() {
        return Ok(());
    }
    let new = in_order(shelf.new_rows());
    if !new.is_empty() {
        unit.write(&T::TABLE, new, false).await?;
    }
    let changed = in_order(shelf.changed_rows());
    if !changed.is_empty() {
        unit.update(&T::TABLE, changed).await?;
    }
    Ok(())
}

/// The cells of some rows in the order of their keys: neighbouring pages once each, and the same
/// order always.
fn in_order<'a, T: Fact>(rows: impl Iterator<Item = &'a T>) -> Vec<Vec<Cell>> {
    let mut rows: Vec<&T> = rows.collect();
    rows.sort_unstable_by_key(|row| row.key());
    rows.into_iter().map(Row::cells).collect()
}

/// New rows that no decision reads again, gathered over a batch.
#[derive(Default)]
pub(super) struct Pages {
    pub(super) records: Vec<Vec<Cell>>,
    entries: Vec<Entry>,
    debts: Vec<Vec<Cell>>,
    bill_versions: Vec<Vec<Cell>>,
    bill_payments: Vec<Vec<Cell>>,
    statement_lines: Vec<Vec<Cell>>,
}

impl Pages {
    /// Takes what one decision adds.
    pub(super) fn take(&mut self, changes: &Changes, outcome: &Outcome) {
        self.bill_versions.extend(changes.bill_versions.iter().map(Row::cells));
        self.bill_payments.extend(changes.bill_payments.iter().map(Row::cells));
        self.statement_lines.extend(changes.statement_lines.iter().map(Row::cells));
        self.debts.extend(outcome.debts.iter().map(Row::cells));
        self.entries.extend_from_slice(&outcome.entries);
    }
}

/// Writes everything of a batch but the head.
pub(super) async fn write(
    unit: &mut dyn Unit,
    facts: &Facts,
    mut pages: Pages,
) -> Result<(), StoreError> {
    write_shelves(unit, facts).await?;
    pages.entries.sort_unstable_by_key(|entry| (entry.account, entry.nth));
    let new: [(&Table, Vec<Vec<Cell>>); 6] = [
        (&Entry::TABLE, pages.entries.iter().map(Row::cells).collect()),
        (&Debt::TABLE, pages.debts),
        (&BillVersion::TABLE, pages.bill_versions),
        (&BillPayment::TABLE, pages.bill_payments),
        (&StatementLine::TABLE, pages.statement_lines),
        (&Record::TABLE, pages.records),
    ];
    for (table, rows) in new {
        if !rows.is_empty() {
            unit.write(table, rows, false).await?;
        }
    }
    Ok(())
}
