//! The bank's core as a peer on the network, in front of the four billers.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiaozi::trial::billers::office::Office;
use jiaozi::trial::billers::order::Standing;
use jiaozi::trial::billers::peer::Biller;
use jiaozi::trial::core_files::CoreByFiles;
use serde_json::{Value, json};

use crate::billers::{Payers, Utilities};
use crate::client::Answer;
use crate::server::Server;

/// The core's code.
pub const CORE: &str = "minrong-core";
/// The code of the core that is told by files.
pub const CORE_BY_FILES: &str = "minrong-core-files";
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
        BALANCE - self.office_of_core().balance(NUMBER).expect("an account")
    }

    /// The core that is told by files.
    pub fn the_core_by_files(&self) -> &CoreByFiles {
        self.core_by_files.as_ref().expect("a core by files is in force")
    }

    fn office_of_core(&self) -> &Office {
        match &self.core_by_files {
            Some(core) => core.office(),
            None => self.the_core().office(),
        }
    }

    /// What truly happened at the core for a payment.
    pub fn truth_at_core(&self, payment: &Value) -> Option<Standing> {
        let reference = payment["core"]["reference"].as_str().expect("a reference there");
        self.office_of_core().truth().get(reference).map(|truth| truth.standing)
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

/// A payer at the pages, without scripts, logged in with the account with the core.
#[derive(Debug)]
pub struct AtPages {
    http: Http<HttpConnector, Full<Bytes>>,
    base: String,
    cookie: String,
}

impl AtPages {
    /// Logs in, in a language.
    pub async fn log_in(server: &Server, language: &str) -> AtPages {
        let http = Http::builder(TokioExecutor::new()).build_http();
        let cookie = format!("jiaozi_language={language}");
        let mut payer = AtPages { http, base: server.base.clone(), cookie };
        let (_, cookie) = payer.post("/pay/login", &format!("core_account={NUMBER}")).await;
        payer.cookie = format!("{}; {}", payer.cookie, cookie.expect("a session"));
        payer
    }

    /// A page.
    pub async fn get(&self, path: &str) -> String {
        let request = Request::get(format!("{}{path}", self.base));
        let request = request.header(header::COOKIE, &self.cookie).body(Full::default());
        let answer = self.http.request(request.expect("a request")).await.expect("answered");
        let body = answer.into_body().collect().await.expect("whole").to_bytes();
        String::from_utf8(body.to_vec()).expect("text")
    }

    /// Sends a form: where it leads, and the cookie that it sets.
    pub async fn post(&self, path: &str, form: &str) -> (String, Option<String>) {
        let request = Request::post(format!("{}{path}", self.base))
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(form.to_owned()));
        let answer = self.http.request(request.expect("a request")).await.expect("answered");
        let text = |name| answer.headers().get(name)?.to_str().ok();
        let cookie = text(header::SET_COOKIE).and_then(|cookie| cookie.split(';').next());
        let leads_to = text(header::LOCATION).unwrap_or_default().to_owned();
        (leads_to, cookie.map(str::to_owned))
    }

    /// Pays what a customer of a biller owes; where the receipt is.
    pub async fn pay(&self, biller: &str, customer: &str) -> String {
        let key = uuid::Uuid::new_v4();
        let due =
            self.get(&format!("/pay/billers/{biller}/due?customer={customer}&key={key}")).await;
        let (_, rest) = due.split_once("name=\"quote\" value=\"").expect("a quote");
        let (token, _) = rest.split_once('"').expect("its end");
        let form = format!("quote={token}&customer={customer}&key={key}");
        let (receipt, _) = self.post(&format!("/pay/billers/{biller}/pay"), &form).await;
        assert!(receipt.starts_with("/pay/receipt/"), "{receipt}");
        receipt
    }

    /// Reads a page until it says something.
    pub async fn until(&self, path: &str, says: &str) {
        let mut last = String::new();
        let waited = tokio::time::timeout(Duration::from_secs(60), async {
            while !last.contains(says) {
                tokio::time::sleep(Duration::from_millis(20)).await;
                last = self.get(path).await;
            }
        });
        assert!(waited.await.is_ok(), "no {says:?} in {last}");
    }
}
