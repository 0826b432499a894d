//! `jiaozi people`: whom the scenes brought, and what they agreed to.

mod consent;
mod leads;
mod report;

use clap::{Args, Subcommand};

use super::Failure;

/// Whom the scenes brought: leads, reach, consent.
#[derive(Debug, Args)]
pub(super) struct People {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Leads(leads::Leads),
    Report(report::Report),
    Consent(consent::Consent),
}

impl People {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Leads(leads) => leads.run(),
            Command::Report(report) => report.run(),
            Command::Consent(consent) => consent.run(),
        }
    }
}
