//! `jiaozi core`: money that is asked of the bank's core system.

mod list;
mod propose;

use clap::{Args, Subcommand};

use super::Failure;

/// Draws: money that is asked of the bank's core system for a payment, until its end.
#[derive(Debug, Args)]
pub(super) struct Core {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Propose(propose::Propose),
}

impl Core {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::List(list) => list.run(),
            Command::Propose(propose) => propose.run(),
        }
    }
}
