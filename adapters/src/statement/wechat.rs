//! The bill of a personal WeChat wallet (微信支付账单明细). Amounts are written with a sign of currency, and
//! contain the fee that the note beside them names (`服务费¥0.10`).

use jiaozi_ledger::money::Currency;

use super::amount::{Amount, Written};
use super::date;
use super::entry::{Entry, Status, filled, named, reference};
use super::lines::Line;
use super::place::{Place, Refusal};
use super::proof::Proof;
use super::record::Head;
use super::table::{Column, Columns, Row, Table};
use super::wallet::{self, Preamble};

/// Words for what is done; money stands where it should.
const DONE: &[&str] = &[
    "支付成功",
    "已转账",
    "朋友已收钱",
    "对方已收钱",
    "已收钱",
    "已存入零钱",
    "已到账",
    "提现已到账",
    "充值完成",
    "充值成功",
    "已全额退款",
];

/// The bill.
#[derive(Debug, Default)]
pub(super) struct Wechat {
    preamble: Preamble,
    owner: String,
    columns: Found,
}

/// Where the columns are.
#[derive(Debug, Default)]
struct Found {
    time: Column,
    kind: Column,
    counterparty: Column,
    goods: Column,
    side: Column,
    amount: Column,
    state: Column,
    order: Column,
    merchant_order: Column,
    note: Column,
}

impl Table for Wechat {
    const HEADER: &'static [&'static str] = &["交易时间", "交易单号", "收/支"];

    fn preamble(&mut self, line: &Line) -> Result<(), Refusal> {
        let text = line.text.trim_end_matches([',', ' ', '\t']);
        if let Some(name) = text.strip_prefix("微信昵称：") {
            self.owner = name.trim_matches(['[', ']']).to_owned();
        }
        self.preamble.line(&line.place(), text)
    }

    fn header(&mut self, columns: &Columns) -> Result<(), Refusal> {
        self.columns = Found {
            time: columns.need(&["交易时间"])?,
            kind: columns.need(&["交易类型"])?,
            counterparty: columns.need(&["交易对方"])?,
            goods: columns.find(&["商品", "商品说明"]),
            side: columns.need(&["收/支"])?,
            amount: columns.need(&["金额(元)", "金额（元）"])?,
            state: columns.need(&["当前状态"])?,
            order: columns.need(&["交易单号"])?,
            merchant_order: columns.need(&["商户单号"])?,
            note: columns.find(&["备注"]),
        };
        Ok(())
    }

    fn head(&mut self, first: Option<&Row<'_>>) -> Result<Head, Refusal> {
        Ok(Head {
            place: first.map_or(Place::new(1, ""), Row::place),
            kind: "微信支付账单明细".to_owned(),
            owner: named(&self.owner),
            currency: Some(Currency::CNY),
            from: self.preamble.from,
            to: self.preamble.to,
            ..Head::default()
        })
    }

    fn row(&mut self, row: &Row<'_>, _: &mut Proof) -> Result<Option<Entry>, Refusal> {
        row.check_width()?;
        let at = &self.columns;
        let side = wallet::side(row, at.side, &["/", "中性交易"])?;
        let amount = row.unsigned(at.amount, Written::Point, Currency::CNY)?;
        let mut entry = Entry::new(row.place(), side, amount);
        let moment = row.read(at.time, date::moment, date::MOMENT)?;
        entry.booking_date = Some(moment.date());
        entry.at = Some(moment);
        let state = row.text(at.state);
        let done = DONE.contains(&state) || state.starts_with("已退款");
        entry.status = if done { Status::Booked } else { Status::Other };
        entry.status_word = filled(state);
        entry.kind = filled(row.text(at.kind));
        entry.reversal = row.text(at.kind).contains("退款");
        entry.references.bank = reference(row.text(at.order));
        entry.references.merchant_order = reference(row.text(at.merchant_order));
        entry.counterparty.name = named(row.text(at.counterparty));
        entry.description = filled(row.text(at.goods)).filter(|text| text != "/");
        entry.fees = fee(row, at.note)?;
        Ok(Some(entry))
    }

    fn end(&mut self, place: Place, proof: &mut Proof) -> Result<(), Refusal> {
        self.preamble.prove(place, proof);
        Ok(())
    }
}

/// The fee that a note names.
fn fee(row: &Row<'_>, note: Column) -> Result<Option<Amount>, Refusal> {
    let Some(text) = row.text(note).strip_prefix("服务费") else {
        return Ok(None);
    };
    let currency = Currency::CNY;
    let minor = Written::Point.unsigned(text.trim_start_matches(['¥', '￥']), currency);
    let minor = minor.map_err(|expected| row.refuse(note, expected))?;
    Ok(Some(Amount { currency, minor }))
}
