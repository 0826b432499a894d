//! The trade bill of WeChat Pay for a merchant (交易账单), as API v3 and its predecessor give it.
//!
//! Every value begins with a backquote, which keeps spreadsheets from changing it; values may contain
//! commas. A row is a payment (`SUCCESS`), a refund (`REFUND`) or a revoked payment (`REVOKED`). The last
//! two lines are a header and the sums of the bill, each over its whole column.

use jiaozi_ledger::money::{Currency, Side};

use super::amount::{Amount, Written};
use super::date;
use super::entry::{Entry, Status, filled, reference};
use super::lines::Line;
use super::place::{Place, Refusal};
use super::proof::{Figure, Proof, What};
use super::record::Head;
use super::table::{Column, Columns, Row, Table, split};

/// First column of the summary's header.
const SUMMARY: &str = "总交易单数";

/// The bill.
#[derive(Debug, Default)]
pub(super) struct WechatPay {
    columns: Found,
    sums: Sums,
    summary: Summary,
    merchant: String,
}

/// Where the columns are.
#[derive(Debug, Default)]
struct Found {
    time: Column,
    merchant: Column,
    sub_merchant: Column,
    wechat_order: Column,
    merchant_order: Column,
    kind: Column,
    state: Column,
    currency: Column,
    settled: Column,
    wechat_refund: Column,
    merchant_refund: Column,
    refunded: Column,
    coupons_refunded: Column,
    refund_state: Column,
    goods: Column,
    fee: Column,
    order: Column,
    refund_asked: Column,
}

/// What the columns sum to.
#[derive(Debug, Default)]
struct Sums {
    settled: i128,
    refunded: i128,
    coupons_refunded: i128,
    fee: i128,
    order: i128,
    refund_asked: i128,
}

/// How far the summary has been read.
#[derive(Debug, Default)]
enum Summary {
    /// Not yet.
    #[default]
    Ahead,
    /// Its header has.
    Header(Vec<String>),
    /// It has.
    Read,
}

impl Table for WechatPay {
    const HEADER: &'static [&'static str] = &["交易时间", "微信订单号", "商户订单号"];

    fn preamble(&mut self, line: &Line) -> Result<(), Refusal> {
        if line.is_blank() {
            return Ok(());
        }
        let expected = format!("a header with the columns {}", Self::HEADER.join(", "));
        Err(line.place().refuse(&line.text, expected))
    }

    fn header(&mut self, columns: &Columns) -> Result<(), Refusal> {
        self.columns = Found {
            time: columns.need(&["交易时间"])?,
            merchant: columns.need(&["商户号"])?,
            sub_merchant: columns.find(&["特约商户号", "子商户号"]),
            wechat_order: columns.need(&["微信订单号"])?,
            merchant_order: columns.need(&["商户订单号"])?,
            kind: columns.find(&["交易类型"]),
            state: columns.need(&["交易状态"])?,
            currency: columns.need(&["货币种类"])?,
            settled: columns.need(&["应结订单金额", "总金额"])?,
            // A bill of payments alone has no columns of refunds.
            wechat_refund: columns.find(&["微信退款单号"]),
            merchant_refund: columns.find(&["商户退款单号"]),
            refunded: columns.find(&["退款金额"]),
            coupons_refunded: columns.find(&["充值券退款金额", "代金券或立减优惠退款金额"]),
            refund_state: columns.find(&["退款状态"]),
            goods: columns.find(&["商品名称"]),
            fee: columns.need(&["手续费"])?,
            order: columns.find(&["订单金额"]),
            refund_asked: columns.find(&["申请退款金额"]),
        };
        Ok(())
    }

    fn head(&mut self, first: Option<&Row<'_>>) -> Result<Head, Refusal> {
        let first = first.filter(|row| !is_summary(row));
        let merchant = first.map_or("", |row| row.text(self.columns.merchant));
        self.merchant = merchant.to_owned();
        Ok(Head {
            place: first.map_or(Place::new(1, ""), Row::place),
            kind: "微信支付交易账单".to_owned(),
            account: super::entry::numbered(merchant),
            currency: Some(Currency::CNY),
            ..Head::default()
        })
    }

    fn row(&mut self, row: &Row<'_>, proof: &mut Proof) -> Result<Option<Entry>, Refusal> {
        match std::mem::replace(&mut self.summary, Summary::Read) {
            Summary::Ahead if is_summary(row) => {
                self.summary = Summary::Header(row.cells().to_vec());
                Ok(None)
            }
            Summary::Ahead => {
                self.summary = Summary::Ahead;
                self.entry(row).map(Some)
            }
            Summary::Header(names) => {
                self.summary(&names, row, proof)?;
                Ok(None)
            }
            Summary::Read => {
                Err(row.place().refuse("another line", "the end of the file after the summary"))
            }
        }
    }

    fn end(&mut self, place: Place, proof: &mut Proof) -> Result<(), Refusal> {
        if !matches!(self.summary, Summary::Read) {
            proof.report(place, What::Totals, Figure::Present, Figure::Missing);
        }
        Ok(())
    }

    fn cells(line: &Line) -> Result<Vec<String>, Refusal> {
        match line.text.strip_prefix('`') {
            Some(values) => Ok(values.split(",`").map(|value| value.trim().to_owned()).collect()),
            None => split(line),
        }
    }
}

fn is_summary(row: &Row<'_>) -> bool {
    row.cells().first().is_some_and(|first| first == SUMMARY)
}

impl WechatPay {
    fn entry(&mut self, row: &Row<'_>) -> Result<Entry, Refusal> {
        row.check_width()?;
        let at = &self.columns;
        if row.text(at.merchant) != self.merchant {
            return Err(row.refuse(at.merchant, "the merchant of the first row"));
        }
        let written = row.text(at.currency);
        let Some(currency) = Currency::parse(written).filter(|own| *own == Currency::CNY) else {
            return Err(row.refuse(at.currency, "CNY"));
        };
        let amount = |column: Column| match row.text(column) {
            "" => Ok(0),
            _ => row.signed(column, Written::Point, currency).map(|amount| amount.minor),
        };
        let settled = row.unsigned(at.settled, Written::Point, currency)?;
        let refunded = Amount { currency, minor: amount(at.refunded)? };
        let (fee, order) = (amount(at.fee)?, amount(at.order)?);
        self.sums.settled += i128::from(settled.minor);
        self.sums.refunded += i128::from(refunded.minor);
        self.sums.coupons_refunded += i128::from(amount(at.coupons_refunded)?);
        self.sums.fee += i128::from(fee);
        self.sums.order += i128::from(order);
        self.sums.refund_asked += i128::from(amount(at.refund_asked)?);
        let state = row.text(at.state);
        let (side, money) = match state {
            "SUCCESS" => (Side::Credit, settled),
            "REFUND" | "REVOKED" if refunded.minor >= 0 => (Side::Debit, refunded),
            "REFUND" | "REVOKED" => return Err(row.refuse(at.refunded, "0 or more")),
            _ => return Err(row.refuse(at.state, "SUCCESS, REFUND or REVOKED")),
        };
        let mut entry = Entry::new(row.place(), Some(side), money);
        let moment = row.read(at.time, date::moment, date::MOMENT)?;
        entry.booking_date = Some(moment.date());
        entry.at = Some(moment);
        entry.reversal = side == Side::Debit;
        let refund_state = row.text(at.refund_state);
        entry.status = match (side, refund_state) {
            (Side::Debit, "PROCESSING") => Status::Pending,
            (Side::Debit, "FAIL" | "CLOSED") => Status::Closed,
            (Side::Debit, "SUCCESS" | "CHANGE" | "") | (Side::Credit, _) => Status::Booked,
            _ => Status::Other,
        };
        let word =
            if side == Side::Debit && !refund_state.is_empty() { refund_state } else { state };
        entry.status_word = filled(word);
        entry.kind = filled(row.text(at.kind));
        entry.references.bank = reference(row.text(at.wechat_order));
        entry.references.merchant_order = reference(row.text(at.merchant_order));
        entry.references.refund = reference(row.text(at.wechat_refund));
        entry.references.merchant_refund = reference(row.text(at.merchant_refund));
        entry.description = filled(row.text(at.goods));
        entry.fees = Some(Amount { currency, minor: fee });
        entry.order_amount = (!row.text(at.order).is_empty() && order != money.minor)
            .then_some(Amount { currency, minor: order });
        entry.sub_account = reference(row.text(at.sub_merchant));
        Ok(entry)
    }

    fn summary(&self, names: &[String], row: &Row<'_>, proof: &mut Proof) -> Result<(), Refusal> {
        let place = |name: &str| Place { at: format!("column {name}"), ..row.place() };
        if row.cells().len() != names.len() {
            let found = format!("{} cells", row.cells().len());
            let expected = format!("{} cells, as the summary's header has", names.len());
            return Err(row.place().refuse(&found, expected));
        }
        let sums = &self.sums;
        for (name, value) in names.iter().zip(row.cells()) {
            let (what, expected) = match name.as_str() {
                SUMMARY => {
                    let stated =
                        value.parse().map_err(|_| place(name).refuse(value, "a number"))?;
                    proof.state(place(name), What::EntryCount, Figure::Count(stated));
                    continue;
                }
                "应结订单总金额" | "总交易额" => (What::SettledSum, sums.settled),
                "退款总金额" | "总退款金额" => (What::RefundSum, sums.refunded),
                "充值券退款总金额" | "总代金券或立减优惠退款金额" => {
                    (What::CouponRefundSum, sums.coupons_refunded)
                }
                "手续费总金额" => (What::FeeSum, sums.fee),
                "订单总金额" => (What::OrderSum, sums.order),
                "申请退款总金额" => (What::RefundAskedSum, sums.refund_asked),
                _ => continue,
            };
            let currency = Currency::CNY;
            let stated = Written::Point.signed(value, currency);
            let stated = stated.map_err(|expected| place(name).refuse(value, expected))?;
            let figure = Figure::Amount(Amount { currency, minor: stated });
            proof.state(place(name), what, figure);
            proof.amount(place(name), what, currency, expected, stated);
        }
        Ok(())
    }
}
