//! `jiaozi demo`: a business day through the real doors.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, open};
use crate::demo::{self, Scene, Terms};

/// Plays a business day through the real doors, with simulated companies that also misbehave.
///
/// Starts the gateway on a fresh sandbox database, loads every partner specification, and plays from
/// the files of the morning to the reconciliation. What happens is told on standard error. Exit code 1
/// if an invariant does not hold or anything came otherwise than expected, or if Ctrl-C or SIGTERM has
/// ended it; the gateway ends with it and its folder goes, however it ends. With --stay, that is how it
/// ends well.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi demo
  jiaozi demo --report demo.json
  jiaozi demo --scene utility --seed 7
  jiaozi demo --stay --listen 127.0.0.1:8080")]
pub(super) struct Demo {
    /// Plays this scene only; all of them if left out.
    #[arg(long, value_enum)]
    scene: Option<Scene>,
    /// Which of the billers' answers and files go wrong, and how, is made from this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// A new database: sqlite:FILE or postgres://…; one in a temporary folder if left out.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Writes the report as JSON, and the planted faults into a file beside it.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Keeps serving afterwards, and says which addresses to open.
    #[arg(long)]
    stay: bool,
    /// Where the gateway listens; a free port of this machine if left out.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Demo { scene, seed, database, report, stay, listen } = self;
        let terms = Terms { scene, seed, database, report, stay, listen };
        open::block_on(async { if demo::run(&terms).await? { Ok(()) } else { Err(Failure::Said) } })
    }
}
