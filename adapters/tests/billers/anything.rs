//! Any value and any bytes: what is written is read back by parsers that know nothing of this code, and no
//! bytes make reading panic.

use std::collections::BTreeMap;

use encoding_rs::GB18030;
use hmac::{Hmac, Mac};
use jiaozi_adapters::exchange::{Incoming, Original, Telling, Verb, read, render};
use jiaozi_adapters::spec::biller::{Biller, Characters};
use jiaozi_adapters::spec::outbound::Transport;
use jiaozi_ledger::money::Fen;
use jiff::civil::date;
use md5::{Digest, Md5};
use proptest::prelude::*;
use sha2::Sha256;

use super::office::{BILLERS, biller};

const SECRET: &[u8] = b"any secret";

/// What changes from one telling to the next.
#[derive(Debug, Clone)]
struct Told {
    verb: Verb,
    number: u64,
    customer: u64,
    fen: i64,
    text: String,
    minute: i8,
}

fn told() -> impl Strategy<Value = Told> {
    let verb =
        prop_oneof![Just(Verb::Query), Just(Verb::WriteOff), Just(Verb::Ask), Just(Verb::Reversal)];
    (
        verb,
        1_u64..1_000_000,
        0_u64..9_999_999_999,
        1_i64..9_999_999_999,
        "[A-Z0-9王李&<>\"']{1,6}",
        0_i8..60,
    )
        .prop_map(|(verb, number, customer, fen, text, minute)| Told {
            verb,
            number,
            customer,
            fen,
            text,
            minute,
        })
}

fn telling(biller: &Biller, told: &Told) -> Telling {
    let reference = |number| biller.outbound.reference.write(number).expect("a reference");
    let about = matches!(told.verb, Verb::Ask | Verb::Reversal);
    let carried = biller.messages.query.iter().flat_map(|query| query.answer.carry.keys());
    let width = usize::try_from(biller.customer.least).expect("a small number");
    let customer = format!("{:0width$}", told.customer);
    Telling {
        verb: told.verb,
        reference: reference(told.number),
        original: about
            .then(|| Original { reference: reference(told.number - 1), date: date(2026, 11, 20) }),
        at: date(2026, 11, 21).at(9, told.minute, 0, 0),
        clearing_date: date(2026, 11, 22),
        customer: match biller.customer.characters {
            Characters::Digits => customer,
            Characters::LettersAndDigits => format!("H{customer}"),
        },
        amount: Some(Fen(told.fen)),
        part: 1,
        carried: carried
            .map(|name| (name.to_string(), told.text.clone()))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn element(xml: &str, name: &str) -> String {
    let after = xml.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
    let text = after.split_once(&format!("</{name}>")).map_or("", |(text, _)| text);
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn gbk(bytes: &[u8]) -> String {
    GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .expect("GB18030")
        .into_owned()
}

fn md5(parts: &[&[u8]]) -> String {
    hex::encode(Md5::digest(parts.concat()))
}

proptest! {
    #[test]
    fn the_water_company_reads_what_was_told(told in told()) {
        let biller = biller("rongjiang-water");
        let telling = telling(&biller, &told);
        let said = render(&biller, &telling, None).expect("it can be said");
        let xml = gbk(&said.body);
        prop_assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"GBK\"?><in>"));
        prop_assert_eq!(element(&xml, "TranSeq"), telling.reference.clone());
        prop_assert_eq!(element(&xml, "TranTime"), format!("09{:02}00", told.minute));
        if told.verb == Verb::WriteOff {
            prop_assert_eq!(element(&xml, "ContractNo"), told.text);
            prop_assert_eq!(element(&xml, "Amount"), told.fen.to_string());
            prop_assert_eq!(element(&xml, "OrgDate"), "20261122");
        }
        if let Some(original) = telling.original {
            prop_assert_eq!(element(&xml, "OrgTranSeq"), original.reference);
            prop_assert_eq!(element(&xml, "OrgTranDate"), "20261120");
        }
    }

    #[test]
    fn the_power_company_reads_what_was_told(told in told()) {
        let biller = biller("minbei-power");
        let mut telling = telling(&biller, &told);
        telling.carried.insert("period".to_owned(), "202610".to_owned());
        let said = render(&biller, &telling, Some(SECRET)).expect("it can be said");
        let (head, body) = said.body.split_at(82);
        prop_assert_eq!(&gbk(&head[50..]), &md5(&[body, SECRET]));
        let line = match (&told.verb, &telling.original) {
            (Verb::Reversal, Some(original)) => &original.reference,
            _ => &telling.reference,
        };
        prop_assert_eq!(&gbk(&head[30..50]), &format!("{line:<20}"));
        match told.verb {
            Verb::Query => prop_assert_eq!(gbk(body), format!("{:<12}", telling.customer)),
            Verb::WriteOff => {
                prop_assert_eq!(gbk(&body[..24]), format!("{:<12}{:012}", telling.customer, told.fen));
                let meter = gbk(&body[30..46]);
                prop_assert_eq!(meter.trim_end(), &told.text);
            }
            Verb::Ask => prop_assert_eq!(body.len(), 28),
            Verb::Reversal => {
                prop_assert_eq!(gbk(&body[20..]), format!("20261120{:012}", told.fen));
            }
            Verb::DayFile => prop_assert!(false, "nobody asks the power company for a file"),
        }
    }

    #[test]
    fn the_gas_company_reads_what_was_told(told in told()) {
        let biller = biller("huaran-gas");
        let telling = telling(&biller, &told);
        let Ok(said) = render(&biller, &telling, Some(SECRET)) else {
            prop_assert_eq!(told.verb, Verb::Reversal);
            return Ok(());
        };
        let body: serde_json::Value = serde_json::from_slice(&said.body).expect("JSON");
        prop_assert_eq!(body["requestId"].as_str(), Some(telling.reference.as_str()));
        if told.verb == Verb::WriteOff {
            prop_assert_eq!(body["amountCents"].as_i64(), Some(told.fen));
            prop_assert_eq!(body["billIds"].clone(), serde_json::json!([told.text]));
        }
        let header = |name: &str| {
            said.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
        };
        let signed = format!("POST\n{}\n{}\n", said.path, header("X-Timestamp"));
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("a key");
        mac.update(signed.as_bytes());
        mac.update(&said.body);
        prop_assert_eq!(header("X-Sign"), hex::encode(mac.finalize().into_bytes()));
    }

    #[test]
    fn the_college_reads_what_was_told(told in told()) {
        let biller = biller("nanhu-college");
        let telling = telling(&biller, &told);
        let said = render(&biller, &telling, Some(SECRET)).expect("it can be said");
        let xml = gbk(&said.body);
        let fields = ["TXCODE", "INSTNO", "TXDATE", "SERIAL", "STUDENTNO", "AMOUNT"];
        let signed = fields.map(|name| element(&xml, name)).join("|");
        prop_assert_eq!(element(&xml, "MAC"), md5(&[signed.as_bytes(), SECRET]).to_uppercase());
        if matches!(told.verb, Verb::WriteOff | Verb::Reversal) {
            prop_assert_eq!(element(&xml, "AMOUNT"), told.fen.to_string());
        }
    }

    #[test]
    fn the_same_telling_has_the_same_bytes(told in told()) {
        for code in BILLERS {
            let biller = biller(code);
            let telling = telling(&biller, &told);
            prop_assert_eq!(
                render(&biller, &telling, Some(SECRET)),
                render(&biller, &telling, Some(SECRET))
            );
        }
    }
}

/// Bytes that look like an answer, cut and spoilt.
fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        Just(b"<?xml version=\"1.0\" encoding=\"GBK\"?>".to_vec()),
        Just(b"<out>".to_vec()),
        Just(b"<ROOT><FEELIST><FEE>".to_vec()),
        Just(b"</out>".to_vec()),
        Just(b"<RetCode>AAAAAAA</RetCode>".to_vec()),
        Just(b"<Items><Item><Amount>1e9</Amount></Item></Items>".to_vec()),
        Just(b"{\"code\":\"0\",\"data\":{\"bills\":[".to_vec()),
        Just(b"{\"amount\":-1.5e300}".to_vec()),
        Just(b"]}}".to_vec()),
        Just(b"800001100208".to_vec()),
        Just(b"&#0;&bad;<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>".to_vec()),
        Just(b"\x95\x35\xff\x81".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..90),
    ];
    proptest::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_bytes_make_reading_panic_or_mean_that_something_was_done(
        body in spoilt(),
        told in told(),
        status in prop_oneof![Just(None), (100_u16..600).prop_map(Some)],
        signature in ".{0,40}",
    ) {
        for code in BILLERS {
            let biller = biller(code);
            let telling = telling(&biller, &told);
            let headers = [("X-Sign".to_owned(), signature.clone())];
            let incoming = Incoming { status, headers: &headers, body: &body };
            if let Ok(reading) = read(&biller, &telling, &incoming, Some(SECRET)) {
                let told_nothing = reading.due.is_none() && reading.their_reference.is_none();
                prop_assert!(told_nothing, "{code}: {reading:?}");
            }
        }
    }

    #[test]
    fn a_customer_number_is_what_somebody_typed_or_refused(typed in ".{0,24}") {
        for code in BILLERS {
            let customer = biller(code).customer;
            if let Ok(number) = customer.read(&typed) {
                prop_assert!(customer.accepts(&number));
            }
        }
    }
}

#[test]
fn every_biller_that_is_shipped_says_where_it_is_without_being_there() {
    for code in BILLERS {
        let biller = biller(code);
        let address = biller.outbound.transport.address();
        assert!(address.contains(".example"), "{code}: {address}");
        let signed = biller.outbound.signature.is_some();
        assert_eq!(signed, code != "rongjiang-water");
        assert!(matches!(
            biller.outbound.transport,
            Transport::Https { .. } | Transport::Tcp { tls: false, .. }
        ));
    }
}
