//! The invariants I1–I9 of the books, checked on a live database.
//!
//! What can be asked in one statement is asked in one statement, so that it sees one moment; the chain
//! is followed up to the head as it was at the start, over rows that never change. What does not fit
//! into a statement that both engines accept is streamed, so that memory does not grow with the book.
//!
//! | module | follows |
//! |---|---|
//! | `chain` | the journal and the entries, side by side |
//! | `accounts` | accounts, and what the journal says of them |
//! | `orders` | orders with their lines and refunds, and bills |
//! | `days` | clearing days, their orders and refunds, and how they were closed |
//! | `shares` | what second payees got of closed days |
//! | `instructions` | what systems outside were asked, with its order and its reservation |
//! | `instruction_files` | the files in which some of them are told, and what the journal says of them |
//! | `draws` | what the core was asked, with its instruction, its payment and its postings |
//! | `withholding` | lines of batches and their payments, batches and their lines |
//! | `operators` | operators and approvals, and what the journal says of them |
//! | `payouts` | payouts, their files, what waits to be paid, and what the journal says of them |
//! | `mirrors` | accounts that mirror one elsewhere, their items, pairs, statements and bookings |
//! | `suspense` | what is in suspense, and the open items that it is for |

mod accounts;
mod chain;
mod days;
mod draws;
mod instruction_files;
mod instructions;
mod mirrors;
mod operators;
mod orders;
mod payouts;
mod shares;
mod suspense;
mod withholding;

pub use suspense::unexplained;

use super::{BOOK, Store, StoreError};
use crate::progress::{Pace, Watcher};
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
    /// The absolute amounts of open breaks, unknown outcomes and the rest of suspense, never netted, in fen.
    pub unexplained_fen: i64,
    /// The hash of the head, hex.
    pub head: String,
}

/// Checks I1 to I9 and counts. The watcher hears how many commands and orders were followed.
///
/// # Errors
/// When the database cannot be read.
pub async fn check(
    store: &Store,
    watcher: Watcher<'_>,
) -> Result<(Vec<Invariant>, Totals), StoreError> {
    let mut pace = Pace::new(watcher);
    let head = store.head().await?;
    let orders = store.number(ORDERS, vec![Cell::Int(BOOK)]).await?;
    pace.expect(head.seq.saturating_add(orders));
    let journal = chain::follow(store, head.seq, &mut pace).await?;
    let offenders =
        |sql: &'static str| async move { store.number(sql, vec![Cell::Int(BOOK)]).await };

    let mut invariants = Vec::new();
    let mut unbalanced = offenders(UNBALANCED_CURRENCIES).await? + journal.unbalanced;
    if offenders(CURRENCIES).await? > 1 {
        unbalanced += offenders(UNBALANCED_TRANSACTIONS).await?;
    }
    invariants.push(Invariant::of(
        "I1",
        "debits equal credits per currency, over all entries and in every transaction",
        unbalanced,
        format!("{} entries", journal.entries),
    ));
    let balances = offenders(WRONG_BALANCES).await?
        + offenders(BROKEN_STATEMENTS).await?
        + offenders(BEYOND_LIMITS).await?
        + offenders(WRONG_DEBTS).await?
        + accounts::offenders(store, head.seq).await?;
    let accounts = offenders("select count(*) from accounts where book = $1").await?;
    invariants.push(Invariant::of(
        "I2",
        "every account is what the chain says, and its balance the sum of its entries and within its limits or on record as debt",
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
        journal.changed_answers + journal.wrong_scopes + journal.repeated_scopes,
        format!("{} answers", journal.commands),
    ));
    invariants.push(Invariant::of(
        "I5",
        "nothing is refunded beyond what was captured, and bills, days, batches, orders, instructions, draws and mirrored accounts agree, suspense is of open items, and what is in transit of open payouts",
        orders::offenders(store, &mut pace).await?
            + days::offenders(store, head.seq).await?
            + shares::offenders(store).await?
            + instructions::offenders(store).await?
            + instruction_files::offenders(store, head.seq).await?
            + draws::offenders(store, head.seq).await?
            + withholding::offenders(store).await?
            + payouts::offenders(store, head.seq).await?
            + suspense::offenders(store).await?
            + mirrors::offenders(store).await?,
        format!("{orders} orders"),
    ));
    invariants.push(Invariant::of(
        "I6",
        "a declined command changed nothing but its own record, and operators and approvals are as the chain says",
        journal.declined_with_entries
            + offenders(WITHOUT_COMMAND).await?
            + operators::offenders(store, head.seq).await?,
        format!("{} declined", journal.declined),
    ));
    invariants.push(Invariant::of(
        "I7",
        "the feed has no gap and exactly the events of the committed commands",
        journal.gaps
            + journal.went_back
            + (head.seq - journal.commands).abs()
            + offenders(BEYOND_THE_HEAD).await?,
        format!("1 to {}", head.seq),
    ));
    let ends_elsewhere = journal.last_hash != head.hash || journal.last_at > head.at.0;
    let broken = journal.broken_links + i64::from(ends_elsewhere);
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
        debits_fen: fen(journal.debits),
        credits_fen: fen(journal.credits),
        unexplained_fen: suspense::unexplained(store).await?,
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

const ORDERS: &str = "select count(*) from orders where book = $1";

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

const CURRENCIES: &str = "select count(distinct currency) from accounts where book = $1";

const UNBALANCED_TRANSACTIONS: &str = "select count(*) from (
    select e.seq from entries e join accounts a on a.book = e.book and a.id = e.account
    where e.book = $1 group by e.seq, a.currency
    having sum(case e.side when 0 then e.amount_fen else -e.amount_fen end) <> 0) as unbalanced";

/// An account may be beyond its limits by as much as forced postings have left there and nobody has
/// settled.
const BEYOND_LIMITS: &str = "select count(*) from accounts a left join (
    select account, sum(amount_fen - settled_fen) as open_fen from debts where book = $1 group by account) as d
    on d.account = a.id where a.book = $1 and coalesce(d.open_fen, 0) <
        (case when a.floor_fen > a.posted_fen - a.pending_fen then a.floor_fen - a.posted_fen + a.pending_fen else 0 end)
        + (case when a.posted_fen > a.ceiling_fen then a.posted_fen - a.ceiling_fen else 0 end)";

const WRONG_DEBTS: &str = "select count(*) from debts d left join accounts a on a.book = d.book and a.id = d.account
    where d.book = $1 and (a.id is null or d.amount_fen <= 0 or d.settled_fen < 0 or d.settled_fen > d.amount_fen)";

const WRONG_HOLDS: &str = "select count(*) from holds where book = $1 and (
    open_fen + captured_fen + voided_fen + expired_fen < held_fen
    or open_fen + captured_fen + voided_fen + expired_fen - held_fen > tolerance_fen
    or open_fen < 0 or captured_fen < 0 or voided_fen < 0 or expired_fen < 0
    or (closed = 1) <> (open_fen = 0))";

const WRONG_PENDING: &str = "select count(*) from accounts a left join (
    select account, sum(open_fen) as open_fen from holds where book = $1 group by account) as h
    on h.account = a.id where a.book = $1 and a.pending_fen <> coalesce(h.open_fen, 0)";

/// Orders, refunds, debts, closed days, operators, approvals, mandates, batches, partners' files, mirrored accounts and breaks name the command that made them; it is
/// there and was carried out.
const WITHOUT_COMMAND: &str = "select count(*) from (
    select seq from orders where book = $1 union all select seq from refunds where book = $1
    union all select cancel_seq from orders where book = $1 and cancel_seq is not null
    union all select seq from debts where book = $1
    union all select seq from instructions where book = $1
    union all select posted_seq from instructions where book = $1 and posted_seq is not null
    union all select seq from draws where book = $1
    union all select drawn_seq from draws where book = $1 and drawn_seq is not null
    union all select returned_seq from draws where book = $1 and returned_seq is not null
    union all select seq from operators where book = $1
    union all select seq from mandates where book = $1
    union all select seq from batches where book = $1
    union all select seq from approvals where book = $1
    union all select decided_seq from approvals where book = $1 and decided_seq is not null
    union all select ended_seq from approvals where book = $1 and ended_seq is not null
    union all select seq from statements where book = $1 union all select seq from breaks where book = $1
    union all select seq from mirrors where book = $1 union all select seq from account_statements where book = $1
    union all select seq from days where book = $1 and seq is not null) as named
    left join journal j on j.book = $1 and j.seq = named.seq where j.seq is null or j.verdict <> 0";

const BEYOND_THE_HEAD: &str = "select count(*) from (
    select seq from entries where book = $1 union all select seq from journal where book = $1) as numbered
    where seq > (select seq from books where book = $1)";

const WRONG_WALLETS: &str = "select count(*) from accounts where book = $1
    and code in ('wallet:float', 'escrow:supervised') and posted_fen <> 0";

/// A sum as it is told; it is only larger than fits where the database was changed from outside.
fn fen(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(i64::MAX)
}

/// The next record of a stream.
async fn next<T: Row>(
    rows: &mut mpsc::Receiver<Result<Vec<Cell>, StoreError>>,
) -> Result<Option<T>, StoreError> {
    match rows.recv().await {
        Some(row) => Ok(Some(T::from_cells(&mut Cells::new(T::TABLE, row?))?)),
        None => Ok(None),
    }
}
