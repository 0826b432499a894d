//! `jiaozi config`: what is in force, and where each value was set.

use clap::Args;

use super::{Common, Failure};

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    common: Common,
    /// As JSON, without the origins.
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        if self.json {
            println!("{:#}", config.shown_json());
        } else {
            print!("{}", config.shown());
        }
        Ok(())
    }
}
