//! `jiaozi payment`: what operators do about one payment.

mod list;
mod propose;
mod refund;

use clap::{Args, Subcommand};

use super::Failure;

/// Payments, where operators have to do with one.
#[derive(Debug, Args)]
pub(super) struct Payment {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Propose(propose::Propose),
    /// Money given back to the payer of a biller.
    #[command(subcommand)]
    Refund(Refund),
}

#[derive(Debug, Subcommand)]
enum Refund {
    Propose(refund::Propose),
}

impl Payment {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::List(list) => list.run(),
            Command::Propose(propose) => propose.run(),
            Command::Refund(Refund::Propose(propose)) => propose.run(),
        }
    }
}
