//! `jiaozi file`: partners' files in, or fetched now, files for partners out, and what others wrote, looked at.

mod claims;
mod export;
mod fetch;
mod filed;
mod import;
mod payouts;
mod read;
mod statement;

use clap::{Args, Subcommand};

use super::Failure;

/// Files of partners: imported, fetched, exported, and looked at.
#[derive(Debug, Args)]
pub(super) struct File {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Import),
    Export(export::Export),
    Fetch(fetch::Fetch),
    Read(read::Read),
}

impl File {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Import(import) => import.run(),
            Command::Export(export) => export.run(),
            Command::Fetch(fetch) => fetch.run(),
            Command::Read(read) => read.run(),
        }
    }
}
