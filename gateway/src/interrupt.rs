//! The signals that ask a process to end: interrupt from a keyboard, terminate from a supervisor.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for both. A signal that comes while nobody waits for it is not lost.
#[derive(Debug)]
pub struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

/// A signal has asked the process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ended by {0}")]
pub struct Interrupted(&'static str);

impl Interrupt {
    /// Begins to listen; from now on the signals end nothing by themselves. Needs a runtime.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn listen() -> io::Result<Interrupt> {
        Ok(Interrupt {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for a signal.
    pub async fn signal(&mut self) -> Interrupted {
        tokio::select! {
            _ = self.interrupt.recv() => Interrupted("SIGINT"),
            _ = self.terminate.recv() => Interrupted("SIGTERM"),
        }
    }

    /// Does some work until its end or until a signal: then it is dropped where it is, and what it holds
    /// with it. What has to be closed in order is held by the caller.
    ///
    /// # Errors
    /// The work's, or [`Interrupted`].
    pub async fn or<T, E: Into<anyhow::Error>>(
        &mut self,
        work: impl Future<Output = Result<T, E>>,
    ) -> anyhow::Result<T> {
        tokio::select! {
            biased;
            interrupted = self.signal() => Err(interrupted.into()),
            done = work => done.map_err(Into::into),
        }
    }
}
