//! Companies that hang, and answers that come when nobody waits for them any more.

use std::time::Duration;

use jiaozi::gateway::Gateway;
use jiaozi::notices::NoticeState;
use jiaozi::notices::send::Sender;
use jiaozi::telemetry::Metrics;
use jiaozi::utility::billers::Billers;
use jiaozi::workers;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::company::{self, Call};
use crate::support::{MORNING, Place, instant};

/// No test waits longer than this for anything, and a gateway here longer than that for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
const ATTEMPT: (&str, &str) = ("WEBHOOKS_ATTEMPT_SECONDS", "60");

/// A sandbox whose companies listen where they are said to.
async fn sandbox(companies: &[(&str, &TcpListener)]) -> (Place, Gateway) {
    let place = Place::empty();
    for (code, listener) in companies {
        company::listens(&place, code, listener.local_addr().unwrap());
    }
    place.run(&["sandbox", "create"]).well();
    for (code, _) in companies {
        company::secret(&place, code);
    }
    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    (place, gateway)
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Hands on every call that comes, unanswered.
fn calls(listener: TcpListener) -> mpsc::UnboundedReceiver<Call> {
    let (hand_on, calls) = mpsc::unbounded_channel();
    tokio::spawn(async move { while hand_on.send(Call::next(&listener).await).is_ok() {} });
    calls
}

async fn next(calls: &mut mpsc::UnboundedReceiver<Call>) -> Call {
    tokio::time::timeout(PATIENCE, calls.recv()).await.expect("it comes in time").unwrap()
}

#[tokio::test]
async fn a_company_that_never_answers_delays_nobody_else() {
    let (hanging, well) = (listener().await, listener().await);
    let (place, gateway) = sandbox(&[("huating", &hanging), ("yunhe", &well)]).await;
    // What the hanging company is to hear is older, and more than there are places for all.
    let hangs: Vec<String> = (0..10).map(|nth| format!("hangs-{nth}")).collect();
    company::notices(&gateway, "huating", hangs.iter().cloned(), "2036-11-20T01:00:00Z").await;
    let heard: Vec<String> = (0..20).map(|nth| format!("heard-{nth}")).collect();
    company::notices(&gateway, "yunhe", heard.iter().cloned(), "2036-11-20T02:00:00Z").await;
    let config = place.config_with(&[
        ATTEMPT,
        ("ROLES_RUN", "webhooks"),
        ("WEBHOOKS_IN_FLIGHT_MAX", "8"),
        ("WEBHOOKS_PARTNER_IN_FLIGHT_MAX", "4"),
    ]);
    let (mut hanging, mut well) = (calls(hanging), calls(well));
    let metrics = Metrics::new("test").unwrap();
    let (stop, stopped) = watch::channel(false);
    let billers = Billers::open(&gateway, &config.outbound, &metrics.meter()).unwrap();
    let own = workers::of_roles(&gateway, &config, &billers).unwrap();
    let mut running = workers::start(&gateway, own, &metrics.meter(), &stopped);

    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(next(&mut hanging).await);
    }
    for _ in 0..heard.len() {
        next(&mut well).await.answer(204).await;
    }
    assert!(hanging.try_recv().is_err(), "it has no more than its own places");
    let still_open: Option<Vec<_>> = open.into_iter().map(Call::still_open).collect();
    assert!(still_open.is_some(), "and its own calls are still open");

    stop.send_replace(true);
    // It hangs up, now and on whoever calls again: workers end when nothing is under way any more.
    drop((hanging, still_open));
    while running.join_next().await.is_some() {}
    for id in &heard {
        assert_eq!(company::notice(&gateway, id).await.state, NoticeState::Delivered, "{id}");
    }
    for id in &hangs[..4] {
        let notice = company::notice(&gateway, id).await;
        assert_eq!((notice.state, notice.attempts), (NoticeState::Waiting, 1), "{id}");
    }
}

/// A notice that one sender tells and whose answer does not come before its claim has run out, so that
/// another sender tells it as well: both calls, unanswered.
async fn told_twice(
    gateway: &Gateway,
    late: &Sender,
    other: &Sender,
    company: TcpListener,
) -> (Call, Call) {
    company::notices(gateway, "yunhe", ["n".to_owned()].into_iter(), "2036-11-20T01:00:00Z").await;
    let mut calls = calls(company);
    late.run_once(gateway).await.unwrap();
    let first = next(&mut calls).await;
    other.run_once(gateway).await.unwrap();
    assert!(calls.try_recv().is_err(), "what is claimed is not told");
    gateway.store.move_time(instant("2036-11-20T03:00:00Z")).await.unwrap();
    other.run_once(gateway).await.unwrap();
    let second = next(&mut calls).await;
    assert_eq!(first.got.id, second.got.id);
    (first, second)
}

async fn two_senders() -> (Place, Gateway, TcpListener, Sender, Sender) {
    let company = listener().await;
    let (place, gateway) = sandbox(&[("yunhe", &company)]).await;
    let webhooks = place.config_with(&[ATTEMPT]).webhooks;
    let sender = || Sender::new(&webhooks).unwrap();
    let (late, other) = (sender(), sender());
    (place, gateway, company, late, other)
}

#[tokio::test]
async fn a_late_failure_undoes_no_delivery() {
    let (_place, gateway, company, late, other) = two_senders().await;
    let (first, second) = told_twice(&gateway, &late, &other, company).await;
    second.answer(204).await;
    other.finish(&gateway).await.unwrap();
    let delivered = company::notice(&gateway, "n").await;
    assert_eq!(delivered.state, NoticeState::Delivered);
    first.answer(500).await;
    late.finish(&gateway).await.unwrap();
    assert_eq!(company::notice(&gateway, "n").await, delivered);
}

#[tokio::test]
async fn a_late_failure_does_not_open_another_claim() {
    let (_place, gateway, company, late, other) = two_senders().await;
    let (first, second) = told_twice(&gateway, &late, &other, company).await;
    let claimed = company::notice(&gateway, "n").await;
    first.answer(500).await;
    late.finish(&gateway).await.unwrap();
    assert_eq!(company::notice(&gateway, "n").await, claimed);
    second.answer(204).await;
    other.finish(&gateway).await.unwrap();
    assert_eq!(company::notice(&gateway, "n").await.state, NoticeState::Delivered);
}

#[tokio::test]
async fn a_late_success_counts() {
    let (_place, gateway, company, late, other) = two_senders().await;
    let (first, second) = told_twice(&gateway, &late, &other, company).await;
    second.answer(500).await;
    other.finish(&gateway).await.unwrap();
    assert_eq!(company::notice(&gateway, "n").await.state, NoticeState::Waiting);
    first.answer(204).await;
    late.finish(&gateway).await.unwrap();
    let notice = company::notice(&gateway, "n").await;
    assert_eq!((notice.state, notice.attempts), (NoticeState::Delivered, 2));
}
