//! Money that the core has given is spent, and money that a scene has given back goes back to the core.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Run, Worker, WorkerError};
use crate::draws::feed;
use crate::gateway::Gateway;
use crate::refused::Refused;
use crate::utility::billers::Billers;

/// Reads the feed for draws, where a core is in force.
#[derive(Debug)]
pub(super) struct Draws {
    billers: Billers,
    /// Whether what was passed over before this process began is taken up.
    taken_up: AtomicBool,
}

impl Draws {
    pub(super) fn new(billers: Billers) -> Draws {
        Draws { billers, taken_up: AtomicBool::new(false) }
    }
}

impl Worker for Draws {
    fn name(&self) -> &'static str {
        "draws"
    }

    fn reader(&self) -> Option<&'static str> {
        Some(feed::READER)
    }

    fn run_max(&self) -> usize {
        usize::try_from(feed::EVENTS).unwrap_or(usize::MAX)
    }

    fn run_once<'a>(&'a self, gateway: &'a Gateway) -> Run<'a> {
        Box::pin(async move {
            if !self.taken_up.load(Ordering::Relaxed) {
                feed::take_up(gateway, &self.billers).await.map_err(failed)?;
                self.taken_up.store(true, Ordering::Relaxed);
            }
            feed::run_once(gateway, &self.billers).await.map_err(failed)
        })
    }
}

fn failed(refused: Refused) -> WorkerError {
    match refused {
        Refused::Failure(failure) => WorkerError::Failure(failure),
        Refused::Problem(problem) => WorkerError::Draw(problem.detail),
    }
}
