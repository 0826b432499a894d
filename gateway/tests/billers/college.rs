//! 南湖学院.

use jiaozi::trial::billers::faults::Fault;
use jiaozi::trial::billers::nanhu_college::NanhuCollege;
use jiaozi::trial::billers::order::{Standing, Verb};
use jiaozi::trial::billers::peer::Biller;
use md5::{Digest as _, Md5};

use crate::support::{TODAY, ask, biller, file, gbk, of_gbk, standing};

const KEY: &str = "college key";
const STUDENT: &str = "2026000001";

async fn college() -> Biller {
    biller(NanhuCollege { key: KEY.as_bytes().to_vec() }, STUDENT).await
}

fn mac(message: &str, serial: &str, student: &str, amount: &str) -> String {
    let text = format!("{message}|35002|20261102|{serial}|{student}|{amount}{KEY}");
    hex::encode_upper(Md5::digest(text))
}

fn framed(xml: &str) -> Vec<u8> {
    let xml = gbk(xml);
    [format!("{:04}", xml.len()).into_bytes(), xml].concat()
}

fn request(message: &str, serial: &str, fields: &str, mac: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"GBK\"?><ROOT><HEAD><TXCODE>{message}</TXCODE>\
         <INSTNO>35002</INSTNO><TXDATE>20261102</TXDATE><TXTIME>100000</TXTIME>\
         <SERIAL>{serial}</SERIAL></HEAD>{fields}<MAC>{mac}</MAC></ROOT>"
    )
}

/// Sends a message about a student and an amount, and gives the answer without its head and frame.
async fn say(
    biller: &Biller,
    message: &str,
    serial: &str,
    student: &str,
    amount: &str,
    more: &str,
) -> String {
    let field = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!("<{name}>{value}</{name}>"),
    };
    let fields = format!("{}{}{more}", field("STUDENTNO", student), field("AMOUNT", amount));
    let mac = mac(message, serial, student, amount);
    let answer = ask(biller, &framed(&request(message, serial, &fields, &mac))).await;
    assert_eq!(std::str::from_utf8(&answer[..4]).unwrap().parse(), Ok(answer.len() - 4));
    let xml = of_gbk(&answer[4..]);
    let head = format!(
        "<?xml version=\"1.0\" encoding=\"GBK\"?><ROOT><HEAD><TXCODE>{message}</TXCODE>\
         <INSTNO>35002</INSTNO><TXDATE>20261102</TXDATE><TXTIME>100000</TXTIME>\
         <SERIAL>{serial}</SERIAL><RSPCODE>"
    );
    xml.strip_prefix(&head).unwrap_or_else(|| panic!("{xml}")).to_owned()
}

async fn pay(biller: &Biller, serial: &str, amount: &str) -> String {
    say(biller, "PAY", serial, STUDENT, amount, "<TERM>C-77</TERM>").await
}

async fn enquire(biller: &Biller, original: &str) -> String {
    let more = format!("<ORGSERIAL>{original}</ORGSERIAL>");
    say(biller, "ENQ", "JZ00000000000090", "", "", &more).await
}

async fn reverse(biller: &Biller, original: &str) -> String {
    let more = format!("<ORGSERIAL>{original}</ORGSERIAL>");
    say(biller, "REV", "JZ00000000000091", STUDENT, "15000", &more).await
}

const ONE: &str = "JZ00000000000001";
const TWO: &str = "JZ00000000000002";

#[tokio::test]
async fn tuition_is_asked_for_paid_and_told_of() {
    let college = college().await;
    let due = say(&college, "QRY", "JZ00000000000009", STUDENT, "", "").await;
    assert_eq!(
        due,
        format!(
            "00</RSPCODE><RSPMSG>成功</RSPMSG></HEAD><STUDENTNO>{STUDENT}</STUDENTNO>\
             <NAME>李小龙</NAME><TERM>C-77</TERM><AMOUNT>15000</AMOUNT><FEELIST>\
             <FEE><CODE>B1</CODE><NAME>基本费</NAME><AMOUNT>9000</AMOUNT></FEE>\
             <FEE><CODE>B2</CODE><NAME>附加费</NAME><AMOUNT>6000</AMOUNT></FEE></FEELIST>\
             <MAC>{}</MAC></ROOT>",
            mac("QRY", "JZ00000000000009", STUDENT, "15000")
        )
    );
    let first = pay(&college, ONE, "15000").await;
    assert!(first.starts_with("00<") && first.contains("<VOUCHER>"), "{first}");
    assert!(first.contains(&mac("PAY", ONE, STUDENT, "15000")), "{first}");
    assert_eq!(pay(&college, ONE, "15000").await, first, "again");
    let asked = enquire(&college, ONE).await;
    let fields = format!(
        "<ORGSERIAL>{ONE}</ORGSERIAL><STUDENTNO>{STUDENT}</STUDENTNO><AMOUNT>15000</AMOUNT>\
         <STATUS>Y</STATUS>"
    );
    assert!(asked.contains(&fields), "{asked}");
    assert_eq!(college.day_file(TODAY, &[]).name, "YKT.20261102");
    assert_eq!(file(&college, &[]), format!("35002|20261102|1\n{ONE}|{STUDENT}|15000|Y\n"));
    let tomorrow = TODAY.tomorrow().unwrap();
    assert_eq!(
        college.day_file(tomorrow, &[]).bytes,
        b"35002|20261103|0\n",
        "an empty day has one"
    );
}

#[tokio::test]
async fn every_no_has_its_code() {
    let college = college().await;
    let stranger = say(&college, "QRY", "JZ00000000000009", "2026000009", "", "").await;
    assert!(stranger.starts_with("14<"), "{stranger}");
    assert!(pay(&college, ONE, "1").await.starts_with("13<"));
    assert!(enquire(&college, ONE).await.contains("<STATUS>N</STATUS>"));
    assert!(enquire(&college, TWO).await.starts_with("22<"));
    assert!(pay(&college, TWO, "15000").await.starts_with("00<"));
    assert!(pay(&college, "JZ00000000000003", "15000").await.starts_with("25<"));
}

#[tokio::test]
async fn a_reversal_is_always_approved_until_the_cut() {
    let college = college().await;
    pay(&college, ONE, "15000").await;
    for serial in [ONE, ONE, TWO] {
        assert!(reverse(&college, serial).await.starts_with("00<"));
    }
    assert!(pay(&college, TWO, "15000").await.starts_with("25<"), "its reversal came first");
    assert_eq!(
        [ONE, TWO].map(|serial| standing(&college, serial)),
        [Standing::Reversed, Standing::NeverCame]
    );
    assert!(enquire(&college, TWO).await.contains("<STATUS>C</STATUS>"));
    let three = "JZ00000000000003";
    pay(&college, three, "15000").await;
    college.office().set_time(TODAY.at(16, 30, 0, 0));
    assert!(reverse(&college, three).await.starts_with("40<"));
}

#[tokio::test]
async fn a_wrong_hash_has_no_answer_and_one_of_ours_can_be_wrong() {
    let college = college().await;
    let fields = format!("<STUDENTNO>{STUDENT}</STUDENTNO><AMOUNT>15000</AMOUNT><TERM>C-77</TERM>");
    let wrong = request("PAY", ONE, &fields, &mac("PAY", ONE, STUDENT, "1"));
    assert_eq!(ask(&college, &framed(&wrong)).await, b"");
    assert!(college.office().truth().is_empty());
    college.faults().next(Verb::Pay, Fault::WrongSignature);
    let answer = pay(&college, ONE, "15000").await;
    assert!(answer.starts_with("00<") && !answer.contains(&mac("PAY", ONE, STUDENT, "15000")));
    assert_eq!(standing(&college, ONE), Standing::Booked);
}

#[tokio::test]
async fn the_amount_of_an_answer_can_be_wrong_and_its_hash_is_right() {
    let college = college().await;
    college.faults().next(Verb::Pay, Fault::WrongAmount(-100));
    let answer = pay(&college, ONE, "15000").await;
    assert!(answer.contains("<AMOUNT>14900</AMOUNT>"), "{answer}");
    assert!(answer.contains(&mac("PAY", ONE, STUDENT, "14900")), "{answer}");
    assert_eq!(college.office().truth()[ONE].amount_fen, 15_000);
}

#[tokio::test]
async fn who_writes_no_head_is_answered_without_one() {
    let college = college().await;
    let fields = format!("<STUDENTNO>{STUDENT}</STUDENTNO>");
    let flat = request("QRY", ONE, &fields, &mac("QRY", ONE, STUDENT, ""));
    let flat = flat.replace("<HEAD>", "").replace("</HEAD>", "");
    let answer = of_gbk(&ask(&college, &framed(&flat)).await);
    assert!(answer.contains("<RSPMSG>成功</RSPMSG><STUDENTNO>"), "{answer}");
}
