//! 南湖学院: short TCP connections, XML in GBK, a hash with a shared key over a list of fields.

use encoding_rs::GBK;
use jiff::civil::{DateTime, time};

use super::day_file::{Day, DayFile};
use super::office::{Bill, Rules};
use super::order::{Order, Outcome, Refusal, Standing, Verb};
use super::protocol::{Framing, Incoming, Outgoing, Protocol, Unread};
use super::text::{date, decode, digits, element, md5, spoilt, tagged, to_gbk};

const INSTITUTION: &str = "35002";
const DONE: &str = "00";

/// The interface, with the shared key.
#[derive(Clone)]
pub struct NanhuCollege {
    /// The shared key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for NanhuCollege {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NanhuCollege")
    }
}

impl NanhuCollege {
    /// The hash over the fields that it covers; those that a message does not have are empty.
    fn mac(&self, xml: &str) -> String {
        let fields = ["TXCODE", "INSTNO", "TXDATE", "SERIAL", "STUDENTNO", "AMOUNT"];
        let fields = fields.map(|name| element(&without_fees(xml), name).unwrap_or_default());
        md5(&[&to_gbk(&fields.join("|")), &self.key]).to_ascii_uppercase()
    }
}

/// A message without its list of fees, whose amounts are not the message's.
fn without_fees(xml: &str) -> String {
    match (xml.split_once("<FEELIST>"), xml.split_once("</FEELIST>")) {
        (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        _ => xml.to_owned(),
    }
}

impl Protocol for NanhuCollege {
    fn framing(&self) -> Framing {
        Framing::Digits(4)
    }

    fn rules(&self) -> Rules {
        Rules { cut_off: Some(time(16, 30, 0, 0)), books_later: false }
    }

    /// What is not as the interface says, or not signed by whom it should be, is not answered.
    fn read(&self, incoming: &Incoming) -> Result<Order, Unread> {
        let xml = decode(GBK, &incoming.body).ok_or(None)?;
        if element(&xml, "MAC") != Some(self.mac(&xml)) {
            return Err(None);
        }
        read(&xml).ok_or(None)
    }

    fn write(&self, order: &Order, outcome: &Outcome, _now: DateTime, wrongly: bool) -> Outgoing {
        let echo = |nth: usize| order.echo.get(nth).map_or("", String::as_str);
        let (code, said, body) = answer(order, outcome);
        let head = [
            tagged("TXCODE", echo(0)),
            tagged("INSTNO", INSTITUTION),
            tagged("TXDATE", echo(1)),
            tagged("TXTIME", echo(2)),
            tagged("SERIAL", echo(3)),
            tagged("RSPCODE", &code),
            tagged("RSPMSG", said),
        ];
        // The head is an element of its own for whoever writes it so.
        let (open, close) = if echo(4).is_empty() { ("", "") } else { ("<HEAD>", "</HEAD>") };
        let text = format!("{open}{}{close}{body}", head.concat());
        let mac = self.mac(&text);
        let mac = tagged("MAC", &if wrongly { spoilt(&mac) } else { mac });
        let xml = format!("<?xml version=\"1.0\" encoding=\"GBK\"?><ROOT>{text}{mac}</ROOT>");
        Outgoing::body(to_gbk(&xml))
    }

    fn day_file(&self, day: &Day) -> DayFile {
        let date = day.date.strftime("%Y%m%d");
        let (count, _) = day.totals(day.paid());
        let mut text = format!("{INSTITUTION}|{date}|{count}\n");
        for line in day.paid() {
            let (reference, student) = (&line.reference, &line.customer);
            let status = if line.slipped { "N" } else { "Y" };
            text.push_str(&format!("{reference}|{student}|{}|{status}\n", line.amount_fen));
        }
        day.file(format!("YKT.{date}"), to_gbk(&text))
    }
}

/// Reads a request; none if it is not as the interface says.
fn read(xml: &str) -> Option<Order> {
    let field = |name| element(xml, name);
    let (message, sent, at) = (field("TXCODE")?, field("TXDATE")?, field("TXTIME")?);
    let own = field("SERIAL")?;
    let numbered = own.strip_prefix("JZ").filter(|rest| rest.len() == 14).and_then(digits);
    if field("INSTNO")? != INSTITUTION || digits(&at).is_none() || numbered.is_none() {
        return None;
    }
    let order = Order {
        verb: Verb::Query,
        reference: own.clone(),
        sent_on: Some(date(&sent)?),
        customer: field("STUDENTNO"),
        amount_fen: None,
        bills: None,
        repeats: None,
        echo: vec![message.clone(), sent, at, own, field("HEAD").unwrap_or_default()],
    };
    let amount_fen = || digits(&field("AMOUNT")?);
    Some(match message.as_str() {
        "QRY" => Order { customer: Some(field("STUDENTNO")?), ..order },
        "PAY" => Order {
            verb: Verb::Pay,
            customer: Some(field("STUDENTNO")?),
            amount_fen: Some(amount_fen()?),
            repeats: Some(field("TERM")?),
            ..order
        },
        "ENQ" => Order { verb: Verb::Ask, reference: field("ORGSERIAL")?, sent_on: None, ..order },
        "REV" => Order {
            verb: Verb::Reverse,
            reference: field("ORGSERIAL")?,
            sent_on: None,
            customer: Some(field("STUDENTNO")?),
            amount_fen: Some(amount_fen()?),
            ..order
        },
        _ => return None,
    })
}

/// Code, message and further fields of an answer.
fn answer(order: &Order, outcome: &Outcome) -> (String, &'static str, String) {
    let done = |body: String| (DONE.to_owned(), "成功", body);
    let no = |code: &str, said| (code.to_owned(), said, String::new());
    let student = |number: &str| tagged("STUDENTNO", number);
    let amount = |fen: i64| tagged("AMOUNT", &fen.to_string());
    match outcome {
        Outcome::Due { customer, bills } => {
            let fee = |bill: &Bill| {
                let (code, name) = (tagged("CODE", &bill.id), tagged("NAME", &bill.fee));
                format!("<FEE>{code}{name}{}</FEE>", amount(bill.total_fen()))
            };
            let fees: String = bills.iter().map(fee).collect();
            let fields = [
                student(&customer.number),
                tagged("NAME", &customer.name),
                tagged("TERM", &customer.repeats),
                amount(bills.iter().map(Bill::total_fen).sum()),
                format!("<FEELIST>{fees}</FEELIST>"),
            ];
            done(fields.concat())
        }
        Outcome::Booked { theirs, customer, amount_fen } => {
            let fields = [student(customer), amount(*amount_fen), tagged("VOUCHER", theirs)];
            done(fields.concat())
        }
        Outcome::Stands { standing, customer, amount_fen, .. } => {
            let status = match standing {
                Standing::Booked => "Y",
                Standing::Refused => "N",
                Standing::InProgress => "W",
                Standing::Reversed | Standing::NeverCame => "C",
            };
            let fields = [
                tagged("ORGSERIAL", &order.reference),
                student(customer.as_deref().unwrap_or("")),
                amount(*amount_fen),
                tagged("STATUS", status),
            ];
            done(fields.concat())
        }
        Outcome::Reversed => done(String::new()),
        Outcome::InProgress { .. } => no("09", "处理中"),
        Outcome::Code(code) => no(code, "系统错误"),
        Outcome::Refused(refusal) => match refusal {
            Refusal::NoSuchCustomer => no("14", "无此学生"),
            Refusal::NothingDue | Refusal::ReversedBefore => no("25", "无应缴费用"),
            Refusal::AmountDiffers
            | Refusal::OtherContent
            | Refusal::NotEnough
            | Refusal::Frozen => no("13", "金额错误"),
            Refusal::NoSuchReference => no("22", "无此流水"),
            Refusal::TooLate => no("40", "已过日切"),
        },
    }
}
