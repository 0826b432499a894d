//! The accept loop: from a listening socket to requests on a router, and back to silence.
//!
//! | step | bounded by |
//! |---|---|
//! | accept | a permit for each connection; errors back off and never end the loop |
//! | TLS handshake | a time limit, in the connection's own task |
//! | reading a request's head | bytes, number of headers, time |
//! | waiting for the next request | idle time |
//! | writing to a client that does not read | time without progress |
//! | drain | a deadline, after which connections are dropped |
//!
//! The caller owns the listener and the stop signal, so tests bind port 0 and end a server when
//! they like. Nothing waits for a single client: all that one client can do is lose its own
//! connection. How long a handler may take is the [`stack`](super::stack)'s business.

mod activity;
mod watched;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use self::activity::{Activity, HeldOpen};
use self::watched::Watched;

/// The first pause after a failed accept; it doubles up to [`ACCEPT_PAUSE_MAX`].
const ACCEPT_PAUSE_MIN: Duration = Duration::from_millis(5);
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);

/// How long an idle connection has for its goodbye (HTTP/2 GOAWAY, TLS close_notify).
const GOODBYE: Duration = Duration::from_secs(1);

/// What a client may take of us before it has asked for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections at the same time; more wait in the kernel's backlog.
    pub connections_max: usize,
    /// Bytes of a request's head. hyper takes no less than 8192.
    pub header_bytes_max: usize,
    /// Headers of a request.
    pub headers_max: usize,
    /// Time for a request's head, from its first byte; for the first one, from the connection.
    pub header_read_max: Duration,
    /// Time for a TLS handshake.
    pub tls_handshake_max: Duration,
    /// Time without a request before a connection is closed.
    pub keep_alive_max: Duration,
    /// Time in which a client takes no byte of what we write.
    pub write_stall_max: Duration,
    /// Time from the stop signal until connections are dropped with what they are doing.
    pub drain_max: Duration,
}

/// The connection on which a request came: in every request's extensions.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The other end, as the socket sees it.
    pub peer: SocketAddr,
    /// `https` or `http`: whether this server ended TLS.
    pub scheme: &'static str,
    /// The certificate that the client proved to hold, in mutual TLS.
    pub client_certificate: Option<Arc<CertificateDer<'static>>>,
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy at the drain's deadline and were dropped.
    pub dropped: usize,
}

/// Serves until `shutdown` is done, then drains. Returns when no connection is left.
pub async fn run(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Drained {
    let server = Arc::new(Server {
        tls: tls.map(TlsAcceptor::from),
        router,
        stopping: CancellationToken::new(),
        dropping: CancellationToken::new(),
        limits,
    });
    let connections = TaskTracker::new();
    {
        let mut shutdown = pin!(shutdown);
        let permits = Arc::new(Semaphore::new(server.limits.connections_max));
        let mut pause = ACCEPT_PAUSE_MIN;
        while let Some((accepted, permit)) = tokio::select! {
            () = &mut shutdown => None,
            next = accept(&listener, &permits) => next,
        } {
            match accepted {
                Ok((stream, peer)) => {
                    pause = ACCEPT_PAUSE_MIN;
                    connections.spawn(server.clone().connection(stream, peer, permit));
                }
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => {
                    // Usually no file descriptors are left. Those who are connected must go on,
                    // and their ends will free some.
                    tracing::warn!(%error, pause_ms = pause.as_millis(), "cannot accept");
                    tokio::select! {
                        () = &mut shutdown => break,
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(ACCEPT_PAUSE_MAX);
                }
            }
        }
    }
    // Closed before anyone is waited for: a new connection is refused at once and tried elsewhere.
    drop(listener);
    connections.close();
    server.stopping.cancel();
    let drained = tokio::time::timeout(server.limits.drain_max, connections.wait()).await;
    let dropped = if drained.is_ok() { 0 } else { connections.len() };
    if dropped > 0 {
        tracing::warn!(dropped, "connections were still busy at the end of the drain");
    }
    server.dropping.cancel();
    connections.wait().await;
    Drained { dropped }
}

type Accepted = (io::Result<(TcpStream, SocketAddr)>, OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> Option<Accepted> {
    // The semaphore is never closed, so there is always a permit to come.
    let permit = permits.clone().acquire_owned().await.ok()?;
    Some((listener.accept().await, permit))
}

/// Errors that say something of the connection that was to be accepted, not of us.
fn is_of_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

struct Server {
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    /// The stop signal was given: finish what is in flight.
    stopping: CancellationToken,
    /// The drain's deadline has passed.
    dropping: CancellationToken,
}

impl Server {
    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        _permit: OwnedSemaphorePermit,
    ) {
        // Answers are written whole; waiting to fill a packet only adds delay.
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = &self.tls else {
            let connection = Connection { peer, scheme: "http", client_certificate: None };
            return self.serve(stream, connection).await;
        };
        let handshake =
            tokio::time::timeout(self.limits.tls_handshake_max, acceptor.accept(stream));
        let handshake = tokio::select! {
            handshake = handshake => handshake,
            () = self.stopping.cancelled() => return,
        };
        let stream = match handshake {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::debug!(%peer, %error, "TLS handshake failed"),
            Err(_) => return tracing::debug!(%peer, "TLS handshake took too long"),
        };
        let certificate = stream.get_ref().1.peer_certificates();
        let connection = Connection {
            peer,
            scheme: "https",
            client_certificate: certificate
                .and_then(|chain| chain.first())
                .map(|certificate| Arc::new(certificate.clone().into_owned())),
        };
        self.serve(stream, connection).await;
    }

    async fn serve<S>(&self, stream: S, connection: Connection)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let peer = connection.peer;
        let activity =
            Arc::new(Activity::new(self.limits.header_read_max, self.limits.keep_alive_max));
        let stream = Watched::new(stream, activity.clone(), self.limits.write_stall_max);
        let service = service_fn(|request: Request<Incoming>| {
            let in_flight = activity.clone().begin();
            let router = self.router.clone();
            let connection = connection.clone();
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(connection);
                let Ok::<Response<Body>, Infallible>(response) = router.oneshot(request).await;
                Ok::<_, Infallible>(response.map(|body| HeldOpen::new(body, in_flight)))
            }
        });
        let builder = self.protocol();
        let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut asked_to_stop = false;
        let ended = loop {
            tokio::select! {
                ended = serving.as_mut() => break ended,
                () = self.stopping.cancelled(), if !asked_to_stop => {
                    asked_to_stop = true;
                    serving.as_mut().graceful_shutdown();
                }
                () = activity.expired() => {
                    serving.as_mut().graceful_shutdown();
                    let goodbye = tokio::time::timeout(GOODBYE, serving.as_mut());
                    break goodbye.await.unwrap_or(Ok(()));
                }
                () = self.dropping.cancelled() => break Ok(()),
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, error, "connection ended badly");
        }
    }

    fn protocol(&self) -> auto::Builder<TokioExecutor> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            // Ours is exact for HTTP/1, and counts the wait for a next request apart.
            .header_read_timeout(None)
            .max_headers(self.limits.headers_max)
            // An answer is never held back because the next request has already begun to arrive.
            .pipeline_flush(false)
            .max_buf_size(self.limits.header_bytes_max.max(8_192));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(128)
            .max_header_list_size(u32::try_from(self.limits.header_bytes_max).unwrap_or(u32::MAX))
            .keep_alive_interval(Some(self.limits.keep_alive_max));
        builder
    }
}
