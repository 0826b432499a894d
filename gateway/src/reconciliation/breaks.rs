//! Breaks as operators see them: listed, owned, and proposed for resolution.

use jiaozi_adapters::reconciliation::own::Own;
use jiaozi_adapters::reconciliation::resolve::Proposed;
use jiaozi_adapters::utility::rule::Ruling;
use jiaozi_ledger::approval::Content;
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::draw::Draw;
use jiaozi_ledger::id::BreakId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::operator::Role;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::batch::Reply;
use jiaozi_ledger::store::{Store, StoreError};

use crate::gateway::Gateway;
use crate::operators::{OrderError, Who, approvals};

/// Which breaks are listed.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this partner only.
    pub partner: Option<String>,
    /// Resolved ones too.
    pub all: bool,
    /// At most so many.
    pub limit: i64,
}

/// Breaks, the longest open first.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(store: &Store, wanted: &Wanted) -> Result<Vec<Break>, StoreError> {
    let mut binds = vec![Cell::Int(wanted.limit)];
    let mut clause = if wanted.all { "since >= 0" } else { "resolution is null" }.to_owned();
    if let Some(partner) = &wanted.partner {
        binds.push(Cell::Text(partner.clone()));
        clause.push_str(" and partner = $3");
    }
    store.find(&format!("{clause} order by since, id limit $2"), binds).await
}

/// One break.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(store: &Store, id: BreakId) -> Result<Option<Break>, StoreError> {
    store.first("id = $2", vec![Cell::Id(id.0)]).await
}

/// Gives a break an owner.
///
/// # Errors
/// When the order is not taken. A decline is an answer.
pub async fn own(
    gateway: &Gateway,
    who: &Who,
    key: String,
    id: BreakId,
    owner: String,
) -> Result<Reply, OrderError> {
    who.order(gateway, Role::Maker, Own { scope: who.scope(Own::OPERATION, key), id, owner }).await
}

/// What is proposed for a break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// What it has in suspense goes to an account, or comes from it; no account where nothing is booked.
    Resolve(Option<String>),
    /// Its payment, of which nobody knows, was done or not.
    Rule(bool),
}

/// Proposes how a break is resolved. It is carried out when another operator approves it.
///
/// # Errors
/// When the order is not taken. A decline is an answer.
pub async fn propose(
    gateway: &Gateway,
    who: &Who,
    key: String,
    one: &Break,
    proposal: Proposal,
    reason: String,
) -> Result<Reply, OrderError> {
    let content = match proposal {
        Proposal::Resolve(account) => {
            let mirrored = gateway.partners.mirror(&one.partner).is_some();
            let left = mirrored.then(|| i64::try_from(one.left()).ok().map(Fen)).flatten();
            Proposed { id: one.id, booked: one.booked, left, account }.content()
        }
        Proposal::Rule(done) => ruling(gateway, one, done).await?,
    };
    approvals::propose(gateway, who, key, content, reason).await
}

async fn ruling(gateway: &Gateway, one: &Break, done: bool) -> Result<Content, OrderError> {
    let key = vec![Cell::Text(one.reference_key.clone())];
    let found: Option<Instruction> = gateway.store.first("reference_key = $2", key).await?;
    match found.filter(|found| !found.state.has_ended()) {
        Some(found) => {
            let of = vec![Cell::Id(found.id.0)];
            let draw: Option<Draw> = gateway.store.first("instruction = $2", of).await?;
            Ok(Ruling::on(&found, draw.as_ref(), done).content())
        }
        None => {
            let why = "the outcome of its payment is known; expected an account, or nothing";
            Err(OrderError::Refused(why.to_owned()))
        }
    }
}
