//! 华燃燃气: JSON over HTTPS, HMAC both ways, in progress first.

use jiaozi_adapters::exchange::{DueLine, Outcome, Verb, render};
use jiaozi_ledger::money::Fen;

use super::office::{Office, biller, kept};

fn gas() -> Office {
    Office {
        code: "huaran-gas",
        biller: biller("huaran-gas"),
        secret: Some(b"huaran sample key"),
        customer: "HR00451207",
        amount: Fen(8_850),
        carried: kept(&[("bills", "B-7001\nB-7002")]),
        first: 301,
    }
}

#[test]
fn every_message_has_exactly_the_bytes_of_its_sample() {
    for verb in [Verb::Query, Verb::WriteOff, Verb::Ask] {
        gas().says(verb);
    }
}

#[test]
fn a_biller_without_reversal_is_never_told_one() {
    let gas = gas();
    let error = render(&gas.biller, &gas.telling(Verb::Reversal), gas.secret);
    let error = error.expect_err("no such message");
    assert_eq!(error.to_string(), "reversal: this biller has no such message");
}

#[test]
fn every_bill_of_a_list_is_a_line_and_is_kept() {
    let reading = gas().hears(Verb::Query, "done").expect("an answer");
    assert_eq!(reading.outcome, Outcome::Done);
    assert_eq!(reading.carried, gas().carried);
    let due = reading.due.expect("a bill");
    assert_eq!(due.total, Fen(8_850));
    assert_eq!(due.customer_name.expect("a name").to_string(), "*燃", "masked");
    let line = |period: &str, amount, late_fee| DueLine {
        label: None,
        period: Some(period.to_owned()),
        amount: Fen(amount),
        late_fee: Fen(late_fee),
    };
    assert_eq!(due.lines, [line("2026-10", 6_000, 50), line("2026-11", 2_800, 0)]);
}

#[test]
fn answers_mean_what_code_and_status_say_together() {
    gas().means(
        Verb::Query,
        &[("no-such-customer", Outcome::NoSuchCustomer), ("nothing-due", Outcome::NothingDue)],
    );
    gas().means(
        Verb::WriteOff,
        &[
            ("in-progress", Outcome::InProgress),
            ("done", Outcome::Done),
            ("refused", Outcome::Refused),
            ("amount-differs", Outcome::Refused),
            ("error", Outcome::Unknown),
            ("unavailable", Outcome::Unknown),
        ],
    );
    gas().means(
        Verb::Ask,
        &[
            ("done", Outcome::Done),
            ("in-progress", Outcome::InProgress),
            ("refused", Outcome::Refused),
            ("not-found", Outcome::NotFound),
        ],
    );
    let asked = gas().hears(Verb::Ask, "done").expect("an answer");
    assert_eq!(asked.their_reference.as_deref(), Some("HRP-99001"));
    let waiting = gas().hears(Verb::WriteOff, "in-progress").expect("an answer");
    assert_eq!(waiting.their_reference, None);
    let down = gas().hears(Verb::WriteOff, "unavailable").expect("an answer");
    assert_eq!(down.code, "HTTP 503");
}

#[test]
fn an_answer_with_a_wrong_signature_is_no_answer() {
    let error = gas().refuses(Verb::WriteOff, "wrong-sign");
    assert!(error.starts_with("header X-Sign: "), "{error}");
    for (from, to) in [("HRP-99001", "HRP-99002"), ("20261120101531", "20261120101532")] {
        let error = gas().altered(Verb::WriteOff, "done", from, to).expect_err("changed");
        assert_eq!(error.place, "header X-Sign", "{from}");
    }
}

#[test]
fn a_float_is_never_an_amount() {
    let error = gas().refuses(Verb::Query, "float");
    assert_eq!(
        error,
        "data.total: found `a number of JSON`, expected yuan as a text, for a number with decimals is a float"
    );
}
