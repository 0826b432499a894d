//! The metrics' registry and its text form.
//!
//! Instruments are OpenTelemetry's; what is fetched is Prometheus' text. Names are
//! `jiaozi_<noun>`, and the exporter adds the unit and `_total`.

use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Encoder as _, Registry, TextEncoder};

/// Where instruments are made and read. Clones share their registry.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    provider: SdkMeterProvider,
}

impl Metrics {
    /// An empty registry of its own; nothing is global.
    pub fn new(service_name: &str) -> Result<Self, OTelSdkError> {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .build()?;
        let resource = Resource::builder_empty()
            .with_attribute(opentelemetry::KeyValue::new("service.name", service_name.to_owned()))
            .build();
        let provider =
            SdkMeterProvider::builder().with_resource(resource).with_reader(exporter).build();
        Ok(Self { registry, provider })
    }

    /// Where instruments are made.
    pub fn meter(&self) -> Meter {
        self.provider.meter("jiaozi")
    }

    /// The text that `/metrics` answers with.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        String::from_utf8(text).map_err(|error| prometheus::Error::Msg(error.to_string()))
    }

    pub(super) fn provider(&self) -> SdkMeterProvider {
        self.provider.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_appears_under_its_name() {
        let metrics = Metrics::new("test").unwrap();
        metrics.meter().u64_counter("jiaozi_payments").build().add(3, &[]);
        let text = metrics.render().unwrap();
        assert!(text.lines().any(|line| line == "jiaozi_payments_total 3"), "{text}");
    }
}
