//! The gateway of a bench: the same router and stack as `jiaozi serve`, over plain HTTP on loopback,
//! in this process.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::api::{Api, Settings};
use crate::clock::SystemClock;
use crate::config::{Config, Flag, Mode, Sources};
use crate::edge::{accept, stack};
use crate::gateway::{Gateway, Parts};
use crate::telemetry::Metrics;
use jiaozi_ledger::store::OpenOptions;

/// A gateway that serves.
#[derive(Debug)]
pub struct Server {
    gateway: Gateway,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<accept::Drained>,
}

impl Server {
    /// Starts a gateway over a database and a folder of specifications, on a free port.
    ///
    /// # Errors
    /// When the database or the specifications cannot be used, or there is no port.
    pub async fn start(database: &str, partner_specs: &Path) -> anyhow::Result<Server> {
        let config = config()?;
        let clock = Arc::new(SystemClock);
        let gateway = Gateway::open(Parts {
            database,
            partner_specs,
            secrets: config
                .secrets
                .keys(Mode::Sandbox)
                .map_err(|complaint| config.complain(complaint))?,
            clock: clock.clone(),
            options: OpenOptions { create_sandbox: true, allow_weak_durability: false },
        })
        .await?;
        let metrics = Metrics::new(&config.telemetry.service_name)?;
        let settings = Settings {
            policy: config.signatures.policy(),
            public_origin: None,
            signer: None,
            bodies: config.limits.of_bodies(),
        };
        let routes = Api::new(gateway.clone(), settings).router();
        let limits = config.limits.of_requests();
        let router = stack::stack(routes, limits, clock, &metrics.meter());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async {
            // A bench that is gone will not say so.
            let _ = stopped.await;
        };
        let limits = config.limits.of_connections();
        let ended = tokio::spawn(accept::run(listener, None, router, limits, stopped));
        Ok(Server { gateway, address, stop, ended })
    }

    /// The gateway itself, for what is prepared and for the check.
    #[must_use]
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it; comes back when no connection is left.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.ended.await;
    }
}

/// The shipped defaults, but for the window of signatures: requests are signed before the run.
fn config() -> anyhow::Result<Config> {
    let flags = [("signatures.window_seconds", "3600"), ("limits.keep_alive_seconds", "600")];
    let flags = flags.map(|(key, value)| Flag { flag: "bench", key, value: value.to_owned() });
    Ok(Config::load(&Sources::of_process(None, flags.to_vec()))?)
}
