//! A connection to a system, and whether anything was written to it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::address::Address;
use super::heard::NotSent;
use super::target::is_public;

/// Either kind of stream.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection that knows whether anything was written to it.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    written: Written,
}

/// Whether anything was written. Counted from the first attempt on: of a write that failed, a part may
/// have gone out.
#[derive(Debug, Clone, Default)]
pub(super) struct Written(Arc<AtomicBool>);

impl Written {
    pub(super) fn anything(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Connection {
    /// Connects, with TLS where the address says so. Takes as long as it takes.
    ///
    /// # Errors
    /// Why there is no connection. The message is not part of it, so nothing of it was sent.
    pub(super) async fn open(
        address: &Address,
        private_allowed: bool,
        tls: &TlsConnector,
    ) -> Result<Connection, NotSent> {
        let found = lookup_host((address.host.as_str(), address.port))
            .await
            .map_err(|error| NotSent::Unresolved(error.to_string()))?;
        let allowed: Vec<_> =
            found.filter(|found| private_allowed || is_public(found.ip())).collect();
        if allowed.is_empty() {
            return Err(NotSent::Private(address.host.clone()));
        }
        let refused = |error: io::Error| NotSent::Refused(error.to_string());
        let stream = TcpStream::connect(allowed.as_slice()).await.map_err(refused)?;
        stream.set_nodelay(true).map_err(refused)?;
        let stream: Box<dyn Stream> = if address.scheme.is_tls() {
            let not_trusted =
                |error: &dyn std::error::Error| NotSent::NotTrusted(error.to_string());
            let name =
                ServerName::try_from(address.host.clone()).map_err(|error| not_trusted(&error))?;
            Box::new(tls.connect(name, stream).await.map_err(|error| not_trusted(&error))?)
        } else {
            Box::new(stream)
        };
        Ok(Connection { stream, written: Written::default() })
    }

    /// Whether anything was written, also when the connection is gone.
    pub(super) fn written(&self) -> Written {
        self.written.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !bytes.is_empty() {
            self.written.0.store(true, Ordering::SeqCst);
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
