//! Compares operators and approvals with what the chain says of them: nobody became an operator, and
//! nothing was proposed or decided, behind its back.

use super::next;
use crate::approval::{Approval, ApprovalState};
use crate::decision::Verdict;
use crate::operator::{ADDED, CHANGED, Operator, REVOKED};
use crate::row::{Cell, Corrupt, Kind};
use crate::store::engine::Query;
use crate::store::{BOOK, Store, StoreError};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many operators and approvals are not as the chain says, or on one side only. The head was at
/// `up_to` when the check began.
pub(super) async fn offenders(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    Ok(wrong_operators(store, up_to).await? + wrong_approvals(store).await?)
}

async fn wrong_operators(store: &Store, up_to: i64) -> Result<i64, StoreError> {
    // The rows first: what is said of them is then in the journal.
    let rows: Vec<Operator> = store.find("order by code", vec![]).await?;
    let mut said: BTreeMap<String, (i64, Value)> = BTreeMap::new();
    let mut events = store.engine().stream(Query {
        sql: "select seq, data from journal \
              where book = $1 and verdict = $2 and kind in ($3, $4, $5) order by seq"
            .to_owned(),
        binds: vec![
            Cell::Int(BOOK),
            Cell::Int(Verdict::Done.code()),
            Cell::Text(ADDED.to_owned()),
            Cell::Text(CHANGED.to_owned()),
            Cell::Text(REVOKED.to_owned()),
        ],
        kinds: vec![Kind::Int, Kind::Text],
    });
    while let Some(event) = events.recv().await {
        let (seq, data) = match <[Cell; 2]>::try_from(event?) {
            Ok([Cell::Int(seq), Cell::Text(data)]) => (seq, data),
            _ => return Err(Corrupt { table: "journal", column: "data".to_owned() }.into()),
        };
        let data: Value = serde_json::from_str(&data).unwrap_or_default();
        let code = data["operator"].as_str().unwrap_or_default().to_owned();
        // What was said after the check began may be in the row or not; the row says which.
        let counts = seq <= up_to || rows.iter().any(|row| row.code == code && row.seq >= seq);
        if counts {
            said.insert(code, (seq, data));
        }
    }
    let mut wrong = 0;
    for row in &rows {
        let as_said = said.remove(&row.code).is_some_and(|(seq, data)| {
            let told = row.told();
            let members = told.as_object().into_iter().flatten();
            seq == row.seq && members.into_iter().all(|(name, value)| data.get(name) == Some(value))
        });
        wrong += i64::from(!as_said);
    }
    Ok(wrong + said.len() as i64)
}

/// Who has proposed and decided is who ordered the commands of these numbers, and what was proposed has
/// the digest that it had.
async fn wrong_approvals(store: &Store) -> Result<i64, StoreError> {
    let mut wrong = store.number(WRONG_PEOPLE, vec![Cell::Int(BOOK)]).await?;
    let mut approvals = store.engine().stream(Query::rows::<Approval>("order by id", vec![]));
    while let Some(approval) = next::<Approval>(&mut approvals).await? {
        let decided = approval.checker.is_some() == approval.decided_seq.is_some();
        let done = approval.state != ApprovalState::CarriedOut || approval.checker.is_some();
        let whole = approval.content.digest() == approval.digest && decided && done;
        wrong += i64::from(!whole);
    }
    Ok(wrong)
}

/// A decision of its own tells its state; one that was made by carrying out is told by that command.
const WRONG_PEOPLE: &str = "select count(*) from approvals a
    left join journal p on p.book = a.book and p.seq = a.seq
    left join journal d on d.book = a.book and d.seq = a.decided_seq
    left join journal e on e.book = a.book and e.seq = a.ended_seq
    where a.book = $1 and (
        p.seq is null or p.kind <> 'approval.proposed' or p.subject <> a.id or p.partner <> a.maker
        or (a.decided_seq is not null and (d.seq is null or d.partner <> a.checker))
        or (a.state = 1 and (d.kind <> 'approval.approved' or d.subject <> a.id))
        or (a.state = 2 and (d.kind <> 'approval.rejected' or d.subject <> a.id))
        or (a.state = 3 and (e.kind <> 'approval.withdrawn' or e.subject <> a.id or e.partner <> a.maker))
        or (a.state = 4 and a.decided_seq <> a.ended_seq
            and (d.kind <> 'approval.approved' or d.subject <> a.id)))";
