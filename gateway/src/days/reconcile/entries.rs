//! What was posted: the entries of the partner's accounts in the day's part of the feed, and those of
//! its payers at the day's payments, in the order of the feed.
//!
//! Entries are kept by account and number, and a number grows with the feed: where on an account the
//! day's part begins and ends is found by halving.

use jiaozi_ledger::account::Account;
use jiaozi_ledger::id::AccountId;
use jiaozi_ledger::row::{Cell, Cells, Corrupt, Kind, Table};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use tokio::sync::mpsc;

use super::accounts::Accounts;
use super::span::Span;
use super::{Legs, add};
use crate::gateway::Gateway;

/// An account with no more entries than this is read whole.
const FEW: i64 = 10_000;

/// An entry with its sign: credits above nothing, debits below.
const COLUMNS: &str =
    "e.account, e.seq, case e.side when 1 then e.amount_fen else -e.amount_fen end";

/// What such a row is called where it does not read.
const ROWS: Table = Table { name: "entries", key: &[], columns: &[] };

/// One entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    pub(super) account: AccountId,
    pub(super) seq: i64,
    /// Credits are above nothing, debits below.
    pub(super) fen: i64,
}

impl Leg {
    fn read(row: Vec<Cell>) -> Result<Leg, Corrupt> {
        let mut cells = Cells::new(ROWS, row);
        Ok(Leg { account: cells.id()?, seq: cells.int()?, fen: cells.int()? })
    }
}

/// The entries of a day, one after another.
pub(super) struct Entries {
    rows: mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
    waiting: Option<Leg>,
    begun: bool,
}

impl Entries {
    pub(super) async fn of(
        gateway: &Gateway,
        span: &Span,
        accounts: &Accounts,
    ) -> Result<Entries, StoreError> {
        let mut binds = span.binds();
        let mut bind = |cell: Cell| {
            binds.push(cell);
            format!("${}", binds.len())
        };
        let first = bind(Cell::Int(span.first));
        let (mut known, mut ranges) = (Vec::new(), Vec::new());
        for account in accounts.open() {
            let (from, to) =
                range(gateway, account, span.first, span.last.saturating_add(1)).await?;
            let id = bind(Cell::Id(account.id.0));
            ranges.push(format!(
                "select {COLUMNS} from entries e where e.book = $1 \
                 and e.account = {id} and e.nth >= {} and e.nth <= {} and e.seq >= {first} and e.seq <= $4",
                bind(Cell::Int(from)),
                bind(Cell::Int(to)),
            ));
            known.push(id);
        }
        let known = known.join(", ");
        for of in ["o.payer", "o.budget"] {
            ranges.push(format!(
                "select {COLUMNS} from orders o \
                 join entries e on e.book = o.book and e.account = {of} and (e.seq = o.seq or e.seq = o.cancel_seq) \
                 where o.book = $1 and o.partner = $2 and o.clearing_date = $3 and e.seq <= $4 and {of} not in ({known})"
            ));
            ranges.push(format!(
                "select {COLUMNS} from refunds r \
                 join orders o on o.book = r.book and o.id = r.order_id \
                 join entries e on e.book = r.book and e.account = {of} and e.seq = r.seq \
                 where r.book = $1 and r.partner = $2 and r.clearing_date = $3 and e.seq <= $4 and {of} not in ({known})"
            ));
        }
        let sql = format!("{} order by 2", ranges.join(" union all "));
        let kinds = vec![Kind::Id, Kind::Int, Kind::Int];
        let rows = gateway.store.engine().stream(Query { sql, binds, kinds });
        Ok(Entries { rows, waiting: None, begun: false })
    }

    async fn advance(&mut self) -> Result<(), StoreError> {
        self.waiting = match self.rows.recv().await {
            Some(row) => Some(Leg::read(row?)?),
            None => None,
        };
        Ok(())
    }

    /// The next entry if it is of an earlier command.
    pub(super) async fn next_before(&mut self, seq: i64) -> Result<Option<Leg>, StoreError> {
        if !self.begun {
            self.begun = true;
            self.advance().await?;
        }
        let leg = self.waiting.take_if(|leg| leg.seq < seq);
        if leg.is_some() {
            self.advance().await?;
        }
        Ok(leg)
    }

    /// The entries of a command, which are the next.
    pub(super) async fn of_command(&mut self, seq: i64) -> Result<Legs, StoreError> {
        let mut legs = Legs::new();
        while let Some(leg) = self.waiting.take_if(|leg| leg.seq == seq) {
            add(&mut legs, leg.account, leg.fen);
            self.advance().await?;
        }
        Ok(legs)
    }
}

/// The numbers of an account's entries between which those of a part of the feed are, `end` no longer.
pub(super) async fn range(
    gateway: &Gateway,
    account: &Account,
    first: i64,
    end: i64,
) -> Result<(i64, i64), StoreError> {
    if account.entries <= FEW {
        return Ok((1, i64::MAX));
    }
    let from = first_from(&gateway.store, account, first).await?;
    Ok((from, first_from(&gateway.store, account, end).await?))
}

/// From which number on an account's entries are of the feed from a command on.
pub(super) async fn from(store: &Store, account: &Account, seq: i64) -> Result<i64, StoreError> {
    if account.entries <= FEW { Ok(1) } else { first_from(store, account, seq).await }
}

/// The number of the first entry of an account whose command is not before this one.
async fn first_from(store: &Store, account: &Account, seq: i64) -> Result<i64, StoreError> {
    let sql = "select seq from entries where book = $1 and account = $2 and nth = $3";
    let (mut from, mut to) = (1, account.entries + 1);
    while from < to {
        let middle = from + (to - from) / 2;
        let binds = vec![Cell::Int(BOOK), Cell::Id(account.id.0), Cell::Int(middle)];
        if store.number(sql, binds).await? < seq {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    Ok(from)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiaozi_ledger::command::{AccountRef, OpenAccounts, Post};
    use jiaozi_ledger::decision::{Command, Scope};
    use jiaozi_ledger::money::{Currency, Fen, Side};
    use jiaozi_ledger::store::OpenOptions;

    use super::*;
    use crate::clock::SystemClock;

    fn post(nth: usize) -> Arc<dyn Command> {
        // Every third command is of another account.
        let to = if nth.is_multiple_of(3) { "deposit:b" } else { "deposit:a" };
        let line = |code: &str, side| (AccountRef::Code(code.to_owned()), side, Fen(1));
        let scope = Scope { partner: "test".to_owned(), operation: "test", key: nth.to_string() };
        let lines = vec![line("core:clearing", Side::Debit), line(to, Side::Credit)];
        Arc::new(Post { scope, lines, effective_at: None })
    }

    #[tokio::test]
    async fn the_first_entry_of_a_part_of_the_feed_is_found_by_halving() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("books.db").display());
        let store = Store::open(&url, Arc::new(SystemClock), OpenOptions::default()).await.unwrap();
        let codes = ["core:clearing", "deposit:a", "deposit:b"].map(str::to_owned).to_vec();
        let mut commands: Vec<Arc<dyn Command>> =
            vec![Arc::new(OpenAccounts::new("test", codes, Currency::CNY))];
        commands.extend((0..40).map(post));
        assert!(store.run(&commands).await.iter().all(Result::is_ok));
        let account = store.account("deposit:a").await.unwrap().unwrap();
        let entries = store.statement(account.id, 0, 100).await.unwrap();
        assert_eq!(entries.len(), 26);
        for seq in 0..50 {
            let expected = entries.iter().find(|entry| entry.seq >= seq);
            let expected = expected.map_or(27, |entry| entry.nth);
            assert_eq!(first_from(&store, &account, seq).await, Ok(expected), "from {seq}");
        }
    }
}
