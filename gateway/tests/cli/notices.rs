//! Notices reach a partner that fails at first: in order for each resource, signed, and once.

use std::sync::{Arc, Mutex};

use jiaozi::asked::Asked;
use jiaozi::gateway::Gateway;
use jiaozi::notices::send::Sender;
use jiaozi::notices::{sign, write};
use jiaozi::property::payments::{self, GiveBack};
use jiaozi_adapters::property::Caller;
use jiaozi_adapters::property::refund::Reason;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{MORNING, Place, instant, pay, payer};

/// A request as the partner got it.
#[derive(Debug, Clone)]
struct Got {
    id: String,
    timestamp: i64,
    signature: String,
    body: String,
    answered: u16,
}

impl Got {
    fn kind(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["type"].as_str().unwrap().to_owned()
    }
}

/// A partner that answers 500 to its first requests.
async fn partner(listener: TcpListener, failures: usize, got: Arc<Mutex<Vec<Got>>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let before = got.lock().unwrap().len();
        let status = if before < failures { 500 } else { 204 };
        let request = answer(stream, status).await;
        got.lock().unwrap().push(request);
    }
}

async fn answer(stream: TcpStream, status: u16) -> Got {
    let mut stream = BufReader::new(stream);
    let mut headers = std::collections::HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    let said = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(said.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    Got {
        id: headers["webhook-id"].clone(),
        timestamp: headers["webhook-timestamp"].parse().unwrap(),
        signature: headers["webhook-signature"].clone(),
        body: String::from_utf8(body).unwrap(),
        answered: status,
    }
}

/// Writes and sends what is due, and says how many were tried.
async fn run(gateway: &Gateway, sender: &Sender) -> usize {
    while write::run_once(gateway).await.unwrap() > 0 {}
    sender.run_once(gateway).await.unwrap()
}

#[tokio::test]
async fn a_notice_is_repeated_until_heard_and_the_next_of_its_resource_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let place = Place::empty();
    let spec = place.path("partners/yunhe/partner.toml");
    let text = std::fs::read_to_string(&spec).unwrap();
    let text = text.replace("https://notice.yunhe.example/jiaozi", &format!("http://{address}/"));
    // The import's notice is another resource; here only payments are of interest.
    let text = text.replace("\"file.imported\", \"day.closed\"", "\"day.closed\"");
    std::fs::write(&spec, text).unwrap();
    place.run(&["sandbox", "create"]).well();
    place.import_november();
    let generate =
        ["partner", "keys", "generate", "--partner", "yunhe", "--id", "hook", "--kind", "webhook"];
    let secret = place.run(&generate).well().out.trim().to_owned();

    let gateway = place.gateway().await;
    gateway.store.move_time(instant(MORNING)).await.unwrap();
    let from = payer(&gateway, "1001").await;
    let order = pay(&gateway, &from, "1-1-101").await;
    let back = GiveBack { order, amount: None, bills: None, reason: Reason::PaidTwice };
    let caller = Caller::Partner("yunhe".to_owned());
    payments::refund(&gateway, &Asked::by("yunhe", "r"), caller, back).await.unwrap();

    let got = Arc::new(Mutex::new(Vec::new()));
    let listening = tokio::spawn(partner(listener, 2, Arc::clone(&got)));
    let sender = Sender::new(&place.config().webhooks).unwrap();
    assert_eq!(run(&gateway, &sender).await, 1, "the refund waits for the payment");
    assert_eq!(run(&gateway, &sender).await, 0, "and the payment for its pause");
    for time in ["2036-11-20T02:01:00Z", "2036-11-20T02:10:00Z", "2036-11-20T02:20:00Z"] {
        gateway.store.move_time(instant(time)).await.unwrap();
        assert_eq!(run(&gateway, &sender).await, 1, "{time}");
    }
    gateway.store.move_time(instant("2036-11-21T02:20:00Z")).await.unwrap();
    assert_eq!(run(&gateway, &sender).await, 0, "what was heard is not told again");
    listening.abort();

    let got = got.lock().unwrap().clone();
    let seen: Vec<(String, u16)> = got.iter().map(|got| (got.kind(), got.answered)).collect();
    let expected =
        [("bill.paid", 500), ("bill.paid", 500), ("bill.paid", 204), ("bill.refunded", 204)];
    assert_eq!(seen, expected.map(|(kind, status)| (kind.to_owned(), status)));
    assert!(got[0].id == got[1].id && got[1].id == got[2].id, "one identifier for all attempts");
    assert_eq!(got[0].body, got[2].body);
    for one in &got {
        let signed = sign::signature([secret.as_str()], &one.id, one.timestamp, &one.body);
        assert_eq!(Ok(one.signature.clone()), signed);
    }
}
