//! Water, power, gas and tuition: four billers on the network, whom the gateway calls while people wait.
//! They answer late, wrongly or not at all, and one of them is down past its cut-off. In the end every
//! payment stands as it truly does at the biller, and its payer was told the truth all along.

mod files;
mod plan;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::StatusCode;
use jiff::civil::DateTime;
use serde_json::{Value, json};

pub use self::files::Difference;
use self::plan::Plan;
use super::caller::{Caller, payment};
use super::payers::fund;
use super::stage::{PAGE, Stage};
use crate::notices::sign::new_secret;
use crate::trial::billers::faults::Fault;
use crate::trial::billers::huaran_gas::HuaranGas;
use crate::trial::billers::minbei_power::MinbeiPower;
use crate::trial::billers::nanhu_college::NanhuCollege;
use crate::trial::billers::office::{Bill, Customer};
use crate::trial::billers::order::{Standing, Verb};
use crate::trial::billers::peer::Biller;
use crate::trial::billers::rongjiang_water::RongjiangWater;
use crate::trial::client::Order;

/// The billers that have a part, with the form of their customer numbers.
const BILLERS: [(&str, usize); 4] =
    [("huaran-gas", 8), ("minbei-power", 12), ("nanhu-college", 10), ("rongjiang-water", 10)];

/// The biller that goes down in the afternoon and comes back the next morning.
const DOWN: &str = "nanhu-college";

/// The biller that can undo nothing: of what never arrived there, only its files tell.
const NEVER_UNDOES: &str = "huaran-gas";

/// Customers of each biller who pay in the morning.
const CUSTOMERS: usize = 48;
/// Customers of the biller that goes down who are left in the dark: as many silences as its breaker hears
/// before it lets nothing more through, so that each of these payments surely arrives there first.
const IN_THE_DARK: usize = 3;

/// How long outcomes may take to be known after time has moved, by the clock on the wall.
const STEP: Duration = Duration::from_millis(1_500);
/// How long messages may be on their way.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Steps of simulated time in which unknown outcomes are asked for, in minutes.
const STEPS_MINUTES: [i64; 8] = [1, 1, 2, 5, 5, 10, 20, 40];

/// The billers, and who has paid them.
#[derive(Debug)]
pub struct Billers {
    biller: BTreeMap<&'static str, Biller>,
    /// The secrets with which messages are signed, by biller.
    pub secrets: BTreeMap<&'static str, String>,
    /// The differences that the gateway named when it had read the files, wrong ones among them.
    pub named: Vec<Difference>,
    /// What was unexplained then, in fen.
    pub unexplained_fen: i64,
    plan: Plan,
    paid: Vec<Paid>,
}

/// A payment that was accepted.
#[derive(Debug)]
struct Paid {
    biller: &'static str,
    order: String,
    /// Our reference there.
    reference: String,
    amount_fen: i64,
    /// Whether an answer went wrong on purpose.
    faulty: bool,
    /// Whether only the files of the days can tell what became of it.
    dark: bool,
}

impl Billers {
    /// Starts the billers, with what will go wrong at them by a seed.
    ///
    /// # Errors
    /// When there are no ports or no random bytes.
    pub async fn open(seed: u64) -> anyhow::Result<Billers> {
        let mut secrets = BTreeMap::new();
        for (code, _) in BILLERS {
            let secret = new_secret().map_err(|_| anyhow::anyhow!("no random bytes"))?;
            secrets.insert(code, secret);
        }
        let key = |code: &str| secrets[code].clone().into_bytes();
        let now = DateTime::constant(2026, 1, 1, 0, 0, 0, 0);
        let biller = BTreeMap::from([
            ("huaran-gas", Biller::start(HuaranGas { key: key("huaran-gas") }, now, None).await?),
            (
                "minbei-power",
                Biller::start(MinbeiPower { key: key("minbei-power") }, now, None).await?,
            ),
            (DOWN, Biller::start(NanhuCollege { key: key(DOWN) }, now, None).await?),
            ("rongjiang-water", Biller::start(RongjiangWater, now, None).await?),
        ]);
        Ok(Billers {
            biller,
            secrets,
            named: Vec::new(),
            unexplained_fen: 0,
            plan: Plan::of(seed),
            paid: Vec::new(),
        })
    }

    /// Where they are, as the configuration names them.
    #[must_use]
    pub fn addresses(&self) -> BTreeMap<&'static str, String> {
        self.biller.iter().map(|(code, biller)| (*code, biller.address())).collect()
    }

    /// In the morning people pay them, and much goes wrong.
    ///
    /// # Errors
    /// When the gateway does not answer as it should.
    pub async fn morning(&mut self, stage: &Arc<Stage>) -> anyhow::Result<()> {
        self.set_time(stage).await?;
        for (code, digits) in BILLERS {
            let answers = self.plan.answers(code);
            self.biller[code].faults().rule(move |order, came| {
                let customer = order.customer.as_deref().unwrap_or_default();
                let fault = answers.get(&nth_of(customer)).cloned();
                fault.filter(|_| order.verb == Verb::Pay && came == 0)
            });
            let customers: Vec<usize> = (1..=CUSTOMERS).collect();
            self.pay(stage, code, digits, &customers).await?;
        }
        let faulty = self.paid.iter().filter(|paid| paid.faulty).count();
        stage.notebook.tell(format!(
            "{} customers of four billers pay; {faulty} of the billers' answers are late, broken, forged or never come",
            self.paid.len(),
        ));
        self.until_known(stage, true).await
    }

    /// In the afternoon one of them books, tells nobody, and is gone.
    ///
    /// # Errors
    /// When the gateway does not answer as it should.
    pub async fn afternoon(&mut self, stage: &Arc<Stage>) -> anyhow::Result<()> {
        self.set_time(stage).await?;
        let biller = &self.biller[DOWN];
        biller.faults().rule(|order, _| (order.verb == Verb::Pay).then_some(Fault::NeverAnswers));
        let customers: Vec<usize> = (CUSTOMERS + 1..=CUSTOMERS + IN_THE_DARK).collect();
        let digits =
            BILLERS.iter().find(|(code, _)| *code == DOWN).map_or(0, |(_, digits)| *digits);
        let paid = |(verb, _): &&(Verb, String)| *verb == Verb::Pay;
        let before = biller.faults().seen().iter().filter(paid).count();
        self.pay(stage, DOWN, digits, &customers).await?;
        let biller = &self.biller[DOWN];
        // It has booked what it was told before it goes down.
        let booked = async {
            while biller.faults().seen().iter().filter(paid).count() < before + IN_THE_DARK {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(PATIENCE, booked).await.context("not all payments arrive")?;
        biller.down().await;
        stage.notebook.plant(
            "the biller goes down with payments under way",
            DOWN,
            "past its cut-off",
        );
        let mut page = stage.caller(PAGE)?;
        let path = format!("/v1/billers/{DOWN}/quotes");
        let refused =
            page.say(&Order::post(&path, &json!({"customer": number(1, digits)}))).await?;
        let (status, code) = (refused.status, refused.code());
        stage.notebook.expect("a biller that is down", StatusCode::SERVICE_UNAVAILABLE, status);
        stage.notebook.expect("what its payers are told", "biller_unavailable", code.as_str());
        stage.notebook.tell(format!(
            "{DOWN} goes down: {IN_THE_DARK} payers are told that it is being checked, everyone else that it does not answer"
        ));
        Ok(())
    }

    /// The next morning it is back, and what was in the dark is known.
    ///
    /// # Errors
    /// When the gateway does not answer, or a payment is still not known.
    pub async fn next_day(&mut self, stage: &Arc<Stage>) -> anyhow::Result<()> {
        stage.move_to(stage.at(1, 9, 0)).await?;
        self.set_time(stage).await?;
        let biller = &self.biller[DOWN];
        biller.faults().clear();
        biller.up().await?;
        self.until_known(stage, false).await?;
        let (named, unexplained_fen) = files::play(self, stage).await?;
        (self.named, self.unexplained_fen) = (named, unexplained_fen);
        self.compare(stage).await
    }

    /// A customer of a biller owes something: the customer's number.
    pub(super) fn owe(&self, code: &'static str, nth: usize) -> String {
        let digits = BILLERS.iter().find(|(one, _)| *one == code).map_or(0, |(_, digits)| *digits);
        let customer = number(nth, digits);
        owes(&self.biller[code], &customer, nth);
        customer
    }

    /// A payment that came to a biller otherwise than from a deposit: it is compared like the others.
    pub(super) fn also_paid(&mut self, biller: &'static str, payment: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (order, reference) = (text(&payment["order"]), text(&payment["biller"]["reference"]));
        let amount_fen = payment["amount_fen"].as_i64().unwrap_or(0);
        self.paid.push(Paid { biller, order, reference, amount_fen, faulty: false, dark: false });
    }

    /// The billers' clocks show what the town's do.
    pub(super) async fn set_time(&self, stage: &Stage) -> anyhow::Result<()> {
        let now = stage.civil(stage.now().await?);
        for biller in self.biller.values() {
            biller.office().set_time(now);
        }
        Ok(())
    }

    async fn pay(
        &mut self,
        stage: &Arc<Stage>,
        code: &'static str,
        digits: usize,
        customers: &[usize],
    ) -> anyhow::Result<()> {
        let mut paying = tokio::task::JoinSet::new();
        for nth in customers {
            let customer = number(*nth, digits);
            owes(&self.biller[code], &customer, *nth);
            let fault = self.plan.answer(code, *nth).cloned();
            if let Some(fault) = &fault {
                let what = format!("{customer}: {fault:?}");
                stage.notebook.plant("a biller's answer goes wrong", code, what);
            }
            let mut page = stage.caller(PAGE)?;
            let stage = Arc::clone(stage);
            let dark = code == NEVER_UNDOES && matches!(fault, Some(Fault::NeverArrives));
            let faulty = fault.is_some();
            paying.spawn(async move {
                let accepted = pays(&stage, &mut page, code, &customer).await?;
                let (order, reference) = (&accepted["order"], &accepted["biller"]["reference"]);
                anyhow::Ok(Paid {
                    biller: code,
                    order: order.as_str().context("an order")?.to_owned(),
                    reference: reference.as_str().context("a reference")?.to_owned(),
                    amount_fen: accepted["amount_fen"].as_i64().context("an amount")?,
                    faulty,
                    dark,
                })
            });
        }
        while let Some(paid) = paying.join_next().await {
            self.paid.push(paid??);
        }
        Ok(())
    }

    /// Lets time pass until every outcome is known.
    async fn until_known(&self, stage: &Stage, moves: bool) -> anyhow::Result<()> {
        let mut open: Vec<&Paid> = self.paid.iter().filter(|paid| !paid.dark).collect();
        for minutes in STEPS_MINUTES {
            let waiting = std::time::Instant::now();
            loop {
                open = not_known(stage, open).await?;
                if open.is_empty() || waiting.elapsed() > STEP {
                    break;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
            if open.is_empty() {
                break;
            }
            stage.move_to(stage.now().await?.plus_seconds(minutes * 60)).await?;
            if moves {
                self.set_time(stage).await?;
            }
        }
        stage.notebook.expect("payments whose outcome is still not known", 0, open.len());
        Ok(())
    }

    /// What truly happened at the billers against what their payers were told.
    async fn compare(&self, stage: &Stage) -> anyhow::Result<()> {
        let mut page = stage.caller(PAGE)?;
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for paid in &self.paid {
            let told = read(&mut page, &paid.order).await?;
            let state = told["state"].as_str().unwrap_or_default().to_owned();
            let reference = told["biller"]["reference"].as_str().context("a reference")?;
            let truth = self.biller[paid.biller].office().truth();
            let standing = truth.get(reference).map(|truth| truth.standing);
            let booked = standing == Some(Standing::Booked);
            let what = format!("{} of {}: {standing:?} there, paid here", reference, paid.biller);
            stage.notebook.expect(what, booked, state == "paid");
            *counts.entry(state).or_default() += 1;
        }
        let of = |state: &str| counts.get(state).copied().unwrap_or(0);
        stage.notebook.tell(format!(
            "all {} payments stand as they do at the billers: {} paid, {} taken back, {} refused",
            self.paid.len(),
            of("paid"),
            of("reversed"),
            of("refused"),
        ));
        Ok(())
    }
}

/// Which of a biller's customers a number is, as [`number`] has made it.
fn nth_of(number: &str) -> usize {
    number.parse().map_or(0, |number: usize| number % 10_000)
}

fn number(nth: usize, digits: usize) -> String {
    format!("{:0>digits$}", format!("26{nth:04}"))
}

fn owes(biller: &Biller, customer: &str, nth: usize) {
    let known = Customer {
        number: customer.to_owned(),
        name: "林小榕".to_owned(),
        repeats: format!("C-{nth:04}"),
    };
    let amount_fen = 8_000 + i64::try_from(nth).unwrap_or(0) * 37;
    let bill = Bill {
        id: format!("B-{nth:04}"),
        fee: "本期费用".to_owned(),
        period: "202611".to_owned(),
        amount_fen,
        late_fee_fen: 0,
    };
    biller.office().bill(known, vec![bill]);
}

/// A customer gets an account, asks what is due, and pays it.
async fn pays(
    stage: &Stage,
    page: &mut Caller,
    code: &str,
    customer: &str,
) -> anyhow::Result<Value> {
    let account = format!("{code}-{customer}");
    let open =
        Order::post("/v1/accounts", &json!({"number": account})).under(format!("open-{account}"));
    let opened = page.insist(&open).await?;
    anyhow::ensure!(opened.status.is_success(), "no account {account}: {}", opened.code());
    fund(page, &account, 100_000, "first").await?;
    let path = format!("/v1/billers/{code}/quotes");
    let quote = page.post(&path, &json!({"customer": customer})).await?;
    let token = quote.json()["token"].as_str().map(str::to_owned);
    let token =
        token.with_context(|| format!("no quote for {customer} of {code}: {}", quote.code()))?;
    let order = payment(&token, &format!("deposit:{account}"), &format!("pay-{account}"));
    let accepted = page.insist(&order).await?;
    stage.notebook.expect("accepted", StatusCode::ACCEPTED, accepted.status);
    Ok(accepted.json())
}

/// Those whose outcome is not known.
async fn not_known<'a>(stage: &Stage, paid: Vec<&'a Paid>) -> anyhow::Result<Vec<&'a Paid>> {
    let mut page = stage.caller(PAGE)?;
    let mut open = Vec::new();
    for paid in paid {
        let state = read(&mut page, &paid.order).await?["state"].clone();
        if !["paid", "refused", "reversed"].iter().any(|ended| state == *ended) {
            open.push(paid);
        }
    }
    Ok(open)
}

async fn read(page: &mut Caller, order: &str) -> anyhow::Result<Value> {
    Ok(page.get(&format!("/v1/payments/{order}")).await?.json())
}
