//! What takes two operators: listed, approved, rejected, withdrawn.
//!
//! Some operations are carried out by the command with which they are approved: see [`approve`]. A new
//! one of that kind has a line there.

use std::sync::Arc;

use jiaozi_adapters::mirror::resolve::ResolveMirror;
use jiaozi_adapters::reconciliation::resolve::{Proposed, Resolve};
use jiaozi_adapters::settlement::payout::redirect::{Redirect, Redirection};
use jiaozi_adapters::settlement::payout::release::{Freeing, Release};
use jiaozi_adapters::settlement::payout::rule::{PayoutRuling, RulePayout};
use jiaozi_adapters::utility::biller::Biller;
use jiaozi_adapters::utility::refund::{Refund, Refunding};
use jiaozi_adapters::utility::rule::{Rule, Ruling};
use jiaozi_ledger::approval::Content;
use jiaozi_ledger::approval::{Approval, ApprovalState, DecideApproval, Propose, WithdrawApproval};
use jiaozi_ledger::breaks::Break;
use jiaozi_ledger::command::{Adjust, Adjustment};
use jiaozi_ledger::decision::Command;
use jiaozi_ledger::id::ApprovalId;
use jiaozi_ledger::instruction::Instruction;
use jiaozi_ledger::operator::Role;
use jiaozi_ledger::order::Order;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::batch::Reply;
use jiaozi_ledger::store::{Store, StoreError};

use super::approving::Approving;
use super::{OrderError, Who};
use crate::gateway::Gateway;

/// The approvals in some states, oldest first, after one of them.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(
    store: &Store,
    states: &[ApprovalState],
    after: Option<ApprovalId>,
    limit: i64,
) -> Result<Vec<Approval>, StoreError> {
    let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
    let mut binds = vec![Cell::Id(after), Cell::Int(limit)];
    binds.extend(states.iter().map(|state| Cell::Int(state.code())));
    let places: Vec<String> = (4..states.len() + 4).map(|place| format!("${place}")).collect();
    let clause = format!("id > $2 and state in ({}) order by id limit $3", places.join(", "));
    store.find(&clause, binds).await
}

/// One approval.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(store: &Store, id: ApprovalId) -> Result<Option<Approval>, StoreError> {
    store.first("id = $2", vec![Cell::Id(id.0)]).await
}

/// Proposes something: the maker's part.
///
/// # Errors
/// When the order is not taken. A decline is an answer.
pub async fn propose(
    gateway: &Gateway,
    who: &Who,
    key: String,
    content: Content,
    reason: String,
) -> Result<Reply, OrderError> {
    let scope = who.scope(Propose::OPERATION, key);
    who.order(gateway, Role::Maker, Propose { scope, content, reason }).await
}

/// Approves, and where the operation is one that goes with it, carries it out in the same commit.
///
/// # Errors
/// When the order is not taken. A decline is an answer.
pub async fn approve(
    gateway: &Gateway,
    who: &Who,
    key: String,
    approval: &Approval,
    remark: Option<String>,
) -> Result<Reply, OrderError> {
    let id = approval.id;
    let unreadable = |error| OrderError::Refused(format!("approval {id}: {error}"));
    let by_id = |id| vec![Cell::Id(id)];
    match approval.content.operation.as_str() {
        Adjust::OPERATION => {
            let adjustment = Adjustment::of(&approval.content).map_err(unreadable)?;
            let scope = who.scope(Adjust::OPERATION, key);
            let command = Adjust { scope, approval: id, adjustment, remark };
            approving(gateway, who, approval, command).await
        }
        Resolve::OPERATION => {
            let proposed = Proposed::of(&approval.content).map_err(unreadable)?;
            let one: Option<Break> = gateway.store.first("id = $2", by_id(proposed.id.0)).await?;
            let mirror = one.as_ref().and_then(|one| gateway.partners.mirror(&one.partner));
            if let Some(spec) = mirror.map(Arc::clone) {
                let scope = who.scope(ResolveMirror::OPERATION, key);
                let command = ResolveMirror { scope, approval: id, spec, proposed, remark };
                return approving(gateway, who, approval, command).await;
            }
            let biller = biller(gateway, one.map(|one| one.partner))?;
            let scope = who.scope(Resolve::OPERATION, key);
            let command = Resolve { scope, approval: id, biller, proposed, remark };
            approving(gateway, who, approval, command).await
        }
        Rule::OPERATION => {
            let ruling = Ruling::of(&approval.content).map_err(unreadable)?;
            let one: Option<Instruction> =
                gateway.store.first("id = $2", by_id(ruling.instruction.0)).await?;
            let biller = biller(gateway, one.map(|one| one.partner))?;
            let scope = who.scope(Rule::OPERATION, key);
            let command = Rule { scope, approval: id, biller, ruling, remark };
            approving(gateway, who, approval, command).await
        }
        Refund::OPERATION => {
            let refunding = Refunding::of(&approval.content).map_err(unreadable)?;
            let one: Option<Order> =
                gateway.store.first("id = $2", by_id(refunding.order.0)).await?;
            let biller = biller(gateway, one.map(|one| one.partner))?;
            let scope = who.scope(Refund::OPERATION, key);
            let command = Refund { scope, approval: id, biller, refunding, remark };
            approving(gateway, who, approval, command).await
        }
        Redirect::OPERATION => {
            let redirection = Redirection::of(&approval.content).map_err(unreadable)?;
            let scope = who.scope(Redirect::OPERATION, key);
            let command = Redirect { scope, approval: id, redirection, remark };
            approving(gateway, who, approval, command).await
        }
        Release::OPERATION => {
            let freeing = Freeing::of(&approval.content).map_err(unreadable)?;
            let scope = who.scope(Release::OPERATION, key);
            let command = Release { scope, approval: id, freeing, remark };
            approving(gateway, who, approval, command).await
        }
        RulePayout::OPERATION => {
            let ruling = PayoutRuling::of(&approval.content).map_err(unreadable)?;
            let scope = who.scope(RulePayout::OPERATION, key);
            let command = RulePayout { scope, approval: id, ruling, remark };
            approving(gateway, who, approval, command).await
        }
        _ => {
            let scope = who.scope(DecideApproval::OPERATION, key);
            let command = DecideApproval { scope, approval: id, approve: true, remark };
            approving(gateway, who, approval, command).await
        }
    }
}

/// Orders the command that approves a proposal.
async fn approving(
    gateway: &Gateway,
    who: &Who,
    approval: &Approval,
    command: impl Command + 'static,
) -> Result<Reply, OrderError> {
    who.order(gateway, Role::Checker, Approving::of(approval, command)).await
}

/// The biller of what is to be resolved or ruled.
fn biller(gateway: &Gateway, partner: Option<String>) -> Result<Arc<Biller>, OrderError> {
    let found = partner.as_deref().and_then(|partner| gateway.partners.called(partner));
    found.cloned().ok_or_else(|| {
        let what = partner.as_deref().unwrap_or("what it is about");
        OrderError::Refused(format!(
            "{what} is not there; expected the specification of a biller or of a mirrored account for it"
        ))
    })
}

/// Rejects, and says why.
///
/// # Errors
/// When the order is not taken. A decline is an answer.
pub async fn reject(
    gateway: &Gateway,
    who: &Who,
    key: String,
    approval: ApprovalId,
    why: String,
) -> Result<Reply, OrderError> {
    let scope = who.scope(DecideApproval::OPERATION, key);
    let command = DecideApproval { scope, approval, approve: false, remark: Some(why) };
    who.order(gateway, Role::Checker, command).await
}

/// Withdraws: the maker's second thought.
///
/// # Errors
/// When the order is not taken. A decline is an answer.
pub async fn withdraw(
    gateway: &Gateway,
    who: &Who,
    key: String,
    approval: ApprovalId,
) -> Result<Reply, OrderError> {
    let scope = who.scope(WithdrawApproval::OPERATION, key);
    who.order(gateway, Role::Maker, WithdrawApproval { scope, approval }).await
}
