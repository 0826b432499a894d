//! 华燃燃气: HTTPS, JSON in UTF-8, HMAC-SHA256 both ways. Payments are in progress first, and there is no
//! way to take one back.

use jiff::civil::DateTime;
use ring::hmac;
use serde_json::{Value, json};

use super::day_file::{Day, DayFile, Line};
use super::office::{Bill, Rules};
use super::order::{Order, Outcome, Refusal, Standing, Verb};
use super::protocol::{Framing, Incoming, Outgoing, Protocol, Unread};
use super::shelf::Wanted;
use super::text::{digits, spoilt, yuan};

const APP: &str = "jiaozi";
const DONE: &str = "0";

/// The interface, with the shared key.
#[derive(Clone)]
pub struct HuaranGas {
    /// The shared key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for HuaranGas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HuaranGas")
    }
}

impl HuaranGas {
    fn signature(&self, lines: &[&[u8]]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key);
        hex::encode(hmac::sign(&key, &lines.join(&b'\n')))
    }
}

impl HuaranGas {
    /// Whether a message is ours to answer: named and signed as agreed.
    fn knows(&self, incoming: &Incoming) -> bool {
        let header = |name| incoming.header(name).unwrap_or("");
        let (method, path) = (incoming.method.as_bytes(), incoming.path.as_bytes());
        let time = header("x-timestamp");
        let signed = [method, path, time.as_bytes(), &incoming.body];
        let dated = time.len() == 14 && digits(time).is_some();
        header("x-app-id") == APP && dated && header("x-sign") == self.signature(&signed)
    }

    /// A body with its time and its signature, which may be a wrong one.
    fn signed(&self, body: Vec<u8>, kind: &str, now: DateTime, wrongly: bool) -> Outgoing {
        let time = now.strftime("%Y%m%d%H%M%S").to_string();
        let signature = self.signature(&[time.as_bytes(), &body]);
        let signature = if wrongly { spoilt(&signature) } else { signature };
        let headers =
            vec![("content-type", kind.to_owned()), ("x-timestamp", time), ("x-sign", signature)];
        Outgoing { headers, ..Outgoing::body(body) }
    }
}

impl Protocol for HuaranGas {
    fn framing(&self) -> Framing {
        Framing::Http
    }

    fn rules(&self) -> Rules {
        Rules { cut_off: None, books_later: true }
    }

    fn read(&self, incoming: &Incoming) -> Result<Order, Unread> {
        if !self.knows(incoming) {
            return Err(Some(Outgoing::status(401)));
        }
        if incoming.method != "POST" {
            return Err(Some(Outgoing::status(405)));
        }
        let body = serde_json::from_slice(&incoming.body).unwrap_or(Value::Null);
        read(&incoming.path, &body).ok_or(Some(Outgoing::status(400)))
    }

    fn write(&self, order: &Order, outcome: &Outcome, now: DateTime, wrongly: bool) -> Outgoing {
        let (code, data) = answer(order, outcome);
        let said = if code == DONE { "成功" } else { "失败" };
        let body = json!({"code": code, "message": said, "data": data}).to_string().into_bytes();
        self.signed(body, "application/json", now, wrongly)
    }

    fn wanted(&self, incoming: &Incoming) -> Option<Wanted> {
        let name = incoming.path.strip_prefix("/v2/statements/gas_")?.strip_suffix(".csv")?;
        let date = name.parse().ok()?;
        let asked = incoming.method == "GET" && self.knows(incoming);
        asked.then(|| Wanted { date, part: 1, echo: Vec::new() })
    }

    fn hand_over(
        &self,
        _wanted: &Wanted,
        file: Option<&DayFile>,
        now: DateTime,
        wrongly: bool,
    ) -> Outgoing {
        match file {
            Some(file) => self.signed(file.bytes.clone(), "text/csv", now, wrongly),
            None => Outgoing::status(404),
        }
    }

    fn day_file(&self, day: &Day) -> DayFile {
        let told_paid = |line: &&Line| line.paid != line.slipped;
        let mut text = "\u{feff}requestId,accountNo,amount,status,paidAt\n".to_owned();
        for line in &day.lines {
            let (reference, customer) = (&line.reference, &line.customer);
            let (amount, at) = (yuan(line.amount_fen), line.at.strftime("%Y-%m-%dT%H:%M:%S+08:00"));
            let status = if told_paid(&line) { "SUCCESS" } else { "FAILED" };
            text.push_str(&format!("{reference},{customer},{amount},{status},{at}\n"));
        }
        let (count, sum) = day.totals(day.lines.iter().filter(told_paid));
        text.push_str(&format!("TOTAL,{count},{}\n", yuan(sum)));
        day.file(format!("gas_{}.csv", day.date), text.into_bytes())
    }
}

/// Reads a request; none if it is not as the interface says.
fn read(path: &str, body: &Value) -> Option<Order> {
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let own = text("requestId")?;
    let order = Order {
        verb: Verb::Query,
        reference: own.clone(),
        sent_on: None,
        customer: None,
        amount_fen: None,
        bills: None,
        repeats: None,
        echo: vec![own],
    };
    Some(match path {
        "/v2/bills/search" => Order { customer: Some(text("accountNo")?), ..order },
        "/v2/payments" => {
            let ids = body["billIds"].as_array()?.iter();
            let paid_at = text("paidAt")?;
            DateTime::strptime("%Y-%m-%dT%H:%M:%S", paid_at.strip_suffix("+08:00")?).ok()?;
            Order {
                verb: Verb::Pay,
                customer: Some(text("accountNo")?),
                amount_fen: Some(body["amountCents"].as_i64()?),
                bills: Some(ids.map(|id| id.as_str().map(str::to_owned)).collect::<Option<_>>()?),
                ..order
            }
        }
        "/v2/payments/status" => {
            Order { verb: Verb::Ask, reference: text("originalRequestId")?, ..order }
        }
        _ => return None,
    })
}

/// Code and data of an answer.
fn answer(order: &Order, outcome: &Outcome) -> (String, Value) {
    let own = order.echo.first().map_or("", String::as_str);
    let done = |data| (DONE.to_owned(), data);
    let no = |code: &str| (code.to_owned(), json!({"requestId": own}));
    match outcome {
        Outcome::Due { customer, bills } => {
            let bill = |bill: &Bill| {
                let month = bill.period.split_at_checked(4);
                let month = month.map_or(String::new(), |(year, month)| format!("{year}-{month}"));
                json!({
                    "billId": bill.id,
                    "month": month,
                    "amount": yuan(bill.amount_fen),
                    "penalty": yuan(bill.late_fee_fen),
                })
            };
            done(json!({
                "requestId": own,
                "accountNo": customer.number,
                "holder": customer.name,
                "bills": bills.iter().map(bill).collect::<Vec<_>>(),
                "total": yuan(bills.iter().map(Bill::total_fen).sum()),
            }))
        }
        Outcome::Booked { theirs, .. } => {
            done(json!({"requestId": own, "status": "SUCCESS", "paymentNo": theirs}))
        }
        Outcome::InProgress { .. } => {
            done(json!({"requestId": own, "status": "PROCESSING", "paymentNo": ""}))
        }
        Outcome::Stands { standing, theirs, .. } => {
            let status = match standing {
                Standing::Booked => "SUCCESS",
                Standing::InProgress => "PROCESSING",
                Standing::Refused | Standing::Reversed | Standing::NeverCame => "FAILED",
            };
            let theirs = theirs.as_deref().unwrap_or("");
            let original = &order.reference;
            done(json!({"originalRequestId": original, "status": status, "paymentNo": theirs}))
        }
        Outcome::Code(code) => no(code),
        Outcome::Refused(refusal) => no(match refusal {
            Refusal::NoSuchCustomer => "4001",
            Refusal::NothingDue => "4002",
            Refusal::NoSuchReference => "4004",
            Refusal::AmountDiffers
            | Refusal::OtherContent
            | Refusal::NotEnough
            | Refusal::Frozen
            | Refusal::ReversedBefore
            | Refusal::TooLate => "4003",
        }),
        // Nothing of this interface asks for it.
        Outcome::Reversed => no("5000"),
    }
}
