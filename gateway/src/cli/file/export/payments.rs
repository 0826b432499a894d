//! Every payment of a partner's clearing dates, one row a bill.

use std::io::Write;

use anyhow::Context as _;
use jiaozi_ledger::order::Order;
use jiaozi_ledger::progress::{Pace, Watcher};
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::BOOK;
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::{Csv, page, word};
use crate::gateway::Gateway;

const COLUMNS: [&str; 16] = [
    "order",
    "state",
    "at",
    "business_date",
    "clearing_date",
    "channel",
    "reference",
    "community",
    "house",
    "import_id",
    "item",
    "period",
    "principal_fen",
    "late_fee_fen",
    "discount_fen",
    "refunded_fen",
];

const COUNT: &str = "select count(*) from orders
    where book = $1 and partner = $2 and clearing_date >= $3 and clearing_date <= $4";

const WITHIN: &str = "clearing_date >= $5 and clearing_date <= $6 and ";

pub(super) async fn write(
    gateway: &Gateway,
    partner: &str,
    days: [Date; 2],
    out: &mut (dyn Write + Send),
    watcher: Watcher<'_>,
) -> anyhow::Result<Option<String>> {
    let mut pace = Pace::new(watcher);
    let days = || days.map(|date| Cell::Int(date_to_number(date))).to_vec();
    let mut binds = vec![Cell::Int(BOOK), Cell::Text(partner.to_owned())];
    binds.extend(days());
    pace.expect(gateway.store.number(COUNT, binds).await.context("the books")?);
    let mut csv: Csv<'_> = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    let mut after = Uuid::nil();
    loop {
        let page: Vec<Order> = page(gateway, partner, WITHIN, days(), after).await?;
        let Some(last) = page.last() else { break };
        after = last.id.0;
        for order in &page {
            lines(&mut csv, order)?;
            pace.step();
        }
    }
    csv.flush()?;
    Ok(None)
}

fn lines(csv: &mut Csv<'_>, order: &Order) -> anyhow::Result<()> {
    for line in &order.lines {
        let back = line.refunded_principal.0.saturating_add(line.refunded_late_fee.0);
        csv.write_record([
            &order.id.to_string(),
            &word(&json!(order.state)),
            &order.at.to_string(),
            &order.business_date.to_string(),
            &order.clearing_date.to_string(),
            &order.channel,
            order.reference().unwrap_or(""),
            &order.site,
            &order.house,
            &line.import_id,
            &line.item,
            &line.period,
            &line.principal.0.to_string(),
            &line.late_fee.0.to_string(),
            &line.discount.0.to_string(),
            &back.to_string(),
        ])?;
    }
    Ok(())
}
