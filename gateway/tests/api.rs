//! The HTTP API as partners' programs see it: signed requests over real sockets, the whole stack, a
//! real database file.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

#[path = "api/bank.rs"]
mod bank;
#[path = "api/certificate.rs"]
mod certificate;
#[path = "api/document.rs"]
mod document;
#[path = "api/files.rs"]
mod files;
#[path = "api/lists.rs"]
mod lists;
#[path = "api/paying.rs"]
mod paying;
#[path = "api/racing.rs"]
mod racing;
#[path = "api/refusing.rs"]
mod refusing;
#[path = "api/returning.rs"]
mod returning;
#[path = "api/signing.rs"]
mod signing;
#[path = "api/tracing_one.rs"]
mod tracing_one;
#[path = "api/withholding.rs"]
mod withholding;
