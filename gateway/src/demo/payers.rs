//! Ordinary people on an ordinary day: they get an account, look at what they owe, and pay it through
//! the application or the page.

use std::sync::Arc;

use anyhow::Context as _;
use http::StatusCode;
use serde_json::json;

use super::caller::{Caller, payment};
use super::stage::{APP, PAGE, Stage};
use super::town::Household;
use crate::trial::client::Order;

/// How many pay at the same time.
const AT_ONCE: usize = 32;

/// What an account has beyond what its household owes, in fen.
const SPARE_FEN: i64 = 2_000_000;

/// The bank opens an account for a household and knows whose it is; money comes in.
///
/// # Errors
/// When the gateway does not answer as it should.
pub async fn welcome(
    bank: &mut Caller,
    household: &Household,
    number: &str,
    fen: i64,
) -> anyhow::Result<()> {
    let owner = &household.owner;
    let account = json!({
        "number": number,
        "holder": {
            "name": owner.name, "phone": owner.phone, "identity_number": owner.identity_number,
        },
    });
    let order = Order::post("/v1/accounts", &account).under(format!("open-{number}"));
    let opened = bank.insist(&order).await?;
    anyhow::ensure!(opened.status.is_success(), "no account {number}: {}", opened.code());
    fund(bank, number, fen, "first").await
}

/// Money comes in.
///
/// # Errors
/// When the gateway does not answer as it should.
pub async fn fund(bank: &mut Caller, number: &str, fen: i64, why: &str) -> anyhow::Result<()> {
    let funds = json!({"account": format!("deposit:{number}"), "amount_fen": fen});
    let order = Order::post("/v1/sandbox/funds", &funds).under(format!("fund-{number}-{why}"));
    let funded = bank.insist(&order).await?;
    anyhow::ensure!(funded.status.is_success(), "no money for {number}: {}", funded.code());
    Ok(())
}

/// The same for the household's own account, with enough for what it owes.
///
/// # Errors
/// When the gateway does not answer as it should.
pub async fn settle_in(bank: &mut Caller, household: &Household) -> anyhow::Result<()> {
    welcome(bank, household, &household.account, household.owes_fen() + SPARE_FEN).await
}

/// Under which key a household pays what it owes.
#[must_use]
pub fn key_of(household: &Household) -> String {
    format!("pay-{}", household.account)
}

/// All of these households pay all that they owe, many at the same time. Says how many have, and how
/// much.
///
/// # Errors
/// When a payment is not taken.
pub async fn all_pay(
    stage: &Arc<Stage>,
    households: Vec<Arc<Household>>,
) -> anyhow::Result<(u64, i64)> {
    let mut queues: Vec<Vec<Arc<Household>>> = vec![Vec::new(); AT_ONCE];
    for (nth, household) in households.into_iter().enumerate() {
        queues[nth % AT_ONCE].push(household);
    }
    let mut paying = tokio::task::JoinSet::new();
    for (nth, queue) in queues.into_iter().enumerate() {
        // Half of them use the application, the others the page.
        let mut channel = stage.caller(if nth % 2 == 0 { APP } else { PAGE })?;
        let mut bank = stage.caller(PAGE)?;
        paying.spawn(async move {
            let (mut count, mut fen) = (0u64, 0i64);
            for household in queue {
                settle_in(&mut bank, &household).await?;
                fen += pays(&mut channel, &household).await?;
                count += 1;
            }
            anyhow::Ok((count, fen))
        });
    }
    let (mut count, mut fen) = (0, 0);
    while let Some(paid) = paying.join_next().await {
        let (paid_count, paid_fen) = paid??;
        count += paid_count;
        fen += paid_fen;
    }
    Ok((count, fen))
}

/// A household pays all that it owes, and says how much that was.
///
/// # Errors
/// When the payment is not taken.
pub async fn pays(channel: &mut Caller, household: &Household) -> anyhow::Result<i64> {
    let token = channel.token(&household.partner, &household.house).await?;
    let order = payment(&token, &household.payer(), &key_of(household));
    let paid = channel.insist(&order).await?;
    let why = || format!("{}: {} {}", household.house, paid.status, paid.code());
    anyhow::ensure!(paid.status == StatusCode::CREATED, "not paid: {}", why());
    paid.json()["amount_fen"].as_i64().with_context(why)
}
