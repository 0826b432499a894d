//! `bench pay`: signed payments over HTTP against a gateway that the command starts.
//!
//! Server and clients share the machine, as they do nowhere else, so what clients do counts against
//! the rate. Each client keeps one connection and waits for each answer before it sends the next
//! payment. Bills, quotes and the signatures of the requests are made before the clock starts; the
//! gateway verifies every one of them. Bills are prepared for a rate that this machine is not expected
//! to reach; a run that uses them up ends there.
//!
//! | module | holds |
//! |---|---|
//! | [`companies`] | the specifications of the companies that are paid |
//! | [`prepared`] | payers, bills and quotes |
//! | [`clients`] | those who pay |

pub mod clients;
pub mod companies;
pub mod prepared;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use jiaozi_ledger::store::OpenOptions;
use jiaozi_ledger::time::Clock as _;
use jiff::tz::TimeZone;
use serde_json::json;
use uuid::Uuid;

use self::prepared::Due;
use super::tally::Tally;
use super::{Figures, Terms, books};
use crate::clock::{SystemClock, new_id};
use crate::config::{Config, Sources};
use crate::gateway::{Gateway, Parts};
use crate::interrupt::Interrupt;
use crate::keys::KeyKind;
use crate::sandbox;
use crate::trial::client::OwnKey;
use crate::trial::place::Place;
use crate::trial::program::Server;

/// The name of this bench.
pub const NAME: &str = "pay";

/// How many clients there are if nobody says.
pub const CLIENTS: usize = 64;

/// For how many payments a second bills are prepared.
const PREPARED_PER_SECOND: u64 = 10_000;

/// Runs the bench.
///
/// # Errors
/// When the database is not one for benches, or the gateway cannot be started; or when a signal ends it.
pub async fn run(terms: &Terms) -> anyhow::Result<Figures> {
    let mut interrupt = Interrupt::listen().context("signal handler")?;
    let place = Place::make("bench", terms.database.as_deref())?;
    let run = new_id(&SystemClock);
    let key = OwnKey::generate(&key_id(run))?;
    // Looked at before anything is written, also no account of a company.
    interrupt.or(books::open(&place.database)).await?.close().await?;
    let year = SystemClock.now().date_in(&TimeZone::UTC).year();
    companies::write(&place, key.id(), year)?;
    place.configure(&[
        // Requests are signed before the run.
        ("signatures", "window_seconds", json!(3_600)),
        ("limits", "keep_alive_seconds", json!(3_600)),
        ("telemetry", "log_filter", json!("warn,jiaozi::cli=info")),
    ])?;
    let gateway = opened(&place).await?;
    let due = interrupt.or(prepare(terms, &gateway, run, &key)).await;
    gateway.store.close().await?;
    let tally = interrupt.or(measure(terms, &place, due?, run, key)).await?;

    let store = interrupt.or(books::open(&place.database)).await?;
    let figures = interrupt.or(Figures::of(NAME, terms, tally, &store)).await;
    store.close().await?;
    place.remove()?;
    figures
}

/// Clients pay at a server that is there for them.
async fn measure(
    terms: &Terms,
    place: &Place,
    due: Vec<Due>,
    run: Uuid,
    key: OwnKey,
) -> anyhow::Result<Tally> {
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::start(place, any_port).await?;
    let address = server.address;
    let requests = clients::sign(due, Arc::new(key), address, terms.clients, run).await?;
    let tally = clients::pay(requests, address, terms.seconds).await?;
    server.kill().await?;
    Ok(tally)
}

/// The gateway in this process, for what is there before the server is.
async fn opened(place: &Place) -> anyhow::Result<Gateway> {
    let config = Config::load(&Sources { file: Some(place.config()), ..Sources::default() })?;
    Gateway::open(Parts {
        database: &config.database.url,
        partner_specs: &config.partners.folder,
        core: None,
        secrets: sandbox::keys(&config, true)?,
        clock: Arc::new(SystemClock),
        options: OpenOptions::default(),
    })
    .await
    .context("the gateway cannot be opened")
}

/// The key, the payers, the bills and their quotes.
async fn prepare(
    terms: &Terms,
    gateway: &Gateway,
    run: Uuid,
    key: &OwnKey,
) -> anyhow::Result<Vec<Due>> {
    let now = gateway.now().await?;
    let pem = &key.public_pem;
    gateway.keys.add(key.id(), companies::CHANNEL, KeyKind::Ed25519, pem, now).await?;
    let most = terms.seconds.saturating_mul(PREPARED_PER_SECOND);
    let count = terms.entries.map_or(usize::try_from(most)?, |entries| entries);
    prepared::fund_payers(gateway, run).await?;
    prepared::bills(gateway, run, count, terms.hot).await
}

/// A key of this run: identifiers of keys are never used again.
fn key_id(run: Uuid) -> String {
    let mut id = run.simple().to_string();
    id.truncate(24);
    format!("bench-{id}")
}
