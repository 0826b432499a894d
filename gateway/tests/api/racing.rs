//! Many at once: no bill is paid twice, and everyone is told what happened.

use std::sync::Arc;

use serde_json::json;

use crate::bank::{Ask, Bank, bill, bills};

const CLIENTS: usize = 32;
const BILLS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_payers_of_one_bill_one_pays_the_other_is_told_why() {
    let bank = Arc::new(Bank::open().await);
    let due: Vec<_> =
        (0..BILLS).map(|nth| bill(&format!("B-{nth}"), &format!("1-1-{nth}"), 1_000)).collect();
    assert_eq!(bank.post("yunhe", "/v1/bills", bills(&due)).await.ok()["counts"]["new"], BILLS);
    let one = bank.payer("one", 10_000_000).await;
    let other = bank.payer("other", 10_000_000).await;
    let mut orders = Vec::new();
    for nth in 0..BILLS {
        for payer in [&one, &other] {
            let quote = bank.quote(&format!("1-1-{nth}")).await;
            orders.push(json!({"quote": quote, "payer": payer}));
        }
    }
    let orders = Arc::new(std::sync::Mutex::new(orders));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (bank, orders) = (Arc::clone(&bank), Arc::clone(&orders));
            tokio::spawn(async move {
                let mut answers = Vec::new();
                loop {
                    let next = orders.lock().unwrap().pop();
                    let Some(order) = next else { return answers };
                    answers.push(bank.post("sandbox-bank", "/v1/payments", order).await);
                }
            })
        })
        .collect();
    let (mut paid, mut told) = (0, 0);
    for client in clients {
        for answer in client.await.unwrap() {
            match answer.status.as_u16() {
                201 => paid += 1,
                _ => {
                    assert_eq!(answer.problem(), (409, "bill_paid_meanwhile".to_owned()));
                    told += 1;
                }
            }
        }
    }
    assert_eq!((paid, told), (BILLS, BILLS));
    let day = bank.get("yunhe", "/v1/days/2026-11-22").await.ok();
    assert_eq!(day["payments"], BILLS);
    assert_eq!(day["paid_fen"], 1_000 * BILLS);
    let (invariants, _) =
        jiaozi_ledger::store::check::check(&bank.gateway.store, &mut |_| {}).await.unwrap();
    assert!(invariants.iter().all(|invariant| invariant.holds), "{invariants:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_at_the_same_time_has_one_effect() {
    let bank = Arc::new(Bank::open().await);
    bank.bill("B-1", "1-1-101", 1_000).await;
    let payer = bank.payer("p", 10_000).await;
    let body = json!({"quote": bank.quote("1-1-101").await, "payer": payer});
    let pay = Ask::post("/v1/payments", "same", &body);
    let requests: Vec<_> = (0..16)
        .map(|_| {
            let (bank, pay) = (Arc::clone(&bank), pay.clone());
            tokio::spawn(async move { bank.ask("sandbox-bank", &pay).await })
        })
        .collect();
    let mut paid = Vec::new();
    for request in requests {
        let answer = request.await.unwrap();
        if answer.status == 201 {
            paid.push(answer.body);
        } else {
            assert_eq!(answer.problem(), (409, "idempotency_in_progress".to_owned()));
            assert_eq!(answer.headers["retry-after"], "1");
        }
    }
    assert!(!paid.is_empty() && paid.iter().all(|body| *body == paid[0]));
    let account = bank.get("sandbox-bank", "/v1/accounts/deposit:p").await.ok();
    assert_eq!(account["balances"]["posted_fen"], 9_000);
}
