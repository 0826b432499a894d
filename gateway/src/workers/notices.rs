//! Notices to partners: written from the feed, and sent.

use std::sync::Arc;

use std::time::Duration;

use super::{Run, Wait, Worker, WorkerError};
use crate::config::Webhooks;
use crate::gateway::Gateway;
use crate::notices::send::Sender;
use crate::notices::write;

/// Writes notices, and tells who sends them.
#[derive(Debug)]
pub(super) struct Write {
    sender: Arc<Sender>,
}

/// A place that an attempt has left is taken again after this at the latest.
const BREATH: Duration = Duration::from_millis(10);

/// Sends what is due.
#[derive(Debug)]
pub(super) struct Send {
    sender: Arc<Sender>,
}

/// Both.
pub(super) fn of(config: &Webhooks) -> Result<(Write, Send), rustls::Error> {
    let sender = Arc::new(Sender::new(config)?);
    Ok((Write { sender: Arc::clone(&sender) }, Send { sender }))
}

impl Worker for Write {
    fn name(&self) -> &'static str {
        "notices.write"
    }

    fn reader(&self) -> Option<&'static str> {
        Some(write::READER)
    }

    fn run_max(&self) -> usize {
        usize::try_from(write::EVENTS).unwrap_or(usize::MAX)
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let read = write::run_once(gateway).await?;
            if read > 0 {
                self.sender.wake();
            }
            Ok(read)
        })
    }
}

impl Worker for Send {
    fn name(&self) -> &'static str {
        "notices.send"
    }

    fn breath(&self) -> Duration {
        BREATH
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move { Ok(self.sender.run_once(gateway).await?) })
    }

    fn woken(&self) -> Wait<'_, ()> {
        Box::pin(self.sender.woken())
    }

    fn finish<'a>(&'a self, gateway: &'a Gateway) -> Wait<'a, Result<(), WorkerError>> {
        Box::pin(async move { Ok(self.sender.finish(gateway).await?) })
    }
}
