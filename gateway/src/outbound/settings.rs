//! How a system is spoken to, how long we wait for it, and how often we call it.

use std::time::Duration;

use super::address::Address;

/// The settings of a line. Plain values: where they come from is not the line's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the system is.
    pub address: Address,
    /// How messages are framed: for `tcp` and `tls`, and only there.
    pub frame: Option<Frame>,
    /// How long things may take.
    pub times: Times,
    /// How much may be asked of the system.
    pub limits: Limits,
    /// When it is left alone.
    pub breaker: BreakerSettings,
    /// The bytes of an answer that are read, beyond the headers of HTTP.
    pub answer_bytes_max: usize,
}

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Until there is a place; and then again until there is a connection, with TLS.
    pub connect: Duration,
    /// From the first byte that is written until the answer is complete.
    pub answer: Duration,
    /// For how long after that an answer is still listened for.
    pub late: Duration,
}

/// How much may be asked of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Messages that are waiting for their answer at the same time. As many more may be listened to for
    /// a late one.
    pub in_flight_max: usize,
    /// Messages in any minute.
    pub per_minute: Option<u32>,
    /// Messages about one customer in any minute.
    pub per_customer_per_minute: Option<u32>,
}

/// When a system is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// After so many failures in a row; zero is never.
    pub failures: u32,
    /// For so long; then one message tries it.
    pub pause: Duration,
}

/// How the length of a message is told before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// How the number is written.
    pub length: Length,
    /// Whether it counts its own bytes as well.
    pub counts_itself: bool,
}

/// How a length is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// So many ASCII digits, with zeros before the number.
    Digits(u8),
    /// Two bytes, the high one first.
    Binary2,
    /// Four bytes, the highest first.
    Binary4,
}
