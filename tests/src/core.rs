//! The bank's core as a peer on the network, in front of the four billers.

use jiaozi::trial::billers::order::Standing;
use jiaozi::trial::billers::peer::Biller;
use serde_json::{Value, json};

use crate::billers::{Payers, Utilities};
use crate::client::Answer;

/// The core's code.
pub const CORE: &str = "minrong-core";
/// A customer's number there.
pub const NUMBER: &str = "622202000001";
/// What the customer has there at first, in fen.
pub const BALANCE: i64 = 10_000_000;

impl Utilities {
    /// The core.
    pub fn the_core(&self) -> &Biller {
        self.core.as_ref().expect("a core is in force")
    }

    /// What the customer has with the core less than at first, in fen.
    pub fn debited(&self) -> i64 {
        BALANCE - self.the_core().office().balance(NUMBER).expect("an account")
    }

    /// What truly happened at the core for a payment.
    pub fn truth_at_core(&self, payment: &Value) -> Option<Standing> {
        let reference = payment["core"]["reference"].as_str().expect("a reference there");
        self.the_core().office().truth().get(reference).map(|truth| truth.standing)
    }
}

impl Payers {
    /// Pays a quote from an account with the core, under a key.
    pub async fn draw(&self, key: &str, quote: &Answer) -> Answer {
        self.draw_from(key, quote, NUMBER).await
    }

    /// The same from the account of a number.
    pub async fn draw_from(&self, key: &str, quote: &Answer, number: &str) -> Answer {
        assert_eq!(quote.status, 200, "{:?}", quote.body);
        let payer = format!("customer:{number}");
        let body = json!({"quote": quote.json()["token"], "payer": payer});
        self.client.post("/v1/payments", key, &body).await.expect("answered")
    }

    /// Reads a payment until its draw stands like this.
    pub async fn until_drawn(&self, payment: &Value, state: &str) -> Value {
        self.until_so(payment, |read| read["core"]["state"] == state).await
    }
}
