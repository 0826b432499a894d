//! What a file is proved to be.

use jiaozi_adapters::spec::calendar::Calendar;

use super::*;

fn specs() -> Vec<Arc<MirrorSpec>> {
    vec![spec(|text| text)]
}

/// The example of a bank's account, changed.
fn spec(change: impl Fn(String) -> String) -> Arc<MirrorSpec> {
    let calendar = include_str!("../../../../partner-specs/calendars/cn-bank.toml");
    let calendar = Calendar::parse("cn-bank.toml", calendar).expect("a calendar");
    let text = include_str!("../../../../partner-specs/examples/core-bank.toml").to_owned();
    let calendars = [calendar].into_iter().collect();
    let spec = MirrorSpec::parse("core-bank.toml", &change(text), &calendars);
    Arc::new(spec.expect("a specification"))
}

/// The same with files of a bank that write no number of the account.
fn nameless(format: &str) -> Arc<MirrorSpec> {
    let formats = format!("formats = [\"{format}\"]");
    spec(|text| {
        text.replace("theirs = \"6222 0000 1111 2222\"", "")
            .replace("formats = [\"camt\", \"mt\", \"bai2\"]", &formats)
    })
}

const TEXT: &str = ":20:S1\n:25:6222000011112222\n:28C:324/1\n:60F:C261119CNY100,00\n\
    :61:2611201120D12,50NTRFORDER-7//BANK-7\n:62F:C261120CNY87,50\n-\n";

fn bytes(text: &str) -> Content {
    Content::Bytes(text.to_owned().into())
}

#[test]
fn a_statement_is_of_the_days_after_its_first_balance() {
    let proved = prove(&bytes(TEXT), &specs(), None).expect("proved");
    let [(spec, face)] = &proved.statements[..] else { panic!("{proved:?}") };
    let day = jiff::civil::date(2026, 11, 20);
    assert_eq!((spec.code.as_str(), face.from, face.date), ("core-bank", day, day));
    assert_eq!((face.opening, face.closing, face.lines), (Some(Fen(10_000)), Some(Fen(8_750)), 1));
    let month = TEXT.replace("C261119", "C261031");
    let proved = prove(&bytes(&month), &specs(), None).expect("proved");
    assert_eq!(proved.statements[0].1.from, jiff::civil::date(2026, 11, 1));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_noticed() {
    let proved = prove(&bytes(TEXT), &specs(), None).expect("proved");
    let mut lines = Vec::new();
    let mut keep = |place, line| {
        lines.push((place, line));
        Ok(())
    };
    lines_of(&bytes(TEXT), &proved, &mut keep).expect("the same");
    let changed = bytes(&TEXT.replace("ORDER-7", "ORDER-8"));
    let refused = lines_of(&changed, &proved, &mut keep).expect_err("another");
    assert!(matches!(refused, Refusal::Changed), "{refused}");
    assert_eq!(lines[0].1.reference.as_deref(), Some("ORDER-7"));
    assert_eq!(lines[0].1.amount, -1_250);
}

fn face(text: &str, spec: Arc<MirrorSpec>, told: Option<Date>) -> Face {
    prove(&bytes(text), &[spec], told).expect("proved").statements.remove(0).1
}

fn refused(text: &str, spec: Arc<MirrorSpec>) -> String {
    prove(&bytes(text), &[spec], None).expect_err("refused").to_string()
}

const CMB: &str = "记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n\
    2026-11-02,CNY,1.00,\"101.00\",转账,,\n2026-11-16,CNY,2.00,\"103.00\",转账,,\n\
    2026-11-30,CNY,3.00,\"106.00\",转账,,\n";

#[test]
fn a_file_without_a_period_is_of_the_days_from_its_first_line_to_its_last() {
    let date = |month, day| jiff::civil::date(2026, month, day);
    let found = face(CMB, nameless("cmb"), None);
    assert_eq!((found.from, found.date), (date(11, 2), date(11, 30)));
    let told = face(CMB, nameless("cmb"), Some(date(12, 2)));
    assert_eq!((told.from, told.date), (date(11, 2), date(12, 2)));
}

#[test]
fn an_opening_balance_of_the_day_of_the_first_line_is_of_that_day() {
    let month = TEXT.replace("60F:C261119", "60F:C261101").replace("2611201120D", "2611011101D");
    let found = face(&month, specs().remove(0), None);
    assert_eq!(found.from, jiff::civil::date(2026, 11, 1));
    let later = month.replace("2611011101D", "2611021102D");
    assert_eq!(face(&later, specs().remove(0), None).from, jiff::civil::date(2026, 11, 2));
}

#[test]
fn what_is_of_days_before_reconciliation_begins_is_refused() {
    let late = || nameless("cmb").as_ref().clone();
    let late = Arc::new(MirrorSpec { since: jiff::civil::date(2026, 11, 15), ..late() });
    assert_eq!(
        refused(CMB, late),
        "line 2: day of an entry: found 2026-11-02, expected 2026-11-15 or later: core-bank is \
         reconciled since then"
    );
    // A value date from before says nothing of the day on which it was booked.
    let since = || specs().remove(0).as_ref().clone();
    let since = Arc::new(MirrorSpec { since: jiff::civil::date(2026, 11, 20), ..since() });
    let valued = TEXT.replace("2611201120D", "261118D");
    assert_eq!(face(&valued, since, None).from, jiff::civil::date(2026, 11, 20));
}

fn bai2(closing: i64, modifier: &str, entries: &str) -> String {
    let moved = if entries.is_empty() { 0 } else { 5_000 };
    let total = 10_000 + closing + moved;
    let records = entries.lines().count();
    format!(
        "01,BANK,US,261120,0200,1,80,,2/\n02,US,BANK,1,261120,,CNY,{modifier}/\n\
         03,6222000011112222,CNY,010,10000,,,015,{closing},,/\n{entries}\
         49,{total},{}/\n98,{total},1,{}/\n99,{total},1,{}/\n",
        records + 2,
        records + 4,
        records + 6,
    )
}

#[test]
fn balances_alone_are_no_statement() {
    let entry = "16,195,5000,0,B1,O1,FEE/\n";
    assert_eq!(face(&bai2(15_000, "2", entry), specs().remove(0), None).lines, 1);
    assert_eq!(face(&bai2(10_000, "2", ""), specs().remove(0), None).lines, 0, "a quiet day");
    let summary = refused(&bai2(15_000, "2", ""), specs().remove(0));
    let expected = "it does not balance, in 1 places: line 3, record 03: closing balance: found CNY 150.00, \
                    expected CNY 100.00";
    assert_eq!(summary, expected);
}

#[test]
fn a_report_of_a_day_that_is_not_over_is_no_statement() {
    let entry = "16,195,5000,0,B1,O1,FEE/\n";
    for modifier in ["1", "3"] {
        let said = refused(&bai2(15_000, modifier, entry), specs().remove(0));
        assert!(said.contains("found BAI2 interim report, expected a statement"), "{said}");
    }
}

const ALIPAY: &str = "导出信息：\n姓名：小王\n支付宝账户：someone@example.com\n\
    起始时间：[2026-11-20 00:00:00] 终止时间：[2026-11-20 23:59:59]\n共1笔记录\n收入：1笔 100.00元\n\
    支出：0笔 0.00元\n不计收支：0笔 0.00元\n----支付宝（中国）网络技术有限公司  电子客户回单----\n\
    交易时间 ,交易分类 ,交易对方 ,对方账号 ,商品说明 ,收/支 ,金额 ,收/付款方式 ,交易状态 ,交易订单号 ,商家订单号 ,备注 ,\n\
    2026-11-20 09:30:00 ,缴费 ,水务 ,/ ,水费 ,收入 ,100.00 ,余额 ,交易成功 ,A1\t,O1\t, ,\n";

#[test]
fn an_entry_of_which_nobody_can_say_whether_it_is_booked_is_refused() {
    assert_eq!(face(ALIPAY, nameless("alipay"), None).lines, 1);
    let said = refused(&ALIPAY.replace("交易成功", "已收款"), nameless("alipay"));
    let expected = "line 11: status of an entry: found 已收款, expected a word of the format that \
                    says whether it is booked";
    assert_eq!(said, expected);
    // What moves no money may be called anything.
    let neutral = ALIPAY
        .replace("交易成功", "已收款")
        .replace(",收入 ,", ",不计收支 ,")
        .replace("收入：1笔 100.00元", "收入：0笔 0.00元")
        .replace("不计收支：0笔 0.00元", "不计收支：1笔 100.00元");
    assert_eq!(face(&neutral, nameless("alipay"), None).lines, 0);
}
