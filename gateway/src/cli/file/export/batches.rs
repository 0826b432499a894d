//! The files of a partner: one row a file, or one row a line. Imports that were finished come first, then
//! files of claims as they stand.

use std::io::Write;

use jiaozi_ledger::progress::Watcher;
use jiaozi_ledger::withholding;
use serde_json::json;
use uuid::Uuid;

use super::Csv;
use crate::gateway::Gateway;
use crate::imports::{Batches, LineResult};
use crate::withholding::batches;

/// What can come of a line, each a column.
const RESULTS: [&str; 8] = [
    "new",
    "new_version",
    "changed",
    "unchanged",
    "withdrawn",
    "paid_at_desk",
    "outdated",
    "refused",
];

const COLUMNS: [&str; 13] = [
    "batch", "seq", "at", "kind", "format", "name", "sha256", "bytes", "by", "as_of", "totals",
    "lines", "sum_fen",
];

const LINE_COLUMNS: [&str; 17] = [
    "batch",
    "name",
    "sha256",
    "line",
    "result",
    "import_id",
    "bill",
    "state",
    "version",
    "amount_fen",
    "paid_fen",
    "overpaid_fen",
    "code",
    "column",
    "found",
    "expected",
    "why",
];

/// How far a file of claims is, each a column.
const CLAIMS: [&str; 7] =
    ["state", "run_on", "presented", "done", "partial", "waiting", "debited_fen"];

/// Batches read at once.
const PAGE: i64 = 500;

/// One row a file.
pub(super) async fn write(
    gateway: &Gateway,
    partner: &str,
    out: &mut (dyn Write + Send),
    watcher: Watcher<'_>,
) -> anyhow::Result<Option<String>> {
    let mut csv: Csv<'_> = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS.iter().chain(&RESULTS).chain(&CLAIMS))?;
    let mut batches = Batches::of(gateway, partner, watcher);
    while let Some(batch) = batches.next().await? {
        let summary = batch.summary;
        let mut row = vec![
            summary.id.to_string(),
            summary.seq.to_string(),
            summary.at.to_string(),
            summary.kind.as_str().to_owned(),
            summary.format,
            summary.name,
            summary.sha256,
            summary.bytes.to_string(),
            summary.by,
            text(summary.as_of.as_ref()),
            summary.totals,
            summary.lines.to_string(),
            summary.sum_fen.to_string(),
        ];
        let count = |result: &&str| summary.counts.get(*result).copied().unwrap_or(0).to_string();
        row.extend(RESULTS.iter().map(count));
        row.extend(CLAIMS.map(|_| String::new()));
        csv.write_record(row)?;
    }
    let mut after = Uuid::nil();
    loop {
        let page = batches::of_partner(gateway, partner, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id.0;
        for batch in &page {
            csv.write_record(of_claims(batch))?;
        }
    }
    csv.flush()?;
    Ok(None)
}

fn of_claims(batch: &withholding::Batch) -> Vec<String> {
    let mut row = vec![
        batch.id.to_string(),
        batch.seq.to_string(),
        batch.at.to_string(),
        "withholding".to_owned(),
        String::new(),
        batch.name().to_owned(),
        batch.hash().to_owned(),
        batch.bytes.to_string(),
        batch.handed_in_by.clone(),
        String::new(),
        String::new(),
        batch.lines.to_string(),
        batch.sum.0.to_string(),
    ];
    let refused = |result: &&str| match *result {
        "refused" => batch.refused.to_string(),
        _ => String::new(),
    };
    row.extend(RESULTS.iter().map(refused));
    let counts = [batch.presented, batch.done, batch.partial, batch.waiting, batch.debited.0];
    row.push(json!(batch.state).as_str().unwrap_or_default().to_owned());
    row.push(batch.run_on.to_string());
    row.extend(counts.map(|count| count.to_string()));
    row
}

/// One row a line whose result is kept; says of how many none is.
pub(super) async fn write_lines(
    gateway: &Gateway,
    partner: &str,
    out: &mut (dyn Write + Send),
    watcher: Watcher<'_>,
) -> anyhow::Result<Option<String>> {
    let mut csv: Csv<'_> = csv::Writer::from_writer(out);
    csv.write_record(LINE_COLUMNS)?;
    let mut batches = Batches::of(gateway, partner, watcher);
    let mut not_kept = 0;
    while let Some(batch) = batches.next().await? {
        let results = batch.results(gateway).await?;
        let kept = u64::try_from(results.len()).unwrap_or(u64::MAX);
        not_kept += batch.summary.lines.saturating_sub(kept);
        for result in results {
            let mut row = [
                batch.summary.id.to_string(),
                batch.summary.name.clone(),
                batch.summary.sha256.clone(),
            ]
            .to_vec();
            row.extend(cells(result));
            csv.write_record(row)?;
        }
    }
    csv.flush()?;
    Ok((not_kept > 0).then(|| {
        format!("of {not_kept} lines, those of rosters and those that could not be read, no results are kept")
    }))
}

fn cells(result: LineResult) -> [String; 14] {
    [
        result.line.to_string(),
        result.result,
        result.import_id.unwrap_or_default(),
        text(result.bill.as_ref()),
        result.state.unwrap_or_default(),
        text(result.version.as_ref()),
        text(result.amount_fen.as_ref()),
        text(result.paid_fen.as_ref()),
        text(result.overpaid_fen.as_ref()),
        result.code.unwrap_or_default(),
        result.column.unwrap_or_default(),
        result.found.unwrap_or_default(),
        result.expected.unwrap_or_default(),
        result.why.unwrap_or_default(),
    ]
}

fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}
