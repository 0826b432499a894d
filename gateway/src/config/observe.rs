//! Logs and traces.

use serde::Deserialize;

use super::{Complaint, unset_when_empty};

/// Logs and traces.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// The form of a log line.
    pub log_format: LogFormat,
    /// What is logged, in the words of `tracing-subscriber`.
    pub log_filter: String,
    /// The collector's base address.
    #[serde(deserialize_with = "unset_when_empty")]
    pub otlp_endpoint: Option<String>,
    /// Under which name we appear.
    pub service_name: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Plain,
    /// For programs.
    Json,
}

impl Telemetry {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.log_filter) {
            return Err(Complaint::new(
                "telemetry.log_filter",
                error.to_string(),
                "levels and targets, as in info,jiaozi=debug",
            ));
        }
        match &self.otlp_endpoint {
            Some(url) if !is_plain_http(url) => Err(Complaint::new(
                "telemetry.otlp_endpoint",
                format!("{url:?} cannot be used"),
                "the http:// address of a collector nearby, without a path",
            )),
            _ => Ok(()),
        }
    }
}

fn is_plain_http(url: &str) -> bool {
    let uri: Option<http::Uri> = url.parse().ok();
    uri.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.path() == "/")
}
