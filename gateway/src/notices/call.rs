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
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioExecutor;
use jiaozi_ledger::time::Instant;
use tower::Service;

use super::{Notice, sign};
use crate::config::Webhooks;
use crate::gateway::Gateway;

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
        let resolver =
            PublicOnly { inner: GaiResolver::new(), allow_private: config.allow_private_targets };
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

/// Resolves names, and refuses addresses that are not public: a specification must not make the
/// gateway call its own network.
#[derive(Debug, Clone)]
struct PublicOnly {
    inner: GaiResolver,
    allow_private: bool,
}

impl Service<Name> for PublicOnly {
    type Response = std::vec::IntoIter<std::net::SocketAddr>;
    type Error = std::io::Error;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allow_private = self.allow_private;
        let resolved = self.inner.call(name.clone());
        Box::pin(async move {
            let allowed: Vec<_> = resolved
                .await?
                .filter(|address| allow_private || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(std::io::Error::other(format!("{name} has no public address")));
            }
            Ok(allowed.into_iter())
        })
    }
}

/// Whether an address is on the public network.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || v4.octets()[0] == 0
                || (v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1])))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                !(v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local())
            }
        },
    }
}
