//! The real binary while something fails around it: whatever happens, every acknowledged payment is
//! there exactly once with the same answer, every other one wholly or not at all, and all invariants
//! hold.

mod beside;
mod full;
mod gone;
mod killed;

use jiaozi_tests::client::{Answer, Client};
use jiaozi_tests::postgres;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What each bill says, in fen.
const AMOUNT: i64 = 1_234;

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often something is done: at the size that was asked for, or in a shorter form.
fn times(full: usize, short: usize) -> usize {
    if std::env::var_os("JIAOZI_TEST_FULL").is_some() { full } else { short }
}

/// What so many payments come to, in fen.
fn sum(payments: usize) -> i64 {
    AMOUNT * i64::try_from(payments).expect("few")
}

/// A caller that is not served is told that it is not its fault, whether anything was done, and when
/// to come back.
#[track_caller]
fn is_told_to_come_back(answer: &Answer) {
    assert_eq!(answer.status, 503, "{:?}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert!(answer.headers.contains_key("retry-after"), "{:?}", answer.headers);
    let detail = answer.json()["detail"].as_str().expect("words").to_owned();
    let clear = match answer.code().as_str() {
        "store_unavailable" | "overloaded" => detail.starts_with("Nothing was done."),
        "outcome_unknown" => detail.contains("the same Idempotency-Key"),
        _ => false,
    };
    assert!(clear, "{:?}", answer.body);
}

/// Asks `/readyz` until it has a status.
async fn until_readyz_says(client: &Client, status: u16) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = client.get("/readyz").await.expect("the process answers");
        if answer.status == status {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "/readyz still says {:?}", answer.body);
    }
}

/// Does something with the database server that takes a while.
async fn with(
    server: &Arc<postgres::Server>,
    what: impl FnOnce(&postgres::Server) + Send + 'static,
) {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || what(&server)).await.expect("done");
}
