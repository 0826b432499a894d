//! `jiaozi file`: partners' files in, and files for partners out.

mod export;
mod import;

use clap::{Args, Subcommand};

use super::Failure;

/// Files of partners: imported, and exported.
#[derive(Debug, Args)]
pub(super) struct File {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Import),
    Export(export::Export),
}

impl File {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Import(import) => import.run(),
            Command::Export(export) => export.run(),
        }
    }
}
