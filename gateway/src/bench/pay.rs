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
//! | [`server`] | the gateway |
//! | [`clients`] | those who pay |

pub mod clients;
pub mod companies;
pub mod prepared;
pub mod server;

use std::sync::Arc;

use uuid::Uuid;

use self::server::Server;
use super::place::Place;
use super::{Figures, Terms};
use crate::client::OwnKey;
use crate::clock::{SystemClock, new_id};
use crate::keys::KeyKind;

/// The name of this bench.
pub const NAME: &str = "pay";

/// How many clients there are if nobody says.
pub const CLIENTS: usize = 64;

/// For how many payments a second bills are prepared.
const PREPARED_PER_SECOND: u64 = 10_000;

/// Runs the bench.
///
/// # Errors
/// When the database is not one for benches, or the gateway cannot be started.
pub async fn run(terms: &Terms) -> anyhow::Result<Figures> {
    let place = Place::find(terms.database.as_deref())?;
    let run = new_id(&SystemClock);
    let key = OwnKey::generate(&key_id(run))?;
    // Looked at before anything is written, also no account of a company.
    place.open().await?.close().await?;
    let specs = companies::write(key.id())?;
    let server = Server::start(&place.url, specs.path()).await?;
    let gateway = server.gateway().clone();
    let now = gateway.now().await?;
    let pem = &key.public_pem;
    gateway.keys.add(key.id(), companies::CHANNEL, KeyKind::Ed25519, pem, now).await?;

    let most = terms.seconds.saturating_mul(PREPARED_PER_SECOND);
    let count = terms.entries.map_or(usize::try_from(most)?, |entries| entries);
    prepared::fund_payers(&gateway, run).await?;
    let due = prepared::bills(&gateway, run, count, terms.hot).await?;
    let requests = clients::sign(due, Arc::new(key), server.address(), terms.clients, run).await?;
    let tally = clients::pay(requests, server.address(), terms.seconds).await?;

    server.stop().await;
    let figures = Figures::of(NAME, terms, tally, &gateway.store).await?;
    place.leave(&gateway.store).await?;
    Ok(figures)
}

/// A key of this run: identifiers of keys are never used again.
fn key_id(run: Uuid) -> String {
    let mut id = run.simple().to_string();
    id.truncate(24);
    format!("bench-{id}")
}
