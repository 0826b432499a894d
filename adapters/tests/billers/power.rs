//! 闽北供电: fixed widths in GB18030 over TCP, a hash over the body.

use jiaozi_adapters::exchange::{DueLine, Outcome, Verb, render};
use jiaozi_ledger::money::Fen;

use super::office::{Office, biller, kept};

fn power() -> Office {
    Office {
        code: "minbei-power",
        biller: biller("minbei-power"),
        secret: Some(b"minbei sample key"),
        customer: "350700112233",
        amount: Fen(23_456),
        carried: kept(&[("meter", "DB-0098-A"), ("period", "202610")]),
        first: 201,
    }
}

#[test]
fn every_message_has_exactly_the_bytes_of_its_sample() {
    Verb::ALL.into_iter().for_each(|verb| power().says(verb));
}

#[test]
fn a_bill_of_one_line_is_the_answer_itself() {
    let reading = power().hears(Verb::Query, "done").expect("an answer");
    assert_eq!(reading.outcome, Outcome::Done);
    assert_eq!(reading.carried, power().carried);
    let due = reading.due.expect("a bill");
    assert_eq!(due.total, Fen(23_456));
    assert_eq!(due.customer_name.expect("a name").expose(), "林𠮷祥", "four bytes of GB18030");
    let line = DueLine {
        label: None,
        period: Some("2026-10".to_owned()),
        amount: Fen(23_000),
        late_fee: Fen(456),
    };
    assert_eq!(due.lines, [line]);
}

#[test]
fn a_code_without_a_body_is_an_answer() {
    power().means(
        Verb::Query,
        &[("no-such-customer", Outcome::NoSuchCustomer), ("nothing-due", Outcome::NothingDue)],
    );
    power().means(
        Verb::WriteOff,
        &[
            ("done", Outcome::Done),
            ("amount-differs", Outcome::Refused),
            ("time-out", Outcome::Unknown),
        ],
    );
    power().means(
        Verb::Ask,
        &[
            ("done", Outcome::Done),
            ("refused", Outcome::Refused),
            ("in-progress", Outcome::InProgress),
            ("reversed", Outcome::Reversed),
            ("not-found", Outcome::NotFound),
        ],
    );
    power().means(Verb::Reversal, &[("done", Outcome::Reversed), ("too-late", Outcome::Refused)]);
}

#[test]
fn an_answer_with_a_wrong_hash_is_no_answer() {
    let error = power().refuses(Verb::WriteOff, "wrong-mac");
    assert!(error.starts_with("BodyMac: found `"), "{error}");
    assert!(error.ends_with("expected the signature of this answer"), "{error}");
    let error = power()
        .altered(Verb::WriteOff, "done", "MB20261120-000081", "MB20261120-000082")
        .expect_err("the body was changed on its way");
    assert_eq!(error.place, "BodyMac");
}

#[test]
fn the_head_is_not_hashed_and_must_be_ours() {
    for (from, to, place) in [
        ("JZ00000000000202", "JZ00000000000999", "TransLine"),
        ("800002", "800001", "ReqCode"),
        ("100208", "100209", "MchID"),
    ] {
        let error = power().altered(Verb::WriteOff, "done", from, to).expect_err("not ours");
        assert_eq!(error.place, place, "{error}");
    }
}

#[test]
fn success_needs_its_body() {
    let error = power()
        .altered(Verb::Query, "nothing-due", "5002", "0000")
        .expect_err("nothing says what is due");
    assert_eq!(error.to_string(), "body: found nothing, expected 98 bytes");
}

#[test]
fn half_an_answer_is_none() {
    let power = power();
    let telling = power.telling(Verb::Query);
    let said = render(&power.biller, &telling, power.secret).expect("it can be said");
    for length in [0, 1, 81, said.body.len() - 1] {
        let incoming = jiaozi_adapters::exchange::Incoming {
            status: None,
            headers: &[],
            body: &said.body[..length],
        };
        let heard =
            jiaozi_adapters::exchange::read(&power.biller, &telling, &incoming, power.secret);
        assert!(heard.is_err(), "{length} bytes: {heard:?}");
    }
}

#[test]
fn a_value_that_does_not_fit_its_field_is_not_cut() {
    let power = power();
    let mut telling = power.telling(Verb::WriteOff);
    telling.carried = kept(&[("meter", "表表表表表表表表"), ("period", "202610")]);
    assert!(render(&power.biller, &telling, power.secret).is_ok(), "sixteen bytes");
    telling.carried = kept(&[("meter", "表表表表表表表表A"), ("period", "202610")]);
    let error = render(&power.biller, &telling, power.secret).expect_err("seventeen bytes");
    assert_eq!(error.to_string(), "MeterNo: 17 bytes, expected at most 16");
}

#[test]
fn nothing_is_said_or_believed_without_the_secret() {
    let mut power = power();
    power.secret = None;
    let error = render(&power.biller, &power.telling(Verb::Query), None).expect_err("no secret");
    assert_eq!(error.to_string(), "signature: no secret `minbei-power-2026`");
    let error = power.hears(Verb::Query, "done").expect_err("no secret");
    assert_eq!(error.place, "BodyMac");
}
