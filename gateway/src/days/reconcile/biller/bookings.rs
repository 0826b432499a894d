//! Breaks of the date: what was booked for them between settlement and suspense, by entries and by record.

use jiaozi_ledger::row::Kind;
use jiaozi_ledger::store::StoreError;

use super::posted::Scope;
use super::{Breaks, Legs};
use crate::days::DayError;
use crate::days::reconcile::add;

/// Compares the breaks of the date.
pub(super) async fn compare(scope: &Scope<'_>, breaks: &mut Breaks<'_>) -> Result<(), DayError> {
    let mut binds = scope.binds();
    let entries = scope.entries(None, &mut binds);
    let sql = format!(
        "select b.id, b.booked_fen, b.moved_fen, l.account, l.fen from breaks b \
         left join (select j.subject as subject, p.account as account, cast(sum(p.fen) as bigint) as fen \
            from ({entries}) p join journal j on j.book = $1 and j.seq = p.seq \
            group by j.subject, p.account) l on l.subject = b.id \
         where b.book = $1 and b.partner = $2 and b.clearing_date = $3 order by b.id"
    );
    let mut records = scope.records(sql, binds, &[Kind::Int, Kind::Int]);
    while let Some(mut found) = records.next().await? {
        let mut cells = found.cells();
        let mut read = || cells.int().map_err(StoreError::from);
        let (booked, moved) = (read()?, read()?);
        let mut expected = Legs::new();
        let taken = booked.saturating_add(moved);
        for (account, fen) in [(scope.accounts.settlement(), -taken), (scope.unexplained(), booked)]
        {
            if let Some(account) = account {
                add(&mut expected, account, fen);
            }
        }
        // What two operators have given the biller's own account is no booking of the settlement.
        if let Some(own) = scope.accounts.own() {
            found.legs.remove(&own);
        }
        scope.judge("break", &found.id.to_string(), &expected, &found.legs, breaks).await?;
    }
    Ok(())
}
