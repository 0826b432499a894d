//! A bill file: its lines in chunks, each one command.

use std::collections::HashMap;
use std::sync::Arc;

use jiaozi_adapters::property::import::ImportBills;
use jiaozi_adapters::property::publishing::Line;
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::progress::Watcher;
use serde_json::json;

use super::report::{Counts, LineResult, results_of};
use super::{ImportError, Keys, ReadFile, Report, Source, finish, place_of, submit};
use crate::files;
use crate::files::limits::Limits;
use crate::gateway::Gateway;

/// Lines of one command: few enough that payments behind it in the queue hardly wait.
const CHUNK_LINES: usize = 200;

pub(super) async fn import(
    gateway: &Gateway,
    spec: &Arc<PartnerSpec>,
    source: Source,
    watcher: Watcher<'_>,
) -> Result<Report, ImportError> {
    let (file, lines) = read(spec, &source).await?;
    let company =
        gateway.partners.company(&source.partner).ok_or_else(|| ImportError::Partner {
            partner: source.partner.clone(),
            what: "its calendar is missing",
            expected: "a specification that passes `jiaozi partner check`".to_owned(),
        })?;
    let keys = Keys::new(&source, &file.format, file.hash, &json!(lines).to_string());
    let amounts: HashMap<usize, i64> =
        lines.iter().map(|line| (line.line, line.amount.0)).collect();
    let all = lines.len();
    let mut results: Vec<LineResult> = file.faults.iter().map(LineResult::not_understood).collect();
    for (chunk, number) in lines.chunks(CHUNK_LINES).zip(0usize..) {
        let line = chunk.first().map_or(0, |line| line.line);
        let command = ImportBills {
            scope: keys.chunk(number),
            company: Arc::clone(company),
            lines: chunk.to_vec(),
        };
        let reply = submit(gateway, Arc::new(command))
            .await
            .map_err(|failure| ImportError::Stopped { line, failure })?;
        if reply.verdict == Verdict::Declined {
            let answer = String::from_utf8_lossy(&reply.answer.body).into_owned();
            return Err(ImportError::Declined { line, answer });
        }
        results.extend(results_of(&reply.answer.body)?);
        watcher(super::lines(number * CHUNK_LINES + chunk.len(), all));
    }
    results.sort_by_key(|result| result.line);
    let mut counts = Counts::default();
    for result in &results {
        counts.add(&result.result, 1, amounts.get(&result.line).copied().unwrap_or(0));
    }
    finish(gateway, &source, &keys, &file, None, results, counts).await
}

/// Reads the file on a thread of its own: a large one takes seconds.
async fn read(
    spec: &Arc<PartnerSpec>,
    source: &Source,
) -> Result<(ReadFile, Vec<Line>), ImportError> {
    let formats = |spec: &PartnerSpec| spec.property().map(|terms| terms.bills.clone());
    let formats = formats(spec).unwrap_or_default();
    let place = place_of(source, formats.iter().map(|format| format.name.as_str()))?;
    let bytes = source.bytes.clone();
    let read = tokio::task::spawn_blocking(move || {
        let format = &formats[place];
        let name = format.name.to_string();
        files::import::bills(bytes.as_ref(), format, &Limits::default()).map(|read| (name, read))
    });
    let (format, read) = read.await??;
    let lines = read
        .lines
        .into_iter()
        .map(|(line, bill)| Line::of(usize::try_from(line).unwrap_or(usize::MAX), bill))
        .collect();
    let file = ReadFile {
        format,
        hash: read.content_hash,
        counted: read.counted,
        totals: read.totals,
        faults: read.faults,
    };
    Ok((file, lines))
}
