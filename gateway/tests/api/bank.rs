//! A bank on port 0 with a database of its own, and clients that sign like partners do.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiaozi::api::{Api, Settings};
use jiaozi::clock::{Clock as _, ManualClock};
use jiaozi::config::{Config, Secret, SecretKeys, Sources};
use jiaozi::edge::accept;
use jiaozi::edge::body::BodyLimits;
use jiaozi::edge::signature::{Origin, Policy, Signer, SigningKey};
use jiaozi::edge::stack::{RequestLimits, stack};
use jiaozi::gateway::{Gateway, Parts};
use jiaozi::keys::KeyKind;
use jiaozi::telemetry::Metrics;
use jiaozi::utility::billers::Billers;
use jiaozi_ledger::store::OpenOptions;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(60);

/// What Ed25519 public keys have in front of them as PEM `PUBLIC KEY`.
const ED25519_SPKI: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The senders that the shipped specifications know, with their keys.
const KEYS: [(&str, &str); 6] = [
    ("yunhe", "yunhe-2026-1"),
    ("jinding", "jinding-a"),
    ("huating", "huating-1"),
    ("sandbox-bank", "sandbox-bank-1"),
    ("mobile-bank", "mobile-bank-1"),
    ("minbei-power", "minbei-power-1"),
];

/// A running gateway.
pub struct Bank {
    pub gateway: Gateway,
    pub clock: Arc<ManualClock>,
    address: SocketAddr,
    /// The routes without a socket.
    pub router: axum::Router,
    signers: HashMap<&'static str, Arc<Signer>>,
    client: Client<HttpConnector, Full<Bytes>>,
    counter: AtomicU64,
    _folder: tempfile::TempDir,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON: {self:?}"))
    }

    /// The status and the problem's code.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16());
        (self.status.as_u16(), json["code"].as_str().unwrap().to_owned())
    }

    /// The body of an answer that must be a success.
    pub fn ok(&self) -> Value {
        assert!(
            self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self.json()
    }
}

/// A request before it is signed.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub key: Option<String>,
    pub body: Bytes,
    pub nonce: Option<String>,
    pub signed_ago_seconds: i64,
}

impl Ask {
    pub fn get(path: impl Into<String>) -> Ask {
        Ask {
            method: Method::GET,
            path: path.into(),
            key: None,
            body: Bytes::new(),
            nonce: None,
            signed_ago_seconds: 0,
        }
    }

    pub fn post(path: impl Into<String>, key: &str, body: &Value) -> Ask {
        let body = Bytes::from(body.to_string());
        Ask { method: Method::POST, key: Some(key.to_owned()), body, ..Ask::get(path) }
    }
}

impl Bank {
    /// A sandbox at noon of a Sunday in Shanghai.
    pub async fn open() -> Bank {
        Bank::open_as(true, None).await
    }

    pub async fn open_as(sandbox: bool, answers: Option<Signer>) -> Bank {
        let specs = concat!(env!("CARGO_MANIFEST_DIR"), "/../partner-specs");
        Bank::open_with(Path::new(specs), sandbox, answers).await
    }

    /// A bank with other specifications than the shipped ones.
    pub async fn open_with(partner_specs: &Path, sandbox: bool, answers: Option<Signer>) -> Bank {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-11-22T04:00:00Z".parse().unwrap()));
        let database = format!("sqlite:{}", folder.path().join("books.db").display());
        let parts = Parts {
            core: None,
            database: &database,
            partner_specs,
            secrets: SecretKeys {
                personal_data_key: Secret::new([1; 32]),
                quote_key: Secret::new([2; 32]),
            },
            clock: clock.clone(),
            options: OpenOptions { create_sandbox: sandbox, ..OpenOptions::default() },
        };
        let gateway = Gateway::open(parts).await.unwrap();
        let mut signers = HashMap::new();
        for ((partner, id), seed) in KEYS.into_iter().zip(1_u8..) {
            let key = SigningKey::ed25519_from_seed(&[seed; 32]).unwrap();
            let pem = public_pem(&[seed; 32]);
            let now = clock.now();
            gateway.keys.add(id, partner, KeyKind::Ed25519, &pem, now).await.unwrap();
            signers.insert(partner, Arc::new(Signer::new(id, key)));
        }
        let bodies = BodyLimits { bytes_max: 1 << 20, time_max: PATIENCE };
        let settings = Settings {
            policy: Policy::default(),
            public_origin: None,
            signer: answers,
            bodies,
            files: bodies,
        };
        let config = Config::load(&Sources::default()).unwrap();
        let meter = Metrics::new("test").unwrap().meter();
        let billers = Billers::open(&gateway, &config.outbound, &meter).unwrap();
        let api = Api::new(gateway.clone(), billers, settings);
        let router = api.clone().router();
        let address = serve(api, clock.clone()).await;
        Bank {
            gateway,
            clock,
            address,
            router,
            signers,
            client: Client::builder(TokioExecutor::new()).build_http(),
            counter: AtomicU64::new(0),
            _folder: folder,
        }
    }

    pub fn origin(&self) -> Origin {
        Origin::parse(&format!("http://{}", self.address)).unwrap()
    }

    /// Signs a request as a partner does.
    pub fn signed(&self, sender: &str, ask: &Ask) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(format!("http://{}{}", self.address, ask.path))
            .header("host", self.address.to_string());
        if !ask.body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        if let Some(key) = &ask.key {
            request = request.header("idempotency-key", key);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let now = self.clock.now().plus_seconds(-ask.signed_ago_seconds).timestamp();
        let signer = &self.signers[sender];
        let nonce = ask.nonce.as_deref();
        signer.sign_request(&mut parts, &self.origin(), &ask.body, now, nonce).unwrap();
        Request::from_parts(parts, Full::new(ask.body.clone()))
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request));
        let (head, body) = answer.await.unwrap().unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status, headers: head.headers, body }
    }

    pub async fn ask(&self, sender: &str, ask: &Ask) -> Answer {
        self.send(self.signed(sender, ask)).await
    }

    /// Reads, under a nonce that was never used.
    pub async fn get(&self, sender: &str, path: &str) -> Answer {
        let nonce = Some(self.fresh("nonce"));
        self.ask(sender, &Ask { nonce, ..Ask::get(path) }).await
    }

    /// Posts, under a key and a nonce that were never used.
    pub async fn post(&self, sender: &str, path: &str, body: Value) -> Answer {
        let nonce = Some(self.fresh("nonce"));
        self.ask(sender, &Ask { nonce, ..Ask::post(path, &self.fresh("key"), &body) }).await
    }

    fn fresh(&self, what: &str) -> String {
        format!("{what}-{}", self.counter.fetch_add(1, Ordering::Relaxed))
    }

    /// An account with money on it. Its code.
    pub async fn payer(&self, number: &str, fen: i64) -> String {
        let opened =
            self.post("sandbox-bank", "/v1/accounts", json!({"number": number})).await.ok();
        let code = opened["code"].as_str().unwrap().to_owned();
        let funds = json!({"account": code, "amount_fen": fen});
        self.post("sandbox-bank", "/v1/sandbox/funds", funds).await.ok();
        code
    }

    /// Publishes a bill of yunhe's that is due in a week. Our identifier of it.
    pub async fn bill(&self, import_id: &str, house: &str, fen: i64) -> String {
        let answer = self.post("yunhe", "/v1/bills", bills(&[bill(import_id, house, fen)])).await;
        answer.ok()["lines"][0]["bill"].as_str().unwrap().to_owned()
    }

    /// The token of a quote for everything that is due.
    pub async fn quote(&self, house: &str) -> String {
        let wish = json!({"partner": "yunhe", "house": house});
        let quote = self.post("sandbox-bank", "/v1/quotes", wish).await.ok();
        quote["token"].as_str().unwrap().to_owned()
    }
}

/// A bill as a partner sends it.
pub fn bill(import_id: &str, house: &str, fen: i64) -> Value {
    json!({
        "import_id": import_id, "site": "yuntai", "house": house, "item": "management",
        "period": "2026-11", "amount_fen": fen, "due": "2026-11-30",
    })
}

/// A request with some bills.
pub fn bills(bills: &[Value]) -> Value {
    json!({"bills": bills})
}

pub fn public_pem(seed: &[u8]) -> String {
    use base64::Engine as _;
    use ring::signature::KeyPair as _;
    let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(seed).unwrap();
    let mut der = ED25519_SPKI.to_vec();
    der.extend_from_slice(pair.public_key().as_ref());
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

async fn serve(api: Api, clock: Arc<ManualClock>) -> SocketAddr {
    let limits =
        RequestLimits { in_flight_max: 256, request_max: PATIENCE, body_bytes_max: 1 << 20 };
    let metrics = Metrics::new("test").unwrap();
    let router = stack(api.router(), limits, clock, &metrics.meter());
    let limits = accept::Limits {
        connections_max: 256,
        header_bytes_max: 16_384,
        headers_max: 64,
        header_read_max: PATIENCE,
        tls_handshake_max: PATIENCE,
        keep_alive_max: PATIENCE,
        write_stall_max: PATIENCE,
        drain_max: PATIENCE,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(accept::run(listener, None, router, limits, std::future::pending()));
    address
}
