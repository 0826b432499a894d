//! The end of the day: the cut-offs pass one after the other, the gateway closes the days and writes
//! their files, and the next day begins with what was paid too late and what is given back from money
//! that was settled already.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::StatusCode;
use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::spec::clearing::CutOff;
use jiff::civil::Date;
use serde_json::Value;

use super::caller::payment;
use super::cast::Cast;
use super::payers::{key_of, settle_in};
use super::stage::{PAGE, Stage};
use super::trouble::money::{Paid, give_back};
use super::trouble::repeats::balance;

/// How long the gateway's own work may take, by the clock on the wall.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How many pay after the first cut-off.
const LATE: usize = 5;
/// How many are given back after the settlement.
const BACK: usize = 3;

/// Plays from the afternoon to the end of the next day.
///
/// # Errors
/// When the gateway does not answer, or does not close a day.
pub async fn play(stage: &Arc<Stage>, cast: &mut Cast) -> anyhow::Result<()> {
    let mut companies: Vec<Arc<Company>> = stage.partners.companies().cloned().collect();
    companies.sort_by_key(|company| cut_off(company));
    // Those with a refund in the morning are paid before their company's cut-off.
    let settled = pay(stage, cast, "yunhe", BACK).await?;
    for (company, nth) in companies.iter().zip(0..) {
        let (hour, minute) = cut_off(company);
        stage.move_to(stage.at(0, 0, 0).plus_seconds((hour * 60 + minute) * 60 + 60)).await?;
        let what = format!("the cut-off of {}", company.payee.code);
        stage.notebook.chapter(&format!("{hour:02}:{minute:02}"), &what);
        if nth == 0 {
            let late = pay(stage, cast, &company.payee.code, LATE).await?;
            let next = stage.day.tomorrow()?.to_string();
            for (_, _, paid) in &late {
                stage.notebook.expect(
                    "the clearing date of a late payment",
                    Some(next.as_str()),
                    paid["clearing_date"].as_str(),
                );
            }
            stage.notebook.tell(format!("{LATE} payments come too late and belong to {next}"));
        }
        closed(stage, company, stage.day).await?;
    }

    stage.move_to(stage.at(1, 9, 0)).await?;
    stage.notebook.chapter("09:00", "the next day");
    give_back(stage, &settled, false).await?;
    stage.move_to(stage.at(1, 23, 30)).await?;
    for company in &companies {
        closed(stage, company, stage.day.tomorrow()?).await?;
    }
    Ok(())
}

/// Hour and minute at which a company's day ends.
fn cut_off(company: &Company) -> (i64, i64) {
    match company.payee.clearing.cut_off {
        CutOff::At(time) => (i64::from(time.hour()), i64::from(time.minute())),
        CutOff::Midnight => (24, 0),
    }
}

/// Households that pay, with their balances before and the answers.
async fn pay(
    stage: &Stage,
    cast: &mut Cast,
    code: &str,
    count: usize,
) -> anyhow::Result<Vec<Paid>> {
    let mut page = stage.caller(PAGE)?;
    let mut paid = Vec::new();
    for household in cast.take(code, count)? {
        settle_in(&mut page, &household).await?;
        let before = balance(stage, &household).await?;
        let token = page.token(&household.partner, &household.house).await?;
        let order = payment(&token, &household.payer(), &key_of(&household));
        let answer = page.insist(&order).await?;
        stage.notebook.expect("paid", StatusCode::CREATED, answer.status);
        paid.push((household, before, answer.json()));
    }
    Ok(paid)
}

/// Waits until the gateway has closed a day by itself, and looks at what it came to.
async fn closed(stage: &Stage, company: &Company, date: Date) -> anyhow::Result<()> {
    let mut caller = stage.caller(&company.payee.code)?;
    let path = format!("/v1/days/{date}");
    let closing = async {
        loop {
            let day = caller.get(&path).await?;
            let body = day.json();
            if day.status.is_success() && !body["closed_at"].is_null() {
                return anyhow::Ok(body);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let day = tokio::time::timeout(PATIENCE, closing).await;
    let day = day.with_context(|| format!("{} of {date} is not closed", company.payee.code))??;
    let fen = |name: &str| day[name].as_i64().unwrap_or(0);
    let shares: i64 = day["shares"]
        .as_object()
        .map_or(0, |shares| shares.values().filter_map(Value::as_i64).sum());
    let divided = fen("settled_fen") + fen("fee_fen") + shares;
    stage.notebook.expect("a day is divided whole", fen("net_fen"), divided);
    stage.notebook.tell(format!(
        "{} closes {date}: {} payments, {} refunds, net {} fen = own {} + others {shares} + fee {}; settled on {}",
        company.payee.code,
        fen("payments"),
        fen("refunds"),
        fen("net_fen"),
        fen("settled_fen"),
        fen("fee_fen"),
        day["settlement_date"].as_str().unwrap_or("no day"),
    ));
    Ok(())
}
