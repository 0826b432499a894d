//! Requests of HTTP.

use http::{HeaderValue, StatusCode};
use jiaozi::outbound::heard::{NotSent, Silence};
use jiaozi::outbound::settings::{Settings, Times};
use tokio::io::AsyncWriteExt as _;
use tokio::join;

use crate::support::{
    BRIEF, Peer, answer, for_ever, line, nobody, not_sent, post, read_request, settings, silent,
    times,
};

/// A peer that reads a request, writes something and closes; what was heard of that.
async fn heard_of(written: &[u8]) -> Silence {
    let peer = Peer::start().await;
    let line = line(settings(&peer.address("http")));
    let (heard, ()) = join!(line.exchange(None, post("/", "ask")), async {
        let mut stream = peer.accept().await;
        read_request(&mut stream).await;
        // Who has heard enough closes while we write.
        let _ = stream.write_all(written).await;
    });
    for_ever(heard)
}

#[tokio::test]
async fn a_request_goes_out_as_it_was_given_below_the_base() {
    let peer = Peer::start().await;
    let line = line(settings(&format!("{}/bank/", peer.address("http"))));
    let mut message = post("/trade?a=1", "<in/>");
    message.headers.insert("content-type", HeaderValue::from_static("application/xml"));
    message.headers.insert("content-length", HeaderValue::from_static("1"));
    let (heard, request) = join!(line.exchange(None, message), async {
        let mut stream = peer.accept().await;
        let request = read_request(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nx-sign: abc\r\ncontent-length: 6\r\n\r\n<out/>")
            .await
            .unwrap();
        request
    });
    assert!(request.starts_with("POST /bank/trade?a=1 HTTP/1.1\r\n"), "{request}");
    for header in ["content-type: application/xml", "content-length: 5", "connection: close"] {
        assert!(request.contains(&format!("\r\n{header}\r\n")), "{header}: {request}");
    }
    assert!(request.ends_with("\r\n\r\n<in/>"), "{request}");
    let answer = answer(heard);
    assert_eq!(answer.status, Some(StatusCode::OK));
    assert_eq!(answer.headers["x-sign"], "abc");
    assert_eq!(&answer.body[..], b"<out/>");
}

#[tokio::test]
async fn an_answer_of_any_kind_is_an_answer_and_nothing_follows_it() {
    for (written, status) in [
        ("HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n", 500),
        ("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", 302),
        // Without a length it ends where the connection does.
        ("HTTP/1.1 404 Not Found\r\n\r\nnot here", 404),
    ] {
        let peer = Peer::start().await;
        let line = line(settings(&peer.address("http")));
        let (heard, ()) = join!(line.exchange(None, post("/", "")), async {
            let mut stream = peer.accept().await;
            read_request(&mut stream).await;
            stream.write_all(written.as_bytes()).await.unwrap();
        });
        assert_eq!(answer(heard).status.unwrap(), status);
    }
}

#[tokio::test]
async fn each_message_has_a_connection_of_its_own() {
    let peer = Peer::start().await;
    let line = line(settings(&peer.address("http")));
    let mut kept = Vec::new();
    for _ in 0..3 {
        let (heard, stream) = join!(line.exchange(None, post("/", "a")), async {
            let mut stream = peer.accept().await;
            read_request(&mut stream).await;
            // A peer that would keep it open.
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            stream
        });
        answer(heard);
        kept.push(stream);
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_sent() {
    let line = line(settings(&nobody("http").await));
    let why = not_sent(line.exchange(None, post("/", "a")).await);
    assert!(matches!(why, NotSent::Refused(_)), "{why}");
}

#[tokio::test]
async fn what_is_no_request_is_not_sent() {
    let line = line(settings(&nobody("http").await));
    for path in ["", "trade", "/a b"] {
        let why = not_sent(line.exchange(None, post(path, "a")).await);
        assert!(matches!(why, NotSent::Unsendable(_)), "{path}: {why}");
    }
}

#[tokio::test]
async fn whatever_is_not_a_whole_answer_is_silence() {
    assert!(matches!(heard_of(b"").await, Silence::Cut(_)), "it closes after reading");
    assert!(matches!(heard_of(b"HTTP/1.1 20").await, Silence::Cut(_)), "half a head");
    let half = heard_of(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    assert!(matches!(half, Silence::Cut(_)), "half a body: {half}");
    let garbage = heard_of(b"\x00\x01\x02 what is this\r\n\r\n").await;
    assert!(matches!(garbage, Silence::Garbled(_)), "{garbage}");
}

#[tokio::test]
async fn an_answer_is_bounded() {
    let long = format!("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n{}", "a".repeat(1_001));
    assert_eq!(heard_of(long.as_bytes()).await, Silence::TooLong);
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "a".repeat(2_000));
    assert_eq!(heard_of(endless.as_bytes()).await, Silence::TooLong);
    let headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(101));
    assert!(matches!(heard_of(headers.as_bytes()).await, Silence::TooLong));
    let header = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(64 * 1_024));
    assert_eq!(heard_of(header.as_bytes()).await, Silence::TooLong);
}

#[tokio::test]
async fn a_late_answer_reaches_whoever_waits_for_it() {
    let peer = Peer::start().await;
    let times = Times { answer: BRIEF, ..times() };
    let line = line(Settings { times, ..settings(&peer.address("http")) });
    let (heard, mut stream) = join!(line.exchange(None, post("/", "a")), peer.accept());
    let silent = silent(heard);
    assert_eq!(silent.why, Silence::TimedOut);
    read_request(&mut stream).await;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate").await.unwrap();
    let late = silent.late.expect("it is listened to").answer().await.expect("the late answer");
    assert_eq!((late.status, &late.body[..]), (Some(StatusCode::OK), &b"late"[..]));
}
