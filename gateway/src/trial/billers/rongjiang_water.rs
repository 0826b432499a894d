//! 榕江自来水: HTTPS, XML in GBK, no signature. A query speaks of yuan with two places, a payment of fen
//! without a point.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::GBK;
use jiff::civil::{DateTime, time};

use super::day_file::{Day, DayFile};
use super::office::{Bill, Rules};
use super::order::{Order, Outcome, Refusal, Standing, Verb};
use super::protocol::{Framing, Incoming, Outgoing, Protocol, Unread};
use super::shelf::Wanted;
use super::text::{date, decode, digits, element, tagged, to_gbk, yuan};

const PATH: &str = "/bank/trade";
const COMPANY: &str = "654321";
const DONE: &str = "AAAAAAA";
const FILE: &str = "PayCheck";

/// How many bytes of a file are in one answer.
const PART_BYTES: usize = 2_048;

/// The second-level channel that the day's file names: us.
const CHANNEL: &str = "JZ";

/// The interface.
#[derive(Debug, Clone, Copy, Default)]
pub struct RongjiangWater;

impl Protocol for RongjiangWater {
    fn framing(&self) -> Framing {
        Framing::Http
    }

    fn rules(&self) -> Rules {
        Rules { cut_off: Some(time(23, 0, 0, 0)), books_later: false }
    }

    fn read(&self, incoming: &Incoming) -> Result<Order, Unread> {
        let kind = incoming.header("content-type").unwrap_or("");
        if incoming.path != PATH {
            return Err(Some(Outgoing::status(404)));
        }
        if incoming.method != "POST" || !kind.starts_with("application/xml") {
            return Err(Some(Outgoing::status(415)));
        }
        read(&incoming.body).ok_or(Some(Outgoing::status(400)))
    }

    fn write(&self, order: &Order, outcome: &Outcome, _now: DateTime, _wrongly: bool) -> Outgoing {
        let [message, reference] = [0, 1].map(|nth| order.echo.get(nth).map_or("", String::as_str));
        let (code, said, body) = answer(reference, outcome);
        written(message, reference, (&code, said), body)
    }

    fn wanted(&self, incoming: &Incoming) -> Option<Wanted> {
        let xml = decode(GBK, &incoming.body).filter(|_| incoming.path == PATH)?;
        if element(&xml, "TranCode")? != FILE {
            return None;
        }
        let part = usize::try_from(digits(&element(&xml, "PartNo")?)?).ok()?;
        let date = date(&element(&xml, "CheckDate")?)?;
        Some(Wanted { date, part, echo: vec![element(&xml, "TranSeq")?] })
    }

    fn hand_over(
        &self,
        wanted: &Wanted,
        file: Option<&DayFile>,
        _now: DateTime,
        _wrongly: bool,
    ) -> Outgoing {
        let reference = wanted.echo.first().map_or("", String::as_str);
        let day = tagged("CheckDate", &wanted.date.strftime("%Y%m%d").to_string());
        let Some(file) = file else {
            return written(FILE, reference, ("WAT0106", "文件未生成"), day);
        };
        let parts: Vec<&[u8]> = file.bytes.chunks(PART_BYTES).collect();
        let part = parts.get(wanted.part.wrapping_sub(1)).copied().unwrap_or_default();
        let fields = [
            day,
            tagged("PartNo", &wanted.part.to_string()),
            tagged("PartCount", &parts.len().max(1).to_string()),
            tagged("FileContent", &STANDARD.encode(part)),
        ];
        written(FILE, reference, (DONE, "成功"), fields.concat())
    }

    fn day_file(&self, day: &Day) -> DayFile {
        let date = day.date.strftime("%Y%m%d");
        let (count, sum) = day.totals(day.paid());
        let mut text = format!("{count}|{}\n", yuan(sum));
        for line in day.paid() {
            let kind = if line.slipped { "02" } else { "01" };
            let (reference, customer) = (&line.reference, &line.customer);
            let amount = yuan(line.amount_fen);
            text.push_str(&format!("{date}|{reference}|{customer}|{amount}|{CHANNEL}|{kind}\n"));
        }
        day.file(format!("{COMPANY}_{date}.txt"), text.into_bytes())
    }
}

/// An answer: what it repeats, code and message, and further fields.
fn written(message: &str, reference: &str, (code, said): (&str, &str), body: String) -> Outgoing {
    let xml = [
        "<?xml version=\"1.0\" encoding=\"GBK\"?><out>".to_owned(),
        tagged("TranCode", message),
        tagged("TranSeq", reference),
        tagged("RetCode", code),
        tagged("RetMsg", said),
        body,
        "</out>".to_owned(),
    ];
    let headers = vec![("content-type", "application/xml; charset=GBK".to_owned())];
    Outgoing { headers, ..Outgoing::body(to_gbk(&xml.concat())) }
}

/// Reads a request; none if it is not as the interface says.
fn read(body: &[u8]) -> Option<Order> {
    let xml = decode(GBK, body)?;
    let field = |name| element(&xml, name);
    let is = |name, value| field(name).as_deref() == Some(value);
    let declared = xml.starts_with("<?xml version=\"1.0\" encoding=\"GBK\"?>");
    if !declared || !is("Version", "1.0.1") || !is("InstId", "00001") || !is("CompanyId", COMPANY) {
        return None;
    }
    let message = field("TranCode")?;
    let own = field("TranSeq").filter(|own| own.len() == 12 && digits(own).is_some())?;
    let sent = date(&field("TranDate")?)?;
    digits(&field("TranTime")?)?;
    let original = || Some((field("OrgTranSeq")?, date(&field("OrgTranDate")?)?));
    let order = Order {
        verb: Verb::Query,
        reference: own.clone(),
        sent_on: Some(sent),
        customer: None,
        amount_fen: None,
        bills: None,
        repeats: None,
        echo: vec![message.clone(), own],
    };
    Some(match message.as_str() {
        "Query" => Order { customer: Some(field("BillKey")?), ..order },
        "Pay" => {
            date(&field("OrgDate")?)?;
            Order {
                verb: Verb::Pay,
                customer: Some(field("BillKey")?),
                amount_fen: Some(digits(&field("Amount")?)?),
                repeats: Some(field("ContractNo")?),
                ..order
            }
        }
        "PayQuery" => {
            let (reference, sent) = original()?;
            Order { verb: Verb::Ask, reference, sent_on: Some(sent), ..order }
        }
        "Reverse" => {
            let (reference, sent) = original()?;
            let amount_fen = Some(digits(&field("Amount")?)?);
            Order { verb: Verb::Reverse, reference, sent_on: Some(sent), amount_fen, ..order }
        }
        _ => return None,
    })
}

/// Code, message and further fields of an answer.
fn answer(reference: &str, outcome: &Outcome) -> (String, &'static str, String) {
    let done = |body: String| (DONE.to_owned(), "成功", body);
    let no = |code: &str, said| (code.to_owned(), said, String::new());
    match outcome {
        Outcome::Due { customer, bills } => {
            let item = |bill: &Bill| {
                let fields = [
                    tagged("FeeName", &bill.fee),
                    tagged("Period", &bill.period),
                    tagged("Amount", &yuan(bill.amount_fen)),
                    tagged("LateFee", &yuan(bill.late_fee_fen)),
                ];
                format!("<Item>{}</Item>", fields.concat())
            };
            let items: String = bills.iter().map(item).collect();
            let total = bills.iter().map(Bill::total_fen).sum();
            let fields = [
                tagged("BillKey", &customer.number),
                tagged("CustName", &customer.name),
                tagged("ContractNo", &customer.repeats),
                format!("<Items>{items}</Items>"),
                tagged("TotalAmount", &yuan(total)),
            ];
            done(fields.concat())
        }
        Outcome::Booked { theirs, .. } => {
            done([tagged("BankSeq", reference), tagged("CompanySeq", theirs)].concat())
        }
        Outcome::Stands { standing, .. } => {
            let status = match standing {
                Standing::Booked => "1",
                Standing::Refused => "2",
                Standing::InProgress => "3",
                Standing::Reversed | Standing::NeverCame => "4",
            };
            done(tagged("PayStatus", status))
        }
        Outcome::Reversed => done(String::new()),
        Outcome::InProgress { .. } => no("WAT0109", "处理中"),
        Outcome::Code(code) => no(code, "系统错误"),
        Outcome::Refused(refusal) => match refusal {
            Refusal::NoSuchCustomer => no("WAT0001", "无此用户"),
            Refusal::NothingDue => no("WAT0002", "无欠费"),
            Refusal::AmountDiffers
            | Refusal::OtherContent
            | Refusal::NotEnough
            | Refusal::Frozen => no("WAT0102", "金额不符"),
            Refusal::ReversedBefore => no("WAT0103", "原交易已冲正"),
            Refusal::NoSuchReference => no("WAT0104", "无此流水"),
            Refusal::TooLate => no("WAT0105", "已日切"),
        },
    }
}
