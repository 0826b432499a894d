//! Plain sockets, customers and their bills.

use std::time::Duration;

use encoding_rs::GBK;
use jiaozi::trial::billers::day_file::Slip;
use jiaozi::trial::billers::office::{Bill, Customer};
use jiaozi::trial::billers::order::Standing;
use jiaozi::trial::billers::peer::Biller;
use jiaozi::trial::billers::protocol::Protocol;
use jiff::civil::{Date, DateTime, date};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const TODAY: Date = date(2026, 11, 2);

pub fn morning() -> DateTime {
    TODAY.at(10, 0, 0, 0)
}

/// A biller with one customer who owes 150.00 for two things, in the morning.
pub async fn biller(protocol: impl Protocol, number: &str) -> Biller {
    let biller = Biller::start(protocol, morning(), None).await.unwrap();
    let customer = Customer {
        number: number.to_owned(),
        name: "李小龙".to_owned(),
        repeats: "C-77".to_owned(),
    };
    let bill = |id: &str, fee: &str, amount_fen, late_fee_fen| Bill {
        id: id.to_owned(),
        fee: fee.to_owned(),
        period: "202610".to_owned(),
        amount_fen,
        late_fee_fen,
    };
    let bills = vec![bill("B1", "基本费", 9_000, 0), bill("B2", "附加费", 5_900, 100)];
    biller.office().bill(customer, bills);
    biller
}

/// Connects and sends.
pub async fn send(biller: &Biller, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(biller.socket_address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// Reads until the other side closes.
pub async fn read_to_end(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    read.expect("it closes").unwrap();
    bytes
}

/// Sends a message and reads its answer.
pub async fn ask(biller: &Biller, bytes: &[u8]) -> Vec<u8> {
    read_to_end(send(biller, bytes).await).await
}

/// A request of HTTP.
pub fn post(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: biller\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Head and body of an answer of HTTP.
pub fn split(answer: &[u8]) -> (String, Vec<u8>) {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end..].to_vec())
}

pub fn gbk(text: &str) -> Vec<u8> {
    GBK.encode(text).0.into_owned()
}

pub fn of_gbk(bytes: &[u8]) -> String {
    GBK.decode(bytes).0.into_owned()
}

/// Where a payment stands.
pub fn standing(biller: &Biller, reference: &str) -> Standing {
    biller.office().truth()[reference].standing
}

/// The file of today as text.
pub fn file(biller: &Biller, slips: &[Slip]) -> String {
    String::from_utf8(biller.day_file(TODAY, slips).bytes).unwrap()
}
