//! The billers that can be asked, and the core: what each specification says, and the line to its system. Every process
//! has its own lines.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiaozi_adapters::exchange::MESSAGE_BYTES_MAX;
use jiaozi_adapters::spec::outbound::{self, LengthForm, Outbound, Transport};
use jiaozi_adapters::spec::{PartnerSpec, biller};
use jiaozi_adapters::utility::biller::{Biller, Role};

use opentelemetry::metrics::Meter;
use tokio_util::task::TaskTracker;

use super::references::References;
use crate::config;
use crate::edge::tls::TlsError;
use crate::gateway::Gateway;
use crate::outbound::Outside;
use crate::outbound::address::{Address, AddressError};
use crate::outbound::breaker::Phase;
use crate::outbound::line::Line;
use crate::outbound::settings::{BreakerSettings, Frame, Length, Limits, Settings, Times};

/// A biller and the line to it.
#[derive(Debug)]
pub struct Reached {
    /// The biller, ready for decisions.
    pub biller: Arc<Biller>,
    /// Its specification.
    pub spec: Arc<PartnerSpec>,
    /// The line to its system; none to whoever is told by files alone.
    pub line: Option<Line>,
    /// A line of its own for files, which come in one at a time: they take no place and no leave from payers.
    pub files: Option<Line>,
}

impl Reached {
    /// Whether it takes calls now, as far as is known; whoever is told by files always does.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.line.as_ref().is_none_or(|line| line.phase() == Phase::Closed)
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.biller.payee.code
    }

    /// Its terms: what is said to it, and how.
    #[must_use]
    pub fn terms(&self) -> Option<&biller::Biller> {
        self.spec.called()
    }
}

/// All billers of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Billers {
    reached: Arc<BTreeMap<String, Arc<Reached>>>,
    core: Option<Arc<Reached>>,
    /// What our references are made of.
    pub references: Arc<References>,
    /// The calls that are under way.
    pub calls: TaskTracker,
}

/// Why billers cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// The authorities that are believed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address of one.
    #[error("{partner}: {error}")]
    Address {
        /// Whose.
        partner: String,
        /// What is wrong with it.
        error: AddressError,
    },
}

impl Billers {
    /// Lines to the billers of a gateway's specifications.
    ///
    /// # Errors
    /// When an address is none, or the file of further authorities is not what it should be.
    pub fn open(
        gateway: &Gateway,
        config: &config::Outbound,
        meter: &Meter,
    ) -> Result<Billers, Unreachable> {
        let outside = Outside::new(config, meter)?;
        let mut reached = BTreeMap::new();
        for biller in gateway.partners.all_called() {
            let code = biller.payee.code.clone();
            let Some(spec) = gateway.partners.spec(&code) else { continue };
            let Some(terms) = spec.called() else { continue };
            let unreachable = |error| Unreachable::Address { partner: code.clone(), error };
            let settings = settings(&terms.outbound).map_err(unreachable)?;
            let alone = settings.clone().map(|settings| {
                let limits = Limits { in_flight_max: 1, ..settings.limits };
                Settings { limits, ..settings }
            });
            let line = |settings: Option<Settings>| {
                settings.map(|settings| outside.line(&code, settings)).transpose()
            };
            let files = line(alone).map_err(unreachable)?;
            let line = line(settings).map_err(unreachable)?;
            let one = Reached { biller: Arc::clone(biller), spec: Arc::clone(spec), line, files };
            reached.insert(code, Arc::new(one));
        }
        let in_force = gateway.core.as_ref().map(|core| core.payee.code.as_str());
        Ok(Billers {
            core: in_force.and_then(|code| reached.get(code)).cloned(),
            reached: Arc::new(reached),
            references: Arc::new(References::new(gateway.store.clone())),
            calls: TaskTracker::new(),
        })
    }

    /// The core in force.
    #[must_use]
    pub fn core(&self) -> Option<&Arc<Reached>> {
        self.core.as_ref()
    }

    /// A biller by its code: one who is paid, and no core.
    #[must_use]
    pub fn biller(&self, code: &str) -> Option<&Arc<Reached>> {
        self.get(code).filter(|reached| reached.biller.role == Role::Biller)
    }

    /// All billers, by code.
    pub fn billers(&self) -> impl Iterator<Item = &Arc<Reached>> {
        self.all().filter(|reached| reached.biller.role == Role::Biller)
    }

    /// Whoever is called, by its code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Arc<Reached>> {
        self.reached.get(code)
    }

    /// Waits until no call is under way any more: each ends with its own time. Begin none afterwards.
    pub async fn finish(&self) {
        self.calls.close();
        self.calls.wait().await;
    }

    /// All who are called, by code.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Reached>> {
        self.reached.values()
    }
}

/// The settings of a line as a specification has them, if it has one.
fn settings(spec: &Outbound) -> Result<Option<Settings>, AddressError> {
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    let (address, frame) = match &spec.transport {
        Transport::Files => return Ok(None),
        Transport::Https { address, .. } => (Address::parse(address)?, None),
        Transport::Tcp { address, tls, frame } => {
            let scheme = if *tls { "tls" } else { "tcp" };
            (Address::parse(&format!("{scheme}://{address}"))?, Some(framed(*frame)))
        }
    };
    Ok(Some(Settings {
        address,
        frame,
        times: Times {
            connect: seconds(spec.timeouts.connect_seconds),
            answer: seconds(spec.timeouts.answer_seconds),
            late: seconds(spec.timeouts.late_seconds),
        },
        limits: Limits {
            in_flight_max: usize::try_from(spec.limits.in_flight_max).unwrap_or(usize::MAX),
            per_minute: Some(spec.limits.per_minute),
            per_customer_per_minute: spec.limits.per_customer_per_minute,
        },
        breaker: BreakerSettings {
            failures: spec.breaker.failures,
            pause: seconds(spec.breaker.pause_seconds),
        },
        answer_bytes_max: MESSAGE_BYTES_MAX,
    }))
}

fn framed(frame: outbound::Frame) -> Frame {
    let length = match (frame.length, frame.bytes) {
        (LengthForm::Digits, digits) => Length::Digits(digits),
        (LengthForm::BigEndian, 2) => Length::Binary2,
        (LengthForm::BigEndian, _) => Length::Binary4,
    };
    Frame { length, counts_itself: frame.counts_itself }
}
