use super::*;
use proptest::prelude::*;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">
<CstmrPmtStsRpt>
<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-30T17:02:03+08:00</CreDtTm></GrpHdr>
"#;
const END: &str = "</CstmrPmtStsRpt></Document>";

fn report(body: &str) -> Result<StatusReport, String> {
    read(format!("{HEAD}{body}{END}").as_bytes()).map_err(|error| error.to_string())
}

fn about(status: &str) -> String {
    format!(
        "<OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>\
         <OrgnlNbOfTxs>2</OrgnlNbOfTxs><OrgnlCtrlSum>5.0100</OrgnlCtrlSum>{status}</OrgnlGrpInfAndSts>\n"
    )
}

fn payment(status: &str, listed: &str) -> String {
    format!(
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId>{status}{listed}</OrgnlPmtInfAndSts>\n"
    )
}

fn one(reference: &str, status: &str) -> String {
    format!(
        "<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>\
         <StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></StsRsnInf>\
         <OrgnlTxRef><Amt><InstdAmt Ccy=\"CNY\">12.30</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>\n"
    )
}

#[test]
fn what_is_said_of_each_part_is_found() {
    let listed = format!("{}{}", one("E1", "RJCT"), one("E2", "ACSC"));
    let body = format!("{}{}", about("<GrpSts>PART</GrpSts>"), payment("", &listed));
    let report = report(&body).expect("a report");
    assert_eq!((report.id.as_str(), report.original.id.as_str()), ("BANK-1", "M1"));
    assert_eq!(report.original.transactions, Some(2));
    assert_eq!(report.original.control_sum, Some("5.01".parse().expect("a number")));
    let says = report.of("P1", "E1").expect("it is listed");
    assert_eq!((says.status, says.code()), (Status::Rejected, Some("AC04")));
    let amount = says.listed.and_then(|listed| listed.amount.clone());
    assert_eq!(amount, Some(("12.3".parse().expect("a number"), "CNY".to_owned())));
    assert_eq!(report.of("P1", "E2").map(|says| says.status), Some(Status::Settled));
    assert!(report.of("P1", "E3").is_none() && report.of("P2", "E1").is_none());
    assert!(report.index().of("P1", "E1").is_some());
    assert_eq!(report.listed().count(), 2);
    assert_eq!(
        report.payments[0].listed[1].place.to_string(),
        "line 7, OrgnlPmtInfAndSts[1]/TxInfAndSts[2]"
    );
}

#[test]
fn a_whole_speaks_for_its_parts_unless_they_differ() {
    let all =
        report(&about("<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Prtry>X9</Prtry></Rsn></StsRsnInf>"));
    let all = all.expect("a report");
    let says = all.of("P1", "E1").expect("all of it");
    assert_eq!((says.status, says.code()), (Status::Rejected, Some("X9")));
    let differ =
        format!("{}{}", about("<GrpSts>ACCP</GrpSts>"), payment("<PmtInfSts>PART</PmtInfSts>", ""));
    assert!(report(&differ).expect("a report").of("P1", "E1").is_none());
    let some =
        format!("{}{}", about("<GrpSts>PART</GrpSts>"), payment("<PmtInfSts>ACSP</PmtInfSts>", ""));
    let some = report(&some).expect("a report");
    assert_eq!(some.of("P1", "E1").map(|says| says.status), Some(Status::InSettlement));
    assert!(some.of("P2", "E1").is_none());
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let cases = [
        (
            format!("{}{}", about(""), payment("", &one("E1", "DONE"))),
            "line 6, OrgnlPmtInfAndSts[1]/TxInfAndSts[1]/TxSts: found `DONE`, expected one of RCVD",
        ),
        (
            format!("{}{}", about(""), payment("", &one(&"x".repeat(36), "ACSC"))),
            "expected 1 to 35 characters",
        ),
        (
            format!("{}{}", about(""), payment("", &(one("E1", "ACSC") + &one("E1", "RJCT")))),
            "line 7, OrgnlPmtInfAndSts[1]/TxInfAndSts[2]: found `E1`, expected each transaction once",
        ),
        (
            format!("{}{}", about("<GrpSts>RJCT</GrpSts>"), payment("", &one("E1", "ACSC"))),
            "found `ACSC`, expected a part of the message to agree with its status RJCT",
        ),
        (
            format!("{}{}", about(""), payment("<PmtInfSts>ACSC</PmtInfSts>", &one("E1", "RJCT"))),
            "found `RJCT`, expected a part of the payment to agree with its status ACSC",
        ),
        (format!("{}{}", about(""), payment("", &one("E1", "PART"))), "found `PART`"),
        (
            payment("", ""),
            "line 5, OrgnlPmtInfAndSts[1]: found `<OrgnlPmtInfAndSts>`, expected <OrgnlGrpInfAndSts>",
        ),
        (String::new(), "expected <OrgnlGrpInfAndSts>"),
        (
            about("").replace("5.0100", "5,01"),
            "line 5, OrgnlGrpInfAndSts/OrgnlCtrlSum: found `5,01`, expected an amount such as 1234.50",
        ),
        (about("").replace("<OrgnlMsgId>M1</OrgnlMsgId>", ""), "expected <OrgnlMsgId>"),
        (format!("{}<Other/>", about("")), "found `<Other>`, expected <OrgnlPmtInfAndSts>"),
    ];
    for (body, expected) in cases {
        let refused = report(&body).expect_err(expected);
        assert!(refused.contains(expected), "{refused}\nexpected {expected}");
    }
}

#[test]
fn another_document_and_half_a_one_are_refused() {
    let whole = format!("{HEAD}{}{END}", about("<GrpSts>ACTC</GrpSts>"));
    let refused = |text: &str| read(text.as_bytes()).expect_err("not one").to_string();
    let none = whole.replace("xmlns=", "Xmlns=");
    assert_eq!(
        refused(&none),
        "line 2: found `a document without a namespace`, \
         expected the namespace (xmlns) of pain.002.001.03 to .14"
    );
    assert!(
        refused(&whole.replace("pain.002.001.10", "pain.001.001.09"))
            .contains("expected the namespace")
    );
    for cut in [whole.len() / 2, whole.len() - 1, HEAD.len(), 10] {
        refused(&whole[..cut]);
    }
    assert!(refused(&format!("{whole}<more/>")).contains("expected the end of the file"));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0..400_usize) {
        let _ = read(&bytes[..]);
        let mut whole = format!("{HEAD}{}{}{END}", about(""), payment("", &one("E1", "ACSC"))).into_bytes();
        let at = at.min(whole.len());
        whole.splice(at..at, bytes);
        let _ = read(&whole[..]);
    }
}
