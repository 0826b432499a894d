//! Our entries on a mirrored account become items, from the one after the last that has, to the last there
//! is.

use std::sync::Arc;

use jiaozi_adapters::mirror::ours::{Entry, TakeEntries};
use jiaozi_adapters::spec::mirror::MirrorSpec;
use jiaozi_ledger::account::Account;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::mirror::Mirror;
use jiaozi_ledger::money::{Fen, Side};
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Table};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::Instant;

use super::CompareError;
use crate::gateway::Gateway;
use crate::imports::submit;
use crate::record::WORKER;

/// The entries after one, with what has posted them.
const AFTER: &str = "select e.nth, e.seq, e.side, e.amount_fen, j.effective_at, j.operation,
    j.idempotency_key, j.kind, j.subject, j.data
    from entries e join journal j on j.book = e.book and j.seq = e.seq
    where e.book = $1 and e.account = $2 and e.nth > $3 order by e.nth limit $4";

const AFTER_KINDS: [Kind; 10] = [
    Kind::Int,
    Kind::Int,
    Kind::Int,
    Kind::Int,
    Kind::Int,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Id,
    Kind::Text,
];

/// The last entry from before an instant.
const BEFORE: &str = "select e.nth, e.balance_after_fen
    from entries e join journal j on j.book = e.book and j.seq = e.seq
    where e.book = $1 and e.account = $2 and j.at < $3 order by e.nth desc limit 1";

const ROWS: Table = Table { name: "entries and journal", key: &[], columns: &[] };

/// How often entries may have been taken by another process before it is given up.
const ATTEMPTS_MAX: i32 = 100;

/// What begins the operations with which reconciliation itself posts.
const OWN: &str = "mirror.";

/// What there is when all entries of an account are items.
pub(super) struct Taken {
    /// The mirror.
    pub(super) mirror: Mirror,
    /// Whether some that became items now were posted by others than reconciliation.
    pub(super) others: bool,
}

/// Brings the items of an account up to its entries.
///
/// # Errors
/// When the books cannot be read or written, or the specification names another account than it did.
pub(super) async fn take(gateway: &Gateway, spec: &Arc<MirrorSpec>) -> Result<Taken, CompareError> {
    let store = &gateway.store;
    let unopened = || CompareError::Declined {
        subject: spec.code.clone(),
        answer: format!("the account {} is not open", spec.account),
    };
    let account = store.account(&spec.account).await?.ok_or_else(unopened)?;
    let (mut attempts, mut others) = (0, false);
    loop {
        let code = vec![Cell::Text(spec.code.clone())];
        let before: Option<Mirror> = store.first("code = $2", code).await?;
        let (after, base) = match &before {
            Some(mirror) if mirror.account != account.id => {
                let answer = format!(
                    "it was reconciled for another account before, expected that one and not {}",
                    spec.account
                );
                return Err(CompareError::Declined { subject: spec.code.clone(), answer });
            }
            Some(mirror) => (mirror.taken, mirror.base),
            None => base(gateway, spec, &account).await?,
        };
        let entries = part(gateway, spec, &account, after).await?;
        if let (Some(mirror), true) = (before, entries.is_empty()) {
            return Ok(Taken { mirror, others });
        }
        others |= entries.iter().any(|entry| !entry.booking);
        let last = entries.last().map_or(after, |entry| entry.nth);
        let command = TakeEntries {
            scope: TakeEntries::scope_of(WORKER, &spec.code, after, last),
            spec: Arc::clone(spec),
            after,
            base,
            entries,
        };
        let reply = submit(gateway, Arc::new(command)).await?;
        // Another process may take the same entries: what it has left is found again.
        attempts += i32::from(reply.verdict == Verdict::Declined);
        if attempts >= ATTEMPTS_MAX {
            let answer = String::from_utf8_lossy(&reply.answer.body).into_owned();
            return Err(CompareError::Declined { subject: spec.code.clone(), answer });
        }
    }
}

/// The last entry from before reconciliation begins, and the balance with it, debits above nothing.
async fn base(
    gateway: &Gateway,
    spec: &MirrorSpec,
    account: &Account,
) -> Result<(i64, Fen), StoreError> {
    let since = spec.begins(spec.since).unwrap_or(Instant(i64::MIN));
    let query = Query {
        sql: BEFORE.to_owned(),
        binds: vec![Cell::Int(BOOK), Cell::Id(account.id.0), Cell::Int(since.0)],
        kinds: vec![Kind::Int, Kind::Int],
    };
    let Some(row) = gateway.store.engine().read(query).await?.into_iter().next() else {
        return Ok((0, Fen::ZERO));
    };
    let mut cells = Cells::new(ROWS, row);
    let (nth, posted) = (cells.int()?, cells.int()?);
    let debits = if account.side == Side::Debit { posted } else { posted.saturating_neg() };
    Ok((nth, Fen(debits)))
}

async fn part(
    gateway: &Gateway,
    spec: &MirrorSpec,
    account: &Account,
    after: i64,
) -> Result<Vec<Entry>, StoreError> {
    let most = i64::try_from(TakeEntries::MOST).unwrap_or(i64::MAX);
    let binds = vec![Cell::Int(BOOK), Cell::Id(account.id.0), Cell::Int(after), Cell::Int(most)];
    let query = Query { sql: AFTER.to_owned(), binds, kinds: AFTER_KINDS.to_vec() };
    let rows = gateway.store.engine().read(query).await?;
    Ok(rows.into_iter().map(|row| entry(spec, row)).collect::<Result<_, Corrupt>>()?)
}

fn entry(spec: &MirrorSpec, row: Vec<Cell>) -> Result<Entry, Corrupt> {
    let mut cells = Cells::new(ROWS, row);
    let (nth, seq) = (cells.int()?, cells.int()?);
    let (side, amount) = (cells.int_as(Side::from_code)?, cells.int()?);
    let (at, operation, key) = (Instant(cells.int()?), cells.text()?, cells.text()?);
    let (kind, subject, data) = (cells.text()?, cells.id()?, cells.text()?);
    let data = serde_json::from_str(&data).unwrap_or_default();
    Ok(Entry {
        nth,
        seq,
        date: spec.day_of(at),
        amount: Fen(if side == Side::Debit { amount } else { amount.saturating_neg() }),
        reference: spec.reference_of(&key, subject, seq, &data),
        kind,
        booking: operation.starts_with(OWN),
    })
}
