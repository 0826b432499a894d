//! The day's sums against the payments and refunds that count in it, wherever their clearing dates are, and
//! what reconciliation has added to all of the biller's days against its breaks.

use jiaozi_ledger::day::Day;
use jiaozi_ledger::row::{Cell, Cells, Kind, Row as _, Table};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::engine::Query;

use super::Breaks;
use super::posted::Scope;
use crate::days::DayError;
use crate::days::reconcile::span::Span;
use crate::days::reconcile::sums::Sums;

const ROWS: Table = Table { name: "orders, refunds, breaks and days", key: &[], columns: &[] };

/// What counts in the day: payments that were withheld on their date, others on the day that they were
/// counted on; refunds on theirs; and what all days have been given more than all breaks say.
const COUNTED: &str = "select cast(count(*) as bigint) as payments,
    cast(coalesce(sum(c.amount_fen), 0) as bigint) as paid,
    cast(coalesce(sum(c.fee_fen), 0) as bigint) as fees,
    (select cast(count(*) as bigint) from refunds r
        where r.book = $1 and r.partner = $2 and r.clearing_date = $3) as refunds,
    (select cast(coalesce(sum(r.amount_fen - r.from_settled_fen), 0) as bigint) from refunds r
        where r.book = $1 and r.partner = $2 and r.clearing_date = $3) as refunded,
    (select cast(coalesce(sum(d.adjusted_fen), 0) as bigint) from days d where d.book = $1 and d.partner = $2) as adjusted,
    (select cast(coalesce(sum(b.booked_fen + b.moved_fen), 0) as bigint) from breaks b
        where b.book = $1 and b.partner = $2) as booked
    from (
        select o.amount_fen, o.fee_fen from orders o where o.book = $1 and o.partner = $2
            and o.clearing_date = $3 and not exists (select 1 from instructions i
                where i.book = o.book and i.order_id = o.id and i.partner = o.partner)
        union all select o.amount_fen, o.fee_fen from instructions i
            join orders o on o.book = i.book and o.id = i.order_id
            where i.book = $1 and i.partner = $2 and o.partner = $2 and i.counted_on = $3) c";

/// Compares the sums, which are read with the day in one statement: both are of one moment.
pub(super) async fn compare(scope: &Scope<'_>, breaks: &mut Breaks<'_>) -> Result<(), DayError> {
    let columns = Day::TABLE.columns;
    let names: Vec<String> = columns.iter().map(|column| format!("day.{}", column.name)).collect();
    let sql = format!(
        "select s.payments, s.paid, s.fees, s.refunds, s.refunded, s.adjusted, s.booked, {} \
         from ({COUNTED}) s left join days day on day.book = $1 and day.partner = $2 and day.date = $3",
        names.join(", ")
    );
    let mut kinds = vec![Kind::Int; 7];
    kinds.extend(columns.iter().map(|column| column.kind));
    let query = Query { sql, binds: scope.binds(), kinds };
    let mut row = scope.gateway.store.engine().read(query).await?.pop().unwrap_or_default();
    let day = row.split_off(7.min(row.len()));
    let mut cells = Cells::new(ROWS, row);
    let mut next = || cells.int().map_err(StoreError::from);
    let (payments, paid, fees) = (next()?, next()?, next()?);
    let (refunds, refunded) = (next()?, next()?);
    let (adjusted, booked) = (next()?, next()?);
    let day = match day.first() {
        None | Some(Cell::Null) => None,
        Some(_) => {
            let day = Day::from_cells(&mut Cells::new(Day::TABLE, day));
            Some(day.map_err(StoreError::from)?)
        }
    };
    let span = Span { partner: scope.span.partner.clone(), day, ..*scope.span };
    let sums = Sums::of([payments, paid, fees], [refunds, refunded]);
    sums.compare(scope.gateway, &span, breaks).await?;
    let expected = booked.saturating_neg();
    if adjusted != expected {
        let what =
            format!("reconciliation: {adjusted} fen in all days, expected {expected} by breaks");
        breaks.record("day", &scope.biller.payee.code, [expected, adjusted], what);
    }
    Ok(())
}
