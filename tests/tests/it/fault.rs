//! The server is killed at random moments under load. After each restart every acknowledged payment is
//! there exactly once with the same answer, every other one wholly or not at all, and all invariants
//! hold.

use jiaozi_tests::client::{Answer, Client};
use jiaozi_tests::server::Server;
use jiaozi_tests::world::{CHANNEL, COMPANY, FUNDS, On, PAYER, World};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Payers at the same time.
const CLIENTS: usize = 16;
/// Bills of one round; more than are paid before the kill.
const BILLS: usize = 200;
/// What each bill says, in fen.
const AMOUNT: i64 = 1_234;

/// How often the server is killed: the sizes that were asked for, or a shorter form.
fn kills(full: usize, short: usize) -> usize {
    if std::env::var_os("JIAOZI_TEST_FULL").is_some() { full } else { short }
}

/// A payment that was sent.
#[derive(Clone, Debug)]
struct Attempt {
    key: String,
    body: Value,
    /// The answer, if it arrived.
    acknowledged: Option<Answer>,
}

struct Clients {
    company: Client,
    channel: Client,
}

fn clients(world: &World, server: &Server) -> Clients {
    let client = |key: &str| Client::new(&server.base, key, &world.private_key(key));
    Clients { company: client(COMPANY.1), channel: client(CHANNEL.1) }
}

async fn publish(company: &Client, round: usize) {
    let site = jiaozi_tests::world::site();
    let bill = |nth: usize| {
        json!({
            "import_id": format!("r{round}-{nth}"), "site": site, "house": format!("h-{round}-{nth}"),
            "item": "management", "period": "2026-11", "amount_fen": AMOUNT, "due": "2027-12-31",
        })
    };
    let bills: Vec<Value> = (0..BILLS).map(bill).collect();
    let key = format!("publish-{round}");
    let answer =
        company.post("/v1/bills", &key, &json!({ "bills": bills })).await.expect("answered");
    assert_eq!(answer.status, 200, "{:?}", answer.body);
}

/// Pays one bill: a quote, then the payment. Nothing when the server went away before the payment was
/// sent.
async fn pay(channel: &Client, round: usize, nth: usize) -> Option<Attempt> {
    let wish = json!({"partner": COMPANY.0, "house": format!("h-{round}-{nth}")});
    let quote = channel.post("/v1/quotes", &format!("q-{round}-{nth}"), &wish).await.ok()?;
    assert_eq!(quote.status, 200, "{:?}", quote.body);
    let body = json!({"quote": quote.json()["token"], "payer": PAYER});
    let key = format!("pay-{round}-{nth}");
    let acknowledged = channel.post("/v1/payments", &key, &body).await.ok();
    Some(Attempt { key, body, acknowledged })
}

/// Load until the server is killed after a random number of answers.
async fn until_killed(server: Server, clients: &Clients, round: usize) -> Vec<Attempt> {
    let next = Arc::new(AtomicUsize::new(0));
    let answered = Arc::new(AtomicUsize::new(0));
    let enough = Arc::new(Notify::new());
    let target = 1 + usize::from(uuid::Uuid::new_v4().as_bytes()[0]) % 60;
    let mut payers = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let (channel, next, answered, enough) =
            (clients.channel.clone(), next.clone(), answered.clone(), enough.clone());
        payers.spawn(async move {
            let mut sent = Vec::new();
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                if nth >= BILLS {
                    enough.notify_one();
                    return sent;
                }
                let Some(attempt) = pay(&channel, round, nth).await else { return sent };
                let lost = attempt.acknowledged.is_none();
                sent.push(attempt);
                if lost {
                    return sent;
                }
                if answered.fetch_add(1, Ordering::Relaxed) + 1 == target {
                    enough.notify_one();
                }
            }
        });
    }
    enough.notified().await;
    server.kill();
    payers.join_all().await.into_iter().flatten().collect()
}

/// Repeats what was sent: what was acknowledged gets the same bytes, everything else is now decided.
async fn settle(channel: &Client, attempts: &mut [Attempt]) {
    for attempt in attempts {
        let again =
            channel.post("/v1/payments", &attempt.key, &attempt.body).await.expect("answered");
        if let Some(first) = &attempt.acknowledged {
            assert_eq!(first.status, again.status, "{}", attempt.key);
            assert_eq!(
                first.body, again.body,
                "{}: another answer than the first time",
                attempt.key
            );
            assert!(again.headers.contains_key("idempotency-replayed"), "{}", attempt.key);
        }
        assert_eq!(again.status, 201, "{}: {:?}", attempt.key, again.body);
        attempt.acknowledged = Some(again);
    }
}

async fn nothing_is_lost_or_doubled(on: On, rounds: usize) {
    let Some(world) = World::new(on).await else {
        eprintln!("left out: JIAOZI_TEST_PG names no server");
        return;
    };
    let mut unsettled: Vec<Attempt> = Vec::new();
    let mut payments = 0;
    for round in 0..rounds {
        let server = world.serve();
        let clients = clients(&world, &server);
        settle(&clients.channel, &mut unsettled).await;
        payments += unsettled.len();
        publish(&clients.company, round).await;
        unsettled = until_killed(server, &clients, round).await;
    }
    let server = world.serve();
    settle(&clients(&world, &server).channel, &mut unsettled).await;
    payments += unsettled.len();
    drop(server);

    let gateway = world.gateway().await;
    let payer = gateway.store.account(PAYER).await.expect("read").expect("exists");
    let spent = AMOUNT * i64::try_from(payments).expect("few");
    assert_eq!(payer.posted.0, FUNDS - spent, "{payments} payments, each once");
    let (holds, printed) = world.check();
    assert!(holds, "{printed}");
    eprintln!("{rounds} kills, {payments} payments, every one exactly once");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_sqlite_loses_and_doubles_nothing() {
    nothing_is_lost_or_doubled(On::Sqlite, kills(100, 8)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_postgres_loses_and_doubles_nothing() {
    nothing_is_lost_or_doubled(On::Postgres, kills(30, 4)).await;
}
