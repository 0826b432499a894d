//! A biller that talks in forms, with fields in the address: what the shipped ones do not do.

use std::collections::BTreeMap;

use hmac::{Hmac, Mac};
use jiaozi_adapters::exchange::{
    Incoming, Original, Outcome, Reading, Telling, Unreadable, Verb, read, render,
};
use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_adapters::spec::biller::Biller;
use jiaozi_ledger::money::Fen;
use jiff::civil::date;
use sha2::Sha256;

use super::office::{calendars, kept};

const SECRET: &[u8] = b"heat";

fn heat() -> Biller {
    let spec = PartnerSpec::parse("heat.toml", include_str!("heat.toml"), &calendars());
    spec.expect("a specification").biller().expect("a biller").clone()
}

fn telling(verb: Verb) -> Telling {
    let day = date(2026, 11, 20);
    Telling {
        verb,
        reference: "H-000007".to_owned(),
        original: (verb == Verb::Ask)
            .then(|| Original { reference: "H-000006".to_owned(), date: day }),
        at: day.at(8, 0, 0, 0),
        clearing_date: day,
        customer: "12345".to_owned(),
        amount: Some(Fen(15_005)),
        part: 1,
        carried: kept(&[("notes", "一号楼\na=b&c")]),
    }
}

fn signature(text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("a key");
    mac.update(text.as_bytes());
    hex::encode_upper(mac.finalize().into_bytes())
}

fn hears(verb: Verb, status: u16, body: &[u8]) -> Result<Reading, Unreadable> {
    let incoming = Incoming { status: Some(status), headers: &[], body };
    read(&heat(), &telling(verb), &incoming, Some(SECRET))
}

#[test]
fn with_get_all_fields_are_in_the_address_and_signed_there() {
    let said = render(&heat(), &telling(Verb::Query), Some(SECRET)).expect("it can be said");
    let path = "/accounts/12345/bills/H-000007?no=H-000007&day=2026%2F11%2F20";
    assert_eq!((said.method, said.path.as_str(), said.body.as_slice()), ("GET", path, &b""[..]));
    let signed = signature(&format!("GET {path}\n"));
    assert_eq!(said.headers, [("X-Sign".to_owned(), signed)]);
    let said = render(&heat(), &telling(Verb::Ask), Some(SECRET)).expect("it can be said");
    assert_eq!(said.path, "/payments/H-000006?no=H-000007");
}

#[test]
fn a_list_is_its_name_again_and_texts_are_bytes_of_the_encoding() {
    let said = render(&heat(), &telling(Verb::WriteOff), Some(SECRET)).expect("it can be said");
    let body = "no=H-000007&paid=150.05&note=%D2%BB%BA%C5%C2%A5&note=a%3Db%26c";
    assert_eq!(String::from_utf8_lossy(&said.body), body);
    let signed = signature(&format!("POST /payments\n{body}"));
    assert!(said.headers.contains(&("X-Sign".to_owned(), signed)), "{:?}", said.headers);
}

#[test]
fn a_form_is_read_in_its_encoding_with_full_width_digits_where_they_are_agreed() {
    let body = b"result=ok&owed=%A3%B1%A3%B5%A3%B0.05&note=%D2%BB%BA%C5%C2%A5&note=a+b";
    let reading = hears(Verb::Query, 200, body).expect("an answer");
    assert_eq!(reading.due.expect("a bill").total, Fen(15_005), "１５０.05");
    assert_eq!(reading.carried, kept(&[("notes", "一号楼\na b")]));
}

#[test]
fn zero_is_nothing_due_and_a_negative_amount_is_none() {
    let reading = hears(Verb::Query, 200, b"result=ok&owed=0.00&note=a").expect("an answer");
    assert_eq!((reading.outcome, reading.due), (Outcome::NothingDue, None));
    assert_eq!(reading.carried, BTreeMap::new());
    for wrong in ["-1.00", "1e3", "100000000.01", "12.345", "NaN", ""] {
        let body = format!("result=ok&owed={wrong}&note=a");
        let error = hears(Verb::Query, 200, body.as_bytes()).expect_err(wrong);
        assert_eq!(error.place, "owed", "{error}");
    }
}

#[test]
fn only_the_statuses_that_are_agreed_are_read() {
    let outcome = |status, body: &[u8]| hears(Verb::Ask, status, body).expect("known").outcome;
    assert_eq!(outcome(404, b"result=none"), Outcome::NotFound);
    assert_eq!(outcome(200, b"result=none"), Outcome::NotFound);
    assert_eq!(outcome(500, b"result=none"), Outcome::Unknown);
    assert_eq!(outcome(302, b"result=ok"), Outcome::Unknown);
    assert_eq!(
        hears(Verb::WriteOff, 200, b"result=what").expect("known").outcome,
        Outcome::Refused
    );
}

#[test]
fn what_is_no_form_is_refused_at_its_place() {
    for (body, place) in [
        (&b"result=%4"[..], "result"),
        (b"result=%zz", "result"),
        (b"result=%ff%ff", "result"),
        (b"%ff=1", "body"),
        (b"", "result"),
        (b"result=ok&result=none", "result"),
        (b"\xff\xff", "body"),
    ] {
        let error = hears(Verb::Ask, 200, body).expect_err("no form");
        assert_eq!(error.place, place, "{error}");
    }
}
