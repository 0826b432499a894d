//! A span really arrives at a collector. In a binary of its own, because there is one subscriber
//! in a process, and started outside of a runtime, as the program does.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use jiaozi::config::{Config, Sources};

struct Received {
    request_line: String,
    media_type: String,
    body: Vec<u8>,
}

/// Takes one export and answers it.
fn stub_collector() -> (String, mpsc::Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (arrived, received) = mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let mut request_line = String::new();
        reader.read_line(&mut request_line).unwrap();
        let (mut length, mut media_type) = (0, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let lower = line.trim().to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            } else if let Some(value) = lower.strip_prefix("content-type:") {
                media_type = value.trim().to_owned();
            } else if lower.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        reader.get_mut().write_all(answer).unwrap();
        arrived.send(Received { request_line, media_type, body }).unwrap();
    });
    (address, received)
}

#[test]
fn a_span_arrives_at_the_collector() {
    let (endpoint, received) = stub_collector();
    let sources = Sources {
        environment: vec![("JIAOZI_TELEMETRY_OTLP_ENDPOINT".to_owned(), endpoint)],
        ..Sources::default()
    };
    let config = Config::load(&sources).unwrap();
    let telemetry = jiaozi::telemetry::start(&config.telemetry).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        tracing::info_span!("settle the day", book = 1).in_scope(|| tracing::info!("settled"));
    });
    drop(runtime);
    telemetry.shutdown();

    let export = received.recv_timeout(Duration::from_secs(10)).expect("an export");
    assert!(export.request_line.starts_with("POST /v1/traces "), "{}", export.request_line);
    assert_eq!(export.media_type, "application/x-protobuf");
    for text in ["settle the day", "service.name", "jiaozi"] {
        let found = export.body.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        assert!(found, "{text} is not in the export");
    }
}
