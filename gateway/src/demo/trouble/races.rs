//! Two members of a family pay the same bills at the same moment, each from an account of their own.

use std::sync::Arc;

use http::StatusCode;

use super::super::caller::payment;
use super::super::payers::{settle_in, welcome};
use super::super::stage::{APP, PAGE, Stage};
use super::super::town::Household;

/// Each house is raced for; exactly one must win.
///
/// # Errors
/// When the gateway does not answer.
pub async fn play(stage: &Stage, households: &[Arc<Household>]) -> anyhow::Result<()> {
    let (mut one, mut other) = (stage.caller(APP)?, stage.caller(PAGE)?);
    let (mut races, mut page_won) = (0, 0);
    for household in households {
        let family = format!("{}-b", household.account);
        settle_in(&mut other, household).await?;
        welcome(&mut other, household, &family, household.owes_fen() * 2 + 1_000_000).await?;
        let first = one.token(&household.partner, &household.house).await?;
        let second = other.token(&household.partner, &household.house).await?;
        let first = payment(&first, &household.payer(), &format!("race-{}", household.account));
        let second =
            payment(&second, &format!("deposit:{family}"), &format!("race-{}", household.account));
        let (first, second) = tokio::join!(one.insist(&first), other.insist(&second));
        let (first, second) = (first?, second?);
        let won = |status| usize::from(status == StatusCode::CREATED);
        stage.notebook.expect("winners of a race", 1, won(first.status) + won(second.status));
        let lost = if first.status == StatusCode::CREATED { &second } else { &first };
        let found = (lost.status.as_u16(), lost.code());
        stage.notebook.expect("who lost", (409, "bill_paid_meanwhile".to_owned()), found);
        stage.notebook.plant(
            "two pay the same bills at once",
            &household.partner,
            &household.house,
        );
        races += 1;
        page_won += won(second.status);
    }
    stage.notebook.tell(format!(
        "{races} houses are raced for by two of the family: one wins each time ({page_won} times the page), \
         the other is told that it is paid, and keeps the money"
    ));
    Ok(())
}
