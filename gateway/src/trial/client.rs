//! A client of the gateway, as a partner or a channel writes one: it signs what it sends and keeps its
//! connection. The bench and the demonstration come through the doors with it, like everyone else.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use jiaozi_ledger::time::Instant;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::edge::signature::{Origin, Signer, SigningKey};

/// What stands before the raw key in the SubjectPublicKeyInfo of Ed25519 (RFC 8410).
const ED25519_SPKI: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The type of bodies that are not said to be something else.
pub const JSON: &str = "application/json";

/// A client's key, with the half that it hands over.
#[derive(Debug)]
pub struct OwnKey {
    signer: Signer,
    nonces: bool,
    /// The public half, PEM.
    pub public_pem: String,
}

impl OwnKey {
    /// A new key under an identifier.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate(id: &str) -> anyhow::Result<OwnKey> {
        let mut seed = zeroize::Zeroizing::new([0u8; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|_| anyhow::anyhow!("no random bytes"))?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
            .map_err(|_| anyhow::anyhow!("the seed is refused"))?;
        let spki = [&ED25519_SPKI, pair.public_key().as_ref()].concat();
        let public_pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(spki)
        );
        let key = SigningKey::ed25519_from_seed(seed.as_slice())?;
        Ok(OwnKey { signer: Signer::new(id, key), nonces: false, public_pem })
    }

    /// The same for an owner who must send nonces.
    #[must_use]
    pub fn with_nonces(self) -> OwnKey {
        OwnKey { nonces: true, ..self }
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        self.signer.key_id()
    }
}

/// What is to be sent, before it is signed.
#[derive(Debug, Clone)]
pub struct Order {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The idempotency key, where the operation takes one.
    pub idempotency_key: Option<String>,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body; none if it is empty.
    pub body: Bytes,
}

impl Order {
    /// Asks for something.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Order {
        Order {
            method: Method::GET,
            path: path.into(),
            idempotency_key: None,
            content_type: JSON,
            body: Bytes::new(),
        }
    }

    /// Sends a JSON body.
    #[must_use]
    pub fn post(path: impl Into<String>, body: &serde_json::Value) -> Order {
        Order { method: Method::POST, body: body.to_string().into(), ..Order::get(path) }
    }

    /// The same under an idempotency key.
    #[must_use]
    pub fn under(self, key: impl Into<String>) -> Order {
        Order { idempotency_key: Some(key.into()), ..self }
    }

    /// The request, signed at an instant for the server at an address.
    ///
    /// # Errors
    /// When a path or a key cannot be sent.
    pub fn signed(
        &self,
        key: &OwnKey,
        server: SocketAddr,
        at: Instant,
    ) -> anyhow::Result<Request<Full<Bytes>>> {
        let (mut parts, body) = self.unsigned(server)?.into_parts();
        let origin = Origin { scheme: "http".to_owned(), authority: server.to_string() };
        let nonce = if key.nonces { Some(nonce()?) } else { None };
        key.signer
            .sign_request(&mut parts, &origin, &self.body, at.timestamp(), nonce.as_deref())
            .map_err(|refusal| anyhow::anyhow!("cannot sign: {refusal:?}"))?;
        Ok(Request::from_parts(parts, body))
    }

    /// The request without a signature.
    ///
    /// # Errors
    /// When a path or a key cannot be sent.
    pub fn unsigned(&self, server: SocketAddr) -> anyhow::Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .method(&self.method)
            .uri(&self.path)
            .header(HOST, server.to_string());
        if let Some(key) = &self.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if !self.body.is_empty() {
            request = request.header(CONTENT_TYPE, self.content_type);
        }
        request.body(Full::new(self.body.clone())).context("a request that can be sent")
    }
}

fn nonce() -> anyhow::Result<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// An answer, read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The stable code of a problem; empty if it is none.
    #[must_use]
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A connection that is kept, and opened again when the server has closed it.
#[derive(Debug)]
pub struct Line {
    server: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Line {
    /// A line to a server; opened with the first request.
    #[must_use]
    pub fn to(server: SocketAddr) -> Line {
        Line { server, sender: None }
    }

    /// The other end.
    #[must_use]
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// When the connection breaks; whether the request was carried out is not known then.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let mut sender = match self.sender.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => self.open().await?,
        };
        sender.ready().await?;
        let answer = sender.send_request(request).await?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        self.sender = Some(sender);
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    async fn open(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.server).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            // What breaks the connection is told to whoever waits for an answer.
            let _ = connection.await;
        });
        Ok(sender)
    }

    /// Sends a request on a connection of its own, and hangs up after a while without reading the
    /// answer: whether it was carried out, only a repeat under the same key can tell.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn send_and_hang_up(
        &self,
        request: Request<Full<Bytes>>,
        after: Duration,
    ) -> anyhow::Result<()> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let mut text = format!("{} {} HTTP/1.1\r\n", head.method, head.uri).into_bytes();
        for (name, value) in &head.headers {
            text.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        text.extend(format!("content-length: {}\r\n\r\n", body.len()).into_bytes());
        text.extend(body);
        let mut stream = TcpStream::connect(self.server).await?;
        stream.write_all(&text).await?;
        stream.flush().await?;
        tokio::time::sleep(after).await;
        Ok(())
    }
}
