//! A roster: its rows go to the people, who know a row that they have seen, and how new it was.

use std::sync::Arc;

use jiaozi_acquisition::roster::{RefusedRow, RosterRow, import_roster, refusals};
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::import::LawfulBasis;
use jiaozi_adapters::spec::roster_line::RosterLine;
use jiaozi_ledger::decision::digest;
use jiaozi_ledger::progress::Watcher;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::journal::Record;
use jiaozi_ledger::time::Instant;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::report::{Counts, LineResult, Summary};
use super::{ImportError, Keys, ReadFile, Report, Source, finish, place_of, submit};
use crate::files;
use crate::files::limits::Limits;
use crate::gateway::Gateway;
use crate::record::LeaveEvent;

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
    let mut results: Vec<LineResult> = file.faults.iter().map(LineResult::not_understood).collect();
    if let Some(summary) = imported(gateway, &keys).await? {
        results.extend(refusals(&gateway.vault, &source.partner, rows).into_iter().map(refused));
        results.sort_by_key(|result| result.line);
        return Ok(Report { summary, results, repeated: true });
    }
    let as_of = received(gateway, spec, &source, &keys, &file).await?;
    let all = rows.len();
    let mut counts = Counts::default();
    let mut done = 0;
    for chunk in rows.chunks(CHUNK_ROWS) {
        let (now, chunk) = (gateway.now().await?, chunk.to_vec());
        done += chunk.len();
        let (store, vault) = (&gateway.store, &gateway.vault);
        let taken = import_roster(store, vault, &source.partner, chunk, as_of, now).await?;
        let by_result = [
            ("new", taken.added),
            ("changed", taken.changed),
            ("unchanged", taken.unchanged),
            ("outdated", taken.outdated),
        ];
        for (result, rows) in by_result {
            counts.add(result, u64::try_from(rows).unwrap_or(0), 0);
        }
        results.extend(taken.refused.into_iter().map(refused));
        watcher(super::lines(done, all));
    }
    results.sort_by_key(|result| result.line);
    counts.add("refused", u64::try_from(results.len()).unwrap_or(u64::MAX), 0);
    finish(gateway, &source, &keys, &file, Some(as_of), results, counts).await
}

/// What is recorded of the roster, if it was imported whole before.
async fn imported(gateway: &Gateway, keys: &Keys) -> Result<Option<Summary>, ImportError> {
    let scope = vec![Cell::Id(keys.scope.fingerprint())];
    let record: Option<Record> = gateway.store.first("scope = $2", scope).await?;
    Ok(record.map(|record| serde_json::from_slice(&record.answer)).transpose()?)
}

/// Records that the roster has come, and says as of when it holds: as of the day that is given with it,
/// or of its first coming, also when that was interrupted and another roster came in between.
async fn received(
    gateway: &Gateway,
    spec: &PartnerSpec,
    source: &Source,
    keys: &Keys,
    file: &ReadFile,
) -> Result<Instant, ImportError> {
    #[derive(Deserialize)]
    struct Received {
        as_of: Instant,
    }
    let now = gateway.now().await?;
    let as_of = match source.as_of {
        None => now,
        Some(day) => end_of(day, spec, now)?,
    };
    let data = json!({
        "partner": source.partner, "kind": source.kind, "format": file.format, "name": source.name,
        "sha256": file.hash.to_string(), "bytes": source.bytes.len(), "by": source.by,
        "as_of": as_of,
    });
    let event = LeaveEvent {
        scope: keys.received(),
        digest: digest(keys.scope.key.as_bytes()),
        kind: "file.received",
        subject: None,
        data,
    };
    let reply = submit(gateway, Arc::new(event))
        .await
        .map_err(|failure| ImportError::Stopped { line: 1, failure })?;
    let received: Received = serde_json::from_slice(&reply.answer.body)?;
    Ok(received.as_of)
}

/// The end of a day at the partner; of today, now.
fn end_of(day: Date, spec: &PartnerSpec, now: Instant) -> Result<Instant, ImportError> {
    let zone = spec.partner.zone.time_zone();
    let today = now.date_in(zone);
    let next = day.tomorrow().ok().and_then(|next| next.to_zoned(zone.clone()).ok());
    match next {
        _ if day == today => Ok(now),
        Some(next) if day < today => Ok(Instant(Instant::from(next.timestamp()).0 - 1)),
        _ => Err(ImportError::AsOf {
            as_of: day,
            what: format!("that day has not come; expected {today} or an earlier one"),
        }),
    }
}

fn refused(refused: RefusedRow) -> LineResult {
    LineResult {
        line: usize::try_from(refused.line).unwrap_or(usize::MAX),
        result: "refused".to_owned(),
        code: Some("row_refused".to_owned()),
        column: Some(refused.field.to_owned()),
        why: Some(refused.reason),
        ..LineResult::default()
    }
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
