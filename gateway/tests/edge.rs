//! The edge over real sockets: what one client can do to another (nothing), and how a server ends.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

#[path = "edge/support.rs"]
mod support;

#[path = "edge/accepting.rs"]
mod accepting;
#[path = "edge/answering.rs"]
mod answering;
#[path = "edge/signing.rs"]
mod signing;
#[path = "edge/tls.rs"]
mod tls;
