//! `jiaozi file`: partners' files in, files for partners out, and what others wrote, looked at.

mod claims;
mod export;
mod filed;
mod import;
mod payouts;
mod read;
mod statement;

use clap::{Args, Subcommand};

use super::Failure;

/// Files of partners: imported, exported, and looked at.
#[derive(Debug, Args)]
pub(super) struct File {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Import),
    Export(export::Export),
    Read(read::Read),
}

impl File {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Import(import) => import.run(),
            Command::Export(export) => export.run(),
            Command::Read(read) => read.run(),
        }
    }
}
