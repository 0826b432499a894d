//! Publishing: what a company says is due, and what no longer is.

use std::sync::Arc;

use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::property::import::ImportBills;
use jiaozi_adapters::property::publishing::Line;
use jiaozi_adapters::property::withdraw::{Step, WithdrawBill};
use jiaozi_ledger::store::batch::Reply;

use crate::asked::Asked;
use crate::gateway::Gateway;
use crate::refused::Refused;

/// Imports some lines: each has a result of its own, and a bad one stops no other.
///
/// # Errors
/// The writer's; refused lines are in the answer.
pub async fn import(
    gateway: &Gateway,
    asked: &Asked,
    company: &Arc<Company>,
    lines: Vec<Line>,
) -> Result<Reply, Refused> {
    let scope = asked.scope(ImportBills::OPERATION);
    let import = ImportBills { scope, company: Arc::clone(company), lines };
    Ok(asked.submit(gateway, import).await?)
}

/// Withdraws a bill, or marks it as paid at the desk.
///
/// # Errors
/// The writer's; a refusal is an answer.
pub async fn withdraw(
    gateway: &Gateway,
    asked: &Asked,
    company: &Arc<Company>,
    import_id: String,
    step: Step,
) -> Result<Reply, Refused> {
    let scope = asked.scope(WithdrawBill::OPERATION);
    let withdraw = WithdrawBill { scope, company: Arc::clone(company), import_id, step };
    Ok(asked.submit(gateway, withdraw).await?)
}
