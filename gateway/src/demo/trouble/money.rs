//! Payments that are not simply the whole: parts, a year ahead, too little money, taken back, given
//! back.

use std::sync::Arc;

use anyhow::Context as _;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::caller::{Caller, payment};
use super::super::payers::{fund, key_of, pays, settle_in, welcome};
use super::super::stage::{APP, PAGE, Stage};
use super::super::town::Household;
use super::repeats::balance;
use crate::trial::client::Order;

/// Four tenths of the management fee now, the rest of everything afterwards.
///
/// # Errors
/// When the gateway does not answer.
pub async fn parts(stage: &Stage, households: &[Arc<Household>]) -> anyhow::Result<()> {
    let (mut channel, mut bank) = (stage.caller(APP)?, stage.caller(PAGE)?);
    for household in households {
        settle_in(&mut bank, household).await?;
        let due = channel.quote(&household.partner, &household.house).await?.json();
        let whole = due["total_fen"].as_i64().context("a quote")?;
        let lines = due["lines"].as_array().context("lines")?;
        let fee = lines.iter().rev().find(|line| line["item"] == "management");
        let fee = fee.context("a management fee")?;
        let part = fee["principal_fen"].as_i64().context("an amount")? * 4 / 10;
        let wish = json!({
            "partner": household.partner, "house": household.house,
            "bills": [{"bill": fee["bill"], "amount_fen": part}],
        });
        let quote = channel.post("/v1/quotes", &wish).await?.json();
        let first = ordered(&mut channel, household, &quote, "part").await?;
        stage.notebook.expect("a part", (201, Some(part)), first);
        let rest = pays(&mut channel, household).await?;
        stage.notebook.expect("the part and the rest", whole, part + rest);
    }
    let count = households.len();
    stage
        .notebook
        .tell(format!("{count} households pay four tenths of the fee, and the rest later"));
    Ok(())
}

async fn ordered(
    channel: &mut Caller,
    household: &Household,
    quote: &Value,
    why: &str,
) -> anyhow::Result<(u16, Option<i64>)> {
    let token = quote["token"].as_str().with_context(|| format!("a quote: {quote}"))?;
    let key = format!("{why}-{}", household.account);
    let answer = channel.insist(&payment(token, &household.payer(), &key)).await?;
    Ok((answer.status.as_u16(), answer.json()["amount_fen"].as_i64()))
}

/// A year ahead, with a discount that the bank's budget bears, and what is due besides.
///
/// # Errors
/// When the gateway does not answer.
pub async fn ahead(stage: &Stage, households: &[Arc<Household>]) -> anyhow::Result<()> {
    let (mut channel, mut bank) = (stage.caller(APP)?, stage.caller(PAGE)?);
    let partner = households.first().map(|household| household.partner.clone()).unwrap_or_default();
    let company = stage.partners.company(&partner).context("a company")?;
    let plan = company.terms.prepay.first().context("a plan")?;
    let budget = plan.budget.to_string();
    let words = ["account", "fund", "--operator", "demo", &budget, "--fen", "5000000"];
    crate::trial::program::run(&stage.place, words).await?.done().context("the budget")?;
    let mut discounts = 0;
    for household in households {
        welcome(&mut bank, household, &household.account, household.owes_fen() + 10_000_000)
            .await?;
        let wish = json!({
            "partner": household.partner, "house": household.house, "prepay": plan.code,
        });
        let quote = channel.post("/v1/quotes", &wish).await?.json();
        let months = quote["prepay"]["months"].as_array().map_or(0, Vec::len);
        stage.notebook.expect("months ahead", usize::try_from(plan.months)?, months);
        let (total, discount) = (quote["total_fen"].as_i64(), quote["discount_fen"].as_i64());
        let paid = ordered(&mut channel, household, &quote, "ahead").await?;
        stage.notebook.expect("a year ahead", (201, total), paid);
        discounts += discount.unwrap_or(0);
    }
    stage.notebook.expect("a discount is given", true, discounts > 0);
    stage.notebook.tell(format!(
        "{} households pay a year ahead; the bank's budget bears {discounts} fen of discount",
        households.len(),
    ));
    Ok(())
}

/// Too little on the account: declined, and paid under a new key when money has come in.
///
/// # Errors
/// When the gateway does not answer.
pub async fn too_little(stage: &Stage, households: &[Arc<Household>]) -> anyhow::Result<()> {
    let (mut channel, mut bank) = (stage.caller(APP)?, stage.caller(PAGE)?);
    for household in households {
        welcome(&mut bank, household, &household.account, 1).await?;
        let token = channel.token(&household.partner, &household.house).await?;
        let order = payment(&token, &household.payer(), &format!("poor-{}", household.account));
        for _ in 0..2 {
            let declined = channel.insist(&order).await?;
            let found = (declined.status.as_u16(), declined.code());
            stage.notebook.expect(
                "too little money",
                (422, "insufficient_funds".to_owned()),
                found,
            );
        }
        fund(&mut bank, &household.account, household.owes_fen() + 1_000_000, "payday").await?;
        let declined = channel.insist(&order).await?;
        stage.notebook.expect("a decline stays one under its key", 422, declined.status.as_u16());
        pays(&mut channel, household).await?;
    }
    let count = households.len();
    stage.notebook.tell(format!(
        "{count} payers have too little: declined, declined again under the same key, and paid under a new one"
    ));
    Ok(())
}

/// Paid by mistake and taken back on the same day; the bills are due again.
///
/// # Errors
/// When the gateway does not answer.
pub async fn taken_back(stage: &Stage, households: &[Arc<Household>]) -> anyhow::Result<()> {
    let mut page = stage.caller(PAGE)?;
    for household in households {
        settle_in(&mut page, household).await?;
        let before = balance(stage, household).await?;
        let token = page.token(&household.partner, &household.house).await?;
        let order = payment(&token, &household.payer(), &key_of(household));
        let paid = page.insist(&order).await?.json();
        let path = format!("/v1/payments/{}/cancel", paid["order"].as_str().context("an order")?);
        let cancel = Order::post(path, &json!({})).under(format!("cancel-{}", household.account));
        for _ in 0..2 {
            let cancelled = page.insist(&cancel).await?;
            stage.notebook.expect("taken back", StatusCode::OK, cancelled.status);
        }
        stage.notebook.expect("all of it is back", before, balance(stage, household).await?);
        let due = page.quote(&household.partner, &household.house).await?.json();
        stage.notebook.expect("due again", paid["amount_fen"].as_i64(), due["total_fen"].as_i64());
    }
    let count = households.len();
    stage.notebook.tell(format!(
        "{count} payments are taken back before the cut-off; the bills are due again"
    ));
    Ok(())
}

/// Paid, and given back by the company: whole, or where it does that, in two parts.
///
/// # Errors
/// When the gateway does not answer.
pub async fn given_back(
    stage: &Stage,
    households: &[Arc<Household>],
    in_parts: bool,
) -> anyhow::Result<()> {
    let (mut page, mut orders) = (stage.caller(PAGE)?, Vec::new());
    for household in households {
        settle_in(&mut page, household).await?;
        let before = balance(stage, household).await?;
        let token = page.token(&household.partner, &household.house).await?;
        let order = payment(&token, &household.payer(), &key_of(household));
        orders.push((Arc::clone(household), before, page.insist(&order).await?.json()));
    }
    give_back(stage, &orders, in_parts).await
}

/// A payment of a household: its balance before, and the answer.
pub type Paid = (Arc<Household>, i64, Value);

/// The company gives these payments back.
///
/// # Errors
/// When the gateway does not answer.
pub async fn give_back(stage: &Stage, orders: &[Paid], in_parts: bool) -> anyhow::Result<()> {
    let mut fen = 0;
    for (household, before, paid) in orders {
        let mut company = stage.caller(&household.partner)?;
        let amount = paid["amount_fen"].as_i64().with_context(|| format!("not paid: {paid}"))?;
        let order = paid["order"].as_str().context("an order")?;
        let path = format!("/v1/payments/{order}/refunds");
        let mut steps = vec![json!({"reason": "payer_request"})];
        if in_parts {
            steps.insert(0, json!({"reason": "wrong_amount", "amount_fen": amount / 3}));
        }
        for (step, nth) in steps.iter().zip(0..) {
            let refund = Order::post(path.clone(), step).under(format!("refund-{order}-{nth}"));
            let refunded = company.insist(&refund).await?;
            stage.notebook.expect("given back", StatusCode::CREATED, refunded.status);
        }
        stage.notebook.expect("all of it is back", *before, balance(stage, household).await?);
        fen += amount;
    }
    let how = if in_parts { "in two parts" } else { "whole" };
    stage.notebook.tell(format!("{} payments of {fen} fen are given back {how}", orders.len()));
    Ok(())
}
