//! What is kept of imports: the event `file.imported` of each that was finished, and of bill files the
//! answers to their parts, which have a result for every line that could be read.
//!
//! Of a roster no line is kept, for its lines are about people; of a line that could not be read nothing
//! is kept but its number among the refused.

use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::progress::{Pace, Watcher};
use jiaozi_ledger::row::{Cell, Cells, Row};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::journal::Record;
use tokio::sync::mpsc;

use super::report::{LineResult, Summary, results_of};
use super::{ImportError, Kind};
use crate::gateway::Gateway;

/// An import that was finished.
#[derive(Debug)]
pub struct Batch {
    /// What is recorded of it.
    pub summary: Summary,
    key: String,
}

impl Batch {
    /// The results of its lines as far as they are kept, in the order of the file.
    ///
    /// # Errors
    /// When the database cannot be read, or holds what does not read.
    pub async fn results(&self, gateway: &Gateway) -> Result<Vec<LineResult>, ImportError> {
        let mut results = Vec::new();
        if self.summary.kind == Kind::Roster {
            return Ok(results);
        }
        for number in 0usize.. {
            let scope = Scope {
                partner: self.summary.partner.clone(),
                operation: self.summary.kind.operation(),
                key: format!("{}/{number}", self.key),
            };
            let scope = vec![Cell::Id(scope.fingerprint())];
            let record: Option<Record> = gateway.store.first("scope = $2", scope).await?;
            let Some(record) = record else { break };
            results.extend(results_of(&record.answer)?);
        }
        results.sort_by_key(|result| result.line);
        Ok(results)
    }
}

/// The imports of a partner that were finished, oldest first. They are found by going through the feed.
pub struct Batches<'a> {
    rows: mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
    pace: Pace<'a>,
}

impl<'a> Batches<'a> {
    /// All of a partner's. The watcher hears of those that were found.
    #[must_use]
    pub fn of(gateway: &Gateway, partner: &str, watcher: Watcher<'a>) -> Batches<'a> {
        let binds = [partner, "file.imported"].map(|text| Cell::Text(text.to_owned())).to_vec();
        let query = Query::rows::<Record>("partner = $2 and kind = $3 order by seq", binds);
        Batches { rows: gateway.store.engine().stream(query), pace: Pace::new(watcher) }
    }

    /// The next one.
    ///
    /// # Errors
    /// When the database cannot be read, or holds what does not read.
    pub async fn next(&mut self) -> Result<Option<Batch>, ImportError> {
        let Some(row) = self.rows.recv().await else { return Ok(None) };
        let mut cells = Cells::new(Record::TABLE, row?);
        let record = Record::from_cells(&mut cells).map_err(StoreError::from)?;
        self.pace.step();
        let summary = serde_json::from_slice(&record.answer)?;
        Ok(Some(Batch { summary, key: record.idempotency_key }))
    }
}
