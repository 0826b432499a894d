//! The commands, and the exit codes that scripts rely on.
//!
//! 0 done, 1 a check failed or the work could not be done, 2 wrong usage (clap's own),
//! 64 bad configuration, before any port opens. Output for programs goes to standard output,
//! words for people to standard error.

mod bench;
mod config;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, EXIT_BAD_CONFIGURATION, Flag, Sources};

/// A bank's gateway to the places where people already pay.
#[derive(Debug, Parser)]
#[command(name = "jiaozi", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Opens the doors and keeps them open.
    Serve(serve::Serve),
    /// Prints the effective configuration, without its secrets.
    Config(config::Show),
    /// Measures how many posts or payments a second this machine commits.
    Bench(bench::Bench),
}

/// The flags that every command with a configuration has.
#[derive(Debug, Args)]
struct Common {
    /// The configuration file.
    #[arg(long, env = "JIAOZI_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: sqlite:FILE or postgres://…
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl Common {
    /// Loads the configuration under these flags and a command's own.
    fn load(&self, own: Vec<Flag>) -> Result<Config, ConfigError> {
        let mut flags = own;
        flags.extend(self.database.clone().map(|value| Flag {
            flag: "--database",
            key: "database.url",
            value,
        }));
        Config::load(&Sources::of_process(self.config.clone(), flags))
    }
}

/// Why a command ended without its work done.
#[derive(Debug)]
enum Failure {
    Configuration(ConfigError),
    Other(anyhow::Error),
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Configuration(error)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(serve) => serve.run(),
        Command::Config(show) => show.run(),
        Command::Bench(bench) => bench.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Configuration(error)) => {
            eprintln!("configuration: {error}");
            ExitCode::from(EXIT_BAD_CONFIGURATION)
        }
        Err(Failure::Other(error)) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
