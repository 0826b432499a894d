//! 南湖学院: XML in GBK over TCP, a hash over a list of fields.

use jiaozi_adapters::exchange::{DueLine, Outcome, Verb};
use jiaozi_ledger::money::Fen;

use super::office::{Office, biller, kept};

fn college() -> Office {
    Office {
        code: "nanhu-college",
        biller: biller("nanhu-college"),
        secret: Some(b"nanhu sample key"),
        customer: "2026010233",
        amount: Fen(680_000),
        carried: kept(&[("term", "2026A")]),
        first: 401,
    }
}

#[test]
fn every_message_has_exactly_the_bytes_of_its_sample() {
    Verb::ALL.into_iter().for_each(|verb| college().says(verb));
}

#[test]
fn all_fees_are_for_the_term_of_the_answer() {
    let reading = college().hears(Verb::Query, "done").expect("an answer");
    assert_eq!(reading.carried, college().carried);
    let due = reading.due.expect("a bill");
    assert_eq!(due.total, Fen(680_000));
    let line = |label: &str, amount| DueLine {
        label: Some(label.to_owned()),
        period: Some("2026A".to_owned()),
        amount: Fen(amount),
        late_fee: Fen::ZERO,
    };
    assert_eq!(due.lines, [line("学费", 560_000), line("住宿费", 120_000)]);
}

#[test]
fn answers_mean_what_their_code_says() {
    college().means(
        Verb::Query,
        &[("no-such-customer", Outcome::NoSuchCustomer), ("nothing-due", Outcome::NothingDue)],
    );
    college().means(
        Verb::WriteOff,
        &[
            ("done", Outcome::Done),
            ("refused", Outcome::Refused),
            ("in-progress", Outcome::InProgress),
            ("system-error", Outcome::Unknown),
        ],
    );
    college().means(
        Verb::Ask,
        &[
            ("done", Outcome::Done),
            ("refused", Outcome::Refused),
            ("in-progress", Outcome::InProgress),
            ("reversed", Outcome::Reversed),
            ("not-found", Outcome::NotFound),
        ],
    );
    college().means(Verb::Reversal, &[("done", Outcome::Reversed), ("too-late", Outcome::Refused)]);
    let asked = college().hears(Verb::Ask, "done").expect("an answer");
    assert_eq!(asked.amount, Some(Fen(680_000)), "as the college has it");
    let paid = college().hears(Verb::WriteOff, "done").expect("an answer");
    assert_eq!(paid.their_reference.as_deref(), Some("V20261120-0009"));
}

#[test]
fn an_answer_that_says_another_amount_is_no_answer() {
    assert_eq!(
        college().refuses(Verb::WriteOff, "wrong-amount"),
        "AMOUNT: found `6800`, expected `680000`, as we sent it"
    );
    assert_eq!(
        college().refuses(Verb::Query, "sum-differs"),
        "AMOUNT: found `6800.01`, expected 6800.00, which its lines sum to"
    );
}

#[test]
fn the_hash_covers_its_fields_and_no_others() {
    assert!(college().refuses(Verb::WriteOff, "wrong-mac").starts_with("MAC: found `"));
    for (from, to) in [
        ("<AMOUNT>680000</AMOUNT><VOUCHER>", "<AMOUNT>680001</AMOUNT><VOUCHER>"),
        ("<TXDATE>20261120", "<TXDATE>20261121"),
        ("<STUDENTNO>2026010233", "<STUDENTNO>2026010234"),
    ] {
        let error = college().altered(Verb::WriteOff, "done", from, to).expect_err("changed");
        assert_eq!(error.place, "MAC", "{from}");
    }
    let other = college().altered(Verb::WriteOff, "done", "V20261120-0009", "V20261120-0008");
    assert_eq!(other.expect("not covered").outcome, Outcome::Done);
}
