//! What came of a file: a summary, and a result for every line in the file's order.

use std::collections::BTreeMap;

use jiaozi_adapters::spec::raw_line::LineError;
use jiaozi_ledger::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Kind;

/// What became of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineResult {
    /// The line of the file, from 1; for a workbook the row.
    pub line: usize,
    /// `new`, `unchanged`, `new_version`, `withdrawn`, `paid_at_desk` or `refused`.
    pub result: String,
    /// The partner's own identifier of the bill.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub import_id: Option<String>,
    /// Our identifier of the bill.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bill: Option<Uuid>,
    /// Where the bill stands then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<String>,
    /// The version of the bill.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<i64>,
    /// What is due, in fen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount_fen: Option<i64>,
    /// What is paid of it, in fen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub paid_fen: Option<i64>,
    /// What was paid above it, in fen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub overpaid_fen: Option<i64>,
    /// The stable code of a refusal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// The column that is wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<String>,
    /// What stands there; personal data is only measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found: Option<String>,
    /// What should.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<String>,
    /// Why it was refused, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
}

impl LineResult {
    /// The result of a line that was not understood.
    #[must_use]
    pub fn not_understood(error: &LineError) -> LineResult {
        LineResult {
            line: usize::try_from(error.line).unwrap_or(usize::MAX),
            result: "refused".to_owned(),
            code: Some("line_malformed".to_owned()),
            column: (!error.column.is_empty()).then(|| error.column.clone()),
            found: Some(error.found.to_string()),
            expected: Some(error.expected.clone()),
            why: Some(error.to_string()),
            ..LineResult::default()
        }
    }

    /// Whether the line was not taken.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.result == "refused"
    }
}

/// What is recorded of an import: the event `file.imported`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The identifier of the import.
    pub id: Uuid,
    /// The number of the event in the feed.
    pub seq: i64,
    /// When it was recorded.
    pub at: Instant,
    /// The partner.
    pub partner: String,
    /// What the file holds.
    pub kind: Kind,
    /// The format by which it was read.
    pub format: String,
    /// Its name when it came first.
    pub name: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Who handed it in first.
    pub by: String,
    /// As of when a roster holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub as_of: Option<Instant>,
    /// Its lines, wrong ones included.
    pub lines: u64,
    /// The sum of the amounts that could be read, in fen.
    pub sum_fen: i64,
    /// `not_stated`, `right`, or `sum_open` where lines without readable amounts leave it open.
    pub totals: String,
    /// Lines by result; of a roster `new`, `changed`, `unchanged`, `outdated` or `refused`.
    pub counts: BTreeMap<String, u64>,
    /// Amounts by result, in fen.
    pub sums_fen: BTreeMap<String, i64>,
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What is recorded.
    #[serde(flatten)]
    pub summary: Summary,
    /// Line by line. Of a roster only the lines that were refused.
    pub results: Vec<LineResult>,
    /// Whether the file was imported before. Not part of the answer, which stays the same.
    #[serde(skip)]
    pub repeated: bool,
}

impl Report {
    /// The lines that were not taken.
    pub fn refused(&self) -> impl Iterator<Item = &LineResult> {
        self.results.iter().filter(|result| result.is_refused())
    }
}

/// Lines and amounts by result.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) counts: BTreeMap<String, u64>,
    pub(super) sums_fen: BTreeMap<String, i64>,
}

impl Counts {
    pub(super) fn add(&mut self, result: &str, lines: u64, amount_fen: i64) {
        if lines == 0 {
            return;
        }
        *self.counts.entry(result.to_owned()).or_default() += lines;
        let sum = self.sums_fen.entry(result.to_owned()).or_default();
        *sum = sum.saturating_add(amount_fen);
    }
}

/// The lines of a recorded answer.
pub(super) fn results_of(answer: &[u8]) -> Result<Vec<LineResult>, serde_json::Error> {
    let answer: Value = serde_json::from_slice(answer)?;
    serde_json::from_value(answer.get("lines").cloned().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiaozi_adapters::spec::raw_line::Found;

    #[test]
    fn a_refused_line_names_place_and_expectation_and_hides_persons() {
        let error = LineError {
            line: 7,
            column: "手机".to_owned(),
            found: Found::Masked { characters: 3 },
            expected: "11 digits".to_owned(),
        };
        let result = LineResult::not_understood(&error);
        assert_eq!((result.line, result.column.as_deref()), (7, Some("手机")));
        assert_eq!(result.found.as_deref(), Some("personal data of 3 characters"));
        assert!(result.is_refused());
    }
}
