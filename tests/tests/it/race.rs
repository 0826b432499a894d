//! Many payers of the same bills at once: each bill is paid once, and everyone else is told why not.

use jiaozi_tests::client::Client;
use jiaozi_tests::world::{CHANNEL, COMPANY, FUNDS, On, PAYER, World, site};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CLIENTS: usize = 32;
const BILLS: usize = 50;
const AMOUNT: i64 = 20_000;

async fn fifty_bills_are_paid_fifty_times(on: On) {
    let Some(world) = World::new(on).await else { return };
    let server = world.serve();
    let company = Client::new(&server.base, COMPANY.1, &world.private_key(COMPANY.1));
    let channel = Client::new(&server.base, CHANNEL.1, &world.private_key(CHANNEL.1));
    let bill = |nth: usize| {
        json!({"import_id": format!("b-{nth}"), "site": site(), "house": format!("h-{nth}"), "item": "management",
            "period": "2026-11", "amount_fen": AMOUNT, "due": "2027-12-31"})
    };
    let bills: Vec<Value> = (0..BILLS).map(bill).collect();
    let published = company.post("/v1/bills", "publish", &json!({ "bills": bills })).await;
    assert_eq!(published.expect("answered").status, 200);

    let mut payers = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let channel = channel.clone();
        payers.spawn(async move {
            let mut answers = Vec::new();
            let mut quotes = Vec::new();
            // Everyone holds a quote for every bill before anyone pays.
            for nth in 0..BILLS {
                let wish = json!({"partner": COMPANY.0, "house": format!("h-{nth}")});
                let key = format!("q-{client}-{nth}");
                let quote = channel.post("/v1/quotes", &key, &wish).await.expect("answered");
                quotes.push(quote);
            }
            for (nth, quote) in quotes.iter().enumerate() {
                if quote.status != 200 {
                    answers.push((quote.status, quote.code()));
                    continue;
                }
                let body = json!({"quote": quote.json()["token"], "payer": PAYER});
                let key = format!("p-{client}-{nth}");
                let paid = channel.post("/v1/payments", &key, &body).await.expect("answered");
                answers.push((paid.status, paid.code()));
            }
            answers
        });
    }
    let mut counts: BTreeMap<(u16, String), usize> = BTreeMap::new();
    for answers in payers.join_all().await {
        for answer in answers {
            *counts.entry(answer).or_default() += 1;
        }
    }
    assert_eq!(counts.get(&(201, String::new())), Some(&BILLS), "{counts:?}");
    let clear = ["", "bill_paid_meanwhile", "nothing_due", "bill_paid"];
    assert!(counts.keys().all(|(_, code)| clear.contains(&code.as_str())), "{counts:?}");
    assert_eq!(counts.values().sum::<usize>(), CLIENTS * BILLS);
    drop(server);
    let gateway = world.gateway().await;
    let payer = gateway.store.account(PAYER).await.expect("read").expect("exists");
    assert_eq!(payer.posted.0, FUNDS - AMOUNT * 50);
    let (holds, printed) = world.check();
    assert!(holds, "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_bills_are_paid_fifty_times_on_sqlite() {
    fifty_bills_are_paid_fifty_times(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_bills_are_paid_fifty_times_on_postgres() {
    fifty_bills_are_paid_fifty_times(On::Postgres).await;
}
