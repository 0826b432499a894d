//! Payers into people and leads.

use jiaozi_acquisition::reader;

use super::{Run, Worker};
use crate::gateway::Gateway;

/// Events of one run: between two runs a stop is heard.
const EVENTS: i64 = 2_000;

/// Reads the feed for the people in it.
#[derive(Debug)]
pub(super) struct People;

impl Worker for People {
    fn name(&self) -> &'static str {
        "people"
    }

    fn reader(&self) -> Option<&'static str> {
        Some(reader::READER)
    }

    fn run_max(&self) -> usize {
        usize::try_from(EVENTS).unwrap_or(usize::MAX)
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            let progress = reader::run_once(&gateway.store, &gateway.vault, EVENTS).await?;
            Ok(usize::try_from(progress.events).unwrap_or(0))
        })
    }
}
