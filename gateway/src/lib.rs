//! Jiaozi's gateway: the doors through which partners, terminals and people come, and the program
//! that opens them.
//!
//! The only crate that knows HTTP, TLS, files and the command line. What a payment
//! means is decided in the adapters, and what is true is written by the ledger.
//!
//! # Layout
//!
//! - [`cli`]: the commands and their exit codes
//! - [`config`]: what can be set, from where, and what is wrong with it
//! - [`edge`]: sockets, limits, errors, signatures
//! - [`telemetry`]: logs, traces, metrics
//! - [`clock`]: the only place that reads the time
//! - [`gateway`]: store, writer, partners, keys, vault and tokens, put together
//! - [`partners`], [`keys`], [`tokens`]: its parts
//! - [`property`], [`utility`], [`accounts`]: what can be done and read, the same for every door
//! - [`refused`]: why something has no recorded answer
//! - [`asked`], [`paging`], [`payment`]: what every order, every list and every payment has
//! - [`api`]: the HTTP API
//! - [`pages`]: the payer's page
//! - [`docs`]: the documentation of the API
//! - [`notices`]: what partners are told, in order, until they have heard it
//! - [`outbound`]: the systems outside that it calls
//! - [`filed`]: partners that are told by files, and what their files say
//! - [`files`]: bytes to numbered lines and back
//! - [`trial`], [`bench`], [`demo`]: a gateway of its own to try, how fast this machine is, and a
//!   business day through the doors
//! - [`doctor`]: what is wrong with an installation
//! - [`interrupt`]: the signals that ask a process to end
//! - [`mailbox`]: the folders in which files are exchanged
//! - [`imports`]: a partner's file, taken in once however often it comes
//! - [`days`]: clearing days closed, their files, reconciliation
//! - [`operators`]: what people of the bank order by hand, proved and approved
//! - [`record`]: events of what happens outside the books
//! - [`sandbox`]: the keys of databases for trying things out
//! - [`workers`]: what the gateway does by itself

pub mod accounts;
pub mod api;
pub mod asked;
pub mod bench;
pub mod cli;
pub mod clock;
pub mod config;
pub mod days;
pub mod demo;
pub mod docs;
pub mod doctor;
pub mod draws;
pub mod edge;
pub mod fetching;
pub mod filed;
pub mod files;
pub mod gateway;
pub mod imports;
pub mod interrupt;
pub mod keys;
pub mod mailbox;
pub mod mirror;
pub mod notices;
pub mod operators;
pub mod outbound;
pub mod pages;
pub mod paging;
pub mod partners;
pub mod payment;
pub mod payouts;
pub mod property;
pub mod reconciliation;
pub mod record;
pub mod refused;
pub mod sandbox;
pub mod telemetry;
pub mod tokens;
pub mod trial;
pub mod utility;
pub mod withholding;
pub mod workers;
