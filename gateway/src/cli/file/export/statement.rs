//! The statement of an account: every entry, with the balance after it.

use std::io::Write;

use anyhow::Context as _;
use jiaozi_ledger::progress::{Pace, Watcher};
use serde_json::json;

use super::{Csv, PAGE, word};
use crate::accounts;
use crate::cli::account::find;
use crate::gateway::Gateway;

const COLUMNS: [&str; 8] =
    ["nth", "seq", "at", "what", "subject", "side", "amount_fen", "balance_after_fen"];

pub(super) async fn write(
    gateway: &Gateway,
    code: &str,
    out: &mut (dyn Write + Send),
    watcher: Watcher<'_>,
) -> anyhow::Result<Option<String>> {
    let account = find(gateway, code).await?;
    let mut pace = Pace::new(watcher);
    pace.expect(account.entries);
    let mut csv: Csv<'_> = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    let mut after = 0;
    loop {
        let lines = accounts::statement(gateway, &account, after, PAGE).await;
        let lines = lines.context("the statement")?;
        let Some(last) = lines.last() else { break };
        let complete = last.entry.nth - after == i64::try_from(lines.len())?;
        anyhow::ensure!(
            complete,
            "after entry {after} of {code} there are entries without their command; run `jiaozi check`"
        );
        after = last.entry.nth;
        for line in &lines {
            csv.write_record([
                line.entry.nth.to_string(),
                line.entry.seq.to_string(),
                line.at.to_string(),
                line.kind.clone(),
                line.subject.to_string(),
                word(&json!(line.entry.side)),
                line.entry.amount.0.to_string(),
                line.entry.balance_after.0.to_string(),
            ])?;
            pace.step();
        }
    }
    csv.flush()?;
    anyhow::ensure!(
        after >= account.entries,
        "only {after} of the {} entries of {code} have their command; run `jiaozi check`",
        account.entries
    );
    Ok(None)
}
