//! A company that publishes bills and a channel that pays them, as their programs do it over signed
//! HTTP.

use crate::client::{Answer, Broken, Client};
use crate::installation::{CHANNEL, COMPANY, Installation, PAYER, site};
use crate::server::Server;
use serde_json::{Value, json};

/// How many bills a request may publish.
const BILLS_AT_A_TIME: usize = 500;

/// Both parties' clients on one server.
#[derive(Clone, Debug)]
pub struct Parties {
    /// The company.
    pub company: Client,
    /// The bank's channel.
    pub channel: Client,
}

/// A payment that was sent.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Its idempotency key.
    pub key: String,
    /// What it said.
    pub body: Value,
    /// What came back.
    pub met: Result<Answer, Broken>,
}

impl Payment {
    /// Whether its caller was told that it is posted.
    pub fn is_acknowledged(&self) -> bool {
        self.met.as_ref().is_ok_and(|answer| answer.status == 201)
    }
}

/// The house of the `nth` bill that was published under a name.
pub fn house(name: &str, nth: usize) -> String {
    format!("{name}-{nth}")
}

impl Parties {
    /// The parties with the keys that the installation has made for them.
    pub fn of(installation: &Installation, server: &Server) -> Parties {
        let client = |key| Client::new(&server.base, key, &installation.private_key(key));
        Parties { company: client(COMPANY.1), channel: client(CHANNEL.1) }
    }

    /// The company publishes so many bills under a name, one a [`house`].
    pub async fn publish(&self, name: &str, bills: usize, amount_fen: i64) {
        let site = site();
        let bill = |nth: &usize| {
            let house = house(name, *nth);
            json!({
                "import_id": house, "site": site, "house": house, "item": "management",
                "period": "2026-11", "amount_fen": amount_fen, "due": "2027-12-31",
            })
        };
        let all: Vec<usize> = (0..bills).collect();
        for (part, key) in all.chunks(BILLS_AT_A_TIME).zip(0..) {
            let body = json!({ "bills": part.iter().map(bill).collect::<Vec<Value>>() });
            let answer = self.company.post("/v1/bills", &format!("{name}/{key}"), &body).await;
            let answer = answer.expect("answered");
            assert_eq!(answer.status, 200, "{:?}", answer.body);
        }
    }

    /// The channel asks what a house owes.
    ///
    /// # Errors
    /// When the connection breaks before the whole answer is here.
    pub async fn quote(&self, key: &str, house: &str) -> Result<Answer, Broken> {
        let wish = json!({"partner": COMPANY.0, "house": house});
        self.channel.post("/v1/quotes", key, &wish).await
    }

    /// The channel pays a quote for the payer.
    pub async fn pay(&self, key: &str, quote: &Answer) -> Payment {
        let body = json!({"quote": quote.json()["token"], "payer": PAYER});
        let met = self.channel.post("/v1/payments", key, &body).await;
        Payment { key: key.to_owned(), body, met }
    }

    /// Sends payments again under their own keys. What was acknowledged gets the same bytes again, and
    /// everything else is posted now.
    pub async fn repeat(&self, payments: &mut [Payment]) {
        for payment in payments {
            let Payment { key, body, .. } = &payment;
            let again = self.channel.post("/v1/payments", key, body).await.expect("answered");
            assert_eq!(again.status, 201, "{key}: {:?}", again.body);
            if payment.is_acknowledged() {
                let first = payment.met.as_ref().map(|answer| &answer.body);
                assert_eq!(first, Ok(&again.body), "{key}: another answer than the first time");
                assert!(again.headers.contains_key("idempotency-replayed"), "{key}");
            }
            payment.met = Ok(again);
        }
    }
}
