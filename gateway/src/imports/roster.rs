//! A roster: its rows go to the people, who know a row that they have seen.

use std::sync::Arc;

use jiaozi_acquisition::roster::{RosterRow, import_roster};
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::import::LawfulBasis;
use jiaozi_adapters::spec::roster_line::RosterLine;

use super::report::{Counts, LineResult};
use super::{ImportError, Keys, Progress, ReadFile, Report, Source, Watcher, finish, place_of};
use crate::files;
use crate::files::limits::Limits;
use crate::gateway::Gateway;

/// Rows handed over at once: so often is told how far the file has come.
const CHUNK_ROWS: usize = 2_000;

pub(super) async fn import(
    gateway: &Gateway,
    spec: &Arc<PartnerSpec>,
    source: Source,
    watcher: Watcher<'_>,
) -> Result<Report, ImportError> {
    let (file, rows) = read(spec, &source).await?;
    // What was read is personal: the key takes the hash of the bytes alone.
    let keys = Keys::new(&source, &file.format, file.hash, "");
    let all = rows.len();
    let mut results: Vec<LineResult> = file.faults.iter().map(LineResult::not_understood).collect();
    let mut counts = Counts::default();
    let mut done = 0;
    for chunk in rows.chunks(CHUNK_ROWS) {
        let now = gateway.now().await?;
        let taken =
            import_roster(&gateway.store, &gateway.vault, &source.partner, chunk.to_vec(), now)
                .await?;
        let by_result =
            [("new", taken.added), ("changed", taken.changed), ("unchanged", taken.unchanged)];
        for (result, rows) in by_result {
            counts.add(result, u64::try_from(rows).unwrap_or(0), 0);
        }
        results.extend(taken.refused.into_iter().map(|refused| LineResult {
            line: usize::try_from(refused.line).unwrap_or(usize::MAX),
            result: "refused".to_owned(),
            code: Some("row_refused".to_owned()),
            column: Some(refused.field.to_owned()),
            why: Some(refused.reason),
            ..LineResult::default()
        }));
        done += chunk.len();
        watcher(Progress { done, lines: all });
    }
    results.sort_by_key(|result| result.line);
    counts.add("refused", u64::try_from(results.len()).unwrap_or(u64::MAX), 0);
    finish(gateway, &source, &keys, &file, results, counts).await
}

async fn read(
    spec: &Arc<PartnerSpec>,
    source: &Source,
) -> Result<(ReadFile, Vec<RosterRow>), ImportError> {
    let formats = spec.property().map(|terms| terms.rosters.clone()).unwrap_or_default();
    let place = place_of(source, formats.iter().map(|format| format.name.as_str()))?;
    let bytes = source.bytes.clone();
    let read = tokio::task::spawn_blocking(move || {
        let format = &formats[place];
        let name = format.name.to_string();
        files::import::roster(bytes.as_ref(), format, &Limits::default()).map(|read| (name, read))
    });
    let (format, read) = read.await??;
    let rows = read.lines.into_iter().map(|(line, row)| row_of(line, row)).collect();
    let file = ReadFile {
        format,
        hash: read.content_hash,
        counted: read.counted,
        totals: read.totals,
        faults: read.faults,
    };
    Ok((file, rows))
}

fn row_of(line: u32, row: RosterLine) -> RosterRow {
    let basis = match row.lawful_basis {
        LawfulBasis::SeparateConsent => "separate_consent",
        LawfulBasis::ContractNecessity => "contract_necessity",
        LawfulBasis::Entrusted => "entrusted",
    };
    RosterRow {
        line: i64::from(line),
        site: row.community,
        house: row.house,
        name: Some(row.person),
        phone: row.phone,
        identity_number: row.identity_number,
        basis: basis.to_owned(),
    }
}
