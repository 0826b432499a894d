//! A server on port 0 with a stop signal, and a client that says exactly what it is told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiaozi::clock::SystemClock;
use jiaozi::edge::accept::{self, Drained, Limits};
use jiaozi::edge::stack::{RequestLimits, stack};
use jiaozi::telemetry::Metrics;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Server {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Drained>,
}

impl Server {
    pub async fn start(router: Router, limits: Limits) -> Self {
        Self::start_with(router, limits, None).await
    }

    pub async fn start_with(
        router: Router,
        limits: Limits,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let ended = tokio::spawn(accept::run(listener, tls, router, limits, shutdown));
        Self { address, stop, ended }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Gives the stop signal; the answer comes when the drain is over.
    pub fn stop(self) -> JoinHandle<Drained> {
        self.stop.send(()).unwrap();
        self.ended
    }
}

pub fn limits() -> Limits {
    Limits {
        connections_max: 16,
        header_bytes_max: 8_192,
        headers_max: 32,
        header_read_max: PATIENCE,
        tls_handshake_max: PATIENCE,
        keep_alive_max: PATIENCE,
        write_stall_max: PATIENCE,
        drain_max: PATIENCE,
    }
}

pub fn request_limits() -> RequestLimits {
    RequestLimits { in_flight_max: 8, request_max: PATIENCE, body_bytes_max: 1_024 }
}

/// A router inside of the whole stack.
pub fn stacked(router: Router, limits: RequestLimits) -> (Router, Metrics) {
    let metrics = Metrics::new("test").unwrap();
    let router = stack(router, limits, Arc::new(SystemClock), &metrics.meter());
    (router, metrics)
}

/// Sends a request and reads until the server closes.
pub async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    read_to_end(stream).await
}

pub async fn read_to_end<S: AsyncRead + Unpin>(mut stream: S) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer));
    read.await.expect("the server closes in time").ok();
    String::from_utf8(answer).unwrap()
}

pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
}

pub fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// The body of an answer as JSON.
pub fn json(answer: &str) -> serde_json::Value {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.to_ascii_lowercase().contains("application/problem+json"), "{head}");
    serde_json::from_str(body).unwrap()
}
