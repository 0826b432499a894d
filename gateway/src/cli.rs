//! The commands, and the exit codes that scripts rely on.
//!
//! 0 done, 1 a check failed or the work could not be done, 2 wrong usage (clap's own),
//! 64 bad configuration, the partners' specifications included, before any port opens. Output for
//! programs goes to standard output, words for people to standard error.

mod account;
mod approval;
mod bench;
mod breaks;
mod check;
mod config;
mod core;
mod day;
mod demo;
mod doctor;
mod file;
mod open;
mod operator;
mod ordered_by;
mod partner;
mod payment;
mod payout;
mod people;
mod private_file;
mod progress;
mod proposal;
mod sandbox;
mod serve;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use jiaozi_adapters::spec::document::SpecError;
use jiaozi_ledger::decision::Verdict;
use jiaozi_ledger::store::batch::Reply;

use crate::config::{Config, ConfigError, EXIT_BAD_CONFIGURATION, Flag, Sources};

/// A bank's gateway to the places where people already pay.
///
/// Output for programs goes to standard output (--json), words for people and progress to standard
/// error. Exit codes: 0 done, 1 a check failed or the work could not be done, 2 wrong usage, 64 bad
/// configuration or specifications, found before a port opens or a database is made.
#[derive(Debug, Parser)]
#[command(name = "jiaozi", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Opens the doors and keeps them open.
    Serve(serve::Serve),
    Check(check::Check),
    Partner(partner::Partner),
    File(file::File),
    Day(day::Day),
    Break(breaks::Break),
    Payment(payment::Payment),
    Payout(payout::Payout),
    Core(core::Core),
    People(people::People),
    Account(account::Account),
    Operator(operator::Operator),
    Approval(approval::Approval),
    Sandbox(sandbox::Sandbox),
    /// Prints the effective configuration, without its secrets.
    Config(config::Show),
    Doctor(doctor::Doctor),
    Demo(demo::Demo),
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
    /// Everything that is wrong with the partners' specifications.
    Specifications(Vec<SpecError>),
    Other(anyhow::Error),
    /// What was asked for was found wrong, and the command's own output says so.
    Said,
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
        Command::Check(check) => check.run(),
        Command::Partner(partner) => partner.run(),
        Command::File(file) => file.run(),
        Command::Day(day) => day.run(),
        Command::Break(breaks) => breaks.run(),
        Command::Payment(payment) => payment.run(),
        Command::Payout(payout) => payout.run(),
        Command::Core(core) => core.run(),
        Command::People(people) => people.run(),
        Command::Account(account) => account.run(),
        Command::Operator(operator) => operator.run(),
        Command::Approval(approval) => approval.run(),
        Command::Sandbox(sandbox) => sandbox.run(),
        Command::Config(show) => show.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Demo(demo) => demo.run(),
        Command::Bench(bench) => bench.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Configuration(error)) => {
            eprintln!("configuration: {error}");
            ExitCode::from(EXIT_BAD_CONFIGURATION)
        }
        Err(Failure::Specifications(problems)) => {
            for problem in problems {
                eprintln!("configuration: {problem}");
            }
            ExitCode::from(EXIT_BAD_CONFIGURATION)
        }
        Err(Failure::Said) => ExitCode::FAILURE,
        Err(Failure::Other(error)) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a value for programs.
fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Prints what the books answered; a decline is a failure.
fn print_answer(reply: &Reply) -> Result<(), Failure> {
    let body = String::from_utf8_lossy(&reply.answer.body);
    if reply.verdict == Verdict::Declined {
        return Err(anyhow::anyhow!("declined: {body}").into());
    }
    println!("{body}");
    Ok(())
}

/// A table for people: columns as wide as their widest cell.
fn print_table(header: &[&str], rows: &[Vec<String>]) {
    let width = |cell: &str| console_width(cell);
    let mut widths: Vec<usize> = header.iter().map(|name| width(name)).collect();
    for row in rows {
        for (place, cell) in widths.iter_mut().zip(row) {
            *place = (*place).max(width(cell));
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (cell, wide) in cells.zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', wide + 2 - width(cell)));
        }
        println!("{}", line.trim_end());
    };
    line(&mut header.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}

/// How many columns of a terminal a text takes: a Chinese character takes two.
fn console_width(text: &str) -> usize {
    text.chars()
        .map(|c| {
            if ('\u{1100}'..='\u{ffe6}').contains(&c) && !('\u{2000}'..='\u{2e7f}').contains(&c) {
                2
            } else {
                1
            }
        })
        .sum()
}
