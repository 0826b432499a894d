//! Reading a report, transaction by transaction, so that nothing larger than one is held as XML.

use std::collections::HashSet;
use std::io::BufRead;

use rust_decimal::Decimal;

use super::{Original, PaymentStatus, Reason, Status, StatusReport, TransactionStatus};
use crate::statement::date;
use crate::statement::xml::{Element, Open, Xml};
use crate::statement::{Place, Refusal, StatementError};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.";
const VERSIONS: [&str; 12] =
    ["03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14"];
/// Transactions of one report. A bank reports on no more than it was sent in a message, and ours have fewer.
const LISTED_MAX: usize = 10_000;

/// Reads a report.
///
/// # Errors
/// It is broken, of another kind, or contradicts itself: with the place; or the source cannot be read.
pub fn read<R: BufRead>(source: R) -> Result<StatusReport, StatementError> {
    let mut xml = Xml::new(source);
    let root = named(&mut xml, "Document")?;
    let namespace = root.namespace.as_deref().unwrap_or_default();
    let version = namespace.strip_prefix(NAMESPACE).filter(|version| VERSIONS.contains(version));
    let Some(version) = version.map(|version| format!("pain.002.001.{version}")) else {
        let found = if namespace.is_empty() { "a document without a namespace" } else { namespace };
        let expected = "the namespace (xmlns) of pain.002.001.03 to .14";
        return Err(root.place.refuse(found, expected).into());
    };
    let message = named(&mut xml, "CstmrPmtStsRpt")?;
    let (mut head, mut original, mut payments) = (None, None, Vec::<PaymentStatus>::new());
    let mut seen = Seen::default();
    while let Some(open) = xml.child()? {
        let place = open.place.clone();
        match open.name.as_str() {
            "GrpHdr" if head.is_none() => head = Some(group(&place, &xml.whole(open)?)?),
            "OrgnlGrpInfAndSts" if original.is_none() && head.is_some() => {
                original = Some(about(&place, &xml.whole(open)?)?);
            }
            "OrgnlPmtInfAndSts" if original.is_some() => {
                payments.push(payment(&mut xml, place, &mut seen)?);
            }
            "SplmtryData" => xml.pass_over()?,
            name => {
                let expected = match (&head, &original) {
                    (None, _) => "<GrpHdr>",
                    (_, None) => "<OrgnlGrpInfAndSts>",
                    _ => "<OrgnlPmtInfAndSts>",
                };
                return Err(place.refuse(&format!("<{name}>"), expected).into());
            }
        }
    }
    let missing = |name: &str| message.place.clone().refuse("none", name);
    let (id, created) = head.ok_or_else(|| missing("<GrpHdr>"))?;
    let original = original.ok_or_else(|| missing("<OrgnlGrpInfAndSts>"))?;
    if let Some(open) = xml.child()? {
        return Err(open.place.refuse(&open.name, "nothing after the message").into());
    }
    xml.end()?;
    let report = StatusReport { version, id, created, original, payments };
    agrees(&report)?;
    Ok(report)
}

/// What was listed before.
#[derive(Default)]
struct Seen {
    payments: HashSet<String>,
    listed: usize,
}

fn named<R: BufRead>(xml: &mut Xml<R>, name: &str) -> Result<Open, StatementError> {
    match xml.child()? {
        Some(open) if open.name == name => Ok(open),
        other => {
            let found = other.map_or("nothing".to_owned(), |open| format!("<{}>", open.name));
            Err(xml.place().refuse(&found, format!("<{name}>")).into())
        }
    }
}

fn group(place: &Place, element: &Element) -> Result<(String, jiff::civil::DateTime), Refusal> {
    let id = needed(place, element, "MsgId", 35)?;
    let created = element.first("CreDtTm").ok_or_else(|| missing(place, element, "CreDtTm"))?;
    let at = date::iso(&created.text).and_then(|(_, at)| at).ok_or_else(|| {
        below(place, created).refuse(&created.text, "a date and time such as 2026-11-20T09:30:00")
    })?;
    Ok((id, at))
}

fn about(place: &Place, element: &Element) -> Result<Original, Refusal> {
    Ok(Original {
        place: place.clone(),
        id: needed(place, element, "OrgnlMsgId", 35)?,
        kind: needed(place, element, "OrgnlMsgNmId", 35)?,
        transactions: count(place, element)?,
        control_sum: sum(place, element)?,
        status: status(place, element, "GrpSts")?,
        reasons: reasons(place, element)?,
    })
}

fn payment<R: BufRead>(
    xml: &mut Xml<R>,
    place: Place,
    seen: &mut Seen,
) -> Result<PaymentStatus, StatementError> {
    // What stands before the transactions is small; it is put together and read as one element.
    let mut own = Element { line: place.line, ..Element::default() };
    let mut listed: Vec<TransactionStatus> = Vec::new();
    let mut references: HashSet<String> = HashSet::new();
    while let Some(open) = xml.child()? {
        let at = open.place.clone();
        if open.name != "TxInfAndSts" {
            own.children.push(xml.whole(open)?);
            continue;
        }
        seen.listed += 1;
        if seen.listed > LISTED_MAX {
            return Err(at.refuse("more", format!("at most {LISTED_MAX} transactions")).into());
        }
        let one = transaction(&at, &xml.whole(open)?)?;
        if !references.insert(one.reference().to_owned()) {
            return Err(at.refuse(one.reference(), "each transaction once").into());
        }
        listed.push(one);
    }
    let id = needed(&place, &own, "OrgnlPmtInfId", 35)?;
    if !seen.payments.insert(id.clone()) {
        return Err(place.refuse(&id, "each payment (OrgnlPmtInfId) once").into());
    }
    Ok(PaymentStatus {
        id,
        transactions: count(&place, &own)?,
        control_sum: sum(&place, &own)?,
        status: status(&place, &own, "PmtInfSts")?,
        reasons: reasons(&place, &own)?,
        listed,
        place,
    })
}

fn transaction(place: &Place, element: &Element) -> Result<TransactionStatus, Refusal> {
    let end_to_end = text(place, element, "OrgnlEndToEndId", 35)?;
    let instruction = text(place, element, "OrgnlInstrId", 35)?;
    if end_to_end.is_none() && instruction.is_none() {
        return Err(missing(place, element, "OrgnlEndToEndId"));
    }
    let status = status(place, element, "TxSts")?;
    if status == Some(Status::Part) {
        return Err(place.clone().refuse("PART", "the status of one transaction, not of several"));
    }
    let amount = element
        .first("OrgnlTxRef/Amt/InstdAmt")
        .or_else(|| element.first("OrgnlTxRef/Amt/EqvtAmt/Amt"));
    let amount = amount.map(|found| {
        let currency = found.currency.clone().unwrap_or_default();
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(below(place, found).refuse(&currency, "an attribute Ccy such as CNY"));
        }
        Ok((number(place, found)?, currency))
    });
    Ok(TransactionStatus {
        place: place.clone(),
        instruction,
        end_to_end,
        status,
        reasons: reasons(place, element)?,
        bank: text(place, element, "AcctSvcrRef", 35)?.or(text(place, element, "ClrSysRef", 35)?),
        amount: amount.transpose()?,
    })
}

fn reasons(place: &Place, parent: &Element) -> Result<Vec<Reason>, Refusal> {
    parent.all("StsRsnInf").into_iter().map(|element| reason(place, element)).collect()
}

fn reason(place: &Place, element: &Element) -> Result<Reason, Refusal> {
    let code = match element.first("Rsn") {
        None => None,
        Some(of) => text(place, of, "Cd", 4)?.or(text(place, of, "Prtry", 35)?),
    };
    let words = element.all("AddtlInf").into_iter().map(|words| words.text.clone()).collect();
    Ok(Reason { code, words })
}

fn status(place: &Place, parent: &Element, name: &str) -> Result<Option<Status>, Refusal> {
    let Some(found) = parent.first(name) else { return Ok(None) };
    let expected = || Status::ALL.map(Status::code).join(", ");
    let status = Status::of_code(&found.text);
    status
        .map(Some)
        .ok_or_else(|| below(place, found).refuse(&found.text, format!("one of {}", expected())))
}

fn count(place: &Place, parent: &Element) -> Result<Option<u64>, Refusal> {
    let Some(found) = parent.first("OrgnlNbOfTxs") else { return Ok(None) };
    let digits = (1..=15).contains(&found.text.len())
        && found.text.bytes().all(|byte| byte.is_ascii_digit());
    let count = digits.then(|| found.text.parse().ok()).flatten();
    count
        .map(Some)
        .ok_or_else(|| below(place, found).refuse(&found.text, "a number of 1 to 15 digits"))
}

fn sum(place: &Place, parent: &Element) -> Result<Option<Decimal>, Refusal> {
    parent.first("OrgnlCtrlSum").map(|found| number(place, found)).transpose()
}

/// Digits, and perhaps a point and digits: what `xs:decimal` says of amounts that are none below nothing.
fn number(place: &Place, found: &Element) -> Result<Decimal, Refusal> {
    let plain = found.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && found.text.len() <= 19
        && found.text.starts_with(|first: char| first.is_ascii_digit());
    let number = plain.then(|| found.text.parse::<Decimal>().ok()).flatten();
    number
        .map(|number| number.normalize())
        .ok_or_else(|| below(place, found).refuse(&found.text, "an amount such as 1234.50"))
}

/// A text that is there at most once, of 1 to so many characters.
fn text(
    place: &Place,
    parent: &Element,
    name: &str,
    length: usize,
) -> Result<Option<String>, Refusal> {
    let found = parent.all(name);
    let Some(first) = found.first() else { return Ok(None) };
    if let Some(second) = found.get(1) {
        return Err(below(place, second).refuse(&second.text, "it once"));
    }
    if !(1..=length).contains(&first.text.chars().count()) {
        let expected = format!("1 to {length} characters");
        return Err(below(place, first).refuse(&first.text, expected));
    }
    Ok(Some(first.text.clone()))
}

fn needed(place: &Place, parent: &Element, name: &str, length: usize) -> Result<String, Refusal> {
    text(place, parent, name, length)?.ok_or_else(|| missing(place, parent, name))
}

fn missing(place: &Place, parent: &Element, name: &str) -> Refusal {
    Place::new(parent.line, place.at.clone()).refuse("none", format!("<{name}>"))
}

fn below(place: &Place, element: &Element) -> Place {
    let above = if place.at.is_empty() { String::new() } else { format!("{}/", place.at) };
    Place::new(element.line, format!("{above}{}", element.name))
}

/// A whole and its parts: what is refused as a whole has no part that is not, and what is settled as a
/// whole has no part that is refused.
fn agrees(report: &StatusReport) -> Result<(), Refusal> {
    let all = report.original.status;
    for payment in &report.payments {
        contradicts(all, payment.status, &payment.place, "the message")?;
        for one in &payment.listed {
            contradicts(all, one.status, &one.place, "the message")?;
            contradicts(payment.status, one.status, &one.place, "the payment")?;
        }
    }
    Ok(())
}

fn contradicts(
    whole: Option<Status>,
    part: Option<Status>,
    place: &Place,
    of: &str,
) -> Result<(), Refusal> {
    let (Some(whole), Some(part)) = (whole, part) else { return Ok(()) };
    let refused = whole.is_refused() && !part.is_refused() && part != Status::Part;
    let settled = whole.is_settled() && part.is_refused();
    if refused || settled {
        let expected = format!("a part of {of} to agree with its status {}", whole.code());
        return Err(place.clone().refuse(part.code(), expected));
    }
    Ok(())
}
