//! Bounds on what clients may take of us.

use std::time::Duration;

use serde::Deserialize;

use super::Complaint;
use crate::edge::accept;
use crate::edge::body::BodyLimits;
use crate::edge::stack::RequestLimits;

/// No limit in seconds is longer than this: beyond it, a typing error is likelier than a wish.
const SECONDS_MAX: u64 = 3_600;

/// Bounds; `config.default.toml` says what each is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the default file documents every key")]
pub struct Limits {
    pub connections_max: usize,
    pub header_bytes_max: usize,
    pub headers_max: usize,
    pub header_read_seconds: u64,
    pub tls_handshake_seconds: u64,
    pub keep_alive_seconds: u64,
    pub write_stall_seconds: u64,
    pub in_flight_max: usize,
    pub request_seconds: u64,
    pub body_bytes_max: usize,
    pub file_bytes_max: usize,
    pub drain_seconds: u64,
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        let counts = [
            ("limits.connections_max", self.connections_max, 1, 1_000_000),
            ("limits.header_bytes_max", self.header_bytes_max, 8_192, 1 << 20),
            ("limits.headers_max", self.headers_max, 16, 1_000),
            ("limits.in_flight_max", self.in_flight_max, 1, 1_000_000),
            ("limits.body_bytes_max", self.body_bytes_max, 1_024, 1 << 30),
            ("limits.file_bytes_max", self.file_bytes_max, 1_024, 1 << 30),
        ];
        for (key, value, least, most) in counts {
            if !(least..=most).contains(&value) {
                return Err(out_of_range(key, value as u64, least as u64, most as u64));
            }
        }
        let seconds = [
            ("limits.header_read_seconds", self.header_read_seconds),
            ("limits.tls_handshake_seconds", self.tls_handshake_seconds),
            ("limits.keep_alive_seconds", self.keep_alive_seconds),
            ("limits.write_stall_seconds", self.write_stall_seconds),
            ("limits.request_seconds", self.request_seconds),
            ("limits.drain_seconds", self.drain_seconds),
        ];
        for (key, value) in seconds {
            if !(1..=SECONDS_MAX).contains(&value) {
                return Err(out_of_range(key, value, 1, SECONDS_MAX));
            }
        }
        Ok(())
    }

    /// What the accept loop takes.
    pub fn of_connections(&self) -> accept::Limits {
        accept::Limits {
            connections_max: self.connections_max,
            header_bytes_max: self.header_bytes_max,
            headers_max: self.headers_max,
            header_read_max: Duration::from_secs(self.header_read_seconds),
            tls_handshake_max: Duration::from_secs(self.tls_handshake_seconds),
            keep_alive_max: Duration::from_secs(self.keep_alive_seconds),
            write_stall_max: Duration::from_secs(self.write_stall_seconds),
            drain_max: Duration::from_secs(self.drain_seconds),
        }
    }

    /// What the middleware takes.
    pub fn of_requests(&self) -> RequestLimits {
        RequestLimits {
            in_flight_max: self.in_flight_max,
            request_max: Duration::from_secs(self.request_seconds),
            // Each handler has the smaller limit of its own; this is the outer one for all.
            body_bytes_max: self.body_bytes_max.max(self.file_bytes_max),
        }
    }

    /// What a handler takes whose body is a file.
    pub fn of_files(&self) -> BodyLimits {
        BodyLimits { bytes_max: self.file_bytes_max, ..self.of_bodies() }
    }

    /// What a handler takes that reads a whole body. The body's time ends before the request's,
    /// so that a slow sender is told that it is slow.
    pub fn of_bodies(&self) -> BodyLimits {
        BodyLimits {
            bytes_max: self.body_bytes_max,
            time_max: Duration::from_secs(self.request_seconds) / 2,
        }
    }
}

pub(super) fn out_of_range(key: &'static str, value: u64, least: u64, most: u64) -> Complaint {
    let expected = format!("a number from {least} to {most}");
    Complaint::new(key, format!("{value} is out of range"), expected)
}
