//! Lists, cursors, events, accounts, time.

use serde_json::{Value, json};

use crate::bank::{Ask, Bank, bill, bills};

#[tokio::test]
async fn lists_go_on_where_they_ended() {
    let bank = Bank::open().await;
    let due: Vec<_> =
        (0..5).map(|nth| bill(&format!("B-{nth}"), &format!("1-1-{nth}"), 1_000)).collect();
    bank.post("yunhe", "/v1/bills", bills(&due)).await.ok();
    let (mut seen, mut path) = (Vec::new(), "/v1/bills?limit=2".to_owned());
    loop {
        let page = bank.get("yunhe", &path).await.ok();
        let ids = page["bills"].as_array().unwrap().iter().map(|bill| bill["import_id"].clone());
        seen.extend(ids);
        let Value::String(next) = &page["next"] else { break };
        path = format!("/v1/bills?limit=2&cursor={next}");
    }
    assert_eq!(json!(seen), json!(["B-0", "B-1", "B-2", "B-3", "B-4"]));
    let one = bank.get("yunhe", "/v1/bills?house=1-1-3&state=published&period=2026-11").await.ok();
    assert_eq!(one["bills"].as_array().unwrap().len(), 1);
    let none = bank.get("yunhe", "/v1/bills?house=1-1-3&state=paid").await.ok();
    assert_eq!(none["bills"], json!([]));
}

#[tokio::test]
async fn payments_are_found_by_every_reference() {
    let bank = Bank::open().await;
    let payer = bank.payer("p", 100_000).await;
    let mut orders = Vec::new();
    for nth in 0..3 {
        let house = format!("1-1-{nth}");
        bank.bill(&format!("B-{nth}"), &house, 1_000).await;
        let reference = format!("R-{nth}");
        let body =
            json!({"quote": bank.quote(&house).await, "payer": payer, "reference": reference});
        let paid = bank.post("sandbox-bank", "/v1/payments", body).await.ok();
        orders.push(paid["order"].clone());
        bank.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    let orders_of = |list: Value| -> Vec<Value> {
        list["payments"].as_array().unwrap().iter().map(|paid| paid["order"].clone()).collect()
    };
    for (sender, path, expected) in [
        ("yunhe", "/v1/payments?import_id=B-1", &orders[1..2]),
        ("yunhe", "/v1/payments?clearing_date=2026-11-22", &orders[..]),
        ("yunhe", "/v1/payments?clearing_date=2026-11-21", &[]),
        ("sandbox-bank", "/v1/payments?reference=R-2", &orders[2..]),
        ("sandbox-bank", "/v1/payments?account=deposit:p", &orders[..]),
    ] {
        assert_eq!(orders_of(bank.get(sender, path).await.ok()), expected, "{path}");
    }
    let page = bank.get("sandbox-bank", "/v1/payments?account=deposit:p&limit=2").await.ok();
    let next = page["next"].as_str().unwrap();
    let path = format!("/v1/payments?account=deposit:p&limit=2&cursor={next}");
    assert_eq!(orders_of(bank.get("sandbox-bank", &path).await.ok()), &orders[2..]);
    for path in ["/v1/payments", "/v1/payments?import_id=B-1&clearing_date=2026-11-22"] {
        assert_eq!(bank.get("yunhe", path).await.problem().1, "query_invalid");
    }
    assert_eq!(bank.get("sandbox-bank", "/v1/payments?import_id=B-1").await.status, 400);

    let events = bank.get("yunhe", "/v1/events").await.ok();
    let told: Vec<_> = events["events"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[0]["type"], "bill.paid");
    assert_eq!(told[0]["data"]["order"], orders[0]);
    assert!(told[0]["data"].get("payer").is_none());
    let after = told[0]["feed"]["seq"].as_i64().unwrap();
    let rest = bank.get("yunhe", &format!("/v1/events?after={after}&limit=1")).await.ok();
    assert_eq!(rest["events"][0], *told[1]);
    assert_eq!(rest["more"], true);
    let end = bank.get("yunhe", &format!("/v1/events?after={}", events["next"])).await.ok();
    assert_eq!((end["events"].clone(), end["more"].clone()), (json!([]), json!(false)));
}

#[tokio::test]
async fn channels_see_whom_they_serve() {
    let bank = Bank::open().await;
    let partners = bank.get("sandbox-bank", "/v1/partners").await.ok();
    let codes: Vec<_> =
        partners["partners"].as_array().unwrap().iter().map(|p| p["partner"].clone()).collect();
    assert!(codes.contains(&json!("yunhe")) && codes.contains(&json!("jinding")), "{codes:?}");
    let path = "/v1/partners/sandbox-bank/houses/1/bills";
    assert_eq!(bank.get("sandbox-bank", path).await.status, 404);
}

#[tokio::test]
async fn a_holder_and_a_consent_are_kept_and_never_shown() {
    let bank = Bank::open().await;
    let holder = json!({"name": "王小明", "phone": "13800001234"});
    let body = json!({"number": "6222-09", "holder": holder});
    let open = Ask::post("/v1/accounts", "open-1", &body);
    let first = bank.ask("sandbox-bank", &open).await;
    assert_eq!(first.status, 201);
    assert!(!String::from_utf8_lossy(&first.body).contains("138"));
    assert_eq!(bank.ask("sandbox-bank", &open).await.body, first.body);
    let consent = json!({
        "account": "deposit:6222-09", "purpose": "marketing", "granted": true,
        "version": "v1", "evidence": "app-log-17",
    });
    for _ in 0..2 {
        let recorded = bank.post("sandbox-bank", "/v1/consents", consent.clone()).await;
        assert_eq!(recorded.status, 204, "{recorded:?}");
    }
    let account = first.json()["account"].as_str().unwrap().parse::<uuid::Uuid>().unwrap();
    let store = &bank.gateway.store;
    let person = jiaozi_acquisition::identity::person_of(store, account.into()).await.unwrap();
    let history = jiaozi_acquisition::consent::history(store, person.unwrap()).await.unwrap();
    assert_eq!(history.len(), 1);
}

#[tokio::test]
async fn a_sandboxs_time_is_moved_and_signatures_stay_with_the_clock() {
    let bank = Bank::open().await;
    bank.bill("B-1", "1-1-101", 100_000).await;
    let time = json!({"to": "2026-12-10T12:00:00+08:00"});
    let moved = bank.post("sandbox-bank", "/v1/sandbox/time", time).await.ok();
    assert_eq!(moved["now"], "2026-12-10T04:00:00Z");
    let house = bank.get("sandbox-bank", "/v1/partners/yunhe/houses/1-1-101/bills").await.ok();
    assert_eq!(house["as_of"], "2026-12-10");
    // Ten days late at five basis points a day.
    assert_eq!(house["bills"][0]["late_fee_fen"], 500);
}
