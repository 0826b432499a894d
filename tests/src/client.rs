//! A signing client: requests as a partner's or a channel's program makes them.

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiaozi::edge::signature::{Origin, Signer, SigningKey};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// A client with a key.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    base: String,
    signer: Arc<Signer>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, byte for byte.
    pub body: Bytes,
    /// The headers.
    pub headers: HeaderMap,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("").to_owned()
    }
}

/// The connection broke: what happened to the request is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl Client {
    /// A client of a server with the private key in a file.
    pub fn new(base: &str, key_id: &str, private_key: &Path) -> Client {
        let pem = std::fs::read_to_string(private_key).expect("a key");
        let key = SigningKey::from_pem(&pem).expect("a private key");
        Client {
            http: Http::builder(TokioExecutor::new()).build_http(),
            base: base.to_owned(),
            signer: Arc::new(Signer::new(key_id, key)),
        }
    }

    /// A POST with a key of idempotency.
    ///
    /// # Errors
    /// When the connection breaks before the whole answer is here.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Answer, Broken> {
        let request = Request::post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.send(request, body.to_string().into()).await
    }

    /// A GET.
    ///
    /// # Errors
    /// When the connection breaks before the whole answer is here.
    pub async fn get(&self, path: &str) -> Result<Answer, Broken> {
        self.send(Request::get(format!("{}{path}", self.base)), Bytes::new()).await
    }

    async fn send(&self, request: http::request::Builder, body: Bytes) -> Result<Answer, Broken> {
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        let origin = Origin::parse(&self.base).expect("an origin");
        let now = jiaozi::clock::Clock::now(&jiaozi::clock::SystemClock).timestamp();
        self.signer.sign_request(&mut parts, &origin, &body, now, None).expect("signed");
        let request = Request::from_parts(parts, Full::new(body));
        let answer = self.http.request(request).await.map_err(|_| Broken)?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        Ok(Answer { status: parts.status.as_u16(), body, headers: parts.headers })
    }
}
