//! What messages to one system take from each other, and what nobody takes from another system.

use std::time::Duration;

use jiaozi::outbound::breaker::Phase;
use jiaozi::outbound::heard::{Heard, Message, NotSent, Silence};
use jiaozi::outbound::pace::Whose;
use jiaozi::outbound::settings::{BreakerSettings, Limits, Settings, Times};
use tokio::io::AsyncWriteExt as _;
use tokio::join;
use tokio::task::JoinSet;

use crate::support::{
    BRIEF, PATIENCE, Peer, answer, for_ever, line, nobody, not_sent, outside, read_framed,
    settings, silent, times,
};

fn ask() -> Message {
    Message::framed("ask")
}

/// Answers one message.
async fn answer_one(peer: &Peer) {
    let mut stream = peer.accept().await;
    read_framed(&mut stream).await;
    stream.write_all(b"0002ok").await.unwrap();
}

fn limits(in_flight_max: usize) -> Limits {
    Limits { in_flight_max, per_minute: None, per_customer_per_minute: None }
}

#[tokio::test]
async fn a_system_that_is_gone_rests_and_then_nothing_is_sent() {
    let breaker = BreakerSettings { failures: 2, pause: PATIENCE };
    let line = line(Settings { breaker, ..settings(&nobody("tcp").await) });
    for _ in 0..2 {
        assert_eq!(line.phase(), Phase::Closed);
        let why = not_sent(line.exchange(None, ask()).await);
        assert!(matches!(why, NotSent::Refused(_)), "{why}");
    }
    assert_eq!(line.phase(), Phase::Open);
    let why = not_sent(line.exchange(None, ask()).await);
    let NotSent::Resting { again_after } = why else { panic!("{why}") };
    assert!(again_after <= PATIENCE);
}

#[tokio::test]
async fn a_system_that_is_back_is_tried_by_one_and_then_by_all() {
    let peer = Peer::start().await;
    let breaker = BreakerSettings { failures: 1, pause: BRIEF };
    let line = line(Settings { breaker, ..settings(&peer.address("tcp")) });
    let (heard, ()) = join!(line.exchange(None, ask()), async { drop(peer.accept().await) });
    for_ever(heard);
    // It says itself when it tries again.
    let (heard, ()) = join!(
        async {
            loop {
                match line.exchange(None, ask()).await {
                    Heard::NotSent(NotSent::Resting { again_after }) => {
                        tokio::time::sleep(again_after).await;
                    }
                    heard => return heard,
                }
            }
        },
        answer_one(&peer)
    );
    answer(heard);
    assert_eq!(line.phase(), Phase::Closed);
}

#[tokio::test]
async fn silence_lets_it_rest_and_a_late_answer_brings_it_back() {
    let peer = Peer::start().await;
    let breaker = BreakerSettings { failures: 1, pause: PATIENCE };
    let times = Times { answer: BRIEF, ..times() };
    let line = line(Settings { breaker, times, ..settings(&peer.address("tcp")) });
    let (heard, mut stream) = join!(line.exchange(None, ask()), peer.accept());
    let late = silent(heard).late.expect("it is listened to");
    assert!(matches!(not_sent(line.exchange(None, ask()).await), NotSent::Resting { .. }));
    stream.write_all(b"0002ok").await.unwrap();
    assert!(late.answer().await.is_some());
    assert_eq!(line.phase(), Phase::Closed);
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_opens_nothing() {
    let peer = Peer::start().await;
    let breaker = BreakerSettings { failures: 1, pause: PATIENCE };
    let line = line(Settings { breaker, ..settings(&peer.address("tcp")) });
    for _ in 0..3 {
        let (heard, ()) = join!(line.exchange(None, ask()), async {
            let mut stream = peer.accept().await;
            stream.write_all(b"0002no").await.unwrap();
        });
        answer(heard);
    }
    assert_eq!(line.phase(), Phase::Closed);
}

#[tokio::test]
async fn more_than_a_system_wants_to_be_asked_is_not_sent() {
    let peer = Peer::start().await;
    let limits = Limits { per_minute: Some(3), per_customer_per_minute: Some(1), ..limits(8) };
    let line = line(Settings { limits, ..settings(&peer.address("tcp")) });
    for customer in ["a", "b", "c"] {
        let (heard, ()) = join!(line.exchange(Some(customer), ask()), answer_one(&peer));
        answer(heard);
        let why = not_sent(line.exchange(Some(customer), ask()).await);
        let expected = if customer == "c" { Whose::System } else { Whose::Customer };
        assert!(matches!(why, NotSent::TooFast { whose, .. } if whose == expected), "{why}");
    }
}

#[tokio::test]
async fn no_more_messages_are_under_way_than_may_be() {
    let peer = Peer::start().await;
    let line = line(Settings { limits: limits(3), ..settings(&peer.address("tcp")) });
    let mut calls = JoinSet::new();
    for _ in 0..12 {
        let line = line.clone();
        calls.spawn(async move { answer(line.exchange(None, ask()).await) });
    }
    for _ in 0..4 {
        let mut streams = Vec::new();
        for _ in 0..3 {
            let mut stream = peer.accept().await;
            read_framed(&mut stream).await;
            streams.push(stream);
        }
        // The fourth waits for a place: nobody else connects while these three hold theirs.
        assert!(tokio::time::timeout(BRIEF, peer.accept()).await.is_err());
        for mut stream in streams {
            stream.write_all(b"0002ok").await.unwrap();
        }
    }
    assert_eq!(calls.join_all().await.len(), 12);
}

#[tokio::test]
async fn only_a_few_are_listened_to_after_their_time() {
    let peer = Peer::start().await;
    let times = Times { answer: BRIEF, ..times() };
    let line = line(Settings { limits: limits(1), times, ..settings(&peer.address("tcp")) });
    let (first, _kept) = join!(line.exchange(None, ask()), peer.accept());
    assert!(silent(first).late.is_some());
    // Its place is free again, but nobody more is listened to.
    let (second, _kept) = join!(line.exchange(None, ask()), peer.accept());
    assert_eq!(for_ever(second), Silence::TimedOut);
}

#[tokio::test]
async fn a_dead_system_costs_another_nothing() {
    let (dead, well) = (Peer::start().await, Peer::start().await);
    let (outside, metrics) = outside(&[("ALLOW_PRIVATE_TARGETS", "true")]);
    let settings = |peer: &Peer| Settings { limits: limits(1), ..settings(&peer.address("tcp")) };
    let to_dead = outside.line("dead", settings(&dead)).unwrap();
    let to_well = outside.line("well", settings(&well)).unwrap();
    let waiting = to_dead.clone();
    let hanging = tokio::spawn(async move { waiting.exchange(None, ask()).await });
    let kept = dead.accept().await;
    for _ in 0..3 {
        let (heard, ()) = join!(to_well.exchange(None, ask()), answer_one(&well));
        answer(heard);
    }
    drop(kept);
    for_ever(hanging.await.unwrap());
    let text = metrics.render().unwrap();
    for (partner, outcome, count) in [("well", "answer", 3), ("dead", "cut", 1)] {
        let counted = text.lines().any(|line| {
            line.starts_with("jiaozi_outbound_calls_total{")
                && line.contains(&format!("partner=\"{partner}\""))
                && line.contains(&format!("outcome=\"{outcome}\""))
                && line.ends_with(&format!(" {count}"))
        });
        assert!(counted, "{partner} {outcome} {count} in:\n{text}");
    }
}

#[tokio::test]
async fn a_private_address_is_refused_unless_somebody_has_named_it() {
    let peer = Peer::start().await;
    let (outside_of_defaults, _) = outside(&[]);
    for address in [peer.address("tcp"), peer.address("tcp").replace("127.0.0.1", "localhost")] {
        let line = outside_of_defaults.line("biller", settings(&address)).unwrap();
        let why = not_sent(line.exchange(None, ask()).await);
        assert!(matches!(why, NotSent::Private(_)), "{why}");
    }
    let own = format!("biller={}", peer.address("tcp"));
    let (named, _) = outside(&[("ADDRESSES", &own)]);
    let line = named.line("biller", settings("tls://biller.example.com:1")).unwrap();
    let (heard, ()) = join!(line.exchange(None, ask()), answer_one(&peer));
    answer(heard);
    let other = named.line("other", settings(&peer.address("tcp"))).unwrap();
    let why = not_sent(other.exchange(None, ask()).await);
    assert!(matches!(why, NotSent::Private(_)), "{why}");
}

#[tokio::test]
async fn an_address_of_the_wrong_kind_makes_no_line() {
    let (outside, _) = outside(&[("ADDRESSES", "biller=https://127.0.0.1:1")]);
    assert!(outside.line("biller", settings("tcp://127.0.0.1:1")).is_err());
    assert!(outside.line("other", settings("tcp://127.0.0.1:1")).is_ok());
}

#[tokio::test]
async fn nobody_waits_for_a_place_for_ever() {
    let peer = Peer::start().await;
    let times = Times { connect: Duration::from_secs(2), ..times() };
    let line = line(Settings { limits: limits(1), times, ..settings(&peer.address("tcp")) });
    let waiting = line.clone();
    let hanging = tokio::spawn(async move { waiting.exchange(None, ask()).await });
    let kept = peer.accept().await;
    assert_eq!(not_sent(line.exchange(None, ask()).await), NotSent::Busy);
    drop(kept);
    for_ever(hanging.await.unwrap());
}
