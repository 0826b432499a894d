use super::*;
use jiff::civil::date;

fn destination(text: &str) -> Destination {
    toml::from_str(text).expect("a destination")
}

fn initiation() -> Initiation {
    Initiation {
        message: "0193a1b2c3d4e5f60718293a4b5c6d7e".to_owned(),
        payment: "0193a1b2c3d4e5f60718293a4b5c6d7e-1".to_owned(),
        created: "2026-11-30T09:02:03.123456Z".parse().expect("a time"),
        date: date(2026, 11, 30),
        debtor: destination("name = '交子银行清算中心'\naccount = '9900000001'\nbic = 'JZBKCNBJ'"),
        currency: Currency::CNY,
        transactions: vec![
            Transfer {
                end_to_end: "e1".to_owned(),
                amount: 123_456,
                creditor: destination(
                    "name = '云和 & 物业 <有限>'\naccount = '6222-01'\nclearing_member = '102584000018'",
                ),
                remittance: "物业费 2026-11-29".to_owned(),
            },
            Transfer {
                end_to_end: "e2".to_owned(),
                amount: 5,
                creditor: destination("name = 'Fund'\niban = 'ES9121000418450200051332'"),
                remittance: "x".to_owned(),
            },
        ],
    }
}

#[test]
fn the_same_values_give_the_same_bytes() {
    let written = write(&initiation()).expect("it fits");
    assert_eq!(write(&initiation()).expect("it fits"), written);
    let text = String::from_utf8(written).expect("UTF-8");
    for line in [
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\">",
        "<CreDtTm>2026-11-30T09:02:03Z</CreDtTm>",
        "<NbOfTxs>2</NbOfTxs>",
        "<CtrlSum>1234.61</CtrlSum>",
        "<InstdAmt Ccy=\"CNY\">1234.56</InstdAmt>",
        "<InstdAmt Ccy=\"CNY\">0.05</InstdAmt>",
        "<Nm>云和 &amp; 物业 &lt;有限&gt;</Nm>",
        "<MmbId>102584000018</MmbId>",
        "<IBAN>ES9121000418450200051332</IBAN>",
        "<BICFI>JZBKCNBJ</BICFI>",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert_eq!(text.matches("<CdtrAgt>").count(), 1, "the core's own account has no other bank");
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    type Change = fn(&mut Initiation);
    let cases: [(Change, &str); 8] = [
        (|i| i.message = "x".repeat(36), "MsgId"),
        (|i| i.payment = String::new(), "PmtInfId"),
        (|i| i.transactions[1].end_to_end = "编号".to_owned(), "CdtTrfTxInf[2]/PmtId/EndToEndId"),
        (|i| i.transactions[0].end_to_end = "a//b".to_owned(), "CdtTrfTxInf[1]/PmtId/EndToEndId"),
        (|i| i.transactions[0].amount = 0, "CdtTrfTxInf[1]/Amt/InstdAmt"),
        (|i| i.transactions[0].amount = i64::MAX, "CtrlSum"),
        (|i| i.transactions[1].remittance = "物".repeat(141), "CdtTrfTxInf[2]/RmtInf/Ustrd"),
        (|i| i.transactions.clear(), "CdtTrfTxInf"),
    ];
    for (change, at) in cases {
        let mut changed = initiation();
        change(&mut changed);
        assert_eq!(write(&changed).expect_err(at).at, at);
    }
}
