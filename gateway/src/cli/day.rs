//! `jiaozi day`: clearing days closed, and compared.

mod close;
mod report;

use clap::{Args, Subcommand};

use super::Failure;

/// Clearing days: closing them, and what they came to.
#[derive(Debug, Args)]
pub(super) struct Day {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Close(close::Close),
    Report(report::Report),
}

impl Day {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Close(close) => close.run(),
            Command::Report(report) => report.run(),
        }
    }
}
