//! `jiaozi serve`: configuration, telemetry, runtime, addresses, books, doors, and all of it back again.

mod readiness;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use clap::Args;
use jiaozi_ledger::store::OpenOptions;
use tokio::sync::{oneshot, watch};

use super::{Common, Failure, open};
use crate::api::{Api, Settings};
use crate::clock::{Clock, SystemClock};
use crate::config::{Complaint, Config, ConfigError, Flag, Role};
use crate::docs;
use crate::edge::address::Reserved;
use crate::edge::health::{self, Readiness};
use crate::edge::{accept, stack, tls};
use crate::gateway::Gateway;
use crate::interrupt::Interrupt;
use crate::pages;
use crate::sandbox;
use crate::telemetry::{self, Metrics};
use crate::utility::billers::Billers;
use crate::workers;

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    common: Common,
    /// Where to listen, in place of listen.http.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// What to do, in place of roles.run; may be repeated.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Ends as if it were told to when its standard input ends: for a program that starts it, holds the
    /// other end, and may be killed.
    #[arg(long)]
    until_stdin_ends: bool,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(self.flags())?;
        // Whatever can be wrong with the files that it names is found before anything is made.
        let tls = tls(&config)?;
        let settings = Settings::of(&config)?;
        sandbox::check_keys(&config)?;
        open::partners(&config)?;
        let telemetry = telemetry::start(&config.telemetry).context("telemetry")?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("runtime")?;
        let metrics = telemetry.metrics.clone();
        let served = runtime.block_on(async {
            let addresses = Addresses::reserve(&config)?;
            let gateway = opened(&config).await?;
            let billers = Billers::open(&gateway, &config.outbound, &metrics.meter());
            let billers = billers.context("outbound")?;
            let routes = if config.roles.has(Role::Http) {
                let pages = pages::router(gateway.clone(), billers.clone(), secure(&config));
                let api = Api::new(gateway.clone(), billers.clone(), settings).router();
                api.merge(pages).merge(docs::router())
            } else {
                Router::new()
            };
            let parent = self.until_stdin_ends.then(stdin_ended);
            let inside = Inside { gateway, billers, routes };
            Ok(serve(&config, addresses, tls, metrics, inside, parent).await?)
        });
        drop(runtime);
        telemetry.shutdown();
        served
    }

    fn flags(&self) -> Vec<Flag> {
        let listen =
            self.listen.clone().map(|value| Flag { flag: "--listen", key: "listen.http", value });
        let roles = (!self.roles.is_empty()).then(|| Flag {
            flag: "--role",
            key: "roles.run",
            value: self.roles.join(","),
        });
        listen.into_iter().chain(roles).collect()
    }
}

/// The addresses to listen on, ours before the books are touched.
struct Addresses {
    admin: Option<Reserved>,
    http: Reserved,
}

impl Addresses {
    fn reserve(config: &Config) -> anyhow::Result<Addresses> {
        let reserve = |key: &str, address: SocketAddr| {
            Reserved::at(address).with_context(|| format!("{key} = {address}"))
        };
        let admin = config.listen.admin.map(|address| reserve("listen.admin", address));
        Ok(Addresses {
            admin: admin.transpose()?,
            http: reserve("listen.http", config.listen.http)?,
        })
    }
}

/// Certificate, key and authority, where we end TLS ourselves.
fn tls(config: &Config) -> Result<Option<Arc<rustls::ServerConfig>>, ConfigError> {
    if !config.tls.is_on() {
        return Ok(None);
    }
    let read = tls::server_config(&config.tls).map_err(|error| {
        let expected = "certificate, key and authority that fit together";
        config.complain(Complaint::new(error.key(), error.to_string(), expected))
    });
    read.map(Some)
}

/// Opens the gateway. Whether missing keys may be made up, the database itself says.
async fn opened(config: &Config) -> Result<Gateway, Failure> {
    let options = OpenOptions::default();
    let books = open::store(config, options).await?;
    let is_sandbox = books.head().await.context("the database")?.sandbox;
    books.close().await.context("the database")?;
    open::parts(config, is_sandbox, options).await
}

/// Whether browsers reach the pages over TLS: ours, or that of a proxy in front.
fn secure(config: &Config) -> bool {
    let origin = config.listen.public_origin.as_deref();
    config.tls.is_on() || origin.is_some_and(|origin| origin.starts_with("https://"))
}

/// What is served.
struct Inside {
    gateway: Gateway,
    billers: Billers,
    routes: Router,
}

async fn serve(
    config: &Config,
    addresses: Addresses,
    tls: Option<Arc<rustls::ServerConfig>>,
    metrics: Metrics,
    inside: Inside,
    parent: Option<oneshot::Receiver<()>>,
) -> anyhow::Result<()> {
    let Inside { gateway, billers, routes } = inside;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Before anyone can see that we are here: a supervisor may stop us at once.
    let mut interrupt = Interrupt::listen().context("signal handler")?;
    let readiness = Readiness::new();
    let health = health::router(readiness.clone(), metrics.clone());
    let meter = metrics.meter();
    let mut router = stack::stack(routes, config.limits.of_requests(), clock, &meter);
    let (stop, stopped) = watch::channel(false);
    let mut servers = tokio::task::JoinSet::new();
    match addresses.admin {
        None => router = router.merge(health),
        Some(address) => {
            let listener = address.open().context("listen.admin")?;
            let limits = config.limits.of_connections();
            servers.spawn(accept::run(listener, None, health, limits, told(stopped.clone())));
        }
    }
    let listener = addresses.http.open().context("listen.http")?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    tracing::info!("listening on {scheme}://{}", listener.local_addr()?);
    let limits = config.limits.of_connections();
    servers.spawn(accept::run(listener, tls, router, limits, told(stopped.clone())));
    let own = workers::of_roles(&gateway, config, &billers).context("webhooks")?;
    let mut working = workers::start(&gateway, own, &meter, &stopped);
    working.spawn(readiness::watch(gateway.clone(), readiness.clone(), stopped.clone()));

    tokio::select! {
        interrupted = interrupt.signal() => tracing::info!("draining: {interrupted}"),
        () = gone(parent) => tracing::info!("draining: standard input has ended"),
    }
    readiness.draining();
    stop.send_replace(true);
    while servers.join_next().await.is_some() {}
    while working.join_next().await.is_some() {}
    // A call that ends later is unknown, and is asked about when a process is there again.
    let drain = Duration::from_secs(config.limits.drain_seconds);
    if tokio::time::timeout(drain, billers.finish()).await.is_err() {
        tracing::warn!("calls to billers were still under way");
    }
    Ok(())
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone will never say anything else.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Tells when standard input ends: whoever holds its other end has closed it, or is gone. A thread of
/// its own reads it, since one of the runtime's would keep the process from ending.
fn stdin_ended() -> oneshot::Receiver<()> {
    let (ended, told) = oneshot::channel();
    std::thread::spawn(move || {
        // Input that cannot be read has ended, too.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = ended.send(());
    });
    told
}

/// Comes when the parent is gone; never where there is none to look after.
async fn gone(parent: Option<oneshot::Receiver<()>>) {
    match parent {
        Some(ended) => {
            // A thread that is gone reads no input any more.
            let _ = ended.await;
        }
        None => std::future::pending().await,
    }
}
