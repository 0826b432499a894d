//! The bill of a personal Alipay wallet (支付宝电子客户回单): GB18030, a long preamble, values padded with
//! spaces and tabs, a comma at the end of every line.

use jiaozi_ledger::money::Currency;

use super::amount::Written;
use super::date;
use super::entry::{Entry, Status, filled, named, numbered, reference};
use super::lines::Line;
use super::place::{Place, Refusal};
use super::proof::Proof;
use super::record::Head;
use super::table::{Column, Columns, Row, Table};
use super::wallet::{self, Preamble};

/// The bill.
#[derive(Debug, Default)]
pub(super) struct Alipay {
    preamble: Preamble,
    owner: String,
    account: String,
    columns: Found,
}

/// Where the columns are.
#[derive(Debug, Default)]
struct Found {
    time: Column,
    kind: Column,
    counterparty: Column,
    counterparty_account: Column,
    goods: Column,
    side: Column,
    amount: Column,
    state: Column,
    order: Column,
    merchant_order: Column,
}

impl Table for Alipay {
    const HEADER: &'static [&'static str] = &["交易时间", "交易订单号", "收/支"];

    fn preamble(&mut self, line: &Line) -> Result<(), Refusal> {
        let text = line.text.trim_end_matches([',', ' ', '\t']);
        if let Some(name) = text.strip_prefix("姓名：") {
            self.owner = name.to_owned();
        }
        if let Some(account) = text.strip_prefix("支付宝账户：") {
            self.account = account.to_owned();
        }
        self.preamble.line(&line.place(), text)
    }

    fn header(&mut self, columns: &Columns) -> Result<(), Refusal> {
        self.columns = Found {
            time: columns.need(&["交易时间"])?,
            kind: columns.need(&["交易分类"])?,
            counterparty: columns.need(&["交易对方"])?,
            counterparty_account: columns.find(&["对方账号"]),
            goods: columns.find(&["商品说明"]),
            side: columns.need(&["收/支"])?,
            amount: columns.need(&["金额"])?,
            state: columns.need(&["交易状态"])?,
            order: columns.need(&["交易订单号"])?,
            merchant_order: columns.need(&["商家订单号"])?,
        };
        Ok(())
    }

    fn head(&mut self, first: Option<&Row<'_>>) -> Result<Head, Refusal> {
        Ok(Head {
            place: first.map_or(Place::new(1, ""), Row::place),
            kind: "支付宝电子客户回单".to_owned(),
            account: numbered(&self.account),
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
        let side = wallet::side(row, at.side, &["不计收支", "/"])?;
        let amount = row.unsigned(at.amount, Written::Point, Currency::CNY)?;
        let mut entry = Entry::new(row.place(), side, amount);
        let moment = row.read(at.time, date::moment, date::MOMENT)?;
        entry.booking_date = Some(moment.date());
        entry.at = Some(moment);
        let state = row.text(at.state);
        entry.status = match state {
            "交易成功" | "退款成功" | "支付成功" | "还款成功" | "代付成功" => {
                Status::Booked
            }
            "等待确认收货" | "等待付款" | "处理中" | "等待对方发货" => {
                Status::Pending
            }
            "交易关闭" | "解冻成功" => Status::Closed,
            _ => Status::Other,
        };
        entry.status_word = filled(state);
        entry.kind = filled(row.text(at.kind));
        entry.reversal = row.text(at.kind) == "退款" || state == "退款成功";
        entry.references.bank = reference(row.text(at.order));
        entry.references.merchant_order = reference(row.text(at.merchant_order));
        entry.counterparty.name = named(row.text(at.counterparty));
        entry.counterparty.account = numbered(row.text(at.counterparty_account));
        entry.description = filled(row.text(at.goods));
        Ok(Some(entry))
    }

    fn end(&mut self, place: Place, proof: &mut Proof) -> Result<(), Refusal> {
        self.preamble.prove(place, proof);
        Ok(())
    }
}
