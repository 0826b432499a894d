//! Clients that send a payment again, and clients that use a key for two things.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::super::caller::payment;
use super::super::payers::{fund, settle_in};
use super::super::stage::{APP, PAGE, Stage};
use super::super::town::Household;
use crate::trial::client::Order;

/// Each pays, and sends it again twice; some then use the key for something else.
///
/// # Errors
/// When the gateway does not answer.
pub async fn play(stage: &Stage, households: &[Arc<Household>]) -> anyhow::Result<()> {
    let (mut channel, mut bank) = (stage.caller(APP)?, stage.caller(PAGE)?);
    let (mut same, mut conflicts) = (0, 0);
    for (household, nth) in households.iter().zip(0..) {
        settle_in(&mut bank, household).await?;
        let token = channel.token(&household.partner, &household.house).await?;
        let key = format!("repeat-{}", household.account);
        let order = payment(&token, &household.payer(), &key);
        let first = channel.insist(&order).await?;
        stage.notebook.expect("the first time it is paid", StatusCode::CREATED, first.status);
        for _ in 0..2 {
            let again = channel.insist(&order).await?;
            let replayed = again.headers.contains_key("idempotency-replayed");
            let type_of =
                |answer: &crate::trial::client::Answer| answer.headers.get("content-type").cloned();
            let as_before = (again.status, &again.body, type_of(&again), replayed)
                == (first.status, &first.body, type_of(&first), true);
            same += u64::from(stage.notebook.expect("repeated byte for byte", true, as_before));
        }
        stage.notebook.plant("the same payment again, twice", APP, &key);
        if nth % 4 == 0 {
            let other = json!({"quote": token, "payer": household.payer(), "reference": "another"});
            let other = Order::post("/v1/payments", &other).under(&key);
            let answer = channel.insist(&other).await?;
            let found = (answer.status.as_u16(), answer.code());
            let wanted = (422, "idempotency_conflict".to_owned());
            conflicts +=
                u64::from(stage.notebook.expect("a key for something else", wanted, found));
            stage.notebook.plant("a key used for something else", APP, &key);
        }
    }
    // The same for money that comes in: the repeat of a repeat adds nothing.
    if let Some(household) = households.first() {
        let before = balance(stage, household).await?;
        fund(&mut bank, &household.account, 1, "first").await.err();
        stage.notebook.expect("a balance after a repeat", before, balance(stage, household).await?);
    }
    stage.notebook.tell(format!(
        "{} payments are sent three times each: {same} repeats are answered with the first answer's bytes; \
         {conflicts} keys are used for something else and refused",
        households.len(),
    ));
    Ok(())
}

/// What is on a household's account, in fen.
///
/// # Errors
/// When the gateway does not answer.
pub async fn balance(stage: &Stage, household: &Household) -> anyhow::Result<i64> {
    let path = format!("/v1/accounts/{}", household.payer());
    let account = stage.caller(PAGE)?.get(&path).await?.json();
    Ok(account["balances"]["posted_fen"].as_i64().unwrap_or(-1))
}
