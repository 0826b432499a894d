//! Delivers what is due: claims some notices, calls their partners, and records what came of it.

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
use jiaozi_ledger::row::{Cell, Row};
use jiaozi_ledger::store::StoreError;
use jiaozi_ledger::time::Instant;
use tower::Service;

use super::{Notice, NoticeState, sign};
use crate::config::Webhooks;
use crate::gateway::Gateway;

/// The pauses after the first, second, … attempt; the last one repeats.
const PAUSES_SECONDS: [i64; 9] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800];

/// For how long a claimed notice belongs to the process that claimed it, beyond the attempt itself.
const CLAIM_SECONDS: i64 = 30;

/// The bytes of a partner's answer that are read; nothing in it matters to us.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Notices whose turn it is: of each resource only the oldest that still waits.
const DUE: &str = "state = 0 and next_at <= $2 and not exists (
    select 1 from notices e where e.book = notices.book and e.partner = notices.partner
        and e.subject = notices.subject and e.seq < notices.seq and e.state = 0)
    order by next_at, seq limit $3";

/// Calls partners.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client<HttpsConnector<HttpConnector<PublicOnly>>, Full<Bytes>>,
    attempt: Duration,
    retry_seconds_max: i64,
    in_flight_max: i64,
    allow_private: bool,
}

impl Sender {
    /// A sender under the configured limits.
    ///
    /// # Errors
    /// When the cryptography offers no protocol version in common with TLS clients: never, as built.
    pub fn new(config: &Webhooks) -> Result<Sender, rustls::Error> {
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
        Ok(Sender {
            client: Client::builder(TokioExecutor::new()).build(connector),
            attempt: Duration::from_secs(config.attempt_seconds),
            // Both are at most a few thousand: the configuration says so.
            retry_seconds_max: i64::try_from(config.retry_hours_max * 3_600).unwrap_or(i64::MAX),
            in_flight_max: i64::try_from(config.in_flight_max).unwrap_or(i64::MAX),
            allow_private: config.allow_private_targets,
        })
    }

    /// Delivers what is due now. Says how many notices it has tried.
    ///
    /// # Errors
    /// When the database cannot be read or written. What was sent and not recorded is sent again.
    pub async fn run_once(&self, gateway: &Gateway) -> Result<usize, StoreError> {
        let now = gateway.now().await?;
        let due = self.claim(gateway, now).await?;
        let mut attempts = tokio::task::JoinSet::new();
        for notice in due {
            let (sender, gateway) = (self.clone(), gateway.clone());
            attempts.spawn(async move {
                let outcome = sender.attempt(&gateway, &notice, now).await;
                sender.after(notice, outcome, now)
            });
        }
        let mut rows = Vec::new();
        while let Some(attempted) = attempts.join_next().await {
            match attempted {
                Ok(notice) => rows.push(notice.cells()),
                Err(error) => tracing::error!(%error, "a notice's attempt ended early"),
            }
        }
        let tried = rows.len();
        if tried > 0 {
            let (mut unit, _) = gateway.store.engine().begin().await?;
            unit.write(&Notice::TABLE, rows, true).await?;
            unit.commit().await?;
        }
        Ok(tried)
    }

    async fn claim(&self, gateway: &Gateway, now: Instant) -> Result<Vec<Notice>, StoreError> {
        let binds = || vec![Cell::Int(now.0), Cell::Int(self.in_flight_max)];
        if gateway.store.find::<Notice>(DUE, binds()).await?.is_empty() {
            return Ok(Vec::new());
        }
        let (mut unit, _) = gateway.store.engine().begin().await?;
        let query = jiaozi_ledger::store::engine::Query::rows::<Notice>(DUE, binds());
        let due: Vec<Notice> = jiaozi_ledger::store::engine::records(unit.read(query).await?)?;
        let lease =
            CLAIM_SECONDS.saturating_add(i64::try_from(self.attempt.as_secs()).unwrap_or(i64::MAX));
        let claimed = due
            .iter()
            .map(|notice| Notice { next_at: now.plus_seconds(lease), ..notice.clone() }.cells())
            .collect();
        unit.write(&Notice::TABLE, claimed, true).await?;
        unit.commit().await?;
        Ok(due)
    }

    /// One attempt: nothing, or what went wrong.
    async fn attempt(
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
        tokio::time::timeout(self.attempt, answered).await.context("no answer in time")?
    }

    /// The notice as it stands after an attempt.
    fn after(&self, notice: Notice, outcome: anyhow::Result<()>, now: Instant) -> Notice {
        let attempts = notice.attempts + 1;
        match outcome {
            Ok(()) => Notice {
                attempts,
                state: NoticeState::Delivered,
                outcome: Some("delivered".to_owned()),
                ..notice
            },
            Err(error) => {
                let place = usize::try_from(notice.attempts).unwrap_or(usize::MAX);
                let pause = PAUSES_SECONDS[place.min(PAUSES_SECONDS.len() - 1)];
                let given_up = paused_seconds(place) >= self.retry_seconds_max;
                tracing::warn!(
                    notice = notice.id,
                    partner = notice.partner,
                    attempts,
                    error = format!("{error:#}"),
                    "a notice was not delivered"
                );
                Notice {
                    attempts,
                    next_at: now.plus_seconds(pause),
                    state: if given_up { NoticeState::GivenUp } else { NoticeState::Waiting },
                    outcome: Some(format!("{error:#}")),
                    ..notice
                }
            }
        }
    }
}

/// All pauses before the attempt at this place, in seconds.
fn paused_seconds(place: usize) -> i64 {
    let last = PAUSES_SECONDS[PAUSES_SECONDS.len() - 1];
    let pauses = PAUSES_SECONDS.into_iter().chain(std::iter::repeat(last));
    pauses.take(place.min(10_000)).sum()
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
