//! `jiaozi sandbox`: databases in which money is play money and time can be moved.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiaozi_ledger::store::OpenOptions;

use super::{Common, Failure, open};

/// Databases for trying things out.
#[derive(Debug, Args)]
pub(super) struct Sandbox {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Create),
}

impl Sandbox {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Create(create) => create.run(),
        }
    }
}

/// Creates a sandbox database and opens the accounts of its partners.
///
/// A sandbox is one from its creation and for ever: the mark cannot be set or removed later. Its time
/// can be moved and its accounts funded; keys of live partners do not work there. Keys that are not
/// configured are made up and kept beside the database.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi sandbox create --database sqlite:data/sandbox.db
  jiaozi serve --database sqlite:data/sandbox.db")]
struct Create {
    #[command(flatten)]
    common: Common,
}

impl Create {
    fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            if let Some(file) = crate::sandbox::database_file(&config.database.url)
                && file.exists()
            {
                return Err(anyhow::anyhow!(
                    "{} is there already; expected the name of a new database",
                    file.display()
                )
                .into());
            }
            let options = OpenOptions { create_sandbox: true, ..OpenOptions::default() };
            let gateway = open::parts(&config, true, options).await?;
            if !gateway.sandbox {
                let shown = config.database.shown_url();
                return Err(anyhow::anyhow!("{shown} has a book that is no sandbox").into());
            }
            gateway.store.close().await.context("closing")?;
            eprintln!("{} is a sandbox now", config.database.shown_url());
            Ok(())
        })
    }
}
