//! Those who pay: each with a connection of its own, one payment at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::json;
use uuid::Uuid;

use super::prepared::Due;
use crate::bench::tally::Tally;
use crate::clock::SystemClock;
use crate::trial::client::{Line, Order, OwnKey};
use jiaozi_ledger::time::Clock as _;

/// What a client will send, in order.
pub type Requests = Vec<Request<Full<Bytes>>>;

/// Deals the payments out to the clients and signs them.
///
/// # Errors
/// When a request cannot be signed.
pub async fn sign(
    due: Vec<Due>,
    key: Arc<OwnKey>,
    server: SocketAddr,
    clients: usize,
    run: Uuid,
) -> anyhow::Result<Vec<Requests>> {
    let mut dealt: Vec<Vec<(usize, Due)>> = (0..clients).map(|_| Vec::new()).collect();
    for (nth, due) in due.into_iter().enumerate() {
        dealt[nth % clients].push((nth, due));
    }
    let mut signing = tokio::task::JoinSet::new();
    for (client, dues) in dealt.into_iter().enumerate() {
        let key = Arc::clone(&key);
        signing.spawn_blocking(move || {
            let sign = |(nth, due): (usize, Due)| {
                let body = json!({"quote": due.quote, "payer": due.payer});
                let order = Order::post("/v1/payments", &body).under(format!("{run}-{nth}"));
                order.signed(&key, server, SystemClock.now())
            };
            let signed: anyhow::Result<Requests> = dues.into_iter().map(sign).collect();
            (client, signed)
        });
    }
    let mut requests: Vec<Requests> = (0..clients).map(|_| Vec::new()).collect();
    while let Some(signed) = signing.join_next().await {
        let (client, signed) = signed?;
        requests[client] = signed?;
    }
    Ok(requests)
}

/// Lets all clients pay until the time is over or nothing is left.
///
/// # Errors
/// When a client ends early.
pub async fn pay(
    requests: Vec<Requests>,
    server: SocketAddr,
    seconds: u64,
) -> anyhow::Result<Tally> {
    let start = Stopwatch::now();
    let until = start + Duration::from_secs(seconds);
    let mut clients = tokio::task::JoinSet::new();
    for requests in requests {
        clients.spawn(client(requests, server, start, until));
    }
    let mut all = Tally::new()?;
    while let Some(client) = clients.join_next().await {
        all.add(client??);
    }
    Ok(all)
}

async fn client(
    requests: Requests,
    server: SocketAddr,
    start: Stopwatch,
    until: Stopwatch,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::new()?;
    let mut line = Line::to(server);
    for request in requests {
        let sent = Stopwatch::now();
        if sent >= until {
            break;
        }
        match line.send(request).await {
            Ok(answer) if answer.status == StatusCode::CREATED => tally.done(1, sent.elapsed()),
            Ok(answer) => tally
                .failed(|| format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body))),
            Err(error) => tally.failed(|| format!("{error:#}")),
        }
        tally.elapsed = start.elapsed();
    }
    Ok(tally)
}
