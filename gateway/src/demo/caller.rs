//! Someone at the gateway's door: a key, a connection, and what is said most often.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiaozi_ledger::time::Clock as _;
use serde_json::{Value, json};

use crate::clock::SystemClock;
use crate::trial::client::{Answer, Line, Order, OwnKey};

/// How often something is said again when the line breaks or the gateway is busy.
const ATTEMPTS: usize = 100;

/// The pause before it is said again.
const PAUSE: Duration = Duration::from_millis(100);

/// Someone with a key and a connection.
#[derive(Debug)]
pub struct Caller {
    line: Line,
    key: Arc<OwnKey>,
}

impl Caller {
    /// Someone with a key.
    #[must_use]
    pub fn new(server: SocketAddr, key: Arc<OwnKey>) -> Caller {
        Caller { line: Line::to(server), key }
    }

    /// Says something once.
    ///
    /// # Errors
    /// When the line breaks.
    pub async fn say(&mut self, order: &Order) -> anyhow::Result<Answer> {
        let request = order.signed(&self.key, self.line.server(), SystemClock.now())?;
        self.line.send(request).await
    }

    /// Says something until there is an answer: the same under the same key, signed anew each time.
    ///
    /// # Errors
    /// When there is none after many attempts.
    pub async fn insist(&mut self, order: &Order) -> anyhow::Result<Answer> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.say(order).await {
                Ok(answer) if !is_busy(&answer) => return Ok(answer),
                Ok(answer) => last = Some(anyhow::anyhow!("{}: {}", answer.status, answer.code())),
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("nothing was said")))
            .with_context(|| format!("{} {}", order.method, order.path))
    }

    /// Says something and hangs up after a while, without having listened.
    ///
    /// # Errors
    /// When there is no line.
    pub async fn say_and_hang_up(&self, order: &Order, after: Duration) -> anyhow::Result<()> {
        let request = order.signed(&self.key, self.line.server(), SystemClock.now())?;
        self.line.send_and_hang_up(request, after).await
    }

    /// Reads something.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.insist(&Order::get(path)).await
    }

    /// Says something that moves no money.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.insist(&Order::post(path, body)).await
    }

    /// Asks what all that a house owes would cost now.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn quote(&mut self, partner: &str, house: &str) -> anyhow::Result<Answer> {
        self.post("/v1/quotes", &json!({"partner": partner, "house": house})).await
    }

    /// The token of a quote for all that a house owes.
    ///
    /// # Errors
    /// When there is none.
    pub async fn token(&mut self, partner: &str, house: &str) -> anyhow::Result<String> {
        let answer = self.quote(partner, house).await?;
        let token = answer.json()["token"].as_str().map(str::to_owned);
        token.with_context(|| format!("no quote for {house}: {} {}", answer.status, answer.code()))
    }
}

/// The order to pay a quote.
#[must_use]
pub fn payment(token: &str, payer: &str, key: &str) -> Order {
    Order::post("/v1/payments", &json!({"quote": token, "payer": payer})).under(key)
}

/// Whether the gateway could not do it just now.
fn is_busy(answer: &Answer) -> bool {
    answer.status.is_server_error() || answer.code() == "idempotency_in_progress"
}
