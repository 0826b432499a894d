//! Jiaozi's gateway: the doors through which partners, terminals and people come, and the program
//! that opens them.
//!
//! The only crate that knows HTTP, TLS, ISO 8583, files and the command line. What a payment
//! means is decided in the adapters, and what is true is written by the ledger.
//!
//! # Layout
//!
//! - [`cli`]: the commands and their exit codes
//! - [`config`]: what can be set, from where, and what is wrong with it
//! - [`edge`]: sockets, limits, errors, signatures
//! - [`telemetry`]: logs, traces, metrics
//! - [`clock`]: the only place that reads the time

pub mod cli;
pub mod clock;
pub mod config;
pub mod edge;
pub mod telemetry;
