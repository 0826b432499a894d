//! A wire between the store and PostgreSQL that can be cut around a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// When the wire is cut, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cut {
    /// Not at all.
    Never = 0,
    /// When a commit comes: it does not reach the server.
    BeforeCommit = 1,
    /// When the server answers a commit: the answer does not reach the store.
    BeforeAnswer = 2,
    /// Right after a commit has gone to the server; whether it still arrives is open.
    AfterCommit = 3,
}

/// The wire.
#[derive(Clone)]
pub struct Proxy {
    port: u16,
    cut: Arc<AtomicU8>,
}

impl Proxy {
    /// A wire to a server.
    pub async fn to(server: String) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let cut = Arc::new(AtomicU8::new(Cut::Never as u8));
        let proxy = Proxy { port, cut: Arc::clone(&cut) };
        tokio::spawn(async move {
            while let Ok((store, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                tokio::spawn(carry(store, server, Arc::clone(&cut)));
            }
        });
        proxy
    }

    /// The port on which it takes the store's connections.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts the connection at the next commit, whichever that is.
    pub fn cut(&self, when: Cut) {
        self.cut.store(when as u8, Ordering::SeqCst);
    }

    /// Whether the cut has happened.
    pub fn was_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst) == Cut::Never as u8
    }
}

/// Carries bytes both ways until either side ends or the cut comes; both sides are closed then.
async fn carry(mut store: TcpStream, mut server: TcpStream, cut: Arc<AtomicU8>) {
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    let mut answer_is_cut = false;
    loop {
        tokio::select! {
            read = store.read(&mut up) => {
                let Ok(count @ 1..) = read else { return };
                let commits = up[..count].windows(7).any(|bytes| bytes == b"COMMIT\0");
                let now = if commits { cut.swap(0, Ordering::SeqCst) } else { 0 };
                if now == Cut::BeforeCommit as u8 || server.write_all(&up[..count]).await.is_err() {
                    return;
                }
                if now == Cut::AfterCommit as u8 {
                    return;
                }
                answer_is_cut = now == Cut::BeforeAnswer as u8;
            }
            read = server.read(&mut down) => {
                let Ok(count @ 1..) = read else { return };
                if answer_is_cut || store.write_all(&down[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
