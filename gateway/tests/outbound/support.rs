//! A peer that does exactly what a test tells it to, and lines to it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use jiaozi::config::{Config, Sources};
use jiaozi::outbound::Outside;
use jiaozi::outbound::address::Address;
use jiaozi::outbound::heard::{Answer, Heard, Message, NotSent, Silence, Silent};
use jiaozi::outbound::line::Line;
use jiaozi::outbound::settings::{BreakerSettings, Frame, Length, Limits, Settings, Times};
use jiaozi::telemetry::Metrics;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{TcpListener, TcpStream};

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The time of something that never happens.
pub const BRIEF: Duration = Duration::from_millis(30);

pub const FRAME: Frame = Frame { length: Length::Digits(4), counts_itself: false };

pub struct Peer {
    listener: TcpListener,
}

impl Peer {
    pub async fn start() -> Peer {
        Peer { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub fn address(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.listener.local_addr().unwrap())
    }

    pub async fn accept(&self) -> TcpStream {
        let accepted = tokio::time::timeout(PATIENCE, self.listener.accept());
        accepted.await.expect("somebody connects").unwrap().0
    }
}

/// An address where nobody listens.
pub async fn nobody(scheme: &str) -> String {
    Peer::start().await.address(scheme)
}

/// Reads a framed message to its end.
pub async fn read_framed(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await.unwrap();
    let length = std::str::from_utf8(&length).unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    String::from_utf8(body).unwrap()
}

/// Reads a request to its end.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = Vec::new();
    loop {
        text.push(stream.read_u8().await.unwrap());
        let read = String::from_utf8_lossy(&text).to_ascii_lowercase();
        let Some((head, body)) = read.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() == length.map_or(0, |length| length.parse().unwrap()) {
            return String::from_utf8(text).unwrap();
        }
    }
}

/// Times in which everything that happens has time to.
pub fn times() -> Times {
    Times { connect: PATIENCE, answer: PATIENCE, late: PATIENCE }
}

pub fn settings(address: &str) -> Settings {
    let address = Address::parse(address).unwrap();
    Settings {
        frame: Some(FRAME).filter(|_| !address.scheme.is_http()),
        address,
        times: times(),
        limits: Limits { in_flight_max: 8, per_minute: None, per_customer_per_minute: None },
        breaker: BreakerSettings { failures: 0, pause: PATIENCE },
        answer_bytes_max: 1_000,
    }
}

/// What lines share, under variables of the configuration.
pub fn outside(variables: &[(&str, &str)]) -> (Outside, Metrics) {
    let environment = variables
        .iter()
        .map(|(name, value)| (format!("JIAOZI_OUTBOUND_{name}"), (*value).to_owned()));
    let sources = Sources { environment: environment.collect(), ..Sources::default() };
    let config = Config::load(&sources).unwrap();
    let metrics = Metrics::new("test").unwrap();
    (Outside::new(&config.outbound, &metrics.meter()).unwrap(), metrics)
}

pub fn line(settings: Settings) -> Line {
    let (outside, _) = outside(&[("ALLOW_PRIVATE_TARGETS", "true")]);
    outside.line("biller", settings).unwrap()
}

pub fn post(path: &str, body: &str) -> Message {
    Message {
        method: Method::POST,
        path: path.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_owned()),
    }
}

pub fn answer(heard: Heard) -> Answer {
    match heard {
        Heard::Answer(answer) => answer,
        other => panic!("an answer was expected: {other:?}"),
    }
}

pub fn not_sent(heard: Heard) -> NotSent {
    match heard {
        Heard::NotSent(why) => why,
        other => panic!("nothing was to be sent: {other:?}"),
    }
}

pub fn silent(heard: Heard) -> Silent {
    match heard {
        Heard::Silent(silent) => silent,
        other => panic!("silence was expected: {other:?}"),
    }
}

/// Silence that stays silence.
pub fn for_ever(heard: Heard) -> Silence {
    let silent = silent(heard);
    assert!(silent.late.is_none(), "nothing can come any more");
    silent.why
}
