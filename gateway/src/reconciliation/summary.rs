//! What a biller's clearing date came to.

use std::collections::BTreeMap;

use jiaozi_adapters::utility::biller::Biller;
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::row::{Cell, Cells, Kind, Table};
use jiaozi_ledger::statement::Statement;
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::{Instant, date_to_number};
use jiff::civil::Date;
use serde::Serialize;

use super::comparing::matched;
use super::evidence::{current, lists_withheld};
use crate::gateway::Gateway;
use crate::utility::held_up::{self, HeldUp};

/// The file of a date that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileOfDay {
    /// 0 for the first, then the corrections.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// Its lines.
    pub lines: i64,
    /// The sum of their amounts, in fen.
    pub sum_fen: i64,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// When it came.
    pub received_at: Instant,
}

impl From<Statement> for FileOfDay {
    fn from(file: Statement) -> FileOfDay {
        FileOfDay {
            number: file.number,
            name: file.name,
            lines: file.lines,
            sum_fen: file.sum.0,
            sha256: file.content_hash,
            received_at: file.received_at,
        }
    }
}

/// Debits under mandates of a date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct WithheldOfDay {
    /// How many.
    pub payments: i64,
    /// How much, in fen.
    pub fen: i64,
    /// Whether the biller's file of the day has them; if not, the result file alone settles them.
    pub listed: bool,
}

/// A biller's clearing date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BillerDay {
    /// The biller.
    pub partner: String,
    /// The clearing date.
    pub date: Date,
    /// Its file; nothing while none has come.
    pub file: Option<FileOfDay>,
    /// Payments that both sides have, done and with the same amount.
    pub matched: i64,
    /// Debits under mandates; where the file does not have them, they are in no comparison with it.
    pub withheld: WithheldOfDay,
    /// Open breaks by their kind.
    pub breaks: BTreeMap<&'static str, i64>,
    /// What they leave unexplained, in fen.
    pub unexplained_fen: i64,
    /// How many breaks of the date are resolved.
    pub resolved: i64,
    /// Payments of the date that wait because the books did not take what was heard of them.
    pub held_up: Vec<HeldUp>,
}

/// What a date came to.
///
/// # Errors
/// When the database cannot be read.
pub async fn biller_day(
    gateway: &Gateway,
    biller: &Biller,
    date: Date,
) -> Result<BillerDay, StoreError> {
    let partner = &biller.payee.code;
    let file = current(&gateway.store, partner, date).await?;
    let matched = match &file {
        Some(file) => matched(gateway, partner, date, file).await?,
        None => 0,
    };
    let binds = vec![Cell::Text(partner.clone()), Cell::Int(date_to_number(date))];
    let all: Vec<Break> =
        gateway.store.find("partner = $2 and clearing_date = $3 order by id", binds).await?;
    let mut day = BillerDay {
        partner: partner.clone(),
        date,
        file: file.map(FileOfDay::from),
        matched,
        withheld: withheld(gateway, partner, date).await?,
        breaks: BTreeMap::new(),
        unexplained_fen: 0,
        resolved: 0,
        held_up: held_up::of_day(&gateway.store, partner, date).await?,
    };
    for one in all {
        if one.is_open() {
            *day.breaks.entry(one.kind.name()).or_default() += 1;
            day.unexplained_fen = day.unexplained_fen.saturating_add(one.gap.0);
        } else {
            day.resolved += 1;
        }
    }
    Ok(day)
}

const WITHHELD: &str =
    "select cast(count(*) as bigint), cast(coalesce(sum(amount_fen), 0) as bigint)
    from orders where book = $1 and partner = $2 and clearing_date = $3 and channel = partner";

async fn withheld(
    gateway: &Gateway,
    partner: &str,
    date: Date,
) -> Result<WithheldOfDay, StoreError> {
    let binds =
        vec![Cell::Int(BOOK), Cell::Text(partner.to_owned()), Cell::Int(date_to_number(date))];
    let query = Query { sql: WITHHELD.to_owned(), binds, kinds: vec![Kind::Int; 2] };
    let row = gateway.store.engine().read(query).await?.pop().unwrap_or_default();
    let mut cells = Cells::new(Table { name: "orders", key: &[], columns: &[] }, row);
    let listed = lists_withheld(gateway, partner);
    Ok(WithheldOfDay { payments: cells.int()?, fen: cells.int()?, listed })
}
