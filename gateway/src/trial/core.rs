//! The bank's core system as a system of its own on the network: 民榕核心, HTTPS, JSON in UTF-8, HMAC-SHA256
//! both ways. Its office and its faults are those of the [billers](super::billers); what is paid there is
//! money taken from an account. Written by hand from its interface document, like theirs.

use jiff::civil::{DateTime, time};
use ring::hmac;
use serde_json::{Value, json};

use super::billers::day_file::{Day, DayFile, Line};
use super::billers::office::Rules;
use super::billers::order::{Order, Outcome, Refusal, Standing, Verb};
use super::billers::protocol::{Framing, Incoming, Outgoing, Protocol, Unread};
use super::billers::text::{date, digits, spoilt};

const CHANNEL: &str = "jiaozi";
const DONE: &str = "0000";

/// The interface, with the shared key.
#[derive(Clone)]
pub struct MinrongCore {
    /// The shared key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for MinrongCore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MinrongCore")
    }
}

impl MinrongCore {
    fn signature(&self, lines: &[&[u8]]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key);
        hex::encode(hmac::sign(&key, &lines.join(&b'\n')))
    }
}

impl Protocol for MinrongCore {
    fn framing(&self) -> Framing {
        Framing::Http
    }

    fn rules(&self) -> Rules {
        Rules { cut_off: Some(time(23, 0, 0, 0)), books_later: false }
    }

    fn read(&self, incoming: &Incoming) -> Result<Order, Unread> {
        let header = |name| incoming.header(name).unwrap_or("");
        let (method, path) = (incoming.method.as_str(), incoming.path.as_str());
        let at = header("x-time");
        let signed = [method.as_bytes(), path.as_bytes(), at.as_bytes(), &incoming.body];
        let known = header("x-channel") == CHANNEL && at.len() == 14 && digits(at).is_some();
        if !known || header("x-sign") != self.signature(&signed) {
            return Err(Some(Outgoing::status(401)));
        }
        if method != "POST" {
            return Err(Some(Outgoing::status(405)));
        }
        let body = serde_json::from_slice(&incoming.body).unwrap_or(Value::Null);
        read(path, &body).ok_or(Some(Outgoing::status(400)))
    }

    fn write(&self, order: &Order, outcome: &Outcome, now: DateTime, wrongly: bool) -> Outgoing {
        let mut body = answer(order, outcome);
        let said = if body["code"] == DONE { "成功" } else { "失败" };
        body["message"] = said.into();
        let body = body.to_string().into_bytes();
        let at = now.strftime("%Y%m%d%H%M%S").to_string();
        let signature = self.signature(&[at.as_bytes(), &body]);
        let signature = if wrongly { spoilt(&signature) } else { signature };
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("x-time", at),
            ("x-sign", signature),
        ];
        Outgoing { headers, ..Outgoing::body(body) }
    }

    fn day_file(&self, day: &Day) -> DayFile {
        let told_paid = |line: &&Line| line.paid != line.slipped;
        let mut text = "serial,account,amountFen,status\n".to_owned();
        for line in &day.lines {
            let status = if told_paid(&line) { "BOOKED" } else { "REFUSED" };
            let Line { reference, customer, amount_fen, .. } = line;
            text.push_str(&format!("{reference},{customer},{amount_fen},{status}\n"));
        }
        let (count, sum) = day.totals(day.lines.iter().filter(told_paid));
        text.push_str(&format!("TOTAL,{count},{sum}\n"));
        day.file(format!("core_{}.csv", day.date), text.into_bytes())
    }
}

/// Reads a request; none if it is not as the interface says.
fn read(path: &str, body: &Value) -> Option<Order> {
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let serial = text("serial")?;
    let order = Order {
        verb: Verb::Pay,
        reference: serial.clone(),
        sent_on: None,
        customer: None,
        amount_fen: None,
        bills: None,
        repeats: None,
        echo: vec![serial],
    };
    Some(match path {
        "/core/debits" => {
            date(&text("day")?)?;
            let amount_fen = Some(body["amountFen"].as_i64()?);
            Order { customer: Some(text("account")?), amount_fen, ..order }
        }
        "/core/debits/status" => Order { verb: Verb::Ask, reference: text("original")?, ..order },
        "/core/debits/reversal" => Order {
            verb: Verb::Reverse,
            reference: text("original")?,
            amount_fen: Some(body["amountFen"].as_i64()?),
            ..order
        },
        _ => return None,
    })
}

/// The body of an answer, without its text.
fn answer(order: &Order, outcome: &Outcome) -> Value {
    let own = order.echo.first().map_or("", String::as_str);
    let mut body = json!({"code": DONE, "serial": own});
    if order.verb != Verb::Pay {
        body["original"] = order.reference.clone().into();
    }
    match outcome {
        Outcome::Booked { theirs, .. } => body["voucher"] = theirs.clone().into(),
        Outcome::Stands { standing, theirs, .. } => {
            body["status"] = match standing {
                Standing::Booked => "BOOKED",
                Standing::Refused => "REFUSED",
                Standing::Reversed | Standing::NeverCame => "REVERSED",
                Standing::InProgress => "IN_PROGRESS",
            }
            .into();
            body["voucher"] = theirs.clone().unwrap_or_default().into();
        }
        Outcome::Reversed => {}
        Outcome::Code(code) => body["code"] = code.clone().into(),
        Outcome::InProgress { .. } | Outcome::Due { .. } => body["code"] = "9999".into(),
        Outcome::Refused(refusal) => {
            body["code"] = match refusal {
                Refusal::NoSuchCustomer | Refusal::NothingDue => "1404",
                Refusal::NotEnough => "1451",
                Refusal::Frozen => "1462",
                Refusal::NoSuchReference => "1440",
                Refusal::TooLate => "1470",
                Refusal::AmountDiffers | Refusal::OtherContent | Refusal::ReversedBefore => "1409",
            }
            .into();
        }
    }
    body
}
