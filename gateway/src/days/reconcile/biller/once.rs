//! What is posted once: refunds of the date, and its closing.

use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::progress::Pace;
use jiaozi_ledger::row::{Cell, Cells, Kind, Table};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::engine::Query;

use super::posted::Scope;
use super::{Breaks, Legs};
use crate::days::DayError;
use crate::days::reconcile::add;
use crate::days::reconcile::entries::range;
use crate::days::reconcile::movements::Movement;

/// Those who got something back on the date.
const PAYERS: &str = "select distinct o.payer as payer from refunds r
    join orders o on o.book = r.book and o.id = r.order_id
    where r.book = $1 and r.partner = $2 and r.clearing_date = $3";

/// Compares the refunds of the date; how many are as they should be.
pub(super) async fn refunds(
    scope: &Scope<'_>,
    breaks: &mut Breaks<'_>,
    pace: &mut Pace<'_>,
) -> Result<i64, DayError> {
    let mut binds = scope.binds();
    let entries = scope.entries(Some(PAYERS), &mut binds);
    let sql = format!(
        "select r.id, r.amount_fen, r.from_settled_fen, o.payer, l.account, l.fen from refunds r \
         left join orders o on o.book = r.book and o.id = r.order_id \
         left join (select p.seq as seq, p.account as account, cast(sum(p.fen) as bigint) as fen \
            from ({entries}) p where p.seq in (select f.seq from refunds f \
                where f.book = $1 and f.partner = $2 and f.clearing_date = $3) \
            group by p.seq, p.account) l on l.seq = r.seq \
         where r.book = $1 and r.partner = $2 and r.clearing_date = $3 order by r.id"
    );
    let mut records = scope.records(sql, binds, &[Kind::Int, Kind::Int, Kind::Id]);
    let mut matched = 0;
    while let Some(mut found) = records.next().await? {
        let mut cells = found.cells();
        let mut read = || -> Result<(i64, i64, Option<AccountId>), StoreError> {
            Ok((cells.int()?, cells.int()?, cells.maybe_id()?))
        };
        let (amount, from_settled, payer) = read()?;
        let mut expected = Legs::new();
        let from_day = amount.saturating_sub(from_settled);
        let legs = [
            (payer, amount),
            (scope.accounts.settlement(), -from_day),
            (scope.accounts.own(), -from_settled),
        ];
        for (account, fen) in legs {
            if let Some(account) = account {
                add(&mut expected, account, fen);
            }
        }
        let subject = found.id.to_string();
        let whole = scope.judge("refund", &subject, &expected, &found.legs, breaks).await?;
        matched += i64::from(whole);
        pace.step();
    }
    Ok(matched)
}

/// Compares the closing, if the day is closed.
pub(super) async fn closing(scope: &Scope<'_>, breaks: &mut Breaks<'_>) -> Result<(), DayError> {
    let day = scope.span.day.as_ref();
    let Some((day, movement)) = day.zip(day.and_then(Movement::closing)) else { return Ok(()) };
    let mut found = Legs::new();
    for account in scope.accounts.open() {
        let (from, to) =
            range(scope.gateway, account, movement.seq, movement.seq.saturating_add(1)).await?;
        let sql = "select case side when 1 then amount_fen else -amount_fen end from entries
            where book = $1 and account = $2 and nth >= $3 and nth <= $4 and seq = $5";
        let mut binds = vec![Cell::Int(jiaozi_ledger::store::BOOK), Cell::Id(account.id.0)];
        binds.extend([from, to, movement.seq].map(Cell::Int));
        let query = Query { sql: sql.to_owned(), binds, kinds: vec![Kind::Int] };
        for row in scope.gateway.store.engine().read(query).await? {
            let fen = Cells::new(ROWS, row).int().map_err(StoreError::from)?;
            add(&mut found, account.id, fen);
        }
    }
    let expected = movement.legs(scope.accounts);
    scope.judge(movement.kind.name(), &day.day_key, &expected, &found, breaks).await?;
    Ok(())
}

/// What an entry of a closing is called where it does not read.
const ROWS: Table = Table { name: "entries", key: &[], columns: &[] };
