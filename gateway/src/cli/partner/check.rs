//! `jiaozi partner check`: what is wrong with specifications, all of it, with file, line and key.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use crate::cli::{Common, Failure, print_json};
use crate::partners::{Partners, PartnersError};

/// Checks specifications and names every problem with file, line, key and what was expected.
///
/// A FILE is a partner.toml or the file of an account under accounts/, a FOLDER one that holds partners (or a
/// single partner's). Without any, the configured folder is checked. Exit code 1 if there is a problem.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jiaozi partner check
  jiaozi partner check partner-specs/yunhe/partner.toml
  jiaozi partner check partner-specs --json")]
pub(super) struct Check {
    #[command(flatten)]
    common: Common,
    /// What to check.
    #[arg(value_name = "FILE|FOLDER")]
    paths: Vec<PathBuf>,
    /// For programs: a JSON object on standard output.
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(Vec::new())?;
        let paths = if self.paths.is_empty() {
            vec![config.partners.folder.clone()]
        } else {
            self.paths.clone()
        };
        let mut problems = Vec::new();
        let mut checked = 0;
        for path in &paths {
            let found = match single(path) {
                Some(file) => {
                    checked += 1;
                    Partners::check_one(&file, &calendars(&file, &config.partners.folder))
                }
                None => Partners::load(path).map(|partners| {
                    checked += partners.specs().count() + partners.mirrors().count();
                }),
            };
            match found {
                Ok(()) => {}
                Err(PartnersError::Wrong(found)) => problems.extend(found),
                Err(error) => return Err(anyhow::Error::from(error).into()),
            }
        }
        if self.json {
            let shown: Vec<Value> = problems
                .iter()
                .map(|problem| {
                    json!({"file": problem.file, "line": problem.line, "key": problem.key,
                        "message": problem.message})
                })
                .collect();
            print_json(&json!({"passes": problems.is_empty(), "problems": shown}))?;
        } else {
            for problem in &problems {
                println!("{problem}");
            }
        }
        if problems.is_empty() {
            eprintln!("{checked} specifications pass");
            return Ok(());
        }
        eprintln!("{} problems", problems.len());
        Err(Failure::Said)
    }
}

/// The one specification that a path means, if it means one.
fn single(path: &Path) -> Option<PathBuf> {
    let inside = path.join("partner.toml");
    if inside.is_file() {
        return Some(inside);
    }
    (!path.is_dir()).then(|| path.to_owned())
}

/// Where the calendars of a specification are: beside its folder, or in the configured one.
fn calendars(file: &Path, configured: &Path) -> PathBuf {
    let beside = file.parent().and_then(Path::parent).map(|folder| folder.join("calendars"));
    match beside {
        Some(folder) if folder.is_dir() => folder,
        _ => configured.join("calendars"),
    }
}

/// Checks a specification that was just written.
pub(super) fn passes(file: &Path, configured: &Path) -> anyhow::Result<()> {
    Partners::check_one(file, &calendars(file, configured)).context("the new specification")
}
