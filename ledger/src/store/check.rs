//! The invariants I1–I9 of the books, checked on a live database.
//!
//! What can be asked in one statement is asked in one statement, so that it sees one moment; the chain
//! is followed up to the head as it was at the start, over rows that never change.

use super::batch::link;
use super::engine::Query;
use super::journal::Record;
use super::{BOOK, Store, StoreError};
use crate::chain;
use crate::decision::Verdict;
use crate::posting::Entry;
use crate::row::{Cell, Cells, Row};
use serde::Serialize;
use tokio::sync::mpsc;

/// One invariant and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invariant {
    /// `I1` … `I10`.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What was found: counts when it holds, the first offenders when it does not.
    pub found: String,
}

impl Invariant {
    /// An invariant that holds when nothing offends it.
    pub fn of(
        name: &'static str,
        says: &'static str,
        offenders: i64,
        counted: String,
    ) -> Invariant {
        let holds = offenders == 0;
        let found = if holds { counted } else { format!("{offenders} offend it") };
        Invariant { name, says, holds, found }
    }
}

/// What was checked besides the invariants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// The number of commands in the feed.
    pub commands: i64,
    /// The number of entries.
    pub entries: i64,
    /// All debits, in fen.
    pub debits_fen: i64,
    /// All credits, in fen.
    pub credits_fen: i64,
    /// The absolute amounts in suspense, never netted, in fen.
    pub unexplained_fen: i64,
    /// The hash of the head, hex.
    pub head: String,
}

/// Checks I1 to I9 and counts.
///
/// # Errors
/// When the database cannot be read.
pub async fn check(store: &Store) -> Result<(Vec<Invariant>, Totals), StoreError> {
    let head = store.head().await?;
    let journal = follow(store, head.seq).await?;
    let offenders =
        |sql: &'static str| async move { store.number(sql, vec![Cell::Int(BOOK)]).await };

    let mut invariants = Vec::new();
    let unbalanced = offenders(UNBALANCED_CURRENCIES).await? + journal.unbalanced;
    invariants.push(Invariant::of(
        "I1",
        "debits equal credits, over all entries and in every transaction",
        unbalanced,
        format!("{} entries", journal.entries),
    ));
    let balances = offenders(WRONG_BALANCES).await?
        + offenders(BROKEN_STATEMENTS).await?
        + offenders(BEYOND_LIMITS).await?;
    let accounts = offenders("select count(*) from accounts where book = $1").await?;
    invariants.push(Invariant::of(
        "I2",
        "every balance is the sum of its entries and within its limits or on record as debt",
        balances,
        format!("{accounts} accounts"),
    ));
    let holds = offenders("select count(*) from holds where book = $1").await?;
    invariants.push(Invariant::of(
        "I3",
        "the parts of every hold add up, and pending is the sum of what is open",
        offenders(WRONG_HOLDS).await? + offenders(WRONG_PENDING).await?,
        format!("{holds} holds"),
    ));
    invariants.push(Invariant::of(
        "I4",
        "one effect per idempotency key, and each stored answer matches its hash",
        journal.changed_answers + journal.repeated_scopes,
        format!("{} answers", journal.commands),
    ));
    let orders = offenders("select count(*) from orders where book = $1").await?;
    invariants.push(Invariant::of(
        "I5",
        "nothing is refunded beyond what was captured, and bills, days and orders agree",
        offenders(WRONG_REFUNDS).await? + offenders(WRONG_DAYS).await?,
        format!("{orders} orders"),
    ));
    invariants.push(Invariant::of(
        "I6",
        "a declined command changed nothing but its own record",
        journal.declined_with_entries,
        format!("{} declined", journal.declined),
    ));
    invariants.push(Invariant::of(
        "I7",
        "the feed has no gap and exactly the events of the committed commands",
        journal.gaps + (head.seq - journal.commands).abs(),
        format!("1 to {}", head.seq),
    ));
    let broken = journal.broken_links + i64::from(journal.last_hash != head.hash);
    invariants.push(Invariant::of(
        "I8",
        "the hash chain verifies",
        broken,
        format!("head {}", hex::encode(head.hash)),
    ));
    invariants.push(Invariant::of(
        "I9",
        "wallet lots sum to the wallets' account, and supervised money is what the rule requires",
        offenders(WRONG_WALLETS).await?,
        "no wallets yet, and nothing on their accounts".to_owned(),
    ));
    let totals = Totals {
        commands: journal.commands,
        entries: journal.entries,
        debits_fen: journal.debits,
        credits_fen: journal.credits,
        unexplained_fen: offenders(SUSPENSE).await?,
        head: hex::encode(head.hash),
    };
    Ok((invariants, totals))
}

/// Whether a hash was the chain's after some command: what a day file or webhook says it was.
///
/// # Errors
/// When the database cannot be read.
pub async fn knows_head(store: &Store, hash: &[u8]) -> Result<Option<i64>, StoreError> {
    let seq = store
        .number(
            "select seq from journal where book = $1 and hash = $2",
            vec![Cell::Int(BOOK), Cell::Bytes(hash.to_vec())],
        )
        .await?;
    Ok((seq > 0).then_some(seq))
}

const UNBALANCED_CURRENCIES: &str = "select count(*) from (
    select a.currency from entries e join accounts a on a.book = e.book and a.id = e.account
    where e.book = $1 group by a.currency
    having sum(case e.side when 0 then e.amount_fen else -e.amount_fen end) <> 0) as unbalanced";

const WRONG_BALANCES: &str = "select count(*) from accounts a left join (
    select e.account, count(*) as entries, max(e.nth) as last,
        sum(case when e.side = b.side then e.amount_fen else -e.amount_fen end) as posted
    from entries e join accounts b on b.book = e.book and b.id = e.account
    where e.book = $1 group by e.account) as s on s.account = a.id
    where a.book = $1 and (a.posted_fen <> coalesce(s.posted, 0) or a.entries <> coalesce(s.entries, 0)
        or a.entries <> coalesce(s.last, 0))";

const BROKEN_STATEMENTS: &str = "select count(*) from (
    select e.balance_after_fen - coalesce(lag(e.balance_after_fen) over (partition by e.account order by e.nth), 0) as step,
        case when e.side = a.side then e.amount_fen else -e.amount_fen end as amount
    from entries e join accounts a on a.book = e.book and a.id = e.account
    where e.book = $1) as steps where step <> amount";

const BEYOND_LIMITS: &str = "select count(*) from accounts a where a.book = $1 and (
    (a.floor_fen is not null and a.posted_fen - a.pending_fen < a.floor_fen)
    or (a.ceiling_fen is not null and a.posted_fen > a.ceiling_fen))
    and not exists (select 1 from debts d where d.book = a.book and d.account = a.id)";

const WRONG_HOLDS: &str = "select count(*) from holds where book = $1 and (
    open_fen + captured_fen + voided_fen + expired_fen < held_fen
    or open_fen + captured_fen + voided_fen + expired_fen - held_fen > tolerance_fen
    or open_fen < 0 or (closed = 1 and open_fen <> 0))";

const WRONG_PENDING: &str = "select count(*) from accounts a left join (
    select account, sum(open_fen) as open_fen from holds where book = $1 group by account) as h
    on h.account = a.id where a.book = $1 and a.pending_fen <> coalesce(h.open_fen, 0)";

const WRONG_REFUNDS: &str = "select count(*) from orders o left join (
    select order_id, sum(amount_fen) as amount_fen from refunds where book = $1 group by order_id) as r
    on r.order_id = o.id where o.book = $1 and (o.refunded_fen > o.amount_fen or o.refunded_fen < 0
        or (o.state <> 1 and o.refunded_fen <> coalesce(r.amount_fen, 0)))";

const WRONG_DAYS: &str = "select count(*) from days d left join (
    select partner, clearing_date, count(*) as payments, sum(amount_fen) as paid_fen, sum(discount_fen) as discounts_fen
    from orders where book = $1 and state <> 1 group by partner, clearing_date) as o
    on o.partner = d.partner and o.clearing_date = d.date
    where d.book = $1 and (d.payments <> coalesce(o.payments, 0) or d.paid_fen <> coalesce(o.paid_fen, 0)
        or d.discounts_fen <> coalesce(o.discounts_fen, 0))";

const WRONG_WALLETS: &str = "select count(*) from accounts where book = $1
    and code in ('wallet:float', 'escrow:supervised') and posted_fen <> 0";

const SUSPENSE: &str = "select cast(coalesce(sum(abs(posted_fen)), 0) as bigint) from accounts
    where book = $1 and code like 'suspense:%'";

/// What following the journal and the entries side by side has shown.
#[derive(Default)]
struct Journal {
    commands: i64,
    entries: i64,
    debits: i64,
    credits: i64,
    declined: i64,
    unbalanced: i64,
    changed_answers: i64,
    repeated_scopes: i64,
    declined_with_entries: i64,
    gaps: i64,
    broken_links: i64,
    last_hash: [u8; 32],
}

async fn follow(store: &Store, up_to: i64) -> Result<Journal, StoreError> {
    let records = Query::rows::<Record>("seq <= $2 order by seq", vec![Cell::Int(up_to)]);
    let entries = Query::rows::<Entry>("seq <= $2 order by seq, line", vec![Cell::Int(up_to)]);
    let mut records = store.engine().stream(records);
    let mut entries = store.engine().stream(entries);
    let mut seen = Journal::default();
    let mut waiting: Option<Entry> = next::<Entry>(&mut entries).await?;
    while let Some(record) = next::<Record>(&mut records).await? {
        let mut own = Vec::new();
        while let Some(entry) = waiting.take_if(|entry| entry.seq <= record.seq) {
            // An entry of a number that no record has belongs to nobody.
            seen.gaps += i64::from(entry.seq < record.seq);
            own.push(entry);
            waiting = next::<Entry>(&mut entries).await?;
        }
        seen.look(&record, &own);
    }
    seen.gaps += i64::from(waiting.is_some());
    seen.repeated_scopes = store
        .number(
            "select count(*) - count(distinct scope) from journal where book = $1",
            vec![Cell::Int(BOOK)],
        )
        .await?;
    Ok(seen)
}

impl Journal {
    fn look(&mut self, record: &Record, entries: &[Entry]) {
        use crate::money::Side;
        self.commands += 1;
        self.gaps += i64::from(record.seq != self.commands);
        self.entries += entries.len() as i64;
        let debits: i64 = entries
            .iter()
            .filter(|entry| entry.side == Side::Debit)
            .map(|entry| entry.amount.0)
            .sum();
        let all: i64 = entries.iter().map(|entry| entry.amount.0).sum();
        self.debits += debits;
        self.credits += all - debits;
        self.unbalanced += i64::from(debits * 2 != all || entries.len() == 1);
        if record.verdict == Verdict::Declined {
            self.declined += 1;
            self.declined_with_entries += i64::from(!entries.is_empty());
        }
        let answer =
            chain::answer_digest(i64::from(record.status), &record.content_type, &record.answer);
        self.changed_answers += i64::from(answer != record.answer_digest);
        self.broken_links += i64::from(link(record, entries).hash(&self.last_hash) != record.hash);
        self.last_hash = record.hash;
    }
}

async fn next<T: Row>(
    rows: &mut mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
) -> Result<Option<T>, StoreError> {
    match rows.recv().await {
        Some(row) => Ok(Some(T::from_cells(&mut Cells::new(T::TABLE, row?))?)),
        None => Ok(None),
    }
}
