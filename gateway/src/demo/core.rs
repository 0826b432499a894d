//! The bank's core: people whose deposits are there pay their water from it. It answers wrongly or not at
//! all, some have not enough money there, and in the end everybody has paid once or not at all.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::StatusCode;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::billers::Billers;
use super::caller::{Caller, payment};
use super::stage::{PAGE, Stage};
use crate::notices::sign::new_secret;
use crate::trial::billers::faults::Fault;
use crate::trial::billers::order::{Standing, Verb};
use crate::trial::billers::peer::Biller;
use crate::trial::core::MinrongCore;

/// The core's code.
pub const CORE: &str = "minrong-core";

/// The biller that is paid from it.
const WATER: &str = "rongjiang-water";

/// Its customers who pay from the core: others than those who pay from deposits.
const CUSTOMERS: std::ops::RangeInclusive<usize> = 61..=76;
/// Who has not enough money there, and whose account is frozen.
const POOR: usize = 71;
const FROZEN: usize = 72;

/// What everybody else has there, in fen.
const BALANCE: i64 = 100_000;

const STEP: Duration = Duration::from_millis(1_500);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const STEPS_MINUTES: [i64; 5] = [1, 1, 2, 5, 5];

/// The core.
#[derive(Debug)]
pub struct Core {
    peer: Biller,
    /// The secret with which messages are signed.
    pub secret: String,
}

impl Core {
    /// Starts the core.
    ///
    /// # Errors
    /// When there is no port or there are no random bytes.
    pub async fn open() -> anyhow::Result<Core> {
        let secret = new_secret().map_err(|_| anyhow::anyhow!("no random bytes"))?;
        let now = DateTime::constant(2026, 1, 1, 0, 0, 0, 0);
        let core = MinrongCore { key: secret.clone().into_bytes() };
        Ok(Core { peer: Biller::start(core, now, None).await?, secret })
    }

    /// Where it is, as the configuration names it.
    #[must_use]
    pub fn address(&self) -> String {
        self.peer.address()
    }

    /// People pay from it, and much goes wrong.
    ///
    /// # Errors
    /// When the gateway does not answer as it should.
    pub async fn play(&self, stage: &Arc<Stage>, billers: &mut Billers) -> anyhow::Result<()> {
        self.set_time(stage).await?;
        self.peer.faults().rule(|order, came| {
            let number = order.customer.as_deref().unwrap_or_default();
            (order.verb == Verb::Pay && came == 0).then(|| fault_of(number)).flatten()
        });
        let mut page = stage.caller(PAGE)?;
        let mut orders = Vec::new();
        for nth in CUSTOMERS {
            let number = format!("6222020000{nth}");
            let balance = if nth == POOR { 1 } else { BALANCE };
            self.peer.office().open_account(&number, balance);
            if nth == FROZEN {
                self.peer.office().freeze(&number);
            }
            if let Some(fault) = fault_of(&number) {
                let what = format!("{number}: {fault:?}");
                stage.notebook.plant("the core's answer goes wrong", CORE, what);
            }
            let customer = billers.owe(WATER, nth);
            orders.push(pays(stage, &mut page, &customer, &number).await?);
        }
        stage.notebook.tell(format!(
            "{} customers pay water from accounts with the core, which is asked for the money first",
            orders.len()
        ));
        let ended = self.until_ended(stage, billers, &orders).await?;
        self.compare(stage, billers, &ended);
        Ok(())
    }

    async fn set_time(&self, stage: &Stage) -> anyhow::Result<()> {
        self.peer.office().set_time(stage.civil(stage.now().await?));
        Ok(())
    }

    /// Lets time pass until every payment is at an end; the payments.
    async fn until_ended(
        &self,
        stage: &Stage,
        billers: &Billers,
        orders: &[String],
    ) -> anyhow::Result<Vec<Value>> {
        let mut page = stage.caller(PAGE)?;
        let mut read = Vec::new();
        for minutes in STEPS_MINUTES {
            let waiting = std::time::Instant::now();
            while waiting.elapsed() < STEP {
                read.clear();
                for order in orders {
                    read.push(page.get(&format!("/v1/payments/{order}")).await?.json());
                }
                if read.iter().all(has_ended) {
                    return Ok(read);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
            stage.move_to(stage.now().await?.plus_seconds(minutes * 60)).await?;
            self.set_time(stage).await?;
            billers.set_time(stage).await?;
        }
        let open = read.iter().filter(|payment| !has_ended(payment)).count();
        stage.notebook.expect("payments from the core that are not at an end", 0, open);
        Ok(read)
    }

    /// What truly happened at the core against what its payers were told.
    fn compare(&self, stage: &Stage, billers: &mut Billers, payments: &[Value]) {
        let truth = self.peer.office().truth();
        let mut paid = 0;
        for payment in payments {
            let reference = payment["core"]["reference"].as_str().unwrap_or_default();
            let standing = truth.get(reference).map(|truth| truth.standing);
            let is_paid = payment["state"] == "paid";
            let what = format!("{reference} of the core: {standing:?} there, paid here");
            stage.notebook.expect(what, standing == Some(Standing::Booked), is_paid);
            if is_paid {
                paid += 1;
                billers.also_paid(WATER, payment);
            }
        }
        let taken = |nth: usize| self.peer.office().balance(&format!("6222020000{nth}"));
        stage.notebook.expect("what the poor have at the core", Some(1), taken(POOR));
        stage.notebook.expect("what the frozen have at the core", Some(BALANCE), taken(FROZEN));
        stage.notebook.tell(format!(
            "{paid} of them are paid once; of the others the core has taken nothing, or has given it back"
        ));
    }
}

/// Whether nothing more is waited for, at the biller and at the core.
fn has_ended(payment: &Value) -> bool {
    let is = |value: &Value, ends: &[&str]| ends.iter().any(|end| value == *end);
    is(&payment["state"], &["paid", "refused", "reversed"])
        && is(&payment["core"]["state"], &["spent", "returned", "refused"])
}

/// What goes wrong with the core's answer to a debit.
fn fault_of(number: &str) -> Option<Fault> {
    match number.get(10..)? {
        "63" => Some(Fault::NeverAnswers),
        "65" => Some(Fault::NeverArrives),
        "67" => Some(Fault::Garbage),
        "69" => Some(Fault::WrongSignature),
        _ => None,
    }
}

/// Somebody asks what is due, and pays it from an account with the core.
async fn pays(
    stage: &Stage,
    page: &mut Caller,
    customer: &str,
    number: &str,
) -> anyhow::Result<String> {
    let path = format!("/v1/billers/{WATER}/quotes");
    let quote = page.post(&path, &json!({"customer": customer})).await?;
    let token = quote.json()["token"].as_str().map(str::to_owned);
    let token = token.with_context(|| format!("no quote for {customer}: {}", quote.code()))?;
    let order = payment(&token, &format!("customer:{number}"), &format!("draw-{number}"));
    let accepted = page.insist(&order).await?;
    stage.notebook.expect("the core is asked", StatusCode::ACCEPTED, accepted.status);
    let order = accepted.json()["order"].as_str().map(str::to_owned);
    order.with_context(|| format!("no order of {number}: {}", accepted.code()))
}
