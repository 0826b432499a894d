//! What the gateway does by itself.

use std::path::Path;
use std::time::Duration;

use jiaozi::config::{Config, Sources};
use jiaozi::gateway::Gateway;
use jiaozi::telemetry::Metrics;
use jiaozi::utility::billers::Billers;
use jiaozi::workers;
use jiaozi_ledger::command::{AccountRef, PlaceHold};
use jiaozi_ledger::day::Day;
use jiaozi_ledger::decision::Scope;
use jiaozi_ledger::hold::Hold;
use jiaozi_ledger::money::Fen;
use tokio::sync::watch;

use crate::support::{MORNING, Place, instant, pay, payer};

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs all readers of the role until something is so.
pub async fn until<F: Future<Output = bool>>(
    gateway: &Gateway,
    days: &Path,
    so: impl Fn() -> F,
) -> Metrics {
    let mut config = Config::load(&Sources::default()).unwrap();
    let mailboxes = tempfile::tempdir().unwrap();
    config.days.folder = days.to_owned();
    config.mailboxes.folder = mailboxes.path().to_owned();
    until_as_configured(gateway, &config, so).await
}

/// The same with the folders and addresses of a configuration.
pub async fn until_as_configured<F: Future<Output = bool>>(
    gateway: &Gateway,
    config: &Config,
    so: impl Fn() -> F,
) -> Metrics {
    let metrics = Metrics::new("test").unwrap();
    let (stop, stopped) = watch::channel(false);
    let billers = Billers::open(gateway, &config.outbound, &metrics.meter()).unwrap();
    let own = workers::readers(&config.days.folder, &config.mailboxes.folder, &billers);
    let mut running = workers::start(gateway, own, &metrics.meter(), &stopped);
    let waited = tokio::time::timeout(PATIENCE, async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("the workers do it in time");
    stop.send_replace(true);
    while running.join_next().await.is_some() {}
    billers.finish().await;
    metrics
}

#[tokio::test]
async fn a_hold_past_its_time_is_expired_once() {
    let place = Place::sandbox();
    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    payer(&gateway, "1001").await;
    let account = AccountRef::Code("deposit:1001".to_owned());
    let scope =
        |key: &str| Scope { partner: "test".to_owned(), operation: "hold", key: key.to_owned() };
    for (key, seconds) in [("short", 60), ("long", 86_400)] {
        let (amount, tolerance) = (Fen(100), Fen::ZERO);
        let account = account.clone();
        let hold = PlaceHold { scope: scope(key), account, amount, tolerance, seconds };
        assert_eq!(gateway.submit(hold).await.unwrap().answer.status, 201);
    }
    gateway.store.move_time(instant("2036-11-20T03:00:00Z")).await.unwrap();
    until(&gateway, &place.path("days"), || async {
        gateway.store.account("deposit:1001").await.unwrap().unwrap().pending == Fen(100)
    })
    .await;
    let holds: Vec<Hold> = gateway.store.find("order by expires_at", vec![]).await.unwrap();
    assert_eq!((holds[0].expired, holds[1].open), (Fen(100), Fen(100)));
    place.run(&["check"]).well();
}

#[tokio::test]
async fn days_close_by_themselves_without_a_gap_and_payers_become_leads() {
    let place = Place::sandbox();
    place.import_november();
    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    let from = payer(&gateway, "1001").await;
    pay(&gateway, &from, "1-1-101").await;
    gateway.store.move_time(instant("2036-11-23T02:00:00Z")).await.unwrap();
    // The first day is that on which the partner became known; nobody pays for ten years here.
    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    let sql = "update journal set at = $2 where book = $1 and at < $2".to_owned();
    let binds = vec![
        jiaozi_ledger::row::Cell::Int(jiaozi_ledger::store::BOOK),
        jiaozi_ledger::row::Cell::Int(instant("2036-11-19T02:00:00Z").0),
    ];
    unit.execute(sql, binds).await.unwrap();
    unit.commit().await.unwrap();

    let folder = place.path("days");
    let metrics = until(&gateway, &folder, || async {
        let clause = "partner = 'yunhe' and closed_at is not null order by date";
        let closed: Vec<Day> = gateway.store.find(clause, vec![]).await.unwrap();
        let leads = jiaozi_acquisition::counts(&gateway.store).await.unwrap().leads;
        closed.len() == 4 && leads == 1 && folder.join("yunhe/2036-11-22").exists()
    })
    .await;
    let clause = "partner = 'yunhe' order by date";
    let days: Vec<Day> = gateway.store.find(clause, vec![]).await.unwrap();
    let payments: Vec<(String, i64)> =
        days.iter().map(|day| (day.date.to_string(), day.payments)).collect();
    let expected = [("2036-11-19", 0), ("2036-11-20", 1), ("2036-11-21", 0), ("2036-11-22", 0)];
    assert_eq!(payments, expected.map(|(date, payments)| (date.to_owned(), payments)));
    let kept = std::fs::read_dir(folder.join("yunhe")).unwrap().count();
    assert_eq!(kept, 4, "an empty day has a file too");
    let text = metrics.render().unwrap();
    assert!(text.contains("jiaozi_feed_lag_events"), "{text}");
    let leads = place.run(&["people", "leads", "--partner", "yunhe", "--json"]).well().json();
    assert_eq!(leads[0]["house"], "1-1-101");
}
