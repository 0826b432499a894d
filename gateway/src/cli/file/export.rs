//! `jiaozi file export`: bills and payments as CSV, and the file of a closed day.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::order::Order;
use jiaozi_ledger::row::{Cell, Row};
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::{Common, Failure, open};
use crate::days;
use crate::gateway::Gateway;

/// Records read at once.
const PAGE: i64 = 1_000;

/// Exports a partner's bills or payments as CSV (UTF-8, amounts in fen), or the file of a closed day
/// in the partner's own format.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi file export bills --partner yunhe --out bills.csv
  jiaozi file export payments --partner yunhe --from 2026-11-01 --to 2026-11-30
  jiaozi file export day --partner huating --date 2026-11-30 --out day.xlsx")]
pub(super) struct Export {
    #[command(flatten)]
    common: Common,
    /// What to export.
    #[arg(value_enum)]
    what: What,
    /// Whose.
    #[arg(long, value_name = "CODE")]
    partner: String,
    /// day: the clearing date.
    #[arg(long, value_name = "DATE", required_if_eq("what", "day"))]
    date: Option<Date>,
    /// payments: from this clearing date on.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// payments: up to this clearing date.
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// A new file; without it standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Every bill as it stands.
    Bills,
    /// Every payment, one line a bill.
    Payments,
    /// The file of a closed day.
    Day,
}

impl Export {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let gateway = open::gateway(&config).await?;
            days::company(&gateway, &self.partner).map_err(anyhow::Error::from)?;
            let mut out = self.out()?;
            match self.what {
                What::Bills => self.bills(&gateway, &mut out).await?,
                What::Payments => self.payments(&gateway, &mut out).await?,
                What::Day => {
                    let date = self.date.context("expected --date")?;
                    let file = days::file(&gateway, &self.partner, date).await;
                    let file = file.map_err(anyhow::Error::from)?;
                    out.write_all(&file.bytes).context("writing")?;
                    eprintln!("{}, SHA-256 {}", file.name, file.content_hash);
                }
            }
            out.flush().context("writing")?;
            Ok(())
        })
    }

    fn out(&self) -> anyhow::Result<Box<dyn Write + Send>> {
        Ok(match &self.out {
            None => Box::new(std::io::stdout()),
            Some(path) => {
                let file = std::fs::File::create_new(path).with_context(|| {
                    format!("{}: expected a place for a new file", path.display())
                })?;
                Box::new(std::io::BufWriter::new(file))
            }
        })
    }

    async fn bills(&self, gateway: &Gateway, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record([
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
        ])?;
        let mut after = Uuid::nil();
        loop {
            let page: Vec<Bill> = self.page(gateway, "", vec![], after).await?;
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
            }
        }
        Ok(csv.flush()?)
    }

    async fn payments(
        &self,
        gateway: &Gateway,
        out: &mut (dyn Write + Send),
    ) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record([
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
        ])?;
        let days = [self.from.unwrap_or(Date::MIN), self.to.unwrap_or(Date::MAX)];
        let binds = || days.map(|date| Cell::Int(date_to_number(date))).to_vec();
        let mut after = Uuid::nil();
        loop {
            let within = "clearing_date >= $5 and clearing_date <= $6 and ";
            let page: Vec<Order> = self.page(gateway, within, binds(), after).await?;
            let Some(last) = page.last() else { break };
            after = last.id.0;
            for order in &page {
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
            }
        }
        Ok(csv.flush()?)
    }

    async fn page<T: Row>(
        &self,
        gateway: &Gateway,
        within: &str,
        own: Vec<Cell>,
        after: Uuid,
    ) -> anyhow::Result<Vec<T>> {
        let clause = format!("partner = $2 and {within}id > $3 order by id limit $4");
        let mut binds = vec![Cell::Text(self.partner.clone()), Cell::Id(after), Cell::Int(PAGE)];
        binds.extend(own);
        gateway.store.find(&clause, binds).await.context("the books")
    }
}

/// The name of a state as programs know it.
fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
