//! Lines to systems outside, over real sockets: what was answered, what was surely not sent, and what
//! is unknown.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

#[path = "outbound/framed.rs"]
mod framed;
#[path = "outbound/requests.rs"]
mod requests;
#[path = "outbound/sharing.rs"]
mod sharing;
#[path = "outbound/support.rs"]
mod support;
#[path = "outbound/tls.rs"]
mod tls;
