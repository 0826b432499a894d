//! The edge of HTTP: sockets, limits, errors and signatures.
//!
//! Nothing here knows a payment. A request is accepted, bounded, identified and handed to a
//! router; an answer, good or bad, is finished and sent.
//!
//! # Layout
//!
//! - [`address`]: an address taken before its port opens
//! - [`accept`]: listens, shakes hands, bounds connections, drains
//! - [`tls`]: server certificates and mutual TLS
//! - [`stack`]: every middleware, in one list
//! - [`body`]: reads a whole body within its limits
//! - [`problem`]: what every error looks like on the wire
//! - [`signature`]: HTTP Message Signatures and Content-Digest
//! - [`health`]: alive, ready, metrics

pub mod accept;
pub mod address;
pub mod body;
pub mod health;
pub mod problem;
pub mod signature;
pub mod stack;
pub mod tls;
