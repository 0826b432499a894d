//! A file of every format that balances, with as many entries as asked for. Even rows are credits, odd ones
//! debits.

use std::fmt::Write as _;

use encoding_rs::GB18030;

use crate::statement::Format;

/// The amount of a row in minor units.
pub(super) fn minor(row: usize) -> i64 {
    i64::try_from(row % 97 * 100 + row % 89 + 1).unwrap()
}

fn is_credit(row: usize) -> bool {
    row.is_multiple_of(2)
}

fn units(minor: i64) -> String {
    format!("{}{}.{:02}", if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100)
}

/// Sums of credits and of debits.
fn sums(rows: usize) -> (i64, i64) {
    let sum = |credit| (0..rows).filter(|row| is_credit(*row) == credit).map(minor).sum();
    (sum(true), sum(false))
}

fn counts(rows: usize) -> (usize, usize) {
    (rows.div_ceil(2), rows / 2)
}

/// A file of a format.
pub(super) fn file(format: Format, rows: usize) -> Vec<u8> {
    let text = match format {
        Format::Camt => camt(rows),
        Format::Mt => mt(rows),
        Format::Bai2 => bai2(rows),
        Format::WechatPay => wechat_pay(rows),
        Format::Wechat => wechat(rows),
        Format::Alipay => alipay(rows),
        Format::Icbc => icbc(rows),
        Format::Cmb => cmb(rows),
    };
    if format == Format::Alipay { GB18030.encode(&text).0.into_owned() } else { text.into_bytes() }
}

/// The message of a version around statements or notifications.
pub(super) fn message(version: &str, statements: &str) -> String {
    let message =
        if version.starts_with("camt.053") { "BkToCstmrStmt" } else { "BkToCstmrDbtCdtNtfctn" };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{version}\">\n<{message}>\n\
         <GrpHdr><MsgId>M1</MsgId></GrpHdr>\n{statements}</{message}>\n</Document>\n"
    )
}

pub(super) fn balance(code: &str, minor: i64) -> String {
    let side = if minor < 0 { "DBIT" } else { "CRDT" };
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{}</Amt>\
         <CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>\n",
        units(minor.abs())
    )
}

fn camt(rows: usize) -> String {
    let (credits, debits) = sums(rows);
    let mut text = "<Stmt>\n<Id>S1</Id>\n<Acct><Id><Othr><Id>6222000011112222</Id></Othr></Id>\
                    <Ccy>CNY</Ccy></Acct>\n"
        .to_owned();
    text += &balance("OPBD", 100_000);
    text += &balance("CLBD", 100_000 + credits - debits);
    let _ = writeln!(
        text,
        "<TxsSummry><TtlNtries><NbOfNtries>{rows}</NbOfNtries><Sum>{}</Sum></TtlNtries></TxsSummry>",
        units(credits + debits)
    );
    for row in 0..rows {
        let side = if is_credit(row) { "CRDT" } else { "DBIT" };
        let _ = writeln!(
            text,
            "<Ntry><Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>2026-11-20</Dt></BookgDt><AcctSvcrRef>B{row}</AcctSvcrRef><NtryDtls><TxDtls>\
             <Refs><EndToEndId>E{row}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>",
            units(minor(row))
        );
    }
    message("camt.053.001.08", &format!("{text}</Stmt>\n"))
}

fn mt(rows: usize) -> String {
    let (credits, debits) = sums(rows);
    let comma = |minor| units(minor).replace('.', ",");
    let mut text =
        ":20:STATEMENT\n:25:6222000011112222\n:28C:324/1\n:60F:C261120CNY1000,00\n".to_owned();
    for row in 0..rows {
        let side = if is_credit(row) { 'C' } else { 'D' };
        let _ = writeln!(text, ":61:2611201120{side}{}NTRFO{row}//B{row}", comma(minor(row)));
        let _ = writeln!(text, ":86:166?00TRANSFER?20EREF+E{row}?21SVWZ+Fee {row}?32SOMEONE");
    }
    let _ = writeln!(text, ":62F:C261120CNY{}\n-", comma(100_000 + credits - debits));
    text
}

fn bai2(rows: usize) -> String {
    let (credits, debits) = sums(rows);
    let ((credit_count, debit_count), closing) = (counts(rows), 100_000 + credits - debits);
    let mut text = format!(
        "01,BANK,US,261120,0200,1,80,,2/\n02,US,BANK,1,261120,,CNY,2/\n\
         03,6222000011112222,CNY,010,100000,,,015,{closing},,/\n\
         88,100,{credits},{credit_count},,400,{debits},{debit_count},/\n"
    );
    for row in 0..rows {
        let code = if is_credit(row) { 195 } else { 495 };
        let _ = writeln!(text, "16,{code},{},0,B{row},O{row},FEE {row}/", minor(row));
    }
    let total = 100_000 + closing + 2 * (credits + debits);
    let _ = writeln!(text, "49,{total},{}/", rows + 3);
    let _ = writeln!(text, "98,{total},1,{}/", rows + 5);
    let _ = writeln!(text, "99,{total},1,{}/", rows + 7);
    text
}

fn wechat_pay(rows: usize) -> String {
    let (credits, debits) = sums(rows);
    let mut text = "\u{feff}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,\
                    交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,\
                    充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,\
                    费率备注\r\n"
        .replace(' ', "");
    for row in 0..rows {
        let money = units(minor(row));
        let (state, settled, refunded, refund) = if is_credit(row) {
            ("SUCCESS", money.as_str(), "0.00", "0".to_owned())
        } else {
            ("REFUND", "0.00", money.as_str(), format!("R{row}"))
        };
        let refund_state = if is_credit(row) { "" } else { "SUCCESS" };
        let _ = write!(
            text,
            "`2026-11-20 09:30:00,`wx1,`1900000001,`0,`,`W{row},`O{row},`u1,`JSAPI,`{state},`OTHERS,`CNY,\
             `{settled},`0.00,`{refund},`{refund},`{refunded},`0.00,`,`{refund_state},`物业费,11月,`,\
             `0.01000,`0.60%,`{settled},`{refunded},`\r\n"
        );
    }
    let _ = write!(
        text,
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n\
         `{rows},`{credits},`{debits},`0.00,`{fees},`{credits},`{debits}\r\n",
        credits = units(credits),
        debits = units(debits),
        fees = units(i64::try_from(rows).unwrap()),
    );
    text
}

/// What the preamble of a wallet states.
fn preamble(rows: usize, neutral: &str) -> String {
    let ((credits, debits), (credit_count, debit_count)) = (sums(rows), counts(rows));
    format!(
        "起始时间：[2026-11-01 00:00:00] 终止时间：[2026-11-30 23:59:59]\n共{rows}笔记录\n\
         收入：{credit_count}笔 {}元\n支出：{debit_count}笔 {}元\n{neutral}：0笔 0.00元\n",
        units(credits),
        units(debits)
    )
}

fn side(row: usize) -> &'static str {
    if is_credit(row) { "收入" } else { "支出" }
}

fn wechat(rows: usize) -> String {
    let mut text =
        format!("微信支付账单明细,,\n微信昵称：[小王],,\n{}", preamble(rows, "中性交易"));
    text +=
        "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n";
    for row in 0..rows {
        let _ = writeln!(
            text,
            "2026-11-20 09:30:00,商户消费,水务,\"水费,{row}\"\t,{},¥{},零钱,支付成功,W{row}\t,O{row}\t,/",
            side(row),
            units(minor(row))
        );
    }
    text
}

fn alipay(rows: usize) -> String {
    let mut text = format!(
        "导出信息：\n姓名：小王\n支付宝账户：someone@example.com\n{}",
        preamble(rows, "不计收支")
    );
    text += "----支付宝（中国）网络技术有限公司  电子客户回单----\n交易时间 ,交易分类 ,交易对方 ,对方账号 ,\
             商品说明 ,收/支 ,金额 ,收/付款方式 ,交易状态 ,交易订单号 ,商家订单号 ,备注 ,\n";
    for row in 0..rows {
        let _ = writeln!(
            text,
            "2026-11-20 09:30:00 ,缴费 ,水务 ,/ ,水费 ,{} ,{} ,余额 ,交易成功 ,A{row}\t,O{row}\t, ,",
            side(row),
            units(minor(row))
        );
    }
    text
}

fn icbc(rows: usize) -> String {
    let (credits, debits) = sums(rows);
    let mut text =
        "明细查询文件下载\n\n卡号: 6222000011112222,\"卡别名: \"\n\n交易日期,摘要,交易场所,\
                    记账金额(收入),记账金额(支出),记账币种,余额,对方户名\n"
            .to_owned();
    let mut balance = 10_000_000;
    for row in 0..rows {
        let money = units(minor(row));
        let (credit, debit) =
            if is_credit(row) { (money.as_str(), "") } else { ("", money.as_str()) };
        balance += if is_credit(row) { minor(row) } else { -minor(row) };
        let _ = writeln!(
            text,
            "2026-11-20 \t,\"缴费 \t\",\"网上 \t\",\"{credit} \t\",\"{debit} \t\",人民币 \t,\"{} \t\",\
             \"水务 \t\",",
            units(balance)
        );
    }
    let _ = writeln!(text, "\n人民币合计,,,\"{} \t\",\"{} \t\",", units(credits), units(debits));
    text
}

fn cmb(rows: usize) -> String {
    let mut text = "记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n".to_owned();
    let mut balance = 10_000_000;
    for row in 0..rows {
        let gained = if is_credit(row) { minor(row) } else { -minor(row) };
        balance += gained;
        let _ = writeln!(
            text,
            "2026-11-20,CNY,{},\"{}\",转账,王五 6222000099998888,水费",
            units(gained),
            units(balance)
        );
    }
    text
}
