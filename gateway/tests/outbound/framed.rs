//! Framed messages.

use jiaozi::outbound::heard::{Message, NotSent, Silence};
use jiaozi::outbound::settings::{Settings, Times};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::join;

use crate::support::{
    BRIEF, PATIENCE, Peer, answer, for_ever, line, nobody, not_sent, read_framed, settings, silent,
    times,
};

/// A peer that reads a message, writes something and closes; what was heard of that.
async fn heard_of(written: &[u8]) -> Silence {
    let peer = Peer::start().await;
    let line = line(settings(&peer.address("tcp")));
    let (heard, ()) = join!(line.exchange(None, Message::framed("ask")), async {
        let mut stream = peer.accept().await;
        assert_eq!(read_framed(&mut stream).await, "ask");
        stream.write_all(written).await.unwrap();
    });
    for_ever(heard)
}

#[tokio::test]
async fn an_answer_is_read_to_its_end_and_no_further() {
    let peer = Peer::start().await;
    let line = line(settings(&peer.address("tcp")));
    let (heard, ()) = join!(line.exchange(None, Message::framed("a question")), async {
        let mut stream = peer.accept().await;
        assert_eq!(read_framed(&mut stream).await, "a question");
        // In two parts, and the same once more.
        stream.write_all(b"0005ye").await.unwrap();
        stream.flush().await.unwrap();
        stream.write_all(b"s...0005yes...").await.unwrap();
    });
    let answer = answer(heard);
    assert_eq!((answer.status, &answer.body[..]), (None, &b"yes.."[..]));
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_sent() {
    let line = line(settings(&nobody("tcp").await));
    let why = not_sent(line.exchange(None, Message::framed("a")).await);
    assert!(matches!(why, NotSent::Refused(_)), "{why}");
}

#[tokio::test]
async fn a_name_that_nobody_has_is_not_resolved() {
    let line = line(settings("tcp://nobody.invalid:1"));
    let why = not_sent(line.exchange(None, Message::framed("a")).await);
    assert!(matches!(why, NotSent::Unresolved(_)), "{why}");
}

#[tokio::test]
async fn what_does_not_fit_the_frame_is_not_sent() {
    let line = line(settings(&nobody("tcp").await));
    let why = not_sent(line.exchange(None, Message::framed(vec![b'a'; 10_000])).await);
    assert!(matches!(why, NotSent::Unsendable(_)), "{why}");
}

#[tokio::test]
async fn whatever_is_not_a_whole_answer_is_silence() {
    assert!(matches!(heard_of(b"").await, Silence::Cut(_)), "it closes after reading");
    assert!(matches!(heard_of(b"00").await, Silence::Cut(_)), "half a length");
    assert!(matches!(heard_of(b"0010half").await, Silence::Cut(_)), "half an answer");
    assert!(matches!(heard_of(b"HTTP/1.1 200").await, Silence::Garbled(_)), "another protocol");
    assert_eq!(heard_of(b"9999").await, Silence::TooLong);
}

#[tokio::test]
async fn a_peer_that_never_answers_is_silent_in_time_and_later_for_ever() {
    let peer = Peer::start().await;
    let times = Times { answer: BRIEF, late: BRIEF, ..times() };
    let line = line(Settings { times, ..settings(&peer.address("tcp")) });
    let (heard, stream) = join!(line.exchange(None, Message::framed("a")), peer.accept());
    let silent = silent(heard);
    assert_eq!(silent.why, Silence::TimedOut);
    let late = silent.late.expect("it is listened to");
    assert_eq!(late.answer().await, None);
    drop(stream);
}

#[tokio::test]
async fn a_late_answer_reaches_whoever_waits_for_it() {
    let peer = Peer::start().await;
    let times = Times { answer: BRIEF, ..times() };
    let line = line(Settings { times, ..settings(&peer.address("tcp")) });
    let (heard, mut stream) = join!(line.exchange(None, Message::framed("a")), peer.accept());
    let late = silent(heard).late.expect("it is listened to");
    // The caller has been told long ago.
    stream.write_all(b"0004late").await.unwrap();
    let answer = late.answer().await.expect("the late answer");
    assert_eq!(&answer.body[..], b"late");
}

#[tokio::test]
async fn half_a_late_answer_is_none() {
    let peer = Peer::start().await;
    let times = Times { answer: BRIEF, ..times() };
    let line = line(Settings { times, ..settings(&peer.address("tcp")) });
    let (heard, mut stream) = join!(line.exchange(None, Message::framed("a")), peer.accept());
    let late = silent(heard).late.expect("it is listened to");
    stream.write_all(b"0004la").await.unwrap();
    drop(stream);
    assert_eq!(late.answer().await, None);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_cut_a_message() {
    let peer = Peer::start().await;
    let line = line(settings(&peer.address("tcp")));
    let mut stream = tokio::select! {
        heard = line.exchange(None, Message::framed("whole")) => panic!("{heard:?}"),
        stream = peer.accept() => stream,
    };
    assert_eq!(read_framed(&mut stream).await, "whole");
    // And the connection waits for its answer, as with a caller.
    stream.write_all(b"0002ok").await.unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert_eq!(closed.expect("it closes").unwrap(), 0);
}
