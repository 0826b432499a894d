//! Payers' accounts, for the channels of the bank: opened, read, and what happened on them.
//!
//! Only deposits are reached this way. A channel names the payer that it has authenticated; the
//! accounts of partners, budgets and the bank are none of its business.

use jiaozi_ledger::account::{self, Account};
use jiaozi_ledger::chart;
use jiaozi_ledger::command::{AccountRef, Post};
use jiaozi_ledger::decision::{Answer, Changes, Command, Decision, Digest, Event, Scope, digest};
use jiaozi_ledger::facts::{Facts, Need};
use jiaozi_ledger::money::{Currency, Fen, Side};
use jiaozi_ledger::posting::Entry;
use jiaozi_ledger::problem::Problem;
use jiaozi_ledger::row::{Cell, Kind};
use jiaozi_ledger::store::batch::{Failure, Reply};
use jiaozi_ledger::store::engine::Query;
use jiaozi_ledger::store::{BOOK, StoreError};
use jiaozi_ledger::time::Instant;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

use crate::asked::Asked;
use crate::gateway::Gateway;

/// Opens a customer's deposit account. Opening it again is harmless.
#[derive(Debug)]
struct OpenDeposit {
    scope: Scope,
    code: String,
    currency: Currency,
}

impl Command for OpenDeposit {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn body_digest(&self) -> Digest {
        digest(format!("{}\n{}", self.currency, self.code).as_bytes())
    }

    fn needs(&self, _facts: &Facts) -> Vec<Need> {
        vec![Account::by_code(&self.code)]
    }

    fn decide(&self, facts: &Facts) -> Decision {
        let moment = facts.moment();
        let mut changes = Changes::default();
        let (account, status) = match facts.account(&self.code) {
            Some(account) => (account.clone(), 200),
            None => match chart::account(moment.ids.id(0), &self.code, self.currency) {
                Ok(account) => {
                    changes.accounts.push(account.clone());
                    (account, 201)
                }
                Err(refused) => return not_in_chart(&refused),
            },
        };
        let body = json!({
            "account": account.id, "code": account.code, "currency": account.currency,
            "status": account.status, "balances": account.balances(),
        });
        let opened: Vec<_> = changes.accounts.iter().map(Account::terms).collect();
        let data = json!({"accounts": opened, "by": self.scope.partner});
        let event = Event { kind: account::OPENED, subject: account.id.0, data };
        Decision::done(Answer::json(status, &body), event, changes)
    }
}

fn not_in_chart(refused: &chart::NotInChart) -> Decision {
    Problem::of_books(422, "not_in_chart", refused.to_string())
        .with("place", "body, number")
        .with("expected", "1 to 64 letters, digits, `-`, `_` and `.`")
        .decline("command.declined", Uuid::nil(), json!({}))
}

/// Opens a deposit account under a number.
///
/// # Errors
/// The writer's.
pub async fn open(gateway: &Gateway, asked: &Asked, number: &str) -> Result<Reply, Failure> {
    let code = chart::deposit(number);
    let command =
        OpenDeposit { scope: asked.scope("accounts.deposit"), code, currency: Currency::CNY };
    asked.submit(gateway, command).await
}

/// Whether a code names a customer's deposit.
#[must_use]
pub fn is_deposit(code: &str) -> bool {
    code.strip_prefix("deposit:").is_some_and(|number| !number.is_empty())
}

/// Whether a code names an account that can pay: a deposit, or a customer's account with the core.
#[must_use]
pub fn is_payer(code: &str) -> bool {
    is_deposit(code) || chart::customer_number(code).is_some()
}

/// An account that can pay; nothing for codes of any other kind.
///
/// # Errors
/// When the database cannot be read.
pub async fn payer(gateway: &Gateway, code: &str) -> Result<Option<Account>, StoreError> {
    if is_payer(code) { gateway.store.account(code).await } else { Ok(None) }
}

/// A customer's deposit account; nothing for codes of any other kind.
///
/// # Errors
/// When the database cannot be read.
pub async fn deposit(gateway: &Gateway, code: &str) -> Result<Option<Account>, StoreError> {
    if is_deposit(code) { gateway.store.account(code).await } else { Ok(None) }
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// The entry with the balance after it.
    pub entry: Entry,
    /// When it was posted.
    pub at: Instant,
    /// What happened, as the feed calls it.
    pub kind: String,
    /// What it happened to: an order, mostly.
    pub subject: Uuid,
}

/// The statement of an account after its `after`th entry, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn statement(
    gateway: &Gateway,
    account: &Account,
    after: i64,
    limit: i64,
) -> Result<Vec<StatementLine>, StoreError> {
    let entries = gateway.store.statement(account.id, after, limit).await?;
    let mut causes = causes(gateway, &entries).await?;
    let lines = entries.into_iter().filter_map(|entry| {
        let (at, kind, subject) = causes.remove(&entry.seq)?;
        causes.insert(entry.seq, (at, kind.clone(), subject));
        Some(StatementLine { at, kind, subject, entry })
    });
    Ok(lines.collect())
}

type Cause = (Instant, String, Uuid);

/// What the feed says of the commands that caused some entries.
async fn causes(gateway: &Gateway, entries: &[Entry]) -> Result<HashMap<i64, Cause>, StoreError> {
    let mut seqs: Vec<i64> = entries.iter().map(|entry| entry.seq).collect();
    seqs.dedup();
    if seqs.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (2..seqs.len() + 2).map(|place| format!("${place}")).collect();
    let sql = format!(
        "select seq, at, kind, subject from journal where book = $1 and seq in ({})",
        places.join(", ")
    );
    let binds = std::iter::once(Cell::Int(BOOK)).chain(seqs.into_iter().map(Cell::Int)).collect();
    let kinds = vec![Kind::Int, Kind::Int, Kind::Text, Kind::Id];
    let rows = gateway.store.engine().read(Query { sql, binds, kinds }).await?;
    let cause = |row: Vec<Cell>| match <[Cell; 4]>::try_from(row) {
        Ok([Cell::Int(seq), Cell::Int(at), Cell::Text(kind), Cell::Id(subject)]) => {
            Some((seq, (Instant(at), kind, subject)))
        }
        _ => None,
    };
    Ok(rows.into_iter().filter_map(cause).collect())
}

/// Puts money on an account of a sandbox, against the core system.
///
/// # Errors
/// The writer's.
pub async fn fund(
    gateway: &Gateway,
    asked: &Asked,
    code: &str,
    amount: Fen,
) -> Result<Reply, Failure> {
    let lines = vec![
        (AccountRef::Code(chart::CORE_CLEARING.to_owned()), Side::Debit, amount),
        (AccountRef::Code(code.to_owned()), Side::Credit, amount),
    ];
    let post = Post { scope: asked.scope("sandbox.fund"), lines, effective_at: None };
    asked.submit(gateway, post).await
}
