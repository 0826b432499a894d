//! Notices to partners: written from the feed, and sent.

use super::{Run, Worker};
use crate::config::Webhooks;
use crate::gateway::Gateway;
use crate::notices::send::Sender;
use crate::notices::write;

/// Writes notices.
#[derive(Debug)]
pub(super) struct Write;

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
        Box::pin(async move { Ok(write::run_once(gateway).await?) })
    }
}

/// Sends what is due.
#[derive(Debug)]
pub(super) struct Send {
    sender: Sender,
}

impl Send {
    pub(super) fn new(config: &Webhooks) -> Result<Send, rustls::Error> {
        Ok(Send { sender: Sender::new(config)? })
    }
}

impl Worker for Send {
    fn name(&self) -> &'static str {
        "notices.send"
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move { Ok(self.sender.run_once(gateway).await?) })
    }
}
