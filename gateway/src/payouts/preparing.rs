//! What is due of a partner's accounts is prepared to be paid out; what keeps the rest is said. It is looked
//! at before a command is made of it, so that what waits leaves no declines in the books.

use std::sync::Arc;

use jiaozi_adapters::settlement::payee::Payee;
use jiaozi_adapters::settlement::payout::collect::{CollectFees, collectable};
use jiaozi_adapters::settlement::payout::prepare::{Prepare, ready};
use jiaozi_ledger::account::AccountStatus;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::operator::Role;
use jiaozi_ledger::payout::Payout;
use jiaozi_ledger::payout::payable::Payable;
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::store::batch::Reply;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::{holding, payable};
use crate::gateway::Gateway;
use crate::operators::{OrderError, Who, detail};

/// What came of one account on a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The partner.
    pub partner: String,
    /// The account.
    pub account: String,
    /// The day.
    pub date: Date,
    /// The payout, as it is told, if one was prepared.
    pub payout: Option<Value>,
    /// Fees that were collected apart before, in fen.
    pub fees_fen: Fen,
    /// What keeps it from being paid out: a stable code. `nothing_due` where no day waits.
    pub waits: Option<String>,
    /// The same in words.
    pub why: Option<String>,
}

/// Why what is due was not prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The day has not come.
    #[error("{date} has not come for {partner}, expected {today} or a day before")]
    NotCome {
        /// The partner.
        partner: String,
        /// The day that was given.
        date: Date,
        /// The day that it is there.
        today: Date,
    },
    /// The order was not taken.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Prepares what is due of a partner's accounts on a day, today if none is given; fees of ended months
/// are collected before.
///
/// # Errors
/// The day has not come, the order is not taken, or the store fails. What is prepared by then stands.
pub async fn partner(
    gateway: &Gateway,
    payee: &Arc<Payee>,
    date: Option<Date>,
    who: &Who,
) -> Result<Vec<Outcome>, PrepareError> {
    let today = payee.today(gateway.now().await?);
    let date = date.unwrap_or(today);
    if date > today {
        return Err(PrepareError::NotCome { partner: payee.code.clone(), date, today });
    }
    let mut outcomes = Vec::new();
    for account in payee.paid_out() {
        outcomes.push(one(gateway, payee, account, date, who).await?);
    }
    Ok(outcomes)
}

async fn one(
    gateway: &Gateway,
    payee: &Arc<Payee>,
    account: &str,
    date: Date,
    who: &Who,
) -> Result<Outcome, PrepareError> {
    let mut outcome = Outcome {
        partner: payee.code.clone(),
        account: account.to_owned(),
        date,
        payout: None,
        fees_fen: Fen::ZERO,
        waits: None,
        why: None,
    };
    let waits = |outcome: Outcome, code: &str, why: String| Outcome {
        waits: Some(code.to_owned()),
        why: Some(why),
        ..outcome
    };
    let Some(list) = payable(&gateway.store, account).await? else {
        return Ok(waits(outcome, "nothing_due", "no day was settled to it yet".to_owned()));
    };
    if account == payee.settled() {
        outcome.fees_fen = collect(gateway, payee, &list, date, who).await?;
    }
    // Fees that were just collected are not there any more.
    let list = payable(&gateway.store, account).await?.unwrap_or(list);
    let Some(owned) = gateway.store.account(account).await? else {
        return Ok(waits(outcome, "unknown_account", format!("{account} is not open")));
    };
    let held_by = holding(&gateway.store, &list).await?;
    let held_by: Vec<&Payout> = held_by.iter().collect();
    if let Err(problem) = ready(payee, &list, &held_by, &owned, date) {
        return Ok(waits(outcome, problem.code, problem.detail));
    }
    let key = key(gateway, &Payout::key_of(account, date, list.next_run(date))).await?;
    let scope = who.scope(Prepare::OPERATION, key);
    let (payee, account) = (Arc::clone(payee), account.to_owned());
    let command = Prepare { scope, payee, account, date };
    let reply = who.order(gateway, Role::Maker, command).await?;
    match reply.verdict {
        Verdict::Done => Ok(Outcome { payout: Some(body(&reply)), ..outcome }),
        Verdict::Declined => {
            let code = body(&reply)["code"].as_str().unwrap_or_default().to_owned();
            Ok(waits(outcome, &code, detail(&reply)))
        }
    }
}

/// Collects fees that are owed apart, if the account has them.
async fn collect(
    gateway: &Gateway,
    payee: &Arc<Payee>,
    list: &Payable,
    date: Date,
    who: &Who,
) -> Result<Fen, PrepareError> {
    let works = payee.calendar.is_working_day(date).unwrap_or(false);
    let owned = gateway.store.account(payee.settled()).await?;
    let owned = owned.filter(|owned| owned.status == AccountStatus::Active);
    let fee = owned.and_then(|owned| collectable(list, &owned, date)).unwrap_or_default();
    if !works || !fee.is_positive() {
        return Ok(Fen::ZERO);
    }
    let key = key(gateway, &format!("{}/{date}", payee.settled())).await?;
    let scope = who.scope(CollectFees::OPERATION, key);
    let command = CollectFees { scope, payee: Arc::clone(payee), date };
    let reply = who.order(gateway, Role::Maker, command).await?;
    let collected = body(&reply)["fee_fen"].as_i64().filter(|_| reply.verdict == Verdict::Done);
    Ok(Fen(collected.unwrap_or_default()))
}

/// A decline is kept under its key for ever, so another attempt has another key. Whoever comes second finds
/// the account paid out.
async fn key(gateway: &Gateway, of: &str) -> Result<String, StoreError> {
    Ok(format!("{of}/{}", gateway.now().await?.0))
}

fn body(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.answer.body).unwrap_or_default()
}
