//! Many payers of the same bills at once: each bill is paid once, and everyone else is told why not.

use jiaozi_tests::installation::{Installation, On};
use jiaozi_tests::parties::{Parties, house};
use std::collections::BTreeMap;

const CLIENTS: usize = 32;
const BILLS: usize = 50;
const AMOUNT: i64 = 20_000;

async fn fifty_bills_are_paid_fifty_times(on: On) {
    let Some(installation) = Installation::new(on).await else { return };
    let server = installation.serve();
    let parties = Parties::of(&installation, &server);
    parties.publish("race", BILLS, AMOUNT).await;

    let mut payers = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let parties = parties.clone();
        payers.spawn(async move {
            let mut answers = Vec::new();
            let mut quotes = Vec::new();
            // Everyone holds a quote for every bill before anyone pays.
            for nth in 0..BILLS {
                let quote = parties.quote(&format!("q-{client}-{nth}"), &house("race", nth)).await;
                quotes.push(quote.expect("answered"));
            }
            for (nth, quote) in quotes.iter().enumerate() {
                if quote.status != 200 {
                    answers.push((quote.status, quote.code()));
                    continue;
                }
                let paid = parties.pay(&format!("p-{client}-{nth}"), quote).await;
                let paid = paid.met.expect("answered");
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
    installation.payer_has_paid(AMOUNT * 50).await;
    installation.all_hold();
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_bills_are_paid_fifty_times_on_sqlite() {
    fifty_bills_are_paid_fifty_times(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_bills_are_paid_fifty_times_on_postgres() {
    fifty_bills_are_paid_fifty_times(On::Postgres).await;
}
