//! A company's own server, by hand: what it hears, and when and what it answers.

use std::collections::HashMap;
use std::net::SocketAddr;

use jiaozi::gateway::Gateway;
use jiaozi::notices::{Notice, NoticeState};
use jiaozi_ledger::row::{Cell, Row as _};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::support::{Place, instant};

/// A notice as the company got it.
#[derive(Debug, Clone)]
pub struct Got {
    pub id: String,
    pub timestamp: i64,
    pub signature: String,
    pub body: String,
}

impl Got {
    pub fn kind(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["type"].as_str().unwrap().to_owned()
    }
}

/// A call that was read and is not answered yet.
pub struct Call {
    pub got: Got,
    stream: TcpStream,
}

impl Call {
    /// Takes the next one.
    pub async fn next(listener: &TcpListener) -> Call {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut headers = HashMap::new();
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
        let got = Got {
            id: headers["webhook-id"].clone(),
            timestamp: headers["webhook-timestamp"].parse().unwrap(),
            signature: headers["webhook-signature"].clone(),
            body: String::from_utf8(body).unwrap(),
        };
        Call { got, stream: stream.into_inner() }
    }

    /// Answers it, and hangs up.
    pub async fn answer(mut self, status: u16) {
        let said = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        self.stream.write_all(said.as_bytes()).await.unwrap();
        self.stream.shutdown().await.unwrap();
    }

    /// Its connection, if the gateway still waits for the answer.
    pub fn still_open(self) -> Option<std::net::TcpStream> {
        let stream = self.stream.into_std().unwrap();
        match stream.peek(&mut [0]) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Some(stream),
            _ => None,
        }
    }
}

/// Has a company's notices sent to an address.
pub fn listens(place: &Place, company: &str, address: SocketAddr) {
    let spec = place.path(&format!("partners/{company}/partner.toml"));
    let text = std::fs::read_to_string(&spec).unwrap();
    let (before, rest) = text.split_once("[webhook]\nurl = \"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    let text = format!("{before}[webhook]\nurl = \"http://{address}/\"{after}");
    std::fs::write(&spec, text).unwrap();
}

/// Makes the secret with which a company's notices are signed.
pub fn secret(place: &Place, company: &str) -> String {
    let id = format!("{company}-hook");
    let generate =
        ["partner", "keys", "generate", "--partner", company, "--id", &id, "--kind", "webhook"];
    place.run(&generate).well().out.trim().to_owned()
}

/// Leaves notices to a company, each about a resource of its own.
pub async fn notices(
    gateway: &Gateway,
    company: &str,
    ids: impl Iterator<Item = String>,
    at: &str,
) {
    let notice = |(id, seq): (String, i64)| Notice {
        id,
        partner: company.to_owned(),
        seq,
        kind: "bill.paid".to_owned(),
        subject: Uuid::new_v4(),
        body: "{}".to_owned(),
        attempts: 0,
        next_at: instant(at),
        state: NoticeState::Waiting,
        outcome: None,
    };
    let rows = ids.zip(1..).map(|one| notice(one).cells()).collect();
    let (mut unit, _) = gateway.store.engine().begin().await.unwrap();
    unit.write(&Notice::TABLE, rows, false).await.unwrap();
    unit.commit().await.unwrap();
}

/// A notice as it stands.
pub async fn notice(gateway: &Gateway, id: &str) -> Notice {
    gateway.store.first("id = $2", vec![Cell::Text(id.to_owned())]).await.unwrap().unwrap()
}
