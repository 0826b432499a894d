//! 闽北供电.

use encoding_rs::GB18030;
use jiaozi::trial::billers::faults::Fault;
use jiaozi::trial::billers::minbei_power::MinbeiPower;
use jiaozi::trial::billers::order::{Standing, Verb};
use jiaozi::trial::billers::peer::Biller;
use md5::{Digest as _, Md5};

use crate::support::{TODAY, ask, biller, file, standing};

pub const KEY: &[u8] = b"power key";
pub const CUSTOMER: &str = "350000000001";

async fn power() -> Biller {
    biller(MinbeiPower { key: KEY.to_vec() }, CUSTOMER).await
}

pub fn mac(body: &[u8]) -> String {
    hex::encode(Md5::digest([body, KEY].concat()))
}

pub fn message(code: &str, line: &str, body: &str, mac: &str) -> Vec<u8> {
    let text = format!("{code}10020820261102100000    {line:<20}{mac}{body}");
    format!("{:06}{text}", text.len()).into_bytes()
}

/// Code and body of the answer.
async fn say(biller: &Biller, code: &str, line: &str, body: &str) -> (String, String) {
    let answer = ask(biller, &message(code, line, body, &mac(body.as_bytes()))).await;
    let length: usize = std::str::from_utf8(&answer[..6]).unwrap().parse().unwrap();
    assert_eq!(length, answer.len() - 6);
    let (header, body) = answer[6..].split_at(82);
    let header = std::str::from_utf8(header).unwrap();
    assert_eq!(&header[..26], format!("{code}10020820261102100000"));
    assert_eq!(header[30..50].trim_end(), line);
    assert_eq!(&header[50..], mac(body));
    (header[26..30].to_owned(), GB18030.decode(body).0.into_owned())
}

fn pay(fen: u32) -> String {
    format!("350000000001{fen:012}202610{:<16}", "C-77")
}

fn original(line: &str) -> String {
    format!("{line:<20}20261102")
}

#[tokio::test]
async fn a_bill_is_asked_for_paid_and_told_of() {
    let power = power().await;
    let (code, body) = say(&power, "800001", "Q1", "350000000001").await;
    assert_eq!(code, "0000");
    // 40 bytes are 34 blanks after three letters of two bytes each.
    let name = format!("李小龙{}", " ".repeat(34));
    assert_eq!(body, format!("350000000001{name}000000015000000000000100202610{:<16}", "C-77"));
    let (code, first) = say(&power, "800002", "P1", &pay(15_000)).await;
    assert_eq!((code.as_str(), first.len(), &first[..12]), ("0000", 32, "350000000001"));
    assert_eq!(say(&power, "800002", "P1", &pay(15_000)).await.1, first, "again");
    let asked = say(&power, "800003", "A1", &original("P1")).await;
    assert_eq!(asked, ("0000".to_owned(), format!("{:<20}S", "P1")));
    assert_eq!(power.day_file(TODAY, &[]).name, "DZ_DL_100208_20261102.txt");
    assert_eq!(file(&power, &[]), "1|15000\nP1|350000000001|15000|20261102100000\n");
}

#[tokio::test]
async fn every_no_has_its_code_and_no_body() {
    let power = power().await;
    for (code, line, body, expected) in [
        ("800001", "Q1", "350000000002", "5001"),
        ("800002", "P1", pay(1).as_str(), "5003"),
        ("800003", "A1", &original("P9"), "5020"),
        ("800002", "P2", &pay(15_000)[1..], "0003"),
        ("800009", "X1", "", "0003"),
        ("800004", "R1", &format!("{}{:012}", original("P1"), 1), "0003"),
    ] {
        assert_eq!(say(&power, code, line, body).await, (expected.to_owned(), String::new()));
    }
    say(&power, "800002", "P3", &pay(15_000)).await;
    assert_eq!(say(&power, "800001", "Q2", "350000000001").await.0, "5002");
    assert_eq!(
        say(&power, "800003", "A2", &original("P1")).await.1.trim_end(),
        format!("{:<20}F", "P1")
    );
}

#[tokio::test]
async fn a_reversal_goes_under_the_reference_of_its_original() {
    let power = power().await;
    let back = |line: &str| format!("{}{:012}", original(line), 15_000);
    say(&power, "800002", "P1", &pay(15_000)).await;
    for _ in 0..2 {
        let said = say(&power, "800004", "P1", &back("P1")).await;
        assert_eq!(said, ("0000".to_owned(), format!("{:<20}", "P1")));
    }
    assert_eq!(say(&power, "800004", "P2", &back("P2")).await.0, "0000");
    assert_eq!(say(&power, "800002", "P2", &pay(15_000)).await.0, "5010");
    assert_eq!(standing(&power, "P2"), Standing::NeverCame);
    assert_eq!(say(&power, "800003", "A1", &original("P1")).await.1, format!("{:<20}R", "P1"));
    say(&power, "800002", "P3", &pay(15_000)).await;
    power.office().set_time(TODAY.at(17, 0, 0, 0));
    let late = message("800004", "P3", &back("P3"), &mac(back("P3").as_bytes()));
    assert_eq!(&ask(&power, &late).await[32..36], b"5009");
}

#[tokio::test]
async fn a_wrong_hash_is_told_and_one_of_ours_can_be_wrong() {
    let power = power().await;
    let wrong = message("800002", "P1", &pay(15_000), &mac(b"something else"));
    let answer = ask(&power, &wrong).await;
    assert_eq!(&answer[32..36], b"0005");
    assert!(power.office().truth().is_empty());
    power.faults().next(Verb::Pay, Fault::WrongSignature);
    let answer =
        ask(&power, &message("800002", "P1", &pay(15_000), &mac(pay(15_000).as_bytes()))).await;
    assert_eq!(&answer[32..36], b"0000");
    assert_ne!(&answer[56..88], mac(&answer[88..]).as_bytes());
    assert_eq!(standing(&power, "P1"), Standing::Booked);
}

#[tokio::test]
async fn what_is_unknown_has_a_code_and_may_have_been_done() {
    let power = power().await;
    power.faults().next(Verb::Pay, Fault::CodeAfter("0006".to_owned()));
    assert_eq!(say(&power, "800002", "P1", &pay(15_000)).await.0, "0006");
    assert_eq!(standing(&power, "P1"), Standing::Booked);
    power.faults().next(Verb::Ask, Fault::Code("0001".to_owned()));
    assert_eq!(say(&power, "800003", "A1", &original("P1")).await.0, "0001");
    assert_eq!(say(&power, "800003", "A2", &original("P1")).await.0, "0000");
}
