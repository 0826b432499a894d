//! What the process tells about itself: logs, traces, metrics.
//!
//! Logs go to standard error, plain or as JSON. Traces go to a collector by OTLP over HTTP with
//! protobuf, in batches, from a thread of their own. Metrics wait at `/metrics` to be fetched.
//! Personal data is in none of them: spans and labels name routes, identifiers and codes only.
//!
//! # Layout
//!
//! - [`metrics`]: the registry and its text form
//! - [`traces`]: the exporter, and the caller's trace context
//!
//! [`start`] comes before the runtime and [`Telemetry::shutdown`] after it. The exporter's client
//! is a blocking one, which is the only kind that works on the exporter's own thread; from inside
//! the runtime it would be a way to stop a worker.

pub mod metrics;
pub mod traces;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

pub use self::metrics::Metrics;
pub use self::traces::remote_parent;

use crate::config::{LogFormat, Telemetry as Config};

/// Why telemetry could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("telemetry.log_filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The exporter cannot be built.
    #[error("telemetry.otlp_endpoint: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The registry refused an instrument.
    #[error("metrics: {0}")]
    Metrics(#[from] opentelemetry_sdk::error::OTelSdkError),
    /// Logs are already going somewhere in this process.
    #[error("logs: {0}")]
    AlreadyStarted(#[from] tracing_subscriber::util::TryInitError),
}

/// The running telemetry. Dropping it without [`Telemetry::shutdown`] loses the last spans.
#[derive(Debug)]
#[must_use = "spans are flushed by shutdown"]
pub struct Telemetry {
    /// Where instruments are made and read.
    pub metrics: Metrics,
    tracers: Option<SdkTracerProvider>,
}

/// Starts logs, traces and metrics. Call it once, before the runtime.
pub fn start(config: &Config) -> Result<Telemetry, TelemetryError> {
    let metrics = Metrics::new(&config.service_name)?;
    let tracers = match &config.otlp_endpoint {
        Some(endpoint) => Some(traces::exporting_to(endpoint, &config.service_name)?),
        None => None,
    };
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let log = fmt::layer().with_writer(std::io::stderr);
    let log = match config.log_format {
        LogFormat::Json => log.json().flatten_event(true).boxed(),
        LogFormat::Plain => log.boxed(),
    };
    let spans = tracers
        .as_ref()
        .map(|tracers| tracing_opentelemetry::layer().with_tracer(tracers.tracer("jiaozi")));
    tracing_subscriber::registry().with(filter).with(log).with(spans).try_init()?;
    opentelemetry::global::set_meter_provider(metrics.provider());
    Ok(Telemetry { metrics, tracers })
}

impl Telemetry {
    /// Sends what is still waiting. Takes five seconds at most; call it after the runtime ended.
    pub fn shutdown(self) {
        if let Some(tracers) = self.tracers
            && let Err(error) = tracers.shutdown()
        {
            tracing::warn!(%error, "the last spans were not delivered");
        }
    }
}
