//! 榕江自来水: XML in GBK over HTTPS, yuan in one message and fen in the next.

use jiaozi_adapters::exchange::{DueLine, FilePart, Outcome, Verb, render};
use jiaozi_ledger::money::Fen;

use super::office::{Office, biller, kept, sample};

fn water() -> Office {
    Office {
        code: "rongjiang-water",
        biller: biller("rongjiang-water"),
        secret: None,
        customer: "0012345678",
        amount: Fen(15_000),
        carried: kept(&[("contract", "HT-2019-0077")]),
        first: 101,
    }
}

#[test]
fn every_message_has_exactly_the_bytes_of_its_sample() {
    Verb::ALL.into_iter().for_each(|verb| water().says(verb));
}

#[test]
fn a_bill_is_its_lines_in_fen_and_what_a_payment_repeats() {
    let reading = water().hears(Verb::Query, "done").expect("an answer");
    assert_eq!(reading.outcome, Outcome::Done);
    assert_eq!((reading.code.as_str(), reading.message.as_deref()), ("AAAAAAA", Some("成功")));
    assert_eq!(reading.carried, water().carried);
    let due = reading.due.expect("a bill");
    assert_eq!(due.total, Fen(15_000));
    assert_eq!(due.customer_name.expect("a name").expose(), "陈小榕");
    let line = |label: &str, amount, late_fee| DueLine {
        label: Some(label.to_owned()),
        period: Some("2026-10".to_owned()),
        amount: Fen(amount),
        late_fee: Fen(late_fee),
    };
    assert_eq!(due.lines, [line("居民水费", 10_000, 150), line("污水处理费", 4_850, 0)]);
}

#[test]
fn no_such_customer_nothing_due_and_could_not_ask_are_three_answers() {
    water().means(
        Verb::Query,
        &[
            ("no-such-customer", Outcome::NoSuchCustomer),
            ("nothing-due", Outcome::NothingDue),
            ("busy", Outcome::Unknown),
        ],
    );
}

#[test]
fn what_became_of_a_payment_is_what_the_biller_says() {
    water().means(
        Verb::WriteOff,
        &[
            ("done", Outcome::Done),
            ("amount-differs", Outcome::Refused),
            ("in-progress", Outcome::InProgress),
            ("system-error", Outcome::Unknown),
        ],
    );
    water().means(
        Verb::Ask,
        &[
            ("done", Outcome::Done),
            ("refused", Outcome::Refused),
            ("in-progress", Outcome::InProgress),
            ("reversed", Outcome::Reversed),
            ("another-word", Outcome::Unknown),
            ("not-found", Outcome::NotFound),
        ],
    );
    water().means(Verb::Reversal, &[("done", Outcome::Reversed), ("too-late", Outcome::Refused)]);
    let paid = water().hears(Verb::WriteOff, "done").expect("an answer");
    assert_eq!(paid.their_reference.as_deref(), Some("W2026112000017"));
}

#[test]
fn the_answer_to_another_message_is_not_ours() {
    let error = water()
        .altered(Verb::WriteOff, "done", "<TranSeq>000000000102", "<TranSeq>000000000999")
        .expect_err("another reference");
    assert_eq!(
        error.to_string(),
        "TranSeq: found `000000000999`, expected `000000000102`, as we sent it"
    );
    let error = water()
        .altered(Verb::WriteOff, "done", "<BankSeq>000000000102", "<BankSeq>000000000999")
        .expect_err("another reference");
    assert!(error.to_string().starts_with("BankSeq: "), "{error}");
    let error = water()
        .altered(Verb::Query, "done", "<BillKey>0012345678", "<BillKey>0012345679")
        .expect_err("another customer");
    assert_eq!(
        error.to_string(),
        "BillKey: found personal data of 10 characters, expected what we sent"
    );
}

#[test]
fn a_sum_that_its_lines_do_not_give_is_no_bill() {
    let error = water()
        .altered(Verb::Query, "done", "<TotalAmount>150.00", "<TotalAmount>151.00")
        .expect_err("the sum differs");
    assert_eq!(
        error.to_string(),
        "TotalAmount: found `151.00`, expected 150.00, which its lines sum to"
    );
}

#[test]
fn an_amount_that_is_none_is_named_with_its_line() {
    let error = water()
        .altered(Verb::Query, "done", "<Amount>48.50", "<Amount>48,50")
        .expect_err("a comma");
    assert!(error.to_string().starts_with("Items.Item[2].Amount: found `48,50`"), "{error}");
}

#[test]
fn what_a_biller_never_accepts_is_not_sent() {
    let water = water();
    let refused = |change: &dyn Fn(&mut jiaozi_adapters::exchange::Telling)| {
        let mut telling = water.telling(Verb::WriteOff);
        change(&mut telling);
        render(&water.biller, &telling, None).expect_err("it is not sent").to_string()
    };
    assert_eq!(refused(&|t| t.customer = "12".to_owned()), "customer: expected 10 digits");
    assert_eq!(
        refused(&|t| t.customer = "００１２３４５６７８".to_owned()),
        "customer: expected 10 digits"
    );
    assert_eq!(
        refused(&|t| t.reference = "JZ1".to_owned()),
        "reference: expected `` and 12 digits"
    );
    assert_eq!(refused(&|t| t.amount = None), "Amount: expected an amount");
    assert_eq!(refused(&|t| t.amount = Some(Fen(0))), "Amount: expected an amount above zero");
    assert_eq!(
        refused(&|t| t.carried.clear()),
        "ContractNo: expected `contract` of the answer to the query"
    );
    assert_eq!(
        refused(&|t| t.carried = kept(&[("contract", "𠮷")])),
        "ContractNo: GBK does not have U+20BB7"
    );
    assert_eq!(
        refused(&|t| t.carried = kept(&[("contract", "a\tb")])),
        "ContractNo: expected no control characters in `contract`"
    );
}

#[test]
fn signs_of_xml_in_a_value_stay_a_value() {
    let water = water();
    let mut telling = water.telling(Verb::WriteOff);
    telling.carried = kept(&[("contract", "A&B</ContractNo><Amount>1")]);
    let said = render(&water.biller, &telling, None).expect("it can be said");
    let text = String::from_utf8(said.body).expect("ASCII");
    assert!(
        text.contains("<ContractNo>A&amp;B&lt;/ContractNo&gt;&lt;Amount&gt;1</ContractNo>"),
        "{text}"
    );
}

/// The names of the elements in a text, in their order.
fn elements(text: &str) -> Vec<&str> {
    text.split('<').filter_map(|rest| rest.split_once('>')).map(|(name, _)| name).collect()
}

/// A real company's request, which others have published; where it is present.
#[test]
fn a_query_has_every_element_of_a_real_one() {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder = std::env::var("JIAOZI_SHARED_DATA").unwrap_or_else(|_| beside.to_owned());
    let Ok(real) = std::fs::read(format!("{folder}/utility/fujian-water-billquery-request.xml"))
    else {
        return;
    };
    let real = String::from_utf8(real).expect("ASCII");
    let water = water();
    let said = render(&water.biller, &water.telling(Verb::Query), None).expect("it can be said");
    let said = String::from_utf8(said.body).expect("ASCII");
    let ours = elements(&said);
    assert_eq!(ours[0], elements(&real)[0], "the declaration");
    for name in elements(&real) {
        assert!(ours.contains(&name), "{name}");
    }
}

#[test]
fn an_answer_has_the_file_of_the_day_or_says_that_there_is_none_yet() {
    let reading = water().hears(Verb::DayFile, "done").expect("an answer");
    let bytes = sample("rongjiang-water", "654321_20261120.txt");
    assert_eq!(reading.file, Some(FilePart::Content { bytes, parts: 1 }));
    let answers = [("not-ready", Outcome::InProgress), ("no-file", Outcome::NotFound)];
    water().means(Verb::DayFile, &answers);
    let error = water().hears(Verb::DayFile, "other-part").expect_err("not what was asked for");
    assert_eq!(error.place, "PartNo");
}
