//! 榕江自来水.

use jiaozi::trial::billers::day_file::{Line, Slip};
use jiaozi::trial::billers::faults::Fault;
use jiaozi::trial::billers::order::{Standing, Verb};
use jiaozi::trial::billers::peer::Biller;
use jiaozi::trial::billers::rongjiang_water::RongjiangWater;

use crate::support::{TODAY, ask, biller, file, gbk, morning, of_gbk, post, split, standing};

pub const CUSTOMER: &str = "0000012345";

async fn water() -> Biller {
    biller(RongjiangWater, CUSTOMER).await
}

/// A request, whose answer is said again.
pub fn request(message: &str, seq: &str, fields: &str) -> Vec<u8> {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"GBK\"?>\n<in>\n<Version>1.0.1</Version><InstId>00001</InstId>\
         <CompanyId>654321</CompanyId><TranCode>{message}</TranCode><TranDate>20261102</TranDate>\
         <TranTime>100000</TranTime><TranSeq>{seq}</TranSeq>{fields}</in>"
    );
    post("/bank/trade", &[("Content-Type", "application/xml")], &gbk(&xml))
}

async fn say(biller: &Biller, message: &str, seq: &str, fields: &str) -> String {
    let (head, body) = split(&ask(biller, &request(message, seq, fields)).await);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let xml = of_gbk(&body);
    let head = format!("<out><TranCode>{message}</TranCode><TranSeq>{seq}</TranSeq>");
    assert!(xml.contains(&head), "{xml}");
    xml
}

fn pay(fen: &str) -> String {
    format!(
        "<BillKey>{CUSTOMER}</BillKey><ContractNo>C-77</ContractNo><Amount>{fen}</Amount>\
         <OrgDate>20261102</OrgDate>"
    )
}

fn original(seq: &str) -> String {
    format!("<OrgTranSeq>{seq}</OrgTranSeq><OrgTranDate>20261102</OrgTranDate>")
}

fn code(xml: &str) -> &str {
    xml.split_once("<RetCode>").unwrap().1.split_once("</RetCode>").unwrap().0
}

#[tokio::test]
async fn a_bill_is_asked_for_paid_and_told_of() {
    let water = water().await;
    let due = say(&water, "Query", "000000000001", &format!("<BillKey>{CUSTOMER}</BillKey>")).await;
    for part in [
        "<RetCode>AAAAAAA</RetCode>",
        "<CustName>李小龙</CustName><ContractNo>C-77</ContractNo>",
        "<Item><FeeName>附加费</FeeName><Period>202610</Period><Amount>59.00</Amount>\
         <LateFee>1.00</LateFee></Item>",
        "<TotalAmount>150.00</TotalAmount>",
    ] {
        assert!(due.contains(part), "{part}: {due}");
    }
    let first = say(&water, "Pay", "000000000002", &pay("15000")).await;
    assert!(first.contains("<BankSeq>000000000002</BankSeq><CompanySeq>"), "{first}");
    assert_eq!(say(&water, "Pay", "000000000002", &pay("15000")).await, first, "again");
    let status = say(&water, "PayQuery", "000000000003", &original("000000000002")).await;
    assert!(status.contains("<PayStatus>1</PayStatus>"), "{status}");
    assert_eq!(water.day_file(TODAY, &[]).name, "654321_20261102.txt");
    assert_eq!(file(&water, &[]), "1|150.00\n20261102|000000000002|0000012345|150.00|JZ|01\n");
}

#[tokio::test]
async fn every_no_has_its_code() {
    let water = water().await;
    let said = say(&water, "Query", "000000000001", "<BillKey>9999999999</BillKey>").await;
    assert_eq!(code(&said), "WAT0001");
    assert_eq!(code(&say(&water, "Pay", "000000000002", &pay("14999")).await), "WAT0102");
    let said = say(&water, "PayQuery", "000000000003", &original("000000000009")).await;
    assert_eq!(code(&said), "WAT0104");
    assert_eq!(code(&say(&water, "Pay", "000000000004", &pay("15000")).await), "AAAAAAA");
    assert_eq!(code(&say(&water, "Pay", "000000000005", &pay("15000")).await), "WAT0002");
    let said =
        say(&water, "Query", "000000000006", &format!("<BillKey>{CUSTOMER}</BillKey>")).await;
    assert_eq!(code(&said), "WAT0002");
    let said = say(&water, "PayQuery", "000000000007", &original("000000000002")).await;
    assert!(said.contains("<PayStatus>2</PayStatus>"), "{said}");
}

#[tokio::test]
async fn a_payment_is_taken_back_until_the_cut_and_also_before_it_comes() {
    let water = water().await;
    let back = |seq| format!("{}<Amount>15000</Amount>", original(seq));
    say(&water, "Pay", "000000000001", &pay("15000")).await;
    let said = say(&water, "Reverse", "000000000002", &back("000000000001")).await;
    assert_eq!(code(&said), "AAAAAAA");
    assert_eq!(file(&water, &[]), "0|0.00\n", "what was taken back is left out");
    let said = say(&water, "Reverse", "000000000003", &back("000000000004")).await;
    assert_eq!(code(&said), "AAAAAAA");
    assert_eq!(code(&say(&water, "Pay", "000000000004", &pay("15000")).await), "WAT0103");
    assert_eq!(standing(&water, "000000000004"), Standing::NeverCame);
    let said = say(&water, "PayQuery", "000000000005", &original("000000000004")).await;
    assert!(said.contains("<PayStatus>4</PayStatus>"), "{said}");
    say(&water, "Pay", "000000000006", &pay("15000")).await;
    water.office().set_time(TODAY.at(23, 0, 0, 0));
    let said = say(&water, "Reverse", "000000000007", &back("000000000006")).await;
    assert_eq!(code(&said), "WAT0105");
}

#[tokio::test]
async fn a_payment_in_progress_says_so_until_it_is_settled() {
    let water = water().await;
    water.faults().next(Verb::Pay, Fault::InProgress);
    assert_eq!(code(&say(&water, "Pay", "000000000001", &pay("15000")).await), "WAT0109");
    let status = async || say(&water, "PayQuery", "000000000002", &original("000000000001")).await;
    assert!(status().await.contains("<PayStatus>3</PayStatus>"));
    assert!(water.office().finish("000000000001", true));
    assert!(status().await.contains("<PayStatus>1</PayStatus>"));
}

#[tokio::test]
async fn what_is_not_as_the_document_says_is_not_carried_out() {
    let water = water().await;
    let good = String::from_utf8(request("Pay", "000000000001", &pay("15000"))).unwrap();
    for (from, to) in [
        ("654321", "654322"),
        ("<TranSeq>000000000001", "<TranSeq>00000000001A"),
        ("<Amount>15000", "<Amount>150.0"),
        ("encoding=\"GBK\"", "encoding=\"GBQ\""),
        ("application/xml", "application/foo"),
        ("/bank/trade", "/bank/trads"),
        ("POST", "POLL"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        let (head, _) = split(&ask(&water, bad.as_bytes()).await);
        assert!(head.starts_with("HTTP/1.1 4"), "{to}: {head}");
    }
    assert!(water.office().truth().is_empty());
}

#[tokio::test]
async fn a_day_s_file_is_wrong_as_it_was_asked_to_be_and_right_the_next_time() {
    let water = water().await;
    say(&water, "Pay", "000000000001", &pay("15000")).await;
    let one = "000000000001".to_owned();
    let line = |reference: &str, amount: &str, kind: &str| {
        format!("20261102|{reference}|0000012345|{amount}|JZ|{kind}\n")
    };
    let more = Line {
        reference: "000000000009".to_owned(),
        customer: CUSTOMER.to_owned(),
        amount_fen: 1,
        at: morning(),
        paid: true,
        slipped: false,
    };
    let own = line(&one, "150.00", "01");
    for (slip, expected) in [
        (Slip::Missing(one.clone()), "0|0.00\n".to_owned()),
        (Slip::TooMany(more), format!("2|150.01\n{own}{}", line("000000000009", "0.01", "01"))),
        (Slip::WrongAmount(one.clone(), -100), format!("1|149.00\n{}", line(&one, "149.00", "01"))),
        (Slip::WrongStatus(one.clone()), format!("1|150.00\n{}", line(&one, "150.00", "02"))),
        (Slip::WrongTotals, format!("2|150.01\n{own}")),
        (Slip::Empty, "0|0.00\n".to_owned()),
        (Slip::NoBytes, String::new()),
    ] {
        assert_eq!(file(&water, std::slice::from_ref(&slip)), expected, "{slip:?}");
    }
    assert_eq!(file(&water, &[]), format!("1|150.00\n{own}"), "the correction");
}
