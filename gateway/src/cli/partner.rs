//! `jiaozi partner`: specifications and keys of partners.

mod check;
mod keys;
mod list;
mod new;
mod skip_references;

use clap::{Args, Subcommand};

use super::Failure;

/// Specifications and keys of partners.
#[derive(Debug, Args)]
pub(super) struct Partner {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Check(check::Check),
    New(new::New),
    Keys(keys::Keys),
    SkipReferences(skip_references::SkipReferences),
}

impl Partner {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::List(list) => list.run(),
            Command::Check(check) => check.run(),
            Command::New(new) => new.run(),
            Command::Keys(keys) => keys.run(),
            Command::SkipReferences(skip) => skip.run(),
        }
    }
}
