//! A file that is got over a line: handed on while it comes, and never in memory as a whole.

use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::connect::Connection;
use super::heard::{NotSent, Silence};
use super::http::{HEADER_BYTES_MAX, HEADERS_MAX, unheard, with_causes};
use super::line::Unheard;

/// Who takes a file while it comes.
pub trait Intake: Send {
    /// The head of the answer. Says whether what follows is wanted.
    fn head(&mut self, status: StatusCode, headers: &HeaderMap) -> bool;

    /// Some bytes of what follows.
    ///
    /// # Errors
    /// When they cannot be kept.
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// Why a file did not come to its end. Nothing of it counts.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// Nobody was asked.
    #[error(transparent)]
    NotSent(#[from] NotSent),
    /// There was no answer, or none to its end.
    #[error(transparent)]
    Silent(#[from] Silence),
    /// What came could not be kept.
    #[error("what came cannot be kept: {0}")]
    Unkept(#[from] io::Error),
}

impl Lost {
    /// A stable word for it, for records and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Lost::NotSent(why) => why.code(),
            Lost::Silent(why) => why.code(),
            Lost::Unkept(_) => "unkept",
        }
    }
}

impl From<Unheard> for Lost {
    fn from(unheard: Unheard) -> Lost {
        match unheard {
            Unheard::NotSent(why) => Lost::NotSent(why),
            Unheard::Silent(why) => Lost::Silent(why),
        }
    }
}

/// Sends a request and hands its answer on. The head, and each piece after it, has so long to come.
///
/// # Errors
/// Why the answer did not come to its end.
pub(super) async fn talk(
    connection: Connection,
    request: Request<Full<Bytes>>,
    bytes_max: u64,
    patience: Duration,
    intake: &mut dyn Intake,
) -> Result<(), Lost> {
    let written = connection.written();
    let failed = |error: hyper::Error| Lost::from(unheard(&error, &written));
    let (mut sender, driver) = Builder::new()
        .max_headers(HEADERS_MAX)
        .max_header_size(HEADER_BYTES_MAX)
        .handshake(TokioIo::new(connection))
        .await
        .map_err(failed)?;
    let mut answer = pin!(async {
        let late = |_| Lost::Silent(Silence::TimedOut);
        let asked = timeout(patience, sender.send_request(request)).await.map_err(late)?;
        let (head, mut body) = asked.map_err(failed)?.into_parts();
        if !intake.head(head.status, &head.headers) {
            return Ok(());
        }
        let mut came = 0_u64;
        while let Some(frame) = timeout(patience, body.frame()).await.map_err(late)? {
            let frame = frame.map_err(|error| Silence::Cut(with_causes(&error)))?;
            let Ok(bytes) = frame.into_data() else { continue };
            came = came.saturating_add(bytes.len() as u64);
            if came > bytes_max {
                return Err(Silence::TooLong.into());
            }
            intake.bytes(&bytes)?;
        }
        Ok(())
    });
    tokio::select! {
        answer = &mut answer => answer,
        // What ends the connection early is told to whoever waits for the answer.
        _ = driver => answer.await,
    }
}
