//! The account details of ICBC and CMB.

use super::samples::file;
use super::{reported, said, statements};
use crate::statement::Format;

#[test]
fn icbc_details_are_refused_or_reported_with_their_place() {
    let bytes = file(Format::Icbc, 3);
    let all = statements(Format::Icbc, &bytes).unwrap();
    assert_eq!(all[0].head.account.as_ref().unwrap().to_string(), "************2222");
    assert_eq!(all[0].entries[0].balance_after.unwrap().minor, 10_000_001);
    said(
        Format::Icbc,
        &bytes,
        &[
            (
                "\"1.02 \t\"",
                "\"1,02 \t\"",
                "line 7, column 记账金额(支出): found `1,02`, expected an amount such as 1,234.50",
            ),
            (
                "\"0.01 \t\",\" \t\"",
                "\"0.01 \t\",\"0.01 \t\"",
                "line 6, column 记账金额(支出): found `0.01`, expected nothing, for there is a credit already",
            ),
            (
                "\"0.01 \t\",\" \t\"",
                "\" \t\",\" \t\"",
                "line 6, column 记账金额(收入): found nothing, expected an amount such as 1,234.50",
            ),
            (
                ",人民币 \t",
                ",贝壳 \t",
                "line 6, column 记账币种: found `贝壳`, expected a currency such as 人民币",
            ),
            (
                "2026-11-20 \t",
                "2026-11-31 \t",
                "line 6, column 交易日期: found `2026-11-31`, expected a date such as 2026-11-20",
            ),
            (
                "人民币合计,,,\"2.04",
                "人民币合计,,,\"2.05",
                "line 10, column 记账金额(收入): sum of credits: found CNY 2.05, expected CNY 2.04",
            ),
            (
                "\"99998.99 \t\"",
                "\"99998.98 \t\"",
                "line 7: balance after the line: found CNY 99998.98, expected CNY 99998.99; line 8: balance after the line: found CNY 100001.02, expected CNY 100001.01",
            ),
        ],
    );
    let text = String::from_utf8(bytes).unwrap();
    let masked = text.replace("\"99998.99 \t\"", "\"xx,yyyy.zz \t\"");
    let all = statements(Format::Icbc, masked.as_bytes()).unwrap();
    assert_eq!(all[0].entries[1].balance_after, None);
    let (before, _) = text.split_once("人民币合计").unwrap();
    assert_eq!(
        reported(Format::Icbc, before.as_bytes()),
        ["line 9: totals: found none, expected some"]
    );
    let after = format!("{text}one more");
    let refused = statements(Format::Icbc, after.as_bytes()).unwrap_err();
    assert_eq!(
        refused,
        "line 11: found `another line`, expected the end of the file after the sums"
    );
}

#[test]
fn cmb_details_may_run_either_way() {
    let text = String::from_utf8(file(Format::Cmb, 4)).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    assert!(reported(Format::Cmb, lines.join("\n").as_bytes()).is_empty());
    said(
        Format::Cmb,
        text.as_bytes(),
        &[
            (
                "\"100001.02\"",
                "\"100001.03\"",
                "line 4: balance after the line: found CNY 100001.03, expected CNY 100001.02; line 5: balance after the line: found CNY 99997.98, expected CNY 99997.99",
            ),
            (
                ",-1.02,",
                ",-1.0200000000000002,",
                "line 3, column 交易金额: found `-1.0200000000000002`, expected at most 2 decimals, for CNY has no smaller unit",
            ),
            (",CNY,", ",元,", "line 2, column 货币: found `元`, expected a currency such as CNY"),
            (",\"99998.99\"", "", "line 3: found `6 cells`, expected 7 cells, as the header has"),
        ],
    );
    let all = statements(Format::Cmb, text.as_bytes()).unwrap();
    let other = &all[0].entries[0].counterparty;
    assert_eq!(other.name.as_ref().unwrap().to_string(), "*五");
    assert_eq!(other.account.as_ref().unwrap().expose(), "6222000099998888");
}
