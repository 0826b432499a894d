//! `jiaozi serve`: configuration, telemetry, runtime, addresses, books, doors, and all of it back again.

mod readiness;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use clap::Args;
use jiaozi_ledger::store::{OpenOptions, Store};
use tokio::sync::watch;

use super::{Common, Failure};
use crate::api::{Api, Settings};
use crate::clock::{Clock, SystemClock};
use crate::config::{Complaint, Config, Flag, Role};
use crate::edge::address::Reserved;
use crate::edge::health::{self, Readiness};
use crate::edge::{accept, stack, tls};
use crate::gateway::{Gateway, Parts};
use crate::pages;
use crate::sandbox;
use crate::telemetry::{self, Metrics};
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
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.common.load(self.flags())?;
        // What can be wrong with files is found before any port opens, too.
        let tls = if config.tls.is_on() {
            let read = tls::server_config(&config.tls).map_err(|error| {
                let expected = "certificate, key and authority that fit together";
                config.complain(Complaint::new("tls.certificate_file", error.to_string(), expected))
            });
            Some(read?)
        } else {
            None
        };
        // A database that is made now is a live one, and a live one cannot be without keys.
        if sandbox::database_file(&config.database.url).is_some_and(|file| !file.exists()) {
            sandbox::keys(&config, false)?;
        }
        let telemetry = telemetry::start(&config.telemetry).context("telemetry")?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("runtime")?;
        let metrics = telemetry.metrics.clone();
        let served = runtime.block_on(async {
            let addresses = Addresses::reserve(&config)?;
            let gateway = open(&config).await?;
            let routes = if config.roles.has(Role::Http) {
                let pages = pages::router(gateway.clone(), secure(&config));
                Api::new(gateway.clone(), Settings::of(&config)?).router().merge(pages)
            } else {
                Router::new()
            };
            Ok(serve(&config, addresses, tls, metrics, routes, &gateway).await?)
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

/// Opens the gateway. Whether missing keys may be made up, the database itself says.
async fn open(config: &Config) -> Result<Gateway, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = OpenOptions::default();
    let database = &config.database.url;
    let books = Store::open(database, Arc::clone(&clock), options).await.context("the database")?;
    let is_sandbox = books.head().await.context("the database")?.sandbox;
    books.close().await.context("the database")?;
    let secrets = sandbox::keys(config, is_sandbox)?;
    let partner_specs = &config.partners.folder;
    let parts = Parts { database, partner_specs, secrets, clock, options };
    Ok(Gateway::open(parts).await.context("the gateway")?)
}

/// Whether browsers reach the pages over TLS: ours, or that of a proxy in front.
fn secure(config: &Config) -> bool {
    let origin = config.listen.public_origin.as_deref();
    config.tls.is_on() || origin.is_some_and(|origin| origin.starts_with("https://"))
}

async fn serve(
    config: &Config,
    addresses: Addresses,
    tls: Option<Arc<rustls::ServerConfig>>,
    metrics: Metrics,
    routes: Router,
    gateway: &Gateway,
) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Before anyone can see that we are here: a supervisor may stop us at once.
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .context("signal handler")?;
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
    let own = workers::of_roles(config).context("webhooks")?;
    let mut working = workers::start(gateway, own, &meter, &stopped);
    working.spawn(readiness::watch(gateway.store.clone(), readiness.clone(), stopped.clone()));

    stop_signal(terminate).await?;
    tracing::info!("draining");
    readiness.draining();
    stop.send_replace(true);
    while servers.join_next().await.is_some() {}
    while working.join_next().await.is_some() {}
    Ok(())
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone will never say anything else.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Interrupt from a keyboard, or terminate from a supervisor.
async fn stop_signal(mut terminate: tokio::signal::unix::Signal) -> anyhow::Result<()> {
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("signal handler"),
        _ = terminate.recv() => Ok(()),
    }
}
