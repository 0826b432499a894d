//! `jiaozi doctor`: what is wrong with this installation.

use clap::Args;
use serde_json::json;

use super::{Common, Failure, open, print_json};
use crate::doctor::{self, Level};

/// Says what is wrong with this installation, one line each: ok, warn or wrong, and what to do.
///
/// It looks at the configuration, folders and files, disks, addresses, certificates, the database, the
/// partners' specifications, keys and calendars, and at what lags behind in the books. It changes nothing
/// and works beside a running server. Exit code 1 if anything is wrong; 64 if the configuration itself
/// does not pass. Whether the books are right is another question: `jiaozi check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi doctor
  jiaozi doctor --config /etc/jiaozi.toml --json")]
pub(super) struct Doctor {
    #[command(flatten)]
    common: Common,
    /// For programs: one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        open::block_on(async {
            let findings = doctor::examine(&config).await;
            let number = |level| findings.iter().filter(|one| one.level == level).count();
            let (warn, wrong) = (number(Level::Warn), number(Level::Wrong));
            if self.json {
                print_json(&json!({
                    "well": wrong == 0, "wrong": wrong, "warn": warn, "findings": findings,
                }))?;
            } else {
                for one in &findings {
                    println!("{:<5}  {:<14}  {}", one.level.name(), one.about, one.says);
                    if let Some(todo) = &one.todo {
                        println!("{:23}do: {todo}", "");
                    }
                }
                eprintln!("{} looked at: {wrong} wrong, {warn} to be seen to", findings.len());
            }
            if wrong == 0 { Ok(()) } else { Err(Failure::Said) }
        })
    }
}
