//! Answers that never arrive: someone hangs up before the answer, or the gateway loses its power while
//! payments are under way. Whoever does not know asks again under the same key, and must not pay twice.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::super::caller::{Caller, payment};
use super::super::payers::{key_of, settle_in};
use super::super::stage::{APP, PAGE, Stage};
use super::super::town::Household;
use super::repeats::balance;
use crate::trial::client::Order;

/// When the power fails, after the first payment of the wave was sent.
const POWER_FAILS_AFTER: Duration = Duration::from_millis(60);

/// How long people wait before they hang up: some so shortly that the gateway hardly hears them, some
/// so long that the answer is there and nobody reads it.
const PATIENCE: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(2), Duration::from_millis(8), Duration::from_millis(60)];

/// Each hangs up before the answer, and asks again.
///
/// # Errors
/// When the gateway does not answer.
pub async fn hang_up(stage: &Stage, households: &[Arc<Household>]) -> anyhow::Result<()> {
    let (mut channel, mut bank) = (stage.caller(APP)?, stage.caller(PAGE)?);
    let mut replayed = 0;
    for (household, patience) in households.iter().zip(PATIENCE.into_iter().cycle()) {
        settle_in(&mut bank, household).await?;
        let before = balance(stage, household).await?;
        let token = channel.token(&household.partner, &household.house).await?;
        let order = payment(&token, &household.payer(), &key_of(household));
        channel.say_and_hang_up(&order, patience).await?;
        stage.notebook.plant("hung up before the answer", APP, key_of(household));
        let answer = channel.insist(&order).await?;
        replayed += usize::from(answer.headers.contains_key("idempotency-replayed"));
        paid_once(stage, household, before, answer.status, &answer.json()["amount_fen"]).await?;
    }
    stage.notebook.tell(format!(
        "{} payers lose the line before the answer and ask again under the same key: all paid, none twice \
         ({replayed} had been taken before the line broke)",
        households.len(),
    ));
    Ok(())
}

async fn paid_once(
    stage: &Stage,
    household: &Household,
    before: i64,
    status: StatusCode,
    amount: &serde_json::Value,
) -> anyhow::Result<()> {
    stage.notebook.expect("asked again, it is paid", StatusCode::CREATED, status);
    let left = before - amount.as_i64().unwrap_or(0);
    stage.notebook.expect("debited once", left, balance(stage, household).await?);
    Ok(())
}

/// A wave of payments during which the gateway is killed and started again.
///
/// # Errors
/// When the gateway does not come back.
pub async fn power_cut(stage: &Arc<Stage>, households: &[Arc<Household>]) -> anyhow::Result<()> {
    let (mut page, mut ready) = (stage.caller(PAGE)?, Vec::new());
    for household in households {
        settle_in(&mut page, household).await?;
        let before = balance(stage, household).await?;
        let token = page.token(&household.partner, &household.house).await?;
        let order = payment(&token, &household.payer(), &key_of(household));
        ready.push((Arc::clone(household), before, order));
    }
    let mut wave = tokio::task::JoinSet::new();
    for (household, before, order) in ready {
        let mut caller = stage.caller(PAGE)?;
        wave.spawn(async move {
            let (answer, attempts) = until_answered(&mut caller, &order).await?;
            anyhow::Ok((household, before, answer, attempts))
        });
    }
    tokio::time::sleep(POWER_FAILS_AFTER).await;
    stage.notebook.plant("the gateway is killed", "gateway", "during a wave of payments");
    stage.cut_the_power().await?;
    let mut again = 0;
    while let Some(done) = wave.join_next().await {
        let (household, before, answer, attempts) = done??;
        again += usize::from(attempts > 1);
        paid_once(stage, &household, before, answer.status, &answer.json()["amount_fen"]).await?;
    }
    stage.notebook.tell(format!(
        "the gateway's process is killed under {} payments and started again: {again} had to ask again under \
         the same key, all paid, none twice",
        households.len(),
    ));
    Ok(())
}

/// Says it until there is an answer, and how often that was.
async fn until_answered(
    caller: &mut Caller,
    order: &Order,
) -> anyhow::Result<(crate::trial::client::Answer, usize)> {
    match caller.say(order).await {
        Ok(answer) if !answer.status.is_server_error() => Ok((answer, 1)),
        _ => Ok((caller.insist(order).await?, 2)),
    }
}
