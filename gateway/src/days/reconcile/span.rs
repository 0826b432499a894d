//! The day as it is at one moment, and from where to where in the feed its entries are.

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_ledger::day::Day;
use jiaozi_ledger::row::{Cell, Cells, Kind, Row};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::date_to_number;
use jiff::civil::Date;

use crate::gateway::Gateway;

const FIRST: &str = "select coalesce(min(seq), 0) from (
    select min(seq) as seq from orders where book = $1 and partner = $2 and clearing_date = $3
    union all select min(seq) from refunds where book = $1 and partner = $2 and clearing_date = $3) as firsts";

/// A day and its part of the feed.
pub(super) struct Span {
    pub(super) partner: String,
    pub(super) date: Date,
    /// The day, if anything has happened on it.
    pub(super) day: Option<Day>,
    /// The first number that is looked at: that of the day's first command, or the first after the day
    /// before was closed.
    pub(super) first: i64,
    /// The last: that of the closing, or the book's head at the moment when the day was read.
    pub(super) last: i64,
}

impl Span {
    pub(super) async fn of(
        gateway: &Gateway,
        payee: &Payee,
        date: Date,
    ) -> Result<Span, StoreError> {
        let (head, day) = at_one_moment(gateway, &Day::key_of(&payee.code, date)).await?;
        let partner = || Cell::Text(payee.code.clone());
        let clause = "partner = $2 and date < $3 and closed_at is not null order by date desc";
        let binds = vec![partner(), Cell::Int(date_to_number(date))];
        let before: Option<Day> = gateway.store.first(clause, binds).await?;
        let after_before = before.and_then(|before| before.seq).map_or(1, |seq| seq + 1);
        let binds = vec![Cell::Int(BOOK), partner(), Cell::Int(date_to_number(date))];
        let first = match gateway.store.number(FIRST, binds).await? {
            0 => after_before,
            own => own.min(after_before),
        };
        let last = day.as_ref().and_then(|day| day.seq).unwrap_or(head);
        Ok(Span { partner: payee.code.clone(), date, day, first, last })
    }

    /// The binds of a statement about the day's records: book, partner, date, last number.
    pub(super) fn binds(&self) -> Vec<Cell> {
        vec![
            Cell::Int(BOOK),
            Cell::Text(self.partner.clone()),
            Cell::Int(date_to_number(self.date)),
            Cell::Int(self.last),
        ]
    }
}

/// The number of the head and the day in one statement: the sums of an open day are those of the
/// commands up to that number.
async fn at_one_moment(gateway: &Gateway, key: &str) -> Result<(i64, Option<Day>), StoreError> {
    let columns = Day::TABLE.columns;
    let names: Vec<String> = columns.iter().map(|column| format!("d.{}", column.name)).collect();
    let sql = format!(
        "select b.seq, {} from books b left join days d on d.book = b.book and d.day_key = $2 \
         where b.book = $1",
        names.join(", ")
    );
    let mut kinds = vec![Kind::Int];
    kinds.extend(columns.iter().map(|column| column.kind));
    let binds = vec![Cell::Int(BOOK), Cell::Text(key.to_owned())];
    let mut rows = gateway.store.engine().read(Query { sql, binds, kinds }).await?;
    let mut row = rows.pop().unwrap_or_default().into_iter();
    let head = match row.next() {
        Some(Cell::Int(seq)) => seq,
        _ => 0,
    };
    let day: Vec<Cell> = row.collect();
    if matches!(day.first(), None | Some(Cell::Null)) {
        return Ok((head, None));
    }
    Ok((head, Some(Day::from_cells(&mut Cells::new(Day::TABLE, day))?)))
}
