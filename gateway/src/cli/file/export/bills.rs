//! Every bill of a partner as it stands.

use std::io::Write;

use anyhow::Context as _;
use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::progress::{Pace, Watcher};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;
use serde_json::json;
use uuid::Uuid;

use super::{Csv, page, word};
use crate::gateway::Gateway;

const COLUMNS: [&str; 11] = [
    "import_id",
    "community",
    "house",
    "item",
    "period",
    "amount_fen",
    "paid_fen",
    "due",
    "state",
    "version",
    "bill",
];

const COUNT: &str = "select count(*) from bills where book = $1 and partner = $2";

pub(super) async fn write(
    gateway: &Gateway,
    partner: &str,
    out: &mut (dyn Write + Send),
    watcher: Watcher<'_>,
) -> anyhow::Result<Option<String>> {
    let mut pace = Pace::new(watcher);
    let binds = vec![Cell::Int(BOOK), Cell::Text(partner.to_owned())];
    pace.expect(gateway.store.number(COUNT, binds).await.context("the books")?);
    let mut csv: Csv<'_> = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    let mut after = Uuid::nil();
    loop {
        let page: Vec<Bill> = page(gateway, partner, "", vec![], after).await?;
        let Some(last) = page.last() else { break };
        after = last.id.0;
        for bill in &page {
            csv.write_record([
                bill.import_id(),
                &bill.site,
                bill.house(),
                &bill.item,
                &bill.period,
                &bill.amount.0.to_string(),
                &bill.paid.0.to_string(),
                &bill.due.to_string(),
                &word(&json!(bill.state)),
                &bill.version.to_string(),
                &bill.id.to_string(),
            ])?;
            pace.step();
        }
    }
    csv.flush()?;
    Ok(None)
}
