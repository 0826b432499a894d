use super::*;

fn reversal() -> Reversal {
    let at = |text: &str| text.parse().expect("a time");
    let given_back = |reversal: &str, original: &str, amount| GivenBack {
        reversal: reversal.to_owned(),
        original: original.to_owned(),
        amount,
    };
    Reversal {
        message: "0193a1b2c3d4e5f60718293a4b5c6d7e".to_owned(),
        payment: "0193a1b2c3d4e5f60718293a4b5c6d7e-1".to_owned(),
        created: at("2026-11-20T03:00:00.5Z"),
        original: ("m1".to_owned(), "m1-1".to_owned(), at("2026-11-20T02:15:00Z")),
        currency: Currency::CNY,
        transactions: vec![given_back("JF2", "JF1", 15_080), given_back("JF4", "JF3", 5)],
    }
}

#[test]
fn it_names_the_message_and_each_transaction_that_it_gives_back() {
    let written = write(&reversal()).expect("it fits");
    assert_eq!(write(&reversal()).expect("it fits"), written);
    let text = String::from_utf8(written).expect("UTF-8");
    for line in [
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.007.001.09\">",
        "<NbOfTxs>2</NbOfTxs>",
        "<CtrlSum>150.85</CtrlSum>",
        "<OrgnlMsgId>m1</OrgnlMsgId>",
        "<OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId>",
        "<OrgnlCreDtTm>2026-11-20T02:15:00Z</OrgnlCreDtTm>",
        "<RvslPmtInfId>0193a1b2c3d4e5f60718293a4b5c6d7e-1</RvslPmtInfId>",
        "<OrgnlPmtInfId>m1-1</OrgnlPmtInfId>",
        "<RvslId>JF2</RvslId>",
        "<OrgnlEndToEndId>JF1</OrgnlEndToEndId>",
        "<RvsdInstdAmt Ccy=\"CNY\">150.80</RvsdInstdAmt>",
        "<RvsdInstdAmt Ccy=\"CNY\">0.05</RvsdInstdAmt>",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    type Change = fn(&mut Reversal);
    let cases: [(Change, &str); 5] = [
        (|r| r.message = "x".repeat(36), "MsgId"),
        (|r| r.original.0 = String::new(), "OrgnlMsgId"),
        (|r| r.transactions[1].reversal = "编号".to_owned(), "TxInf[2]/RvslId"),
        (|r| r.transactions[0].amount = 0, "TxInf[1]/RvsdInstdAmt"),
        (|r| r.transactions.clear(), "TxInf"),
    ];
    for (change, at) in cases {
        let mut changed = reversal();
        change(&mut changed);
        assert_eq!(write(&changed).expect_err(at).at, at);
    }
}
