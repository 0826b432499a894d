//! 闽北供电: short TCP connections, fixed widths in GB18030, a hash with a shared key over the body.

use encoding_rs::GB18030;
use jiff::civil::{DateTime, time};

use super::day_file::{Day, DayFile};
use super::office::{Bill, Rules};
use super::order::{Order, Outcome, Refusal, Standing, Verb};
use super::protocol::{Framing, Incoming, Outgoing, Protocol, Unread};
use super::text::{date, decode, digits, md5, spoilt, to_gb18030};

const MERCHANT: &str = "100208";
const HEADER_BYTES: usize = 6 + 6 + 14 + 4 + 20 + 32;
const DONE: &str = "0000";

/// The interface, with the shared key.
#[derive(Clone)]
pub struct MinbeiPower {
    /// The shared key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for MinbeiPower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MinbeiPower")
    }
}

/// Takes fields of fixed widths from the front of bytes.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    /// A text without the blanks behind it.
    fn text(&mut self, bytes: usize) -> Option<String> {
        let (field, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(decode(GB18030, field)?.trim_end_matches(' ').to_owned())
    }

    fn number(&mut self, bytes: usize) -> Option<i64> {
        digits(&self.text(bytes)?)
    }
}

/// A text with blanks behind it, cut at a whole character if it is too long.
fn text(text: &str, bytes: usize) -> Vec<u8> {
    let mut field = Vec::new();
    for letter in text.chars() {
        let letter = to_gb18030(&letter.to_string());
        if field.len() + letter.len() > bytes {
            break;
        }
        field.extend(letter);
    }
    field.resize(bytes, b' ');
    field
}

/// An amount.
fn amount(fen: i64) -> Vec<u8> {
    format!("{fen:012}").into_bytes()
}

impl MinbeiPower {
    fn message(
        &self,
        request: &str,
        code: &str,
        now: DateTime,
        line: &str,
        body: &[u8],
    ) -> Vec<u8> {
        let header = [
            text(request, 6),
            text(MERCHANT, 6),
            text(&now.strftime("%Y%m%d%H%M%S").to_string(), 14),
            text(code, 4),
            text(line, 20),
            text(&md5(&[body, &self.key]), 32),
        ];
        [&header.concat(), body].concat()
    }

    /// An answer of a code alone, to whatever the header says it is the answer to.
    fn refused(&self, header: &[u8], code: &str) -> Unread {
        let mut answer = header.to_vec();
        answer[26..30].copy_from_slice(&text(code, 4));
        answer[50..82].copy_from_slice(&text(&md5(&[&self.key]), 32));
        Some(Outgoing::body(answer))
    }
}

impl Protocol for MinbeiPower {
    fn framing(&self) -> Framing {
        Framing::Digits(6)
    }

    fn rules(&self) -> Rules {
        Rules { cut_off: Some(time(17, 0, 0, 0)), books_later: false }
    }

    fn read(&self, incoming: &Incoming) -> Result<Order, Unread> {
        let Some((header, body)) = incoming.body.split_at_checked(HEADER_BYTES) else {
            return Err(None);
        };
        let mut fields = Fields(header);
        let mut read = || {
            let request = fields.text(6)?;
            let merchant = fields.text(6)?;
            let sent = fields.text(14)?;
            let (code, line, mac) = (fields.text(4)?, fields.text(20)?, fields.text(32)?);
            let sent =
                date(sent.get(..8)?).filter(|_| digits(&sent).is_some() && sent.len() == 14)?;
            (merchant == MERCHANT && code.is_empty() && !line.is_empty())
                .then_some((request, sent, line, mac))
        };
        let (request, sent, line, mac) = read().ok_or_else(|| self.refused(header, "0003"))?;
        if mac != md5(&[body, &self.key]) {
            return Err(self.refused(header, "0005"));
        }
        let order = Order {
            verb: Verb::Query,
            reference: line.clone(),
            sent_on: Some(sent),
            customer: None,
            amount_fen: None,
            bills: None,
            repeats: None,
            echo: vec![request.clone(), line],
        };
        read_body(&request, order, body).ok_or_else(|| self.refused(header, "0003"))
    }

    fn write(&self, order: &Order, outcome: &Outcome, now: DateTime, wrongly: bool) -> Outgoing {
        let [request, line] = [0, 1].map(|nth| order.echo.get(nth).map_or("", String::as_str));
        let (code, body) = answer(order, outcome);
        let mut message = self.message(request, &code, now, line, &body);
        if wrongly {
            let mac = spoilt(&md5(&[&body, &self.key]));
            message[HEADER_BYTES - 32..HEADER_BYTES].copy_from_slice(mac.as_bytes());
        }
        Outgoing::body(message)
    }

    fn day_file(&self, day: &Day) -> DayFile {
        let (count, sum) = day.totals(day.paid());
        let mut text = format!("{count}|{sum}\n");
        for line in day.paid() {
            let (reference, customer) = (&line.reference, &line.customer);
            let at = line.at.strftime("%Y%m%d%H%M%S");
            text.push_str(&format!("{reference}|{customer}|{}|{at}\n", line.amount_fen));
        }
        let name = format!("DZ_DL_{MERCHANT}_{}.txt", day.date.strftime("%Y%m%d"));
        day.file(name, to_gb18030(&text))
    }
}

/// Reads the body of a request; none if it is not as the interface says.
fn read_body(request: &str, order: Order, body: &[u8]) -> Option<Order> {
    let mut fields = Fields(body);
    let order = match request {
        "800001" => Order { customer: Some(fields.text(12)?), ..order },
        "800002" => {
            let (customer, amount_fen) = (fields.text(12)?, fields.number(12)?);
            fields.number(6)?;
            Order {
                verb: Verb::Pay,
                customer: Some(customer),
                amount_fen: Some(amount_fen),
                repeats: Some(fields.text(16)?),
                ..order
            }
        }
        "800003" | "800004" => {
            let (reference, sent_on) = (fields.text(20)?, Some(date(&fields.text(8)?)?));
            let order = Order { verb: Verb::Ask, reference, sent_on, ..order };
            if request == "800003" {
                order
            } else {
                // The reversal goes under the reference of its original.
                if order.echo.get(1) != Some(&order.reference) {
                    return None;
                }
                Order { verb: Verb::Reverse, amount_fen: Some(fields.number(12)?), ..order }
            }
        }
        _ => return None,
    };
    fields.0.is_empty().then_some(order)
}

/// Code and body of an answer. Without success there is no body.
fn answer(order: &Order, outcome: &Outcome) -> (String, Vec<u8>) {
    let done = |body: &[Vec<u8>]| (DONE.to_owned(), body.concat());
    let no = |code: &str| (code.to_owned(), Vec::new());
    match outcome {
        Outcome::Due { customer, bills } => {
            let total = bills.iter().map(Bill::total_fen).sum();
            let penalty = bills.iter().map(|bill| bill.late_fee_fen).sum();
            done(&[
                text(&customer.number, 12),
                text(&customer.name, 40),
                amount(total),
                amount(penalty),
                text(bills.first().map_or("", |bill| &bill.period), 6),
                text(&customer.repeats, 16),
            ])
        }
        Outcome::Booked { theirs, customer, .. } => done(&[text(customer, 12), text(theirs, 20)]),
        Outcome::Stands { standing, .. } => {
            let state = match standing {
                Standing::Booked => "S",
                Standing::Refused => "F",
                Standing::InProgress => "P",
                Standing::Reversed | Standing::NeverCame => "R",
            };
            done(&[text(&order.reference, 20), text(state, 1)])
        }
        Outcome::Reversed => done(&[text(&order.reference, 20)]),
        // Who is not done in time says that it was not in time.
        Outcome::InProgress { .. } => no("0006"),
        Outcome::Code(code) => no(code),
        Outcome::Refused(refusal) => no(match refusal {
            Refusal::NoSuchCustomer => "5001",
            Refusal::NothingDue => "5002",
            Refusal::AmountDiffers
            | Refusal::OtherContent
            | Refusal::NotEnough
            | Refusal::Frozen => "5003",
            Refusal::TooLate => "5009",
            Refusal::ReversedBefore => "5010",
            Refusal::NoSuchReference => "5020",
        }),
    }
}
