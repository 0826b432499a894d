//! `jiaozi operator key`: a new key; its private half stays with the operator.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::cli::{Failure, private_file};
use crate::edge::signature::pair;

/// Makes a key for an operator: the private half in a new file that only its owner can read, the public
/// half on standard output. It opens no database; the operator runs it and hands out the public half.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  jiaozi operator key --out li.wei.key > li.wei.pub")]
pub(super) struct Key {
    /// Where the private half goes: a new file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Key {
    pub(super) fn run(self) -> Result<(), Failure> {
        let pair = pair::ed25519().context("no key can be made")?;
        private_file::write_new(&self.out, &pair.private)?;
        eprintln!("the private half is in {}; keep it to yourself", self.out.display());
        print!("{}", pair.public);
        Ok(())
    }
}
