//! One call to a partner: the notice, signed, to the address that its specification names.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::GaiResolver;
use hyper_util::rt::TokioExecutor;
use jiaozi_ledger::time::Instant;

use super::{Notice, sign};
use crate::config::Webhooks;
use crate::gateway::Gateway;
use crate::outbound::target::{PublicOnly, is_public};

/// The bytes of a partner's answer that are read; nothing in it matters to us.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Calls partners. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Caller {
    client: Client<HttpsConnector<HttpConnector<PublicOnly>>, Full<Bytes>>,
    time_max: Duration,
    allow_private: bool,
}

impl Caller {
    /// A caller under the configured limits.
    ///
    /// # Errors
    /// When the cryptography offers no protocol version in common with TLS clients: never, as built.
    pub fn new(config: &Webhooks) -> Result<Caller, rustls::Error> {
        let resolver = PublicOnly::new(GaiResolver::new(), config.allow_private_targets);
        let mut connector = HttpConnector::new_with_resolver(resolver);
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(Duration::from_secs(config.attempt_seconds)));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Caller {
            client: Client::builder(TokioExecutor::new()).build(connector),
            time_max: Duration::from_secs(config.attempt_seconds),
            allow_private: config.allow_private_targets,
        })
    }

    /// Tells a partner a notice, once, and waits for its answer.
    ///
    /// # Errors
    /// Why it is not known to have been heard.
    pub async fn tell(
        &self,
        gateway: &Gateway,
        notice: &Notice,
        now: Instant,
    ) -> anyhow::Result<()> {
        let spec = gateway.partners.spec(&notice.partner);
        let webhook = spec.and_then(|spec| spec.webhook.as_ref());
        let url = webhook.context("the partner's specification names no webhook")?.url.as_str();
        // A host that is an address never meets the resolver.
        let host =
            url.parse::<http::Uri>()?.host().unwrap_or("").trim_matches(['[', ']']).to_owned();
        let private = host.parse::<IpAddr>().is_ok_and(|address| !is_public(address));
        anyhow::ensure!(self.allow_private || !private, "{host} is not a public address");
        let secrets = gateway.keys.webhook_secrets(&notice.partner).await?;
        anyhow::ensure!(!secrets.is_empty(), "the partner has no webhook secret");
        let timestamp = now.0.div_euclid(1_000_000);
        let exposed = secrets.iter().map(|secret| secret.expose());
        let signature = sign::signature(exposed, &notice.id, timestamp, &notice.body)?;
        let request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "jiaozi")
            .header("webhook-id", &notice.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(Full::new(Bytes::from(notice.body.clone())))?;
        let answered = async {
            let answer = self.client.request(request).await?;
            let status = answer.status();
            // Read to the end, so that the connection can be used again.
            let _ = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
            anyhow::ensure!(status.is_success(), "the partner answered {status}");
            Ok(())
        };
        tokio::time::timeout(self.time_max, answered).await.context("no answer in time")?
    }
}
