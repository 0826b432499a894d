//! Bills that are not the same any more when they are paid: changed, settled at the desk, withdrawn; and
//! quotes that have run out. Nobody pays an amount that no longer holds.

use std::sync::Arc;

use anyhow::Context as _;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::caller::{Caller, payment};
use super::super::payers::{key_of, settle_in};
use super::super::stage::{APP, PAGE, Stage};
use super::super::town::Household;
use crate::trial::client::Order;

/// What a company does to a bill between quote and payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It costs two yuan more.
    Repriced,
    /// It was paid at the company's desk.
    AtTheDesk,
    /// It is withdrawn.
    Withdrawn,
}

impl Change {
    fn action(self) -> &'static str {
        match self {
            Change::Repriced => "change",
            Change::AtTheDesk => "paid_at_desk",
            Change::Withdrawn => "withdraw",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Change::Repriced => "bill_repriced",
            Change::AtTheDesk => "bill_paid_at_desk",
            Change::Withdrawn => "bill_withdrawn",
        }
    }
}

/// Each gets a quote, the company changes one of the bills, and the payment is declined. Where something
/// is still due, a new quote is paid.
///
/// # Errors
/// When the gateway does not answer.
pub async fn play(
    stage: &Stage,
    change: Change,
    households: &[Arc<Household>],
) -> anyhow::Result<()> {
    let (mut channel, mut bank) = (stage.caller(APP)?, stage.caller(PAGE)?);
    let mut paid = 0;
    for household in households {
        settle_in(&mut bank, household).await?;
        let quote = channel.quote(&household.partner, &household.house).await?.json();
        let token = quote["token"].as_str().context("a quote")?;
        say(stage, household, change, &quote["lines"][0]).await?;
        let order = payment(token, &household.payer(), &key_of(household));
        let declined = channel.insist(&order).await?;
        let found = (declined.status.as_u16(), declined.code());
        stage.notebook.expect("what had changed", (409, change.code().to_owned()), found);
        stage.notebook.plant(
            "a bill changes between quote and payment",
            &household.partner,
            &household.house,
        );
        paid += u64::from(pay_what_is_left(&mut channel, household).await?);
    }
    let what = match change {
        Change::Repriced => "cost more since the quote",
        Change::AtTheDesk => "were paid at the desk meanwhile",
        Change::Withdrawn => "were withdrawn meanwhile",
    };
    stage.notebook.tell(format!(
        "{} bills {what}: declined by that name; {paid} payers pay what is due under a new quote",
        households.len(),
    ));
    Ok(())
}

/// The company says something about a bill, through the API.
async fn say(
    stage: &Stage,
    household: &Household,
    change: Change,
    line: &Value,
) -> anyhow::Result<()> {
    let import_id = line["import_id"].as_str().context("a line without its identifier")?;
    let mut company = stage.caller(&household.partner)?;
    let path = format!("/v1/bills/by-import-id/{}", encoded(import_id));
    let bill = company.get(&path).await?.json()["bill"].clone();
    let more = i64::from(change == Change::Repriced) * 200;
    let amount = bill["amount_fen"].as_i64().context("a bill without its amount")? + more;
    let body = json!({"bills": [{
        "import_id": import_id, "site": bill["site"], "house": bill["house"],
        "item": bill["item"], "period": bill["period"], "due": bill["due"],
        "amount_fen": amount, "action": change.action(),
    }]});
    let key = format!("{}-{}", change.action(), household.account);
    let said = company.insist(&Order::post("/v1/bills", &body).under(key)).await?;
    let result = said.json()["lines"][0]["result"].clone();
    stage.notebook.expect("what the company says is taken", false, result == "refused");
    Ok(())
}

/// Pays what a house still owes, if anything.
async fn pay_what_is_left(channel: &mut Caller, household: &Household) -> anyhow::Result<bool> {
    let quote = channel.quote(&household.partner, &household.house).await?;
    if quote.code() == "nothing_due" {
        return Ok(false);
    }
    let quote = quote.json();
    let token = quote["token"].as_str().context("a quote")?;
    let order = payment(token, &household.payer(), &format!("{}-new", key_of(household)));
    let paid = channel.insist(&order).await?;
    anyhow::ensure!(paid.status == StatusCode::CREATED, "not paid: {}", paid.code());
    Ok(true)
}

/// Quotes that nobody pays until they have run out.
///
/// # Errors
/// When the gateway does not answer.
pub async fn expired(stage: &Stage, households: &[Arc<Household>]) -> anyhow::Result<()> {
    let (mut channel, mut bank) = (stage.caller(PAGE)?, stage.caller(PAGE)?);
    let mut quoted = Vec::new();
    for household in households {
        settle_in(&mut bank, household).await?;
        quoted.push(channel.token(&household.partner, &household.house).await?);
    }
    let valid = households
        .first()
        .and_then(|household| stage.partners.company(&household.partner))
        .map_or(0, |company| i64::from(company.terms.payment.quote_valid_seconds));
    stage.move_to(stage.now().await?.plus_seconds(valid + 1)).await?;
    for (household, token) in households.iter().zip(quoted) {
        let late = channel.insist(&payment(&token, &household.payer(), &key_of(household))).await?;
        let found = (late.status.as_u16(), late.code());
        stage.notebook.expect("a quote of before", (409, "quote_expired".to_owned()), found);
        pay_what_is_left(&mut channel, household).await?;
    }
    stage.notebook.tell(format!(
        "{} quotes run out after {valid} seconds: declined, quoted anew, paid",
        households.len(),
    ));
    Ok(())
}

/// An identifier as a part of a path.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
