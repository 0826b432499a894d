//! The bills of WeChat Pay, WeChat and Alipay.

use jiaozi_ledger::money::Side;

use super::samples::file;
use super::{reported, said, statements};
use crate::statement::Format;
use crate::statement::entry::Status;

#[test]
fn a_merchants_bill_is_read_by_the_names_of_its_columns() {
    let bytes = file(Format::WechatPay, 2);
    let all = statements(Format::WechatPay, &bytes).unwrap();
    let [payment, refund] = &all[0].entries[..] else { panic!("{:?}", all[0].entries) };
    assert_eq!(all[0].head.account.as_ref().unwrap().expose(), "1900000001");
    assert_eq!((payment.side, payment.reversal), (Some(Side::Credit), false));
    assert_eq!(payment.references.merchant_order.as_deref(), Some("O0"));
    assert_eq!(payment.references.bank.as_deref(), Some("W0"));
    assert_eq!(payment.references.refund, None);
    // A value may contain a comma.
    assert_eq!(payment.description.as_deref(), Some("物业费,11月"));
    assert_eq!((refund.side, refund.reversal), (Some(Side::Debit), true));
    assert_eq!(refund.references.merchant_refund.as_deref(), Some("R1"));
    assert_eq!(refund.fees.unwrap().minor, 1);

    // The same bill in the columns of an earlier year, in another order.
    let older = "商户号,交易时间,微信订单号,商户订单号,交易状态,货币种类,总金额,微信退款单号,商户退款单号,退款金额,\
                 手续费\n\
                 `1900000001,`2026-11-20 09:30:00,`W0,`O0,`SUCCESS,`CNY,`0.01,`0,`0,`0.0,`0.01000\n\
                 `1900000001,`2026-11-20 09:30:00,`W1,`O1,`REFUND,`CNY,`0,`R1,`R1,`1.02,`0.01000\n\
                 总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额\n`2,`0.01,`1.02,`0.0,`0.02\n";
    let older = statements(Format::WechatPay, older.as_bytes()).unwrap();
    assert_eq!(older[0].ending.imbalances, []);
    for (new, old) in all[0].entries.iter().zip(&older[0].entries) {
        assert_eq!((new.gained(), &new.references), (old.gained(), &old.references));
    }
}

#[test]
fn a_merchants_bill_is_refused_or_reported_with_its_place() {
    said(
        Format::WechatPay,
        &file(Format::WechatPay, 2),
        &[
            (
                "`0.01,`0.00,`0,",
                "`0.005,`0.00,`0,",
                "line 2, column 应结订单金额: found `0.005`, expected at most 2 decimals, for CNY has no smaller unit",
            ),
            (
                "`0.01,`0.00,`0,",
                "`0.010000000000000002,`0.00,`0,",
                "line 2, column 应结订单金额: found `0.010000000000000002`, expected at most 2 decimals, for CNY has no smaller unit",
            ),
            (
                "`2026-11-20 09",
                "`2026-11-20 25",
                "line 2, column 交易时间: found `2026-11-20 25:30:00`, expected a date and time such as 2026-11-20 09:30:00",
            ),
            (
                "`SUCCESS,`OTHERS",
                "`GONE,`OTHERS",
                "line 2, column 交易状态: found `GONE`, expected SUCCESS, REFUND or REVOKED",
            ),
            ("`W1,", "", "line 3: found `26 cells`, expected 27 cells, as the header has"),
            (
                "商户订单号",
                "订单号",
                "line 1: found `交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,订单号,用户标识,交易类型,交易状态,付款银行,货币种…`, expected a header with the columns 交易时间, 微信订单号, 商户订单号",
            ),
            (
                "货币种类",
                "币种",
                "line 1: found `a header without it`, expected a column named 货币种类",
            ),
            (
                "商户数据包",
                "商品名称",
                "line 1, column 商品名称: found `it twice`, expected every column once",
            ),
            ("`2,`0.01", "`two,`0.01", "line 5, column 总交易单数: found `two`, expected a number"),
            (
                "`2,`0.01",
                "`3,`0.01",
                "line 5, column 总交易单数: number of entries: found 3, expected 2",
            ),
            (
                "`2,`0.01",
                "`2,`0.02",
                "line 5, column 应结订单总金额: sum of what is settled: found CNY 0.02, expected CNY 0.01",
            ),
        ],
    );
    // A bill of another merchant does not belong in this one.
    let mixed =
        super::changed(&file(Format::WechatPay, 2), "`1900000001,`0,`,`W1", "`1900000002,`0,`,`W1");
    let refused = statements(Format::WechatPay, &mixed).unwrap_err();
    assert_eq!(
        refused,
        "line 3, column 商户号: found `1900000002`, expected the merchant of the first row"
    );
}

#[test]
fn a_day_without_trade_has_a_summary_of_nothing() {
    let bytes = file(Format::WechatPay, 0);
    let all = statements(Format::WechatPay, &bytes).unwrap();
    assert!(all[0].entries.is_empty() && all[0].ending.balances());
    assert_eq!(all[0].ending.stated.len(), 7);
}

#[test]
fn a_wechat_bill_is_refused_or_reported_with_its_place() {
    let bytes = file(Format::Wechat, 3);
    let all = statements(Format::Wechat, &bytes).unwrap();
    assert_eq!(all[0].head.owner.as_ref().unwrap().expose(), "小王");
    let entry = &all[0].entries[1];
    assert_eq!(entry.description.as_deref(), Some("水费,1"));
    assert_eq!(entry.references.merchant_order.as_deref(), Some("O1"));
    said(
        Format::Wechat,
        &bytes,
        &[
            (
                "¥1.02",
                "¥1.025",
                "line 10, column 金额(元): found `¥1.025`, expected at most 2 decimals, for CNY has no smaller unit",
            ),
            (
                ",支出,",
                ",出,",
                "line 10, column 收/支: found `出`, expected 收入, 支出 or / or 中性交易",
            ),
            (
                "\"水费,1\"\t",
                "\"水费,1\"x",
                "line 10: found `a quoted cell without its end`, expected a closing quote and a comma",
            ),
            (
                "支出：1笔",
                "支出：1",
                "line 6: found `支出：1 1.02元`, expected a number and a sum, such as 支出：1笔 0.35元",
            ),
            ("共3笔记录", "共4笔记录", "line 4: number of entries: found 4, expected 3"),
            (
                "支出：1笔 1.02元",
                "支出：1笔 1.03元",
                "line 6: sum of debits: found CNY 1.03, expected CNY 1.02",
            ),
            (
                "起始时间：[2026-11-01 ",
                "起始时间：[2026-11-31 ",
                "line 3: found `2026-11-31 00:00:00`, expected a date and time such as 2026-11-20 09:30:00",
            ),
        ],
    );
    let text = String::from_utf8(bytes).unwrap();
    let (_, table) = text.split_once("交易时间").unwrap();
    let bare = format!("交易时间{table}");
    assert_eq!(
        reported(Format::Wechat, bare.as_bytes()),
        ["line 4: totals: found none, expected some"]
    );
    let withdrawn = text.replace("支付成功,W1\t,O1\t,/", "提现已到账,W1\t,/\t,服务费¥0.10");
    let all = statements(Format::Wechat, withdrawn.as_bytes()).unwrap();
    assert_eq!(all[0].entries[1].fees.unwrap().minor, 10);
}

#[test]
fn an_alipay_bill_is_read_in_gb18030_and_in_utf_8() {
    let bytes = file(Format::Alipay, 3);
    assert!(std::str::from_utf8(&bytes).is_err(), "the sample is not GB18030");
    let text = encoding_rs::GB18030.decode(&bytes).0.into_owned();
    let read = statements(Format::Alipay, &bytes).unwrap();
    assert_eq!(read, statements(Format::Alipay, text.as_bytes()).unwrap());
    let entry = &read[0].entries[2];
    assert_eq!(entry.counterparty.name.as_ref().unwrap().expose(), "水务");
    assert_eq!(entry.references.bank.as_deref(), Some("A2"));
    assert_eq!(entry.status, Status::Booked);
    let account = read[0].head.account.as_ref().unwrap();
    assert_eq!(
        (account.expose(), account.to_string().as_str()),
        ("someone@example.com", "***************.com")
    );
    said(
        Format::Alipay,
        text.as_bytes(),
        &[
            (
                "支出 ,1.02 ,",
                "支出 ,一元 ,",
                "line 12, column 金额: found `一元`, expected an amount such as 1234.50",
            ),
            ("收入：2笔", "收入：1笔", "line 6: number of credits: found 1, expected 2"),
            (
                "A1\t,O1\t, ,",
                "A1\t,O1\t",
                "line 12: found `11 cells`, expected 13 cells, as the header has",
            ),
        ],
    );
    let closed = text.replacen("支出 ,1.02 ,余额 ,交易成功", "支出 ,1.02 ,余额 ,交易关闭", 1);
    let read = statements(Format::Alipay, closed.as_bytes()).unwrap();
    assert_eq!(read[0].entries[1].status, Status::Closed);
}
