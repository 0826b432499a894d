//! The systems outside that the gateway calls: billers, and later the bank's core.
//!
//! A [`Line`](line::Line) carries one message to one system and brings back what was [heard](heard): an
//! answer, the certainty that nothing was sent, or silence. The three are never mixed up, because money
//! follows them: what was surely not sent can be refused with truth, and what may have been heard is
//! unknown, whatever the reason. Nothing is ever repeated here. Who repeats, asks or takes back, and what
//! an answer means, is decided elsewhere; a line knows bytes, places and times.
//!
//! Each message has a connection of its own: one that is used again may have been closed by the other
//! side while our message was on its way, and then nobody knows whether it was heard.
//!
//! A system that is dead costs the others nothing. Each line has its own places, its own pace, and a
//! breaker that lets it rest. Every process counts for itself.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | [`line`](mod@line) | one message to one system, and what was heard |
//! | [`settings`], [`address`] | where a system is, how it is spoken to, how long and how often |
//! | [`heard`] | an answer, nothing sent, or silence |
//! | [`breaker`] | a system that does not answer rests, and is tried again one message at a time |
//! | [`pace`] | so many messages a minute, in total and for each customer |
//! | [`connect`] | a connection, and whether anything was written to it |
//! | [`http`], [`framed`] | one message over it |
//! | [`download`] | a file over it, handed on while it comes |
//! | [`target`] | which addresses may be called |
//! | [`trust`] | whose certificates are believed |
//! | [`metrics`] | what is measured |

pub mod address;
pub mod breaker;
mod connect;
pub mod download;
mod framed;
pub mod heard;
mod http;
pub mod line;
mod metrics;
pub mod pace;
pub mod settings;
pub mod target;
mod trust;

use std::collections::BTreeMap;

use opentelemetry::metrics::Meter;
use tokio_rustls::TlsConnector;

use self::address::{Address, AddressError};
use self::line::Line;
use self::metrics::Instruments;
use self::settings::Settings;
use crate::config::Outbound;
use crate::edge::tls::TlsError;

/// What the lines of a process share. Cheap to clone.
#[derive(Clone)]
pub struct Outside {
    tls: TlsConnector,
    allow_private: bool,
    addresses: BTreeMap<String, String>,
    instruments: Instruments,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside")
            .field("allow_private", &self.allow_private)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl Outside {
    /// Reads the authorities that are believed.
    ///
    /// # Errors
    /// When the file of further authorities is not what it should be.
    pub fn new(config: &Outbound, meter: &Meter) -> Result<Outside, TlsError> {
        Ok(Outside {
            tls: trust::connector(config.ca_file())?,
            allow_private: config.allow_private_targets,
            addresses: config.addresses.clone(),
            instruments: Instruments::new(meter),
        })
    }

    /// A line to the system of a partner. The configuration's address for the partner comes before the
    /// one of the settings, and may be a private one: whoever runs the gateway has named it.
    ///
    /// # Errors
    /// When the address is none, or is not one for this way of speaking.
    pub fn line(&self, partner: &str, settings: Settings) -> Result<Line, AddressError> {
        let (address, private_allowed) = match self.addresses.get(partner) {
            Some(own) => (Address::parse(own)?, true),
            None => (settings.address.clone(), self.allow_private),
        };
        address.check(settings.frame.as_ref())?;
        let settings = Settings { address, ..settings };
        Ok(Line::new(partner, settings, self, private_allowed))
    }
}
