//! The stack: every error is a problem, every limit holds, everything is counted.

use std::sync::Arc;
use std::time::Duration;

use axum::routing::{get, post as route_post};
use axum::{Json, Router};
use jiaozi::edge::health::{self, Readiness};
use jiaozi::edge::stack::RequestLimits;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Semaphore;

use crate::support::{
    Server, exchange, get as ask, json, limits, post, read_to_end, request_limits, stacked,
};

async fn serve(router: Router, of_requests: RequestLimits) -> Server {
    let (router, metrics) = stacked(router, of_requests);
    let router = router.merge(health::router(Readiness::new(), metrics));
    Server::start(router, limits()).await
}

async fn panicking() -> &'static str {
    panic!("the vault is empty")
}

fn routes() -> Router {
    Router::new()
        .route("/echo", route_post(async |body: String| body))
        .route("/json", route_post(async |body: Json<Vec<u8>>| Json(body.0)))
        .route("/panic", get(panicking))
        .route("/never", get(async || std::future::pending::<String>().await))
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_413_problem() {
    let server = serve(routes(), request_limits()).await;
    let announced = post("/echo", &"x".repeat(1_025));
    // Announced as too large: answered before it is sent.
    let head = announced.split_once("\r\n\r\n").unwrap().0.to_owned() + "\r\n\r\n";
    let problem = json(&exchange(server.connect().await, &head).await);
    assert_eq!(problem["status"], 413);
    assert_eq!(problem["bytes_max"], 1_024);

    // Not announced: found out while reading.
    let chunk = format!("401\r\n{}\r\n0\r\n\r\n", "x".repeat(1_025));
    let chunked = format!(
        "POST /echo HTTP/1.1\r\nhost: t\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{chunk}"
    );
    let problem = json(&exchange(server.connect().await, &chunked).await);
    assert_eq!(problem["status"], 413);
    assert_eq!(problem["code"], "body_too_large");

    let answer = exchange(server.connect().await, &post("/echo", &"x".repeat(1_024))).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn whatever_goes_wrong_is_a_problem() {
    let server = serve(routes(), request_limits()).await;
    for (request, status, code) in [
        (ask("/nowhere"), 404, "no_such_resource"),
        (ask("/echo"), 405, "no_such_method"),
        (post("/json", "[1]"), 415, "media_type_unknown"),
        (ask("/panic"), 500, "internal_error"),
    ] {
        let answer = exchange(server.connect().await, &request).await;
        let problem = json(&answer);
        assert_eq!(problem["status"], status, "{answer}");
        assert_eq!(problem["code"], code);
        assert_eq!(problem["type"], format!("https://jiaozi.dev/problems/{code}"));
        assert!(!answer.contains("vault"), "what is internal stays inside");
    }
    let answer = exchange(server.connect().await, &ask("/echo")).await;
    assert!(answer.to_ascii_lowercase().contains("allow: post"), "{answer}");
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_answered_for() {
    let brief = RequestLimits { request_max: Duration::from_millis(50), ..request_limits() };
    let server = serve(routes(), brief).await;
    let problem = json(&exchange(server.connect().await, &ask("/never")).await);
    assert_eq!(problem["status"], 504);
    assert!(problem["detail"].as_str().unwrap().contains("Idempotency-Key"));
}

#[tokio::test]
async fn too_many_requests_at_once_are_shed_and_the_rest_goes_on() {
    let entered = Arc::new(Semaphore::new(0));
    let release = Arc::new(Semaphore::new(0));
    let (tell, wait) = (entered.clone(), release.clone());
    let router = Router::new().route(
        "/",
        get(async move || {
            tell.add_permits(1);
            let _permit = wait.acquire().await;
            "done"
        }),
    );
    let one = RequestLimits { in_flight_max: 1, ..request_limits() };
    let server = serve(router, one).await;
    let first = tokio::spawn(exchange(server.connect().await, &*ask("/").leak()));
    entered.acquire().await.unwrap().forget();
    let answer = exchange(server.connect().await, &ask("/")).await;
    assert_eq!(json(&answer)["code"], "overloaded");
    assert!(answer.contains("retry-after: 1"), "{answer}");
    // Health is not shed: a busy gateway is not a dead one.
    let alive = exchange(server.connect().await, &ask("/healthz")).await;
    assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");
    release.add_permits(1);
    assert!(first.await.unwrap().ends_with("done"));
}

#[tokio::test]
async fn requests_are_identified_guarded_and_counted() {
    let server = serve(routes(), request_limits()).await;
    let mut stream = server.connect().await;
    let theirs = "POST /echo HTTP/1.1\r\nhost: t\r\nx-request-id: theirs-1\r\n\
                  connection: close\r\ncontent-length: 2\r\n\r\nhi";
    stream.write_all(theirs.as_bytes()).await.unwrap();
    let answer = read_to_end(stream).await;
    assert!(answer.contains("x-request-id: theirs-1\r\n"), "{answer}");
    assert!(answer.contains("x-content-type-options: nosniff\r\n"));
    let answer = exchange(server.connect().await, &ask("/nowhere?name=secret")).await;
    assert!(answer.contains("x-request-id: 0"), "a UUIDv7 of ours: {answer}");

    let metrics = exchange(server.connect().await, &ask("/metrics")).await;
    let counted = "jiaozi_http_requests_total{method=\"POST\",route=\"/echo\",status=\"200\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
    assert!(metrics.contains("route=\"none\",status=\"404\"} 1"), "{metrics}");
    assert!(metrics.contains("jiaozi_http_request_duration_seconds_bucket"), "{metrics}");
    assert!(!metrics.contains("secret"));
}

#[tokio::test]
async fn who_drains_is_not_ready() {
    let (_, metrics) = stacked(Router::new(), request_limits());
    let readiness = Readiness::new();
    let server = Server::start(health::router(readiness.clone(), metrics), limits()).await;
    let ready = exchange(server.connect().await, &ask("/readyz")).await;
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    readiness.draining();
    let problem = json(&exchange(server.connect().await, &ask("/readyz")).await);
    assert_eq!(problem["waiting"]["server"], "draining");
}
