//! Connections: slow ones, idle ones, too many of them, and the end of them all.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use jiaozi::edge::accept::Drained;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};

use crate::support::{PATIENCE, Server, exchange, get as ask, limits, read_to_end};

const SOON: Duration = Duration::from_millis(100);

fn hello() -> Router {
    Router::new().route("/", get(async || "hello"))
}

#[tokio::test]
async fn one_slow_client_blocks_nobody() {
    let server = Server::start(hello(), limits()).await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        let mut stream = server.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: t").await.unwrap();
        slow.push(stream);
    }
    let answer = exchange(server.connect().await, &ask("/")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_come_loses_its_connection() {
    let brief = jiaozi::edge::accept::Limits {
        header_read_max: SOON,
        // The beginning of a head that came with the request before it is not seen apart.
        keep_alive_max: SOON,
        ..limits()
    };
    let server = Server::start(hello(), brief).await;
    let silent = server.connect().await;
    let mut dripping = server.connect().await;
    dripping.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
    let mut late = server.connect().await;
    late.write_all(b"GET / HTTP/1.1\r\nhost: t\r\n\r\nGET / HT").await.unwrap();
    assert_eq!(read_to_end(silent).await, "");
    assert!(!read_to_end(dripping).await.contains("200"));
    assert_eq!(read_to_end(late).await.matches("HTTP/1.1 200").count(), 1);
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_used_one_is_kept() {
    let brief = jiaozi::edge::accept::Limits { keep_alive_max: SOON, ..limits() };
    let server = Server::start(hello(), brief).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: t\r\n\r\n").await.unwrap();
        let mut answer = vec![0; 15];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1 200 OK");
        // The rest of the answer ends with its body.
        while !answer.ends_with(b"hello") {
            answer.push(stream.read_u8().await.unwrap());
        }
    }
    assert_eq!(read_to_end(stream).await, "");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up() {
    let endless = Router::new().route("/", get(async || vec![b'x'; 64 << 20]));
    let brief =
        jiaozi::edge::accept::Limits { write_stall_max: SOON, connections_max: 1, ..limits() };
    let server = Server::start(endless, brief).await;
    let mut unreading = server.connect().await;
    unreading.write_all(ask("/").as_bytes()).await.unwrap();
    // There is one permit: the next client is served only once the first is given up.
    let mut next = server.connect().await;
    next.write_all(ask("/").as_bytes()).await.unwrap();
    let mut first = [0; 12];
    tokio::time::timeout(PATIENCE, next.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    drop(unreading);
}

#[tokio::test]
async fn more_connections_than_allowed_wait_their_turn() {
    let one = jiaozi::edge::accept::Limits { connections_max: 1, ..limits() };
    let server = Server::start(hello(), one).await;
    let first = server.connect().await;
    let second = tokio::spawn(exchange(server.connect().await, "GET / HTTP/1.0\r\n\r\n"));
    let answer = exchange(first, &ask("/")).await;
    assert!(answer.starts_with("HTTP/1.1 200"));
    assert!(second.await.unwrap().contains("200"));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Server::start(hello(), limits()).await;
    let large = format!("GET / HTTP/1.1\r\nhost: t\r\nx: {}\r\n\r\n", "y".repeat(20_000));
    // The server closes before it has read all, so its answer may be lost to a reset.
    let answer = exchange(server.connect().await, &large).await;
    assert!(!answer.contains("hello"), "{answer}");
    let many = format!("GET / HTTP/1.1\r\nhost: t\r\n{}\r\n", "x: y\r\n".repeat(40));
    let answer = exchange(server.connect().await, &many).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

/// A handler that tells when it was entered and answers when it is allowed to.
fn held() -> (Router, Arc<Notify>, Arc<Semaphore>) {
    let entered = Arc::new(Notify::new());
    let release = Arc::new(Semaphore::new(0));
    let (tell, wait) = (entered.clone(), release.clone());
    let handler = async move || {
        tell.notify_one();
        let _permit = wait.acquire().await;
        "done"
    };
    (Router::new().route("/", get(handler)), entered, release)
}

#[tokio::test]
async fn a_drain_finishes_what_is_in_flight_and_refuses_what_is_new() {
    let (router, entered, release) = held();
    let server = Server::start(router, limits()).await;
    let address = server.address;
    let idle = server.connect().await;
    let in_flight = tokio::spawn(exchange(server.connect().await, &*ask("/").leak()));
    entered.notified().await;

    let ended = server.stop();
    // The idle connection is closed once the drain has begun, after the listener.
    assert_eq!(read_to_end(idle).await, "");
    assert!(TcpStream::connect(address).await.is_err());
    assert!(!in_flight.is_finished());

    release.add_permits(1);
    assert!(in_flight.await.unwrap().ends_with("done"));
    assert_eq!(ended.await.unwrap(), Drained { dropped: 0 });
}

#[tokio::test]
async fn a_drain_ends_at_its_deadline() {
    let (router, entered, _release) = held();
    let brief = jiaozi::edge::accept::Limits { drain_max: SOON, ..limits() };
    let server = Server::start(router, brief).await;
    let in_flight = tokio::spawn(exchange(server.connect().await, &*ask("/").leak()));
    entered.notified().await;
    assert_eq!(server.stop().await.unwrap(), Drained { dropped: 1 });
    assert_eq!(in_flight.await.unwrap(), "");
}
