//! Entries on the biller's settlement and suspense, since the day before was closed, that are of no record:
//! of no payment to it or refund of one, of no break of its, and of no closing.

use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::row::{Cell, Cells, Kind, Table};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::engine::Query;

use super::Breaks;
use super::posted::Scope;
use crate::days::DayError;

const ROWS: Table = Table { name: "entries and journal", key: &[], columns: &[] };

/// Names them.
pub(super) async fn find(scope: &Scope<'_>, breaks: &mut Breaks<'_>) -> Result<(), DayError> {
    let mut binds = vec![scope.binds().remove(0), Cell::Text(scope.biller.payee.code.clone())];
    let entries = scope.entries(None, &mut binds);
    let mut bind = |cell: Cell| {
        binds.push(cell);
        format!("${}", binds.len())
    };
    let (first, last) = (bind(Cell::Int(scope.span.first)), bind(Cell::Int(scope.span.last)));
    // Its settled account has other business too: funding, payouts, another partner's day.
    let others = match scope.accounts.own() {
        Some(own) => format!("and p.account <> {}", bind(Cell::Id(own.0))),
        None => String::new(),
    };
    let sql = format!(
        "select p.account, p.seq, p.fen, j.kind from ({entries}) p \
         left join journal j on j.book = $1 and j.seq = p.seq \
         where p.seq >= {first} and p.seq <= {last} {others} and not (j.verdict is not null and j.verdict = 0 and ( \
            (j.kind <> 'payment.refunded' and exists (select 1 from orders o \
                where o.book = $1 and o.id = j.subject and o.partner = $2)) \
            or exists (select 1 from refunds r where r.book = $1 and r.order_id = j.subject \
                and r.seq = j.seq and r.partner = $2) \
            or exists (select 1 from breaks b where b.book = $1 and b.id = j.subject and b.partner = $2) \
            or exists (select 1 from days d where d.book = $1 and d.id = j.subject \
                and d.seq = j.seq and d.partner = $2))) \
         order by p.seq"
    );
    let kinds = vec![Kind::Id, Kind::Int, Kind::Int, Kind::Text];
    let mut rows = scope.gateway.store.engine().stream(Query { sql, binds, kinds });
    while let Some(row) = rows.recv().await {
        let mut cells = Cells::new(ROWS, row?);
        let mut read = || -> Result<(AccountId, i64, i64, Option<String>), StoreError> {
            Ok((cells.id()?, cells.int()?, cells.int()?, cells.maybe_text()?))
        };
        let (account, seq, fen, kind) = read()?;
        let code = scope.accounts.code(account).unwrap_or_default().to_owned();
        let kind = kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
        let what =
            format!("moves {fen} fen on {code}{kind} without a payment, refund, break or closing");
        breaks.entry("posting", seq.to_string(), code, [0, fen], what);
    }
    Ok(())
}
